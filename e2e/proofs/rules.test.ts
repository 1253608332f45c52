import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { incrementalPatients, model } from '../../packages/cli/test/publish-fixture.ts'
import type { IncrementEdge, ModelStep, StepOutcome } from '../../packages/core/src/index.ts'
import { describeServers } from '../../packages/postgres/src/testing/index.ts'
import { executeStep, runSteps } from './execute-step.ts'
import { openProofDatabase, type ProofDatabase } from './proof-database.ts'
import { rowsOfRelation } from './scenarios.ts'
import { walRecordsOf } from './wal-records.ts'
import { watchDatabase } from './watched-database.ts'

/*
 * The rules of increments, each beside the naive way that breaks it. The naive table is `public.naive`: a consumer of
 * `bronze.patients` that somebody writes in an afternoon.
 */
describeServers('the rules', (server) => {
  let own: ProofDatabase
  beforeAll(async () => {
    own = await openProofDatabase(server)
  })
  afterAll(() => own?.drop())
  beforeEach(async () => {
    await own.reset()
    await own.execute(
      'drop table if exists public.naive, public.naive_state',
      'create table public.naive (id text, name text, updated_at timestamptz)',
      'create table public.naive_state (upto timestamptz)',
      `insert into public.naive_state values ('-infinity')`,
    )
  })

  const merged = incrementalPatients()
  const appended = incrementalPatients({ key: [] })
  const perform = (step: ModelStep): Promise<StepOutcome> => executeStep(own.database, step)
  const add = (id: string, name = 'new') =>
    own.execute(`insert into bronze.patients (id, name) values ('${id}', '${name}')`)
  const source = () => own.rows('select id, name from bronze.patients')
  const silver = () => own.rows(rowsOfRelation)
  const naive = () => own.rows('select id, name from public.naive')

  const naiveRead = `insert into public.naive select id, name, updated_at from bronze.patients
where updated_at > (select upto from public.naive_state)`
  const naiveMove = `update public.naive_state
set upto = (select coalesce(max(updated_at), '-infinity') from public.naive)`

  describe('R1: the data and how far it was read are one transaction', () => {
    it('so a run that dies at its end is taken back whole, and the next reads each row once', async () => {
      await perform(appended)
      await add('4')
      let isWritten = false
      const dying = watchDatabase(own.database, ({ text, when }) => {
        isWritten ||= when === 'after' && text.startsWith('insert into strata.watermarks')
        if (isWritten && text === 'commit') throw new Error('died')
      })
      await expect(executeStep(dying, appended)).rejects.toThrow('died')
      await perform(appended)
      expect(isWritten).toBe(true)
      expect(await silver()).toEqual(await source())

      await own.execute(naiveRead)
      // It dies here, before its second statement.
      await own.execute(naiveRead, naiveMove)
      expect(await naive()).not.toEqual(await source())
    })
  })

  describe('R2: one runner a relation, whose snapshot is taken after the lock', () => {
    it('so two that start at once add each row once', async () => {
      await perform(appended)
      await add('4')
      await Promise.all([perform(appended), perform(appended), perform(appended)])
      expect(await silver()).toEqual(await source())

      const runNaive = () =>
        own.database.transaction(async (transaction) => {
          await transaction.query(naiveRead)
          await transaction.query('select pg_sleep(0.2)')
          await transaction.query(naiveMove)
        })
      await Promise.all([runNaive(), runNaive()])
      expect(await naive()).not.toEqual(await source())
    })
  })

  describe('R3: a watermark comes from what was read, never from a clock', () => {
    it('so a runner whose clock is wrong misses nothing', async () => {
      const future = () => new Date('2999-01-01T00:00:00Z')
      await executeStep(own.database, merged, { clock: future })
      await add('4')
      expect(await executeStep(own.database, merged, { clock: future })).toMatchObject({
        counts: { inserted: 1 },
      })
      expect(await silver()).toEqual(await source())

      await own.execute(naiveRead, `update public.naive_state set upto = '${future().toISOString()}'`)
      await add('5')
      await own.execute(naiveRead)
      expect(await naive()).not.toEqual(await source())
    })
  })

  describe('R4: a row that commits late is read', () => {
    it('once, although rows with later timestamps were read before it', async () => {
      await own.execute(naiveRead, naiveMove)
      await perform(appended)
      await own.database.transaction(async (writer) => {
        await writer.query(`insert into bronze.patients (id, name) values ('late', 'Lea')`)
        await add('4')
        await perform(appended)
        await own.execute(naiveRead, naiveMove)
      })
      await perform(appended)
      await own.execute(naiveRead, naiveMove)
      expect(await silver()).toEqual(await source())
      expect(await naive()).not.toEqual(await source())
      expect(await own.rows(`select id from public.naive where id = 'late'`)).toEqual([])
    })
  })

  describe('R5: a relation whose state is lost is built anew', () => {
    it.each(['delete from strata.watermarks', 'delete from strata.watermarks where parent like $$source%$$'])(
      'never appended to from the beginning: %s',
      async (loss) => {
        await perform(appended)
        await add('4')
        await own.execute(loss)
        expect(await perform(appended)).toMatchObject({ action: 'rebuild' })
        expect(await silver()).toEqual(await source())

        await own.execute(naiveRead, naiveMove, `update public.naive_state set upto = '-infinity'`, naiveRead)
        expect(await naive()).not.toEqual(await source())
      },
    )
  })

  describe('R6: an empty result takes the place of no rows', () => {
    const variants = [
      ['a full refresh', { ...merged, fullRefresh: true }],
      ['a rebuild for a changed SELECT', { ...merged, fingerprint: 'changed' }],
      ['a full refresh of a model without a key', { ...appended, fullRefresh: true }],
    ] as const

    it.each(variants)('by %s, unless that is allowed', async (_, step) => {
      await perform(step.config.uniqueKey.length === 0 ? appended : merged)
      const before = await silver()
      await own.execute('delete from bronze.patients')
      const asTable = { ...step, config: { ...step.config, materialized: 'table' as const }, increments: [] }
      await expect(perform(step)).rejects.toMatchObject({
        code: 'EMPTY_RESULT',
        message: expect.stringMatching(/silver\.patients yields no rows.*: 3 rows$/),
        hint: expect.stringContaining('--allow-empty'),
      })
      expect(await silver()).toEqual(before)

      expect(await perform({ ...step, allowEmpty: true })).toMatchObject({ status: 'success' })
      expect(await silver()).toEqual([])
      // A table promises no more than its SELECT, and shows what happens without the rule.
      await add('1')
      await perform(asTable)
      await own.execute('delete from bronze.patients')
      await perform(asTable)
      expect(await silver()).toEqual([])
    })

    it('nor stands in the way of a model that is new, was empty, or has rows', async () => {
      await own.execute('delete from bronze.patients')
      const refreshed = { ...merged, fullRefresh: true }
      for (const expected of [0, 0, 1]) {
        if (expected === 1) await add('1')
        await perform(refreshed)
        expect(await silver()).toHaveLength(expected)
      }
    })

    it('and a full refresh inherits no window: it reads what was read before', async () => {
      await perform(merged)
      await add('4')
      expect(await perform({ ...merged, fullRefresh: true })).toMatchObject({ counts: { rows: 4 } })
      expect(await silver()).toEqual(await source())
    })
  })

  describe('R7: keys that several rows share are an error that names them', () => {
    const refused = { code: 'DUPLICATE_KEYS', message: expect.stringMatching(/id=2: 2 rows/) }

    it('on the first day as on the second, also where a MERGE passes in silence', async () => {
      await perform(merged)
      const before = await silver()
      await add('2', 'Bob')
      await own.execute(`update bronze.patients set changed_xid = default`)
      await expect(perform(merged)).rejects.toMatchObject(refused)
      await expect(perform({ ...merged, fullRefresh: true })).rejects.toMatchObject(refused)
      expect(await silver()).toEqual(before)

      await own.execute(`insert into public.naive values ('2', 'Bob')`)
      const merge = `merge into public.naive as t using (select * from bronze.patients where id = '2') as s on t.id = s.id
when matched and t.name is distinct from s.name then update set name = s.name
when not matched then insert values (s.id, s.name)`
      await own.execute(merge)
      expect(await naive()).toEqual(['(2,Bob)'])
    })

    it('and NULL is a key like any other', async () => {
      await own.execute(`insert into bronze.patients (id, name) values (null, 'nobody')`)
      await perform(merged)
      await own.execute(
        `update bronze.patients set name = 'somebody', changed_xid = default where id is null`,
      )
      expect(await perform(merged)).toMatchObject({ counts: { changed: 1, inserted: 0 } })
      expect(await silver()).toEqual(await source())

      await own.execute(
        'create unique index on public.naive (id)',
        `insert into public.naive values (null, 'nobody') on conflict (id) do update set name = excluded.name`,
        `insert into public.naive values (null, 'somebody') on conflict (id) do update set name = excluded.name`,
      )
      expect(await naive()).toHaveLength(2)
    })
  })

  describe('R8: rows that did not change are neither written nor locked', () => {
    it('not one record of them is in the WAL', async () => {
      await perform(merged)
      await own.execute(
        'insert into public.naive select id, name from bronze.patients',
        'create unique index on public.naive (id)',
        'update bronze.patients set changed_xid = default',
      )
      const ours = await walRecordsOf(own, 'silver.patients', async () => {
        expect(await perform(merged)).toMatchObject({ counts: { rows: 3, unchanged: 3 } })
      })
      expect(ours).toEqual([])

      const theirs = await walRecordsOf(own, 'public.naive', () =>
        own.execute(`insert into public.naive as t select id, name from bronze.patients
on conflict (id) do update set name = excluded.name where t.name is distinct from excluded.name`),
      )
      expect(theirs.filter((record) => record.startsWith('Heap'))).toHaveLength(3)
    })
  })

  describe('R9: moments keep their microseconds, and belong to one increment', () => {
    it('also those a microsecond apart', async () => {
      const moments = model('patients', 'select id, updated_at as name from bronze.patients', {
        materialized: 'incremental',
        increments: merged.increments,
        increment: ['select id, updated_at as name from ', { incrementOf: merged.increments[0]!.parent }],
      })
      const at = (id: string, moment: string) =>
        own.execute(`insert into bronze.patients (id, updated_at) values ('${id}', '${moment}')`)
      await own.execute('delete from bronze.patients')
      await at('1', '2024-03-31 02:30:00.123456+00')
      await perform(moments)
      await at('2', '2024-03-31 02:30:00.123457+00')
      await perform(moments)
      await perform(moments)
      expect(await silver()).toEqual([
        '(1,"2024-03-31 02:30:00.123456+00")',
        '(2,"2024-03-31 02:30:00.123457+00")',
      ])

      // What goes through a Date of JavaScript loses them, and reads a row twice or never.
      const upto = new Date('2024-03-31T02:30:00.123456Z').toISOString()
      expect(await own.rows(`select id from bronze.patients where updated_at > '${upto}'`)).toHaveLength(2)
    })
  })

  describe('R10: changed SQL is brought in whole, and said beforehand', () => {
    it('so that rows which were read long ago follow it too', async () => {
      await perform(merged)
      await own.execute(naiveRead)
      const louder = {
        ...merged,
        fingerprint: 'louder',
        select: {
          full: 'select id, upper(name) as name from bronze.patients',
          increment: ['select id, upper(name) as name from ', merged.select.increment![1]!],
        },
      }
      await add('4', 'Di')
      expect(await perform(louder)).toMatchObject({ message: expect.stringContaining('SQL') })
      expect(await silver()).toEqual(await own.rows('select id, upper(name) from bronze.patients'))

      await own.execute(`insert into public.naive select id, upper(name) from bronze.patients where id = '4'`)
      expect(await naive()).not.toEqual(await own.rows('select id, upper(name) from bronze.patients'))
    })
  })

  describe('R11: each parent has a watermark of its own', () => {
    it('so that one which is far ahead hides nothing of another', async () => {
      await own.execute(`create table bronze.others (id text, name text, updated_at timestamptz default clock_timestamp(),
changed_xid xid8 not null default pg_current_xact_id())`)
      const others: IncrementEdge = {
        parent: 'source.test.bronze.others',
        relation: { schema: 'bronze', name: 'others' },
      }
      const [patients] = merged.increments
      const both = incrementalPatients({
        increments: [patients!, others],
        increment: [
          'select id, name from ',
          { incrementOf: patients!.parent },
          ' union all select id, name from ',
          { incrementOf: others.parent },
        ],
      })
      const full = 'select id, name from bronze.patients union all select id, name from bronze.others'
      const united = { ...both, select: { ...both.select, full } }
      await perform(united)
      await own.execute(naiveRead, naiveMove)
      await own.execute(`insert into bronze.others (id, name, updated_at) values ('o1', 'Old', '2001-01-01')`)
      expect(await perform(united)).toMatchObject({ action: 'increment', counts: { inserted: 1 } })
      expect(await silver()).toEqual(await own.rows(full))

      await own.execute(naiveRead.replace('bronze.patients', 'bronze.others'))
      expect(await naive()).not.toEqual(await own.rows(full))
    })
  })

  describe('R12: a child does not run as if its parent were fresh', () => {
    it('but is skipped, and says because of whom', async () => {
      const parent = model('parent', 'select 1 as n', { materialized: 'table' })
      const child = model('patients', 'select n as id, n as name from silver.parent', {
        materialized: 'table',
        parents: [parent.id],
      })
      await runSteps(own.database, [parent, child])
      const broken = { ...parent, select: { full: 'select 1 / 0 as n', increment: null } }
      const built = await own.rows(`select oid from pg_class where oid = 'silver.patients'::regclass`)
      const { results } = await runSteps(own.database, [broken, child])
      expect(results).toMatchObject([
        { status: 'failed' },
        { status: 'skipped', because: parent.id, message: 'because silver.parent failed' },
      ])
      expect(await own.rows(`select oid from pg_class where oid = 'silver.patients'::regclass`)).toEqual(
        built,
      )

      // One after the other, without a graph: old rows are published as new ones.
      await perform(broken).catch(() => {})
      expect(await perform(child)).toMatchObject({ status: 'success', action: 'rebuild' })
    })
  })
})
