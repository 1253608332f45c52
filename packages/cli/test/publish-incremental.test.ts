import { materialize } from '@strata/compiler'
import type { IncrementEdge, Materialize } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  bronzePatients,
  incrementalPatients,
  model,
  openPublishFixture,
  type PublishFixture,
} from './publish-fixture.ts'

describeOldestServer('publishing incremental models', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
    await fixture.execute(
      `insert into bronze.patients (id, name) values ('1', 'Ada'), ('2', 'Bob'), ('3', 'Cy')`,
    )
  })
  afterEach(() => fixture.drop())

  const upsertBob = `update bronze.patients set name = 'Bea', updated_at = now(), changed_xid = default where id = '2'`
  const silver = () => fixture.rows('select id, name from silver.patients order by id')

  it('builds once, then takes only what is new, and counts it', async () => {
    expect(await fixture.publish(incrementalPatients())).toMatchObject({
      status: 'success',
      action: 'build',
      message: 'first build',
      counts: { rows: 3 },
    })
    await fixture.execute(
      upsertBob,
      `insert into bronze.patients (id, name) values ('4', 'Di')`,
      `update bronze.patients set changed_xid = default where id = '3'`,
    )
    expect(await fixture.publish(incrementalPatients())).toMatchObject({
      action: 'increment',
      counts: { rows: 3, inserted: 1, changed: 1, unchanged: 1 },
    })
    expect(await fixture.publish(incrementalPatients())).toMatchObject({
      action: 'increment',
      counts: { rows: 0, inserted: 0, changed: 0, unchanged: 0 },
    })
    expect((await silver()).map((row) => row.name)).toEqual(['Ada', 'Bea', 'Cy', 'Di'])
  })

  it('reads again what was consumed by a relation of another name (R5)', async () => {
    const named = (name: string) => {
      const step = incrementalPatients()
      return { ...step, relation: { ...step.relation, name } }
    }
    await fixture.publish(named('patients'))
    await fixture.execute(`insert into bronze.patients (id, name) values ('4', 'Di')`)
    await fixture.publish(named('patients_v2'))
    expect(await fixture.publish(named('patients'))).toMatchObject({
      action: 'alter',
      message: expect.stringContaining('another name'),
    })
    expect(await silver()).toHaveLength(4)
  })

  it('moves the watermark and the data in one transaction (R1)', async () => {
    await fixture.publish(incrementalPatients())
    const watermark = () => fixture.rows('select snapshot::text from strata.watermarks')
    const before = await watermark()
    await fixture.execute(upsertBob)
    const failing: Materialize = (step, facts) => {
      const publication = materialize(step, facts)
      return { ...publication, actions: [...publication.actions, { kind: 'execute', sql: 'select 1 / 0' }] }
    }
    const failed = await fixture.publish(incrementalPatients(), { materialize: failing })
    expect(failed).toMatchObject({ status: 'failed', failure: { sqlstate: '22012' } })
    expect(await watermark()).toEqual(before)
    expect((await silver())[1]).toMatchObject({ name: 'Bob' })
    expect(await fixture.publish(incrementalPatients())).toMatchObject({ counts: { changed: 1 } })
  })

  it('publishes nothing when its connection is killed before the commit (R1)', async () => {
    await fixture.publish(incrementalPatients())
    await fixture.execute(upsertBob)
    const dying: Materialize = (step, facts) => {
      const publication = materialize(step, facts)
      const kill = 'select pg_terminate_backend(pg_backend_pid())'
      return { ...publication, actions: [...publication.actions, { kind: 'execute', sql: kill }] }
    }
    expect(await fixture.publish(incrementalPatients(), { materialize: dying })).toMatchObject({
      status: 'failed',
    })
    expect((await silver())[1]).toMatchObject({ name: 'Bob' })
    expect(await fixture.publish(incrementalPatients())).toMatchObject({ counts: { rows: 1, changed: 1 } })
  })

  it('lets the second of two runs wait, name the first, and see what it committed (R2)', async () => {
    await fixture.publish(incrementalPatients())
    await fixture.execute(`insert into bronze.patients (id, name) values ('4', 'Di')`)
    const slow: Materialize = (step, facts) => {
      const publication = materialize(step, facts)
      return {
        ...publication,
        actions: [...publication.actions, { kind: 'execute', sql: 'select pg_sleep(0.5)' }],
      }
    }
    const messages: string[] = []
    const first = fixture.publish(incrementalPatients(), { materialize: slow })
    await new Promise((resolve) => setTimeout(resolve, 200))
    const second = await fixture.publish(incrementalPatients(), {
      onEvent: (event) => event.kind === 'step_waiting' && messages.push(event.message),
    })
    expect(await first).toMatchObject({ counts: { inserted: 1 } })
    expect(second).toMatchObject({ status: 'success', counts: { rows: 0 } })
    expect(messages).toEqual([
      expect.stringMatching(/^waits for "strata run=[0-9a-f-]{8} node=silver\.patients" \(process/),
    ])
  })

  it('reads a row that commits late, which a maximum of timestamps loses (R4)', async () => {
    await fixture.execute('create table naive (id text, updated_at timestamptz)')
    const runNaive = () =>
      fixture.execute(`insert into naive select id, updated_at from bronze.patients
        where updated_at > (select coalesce(max(updated_at), '-infinity') from naive)`)
    const append = incrementalPatients({ key: [] })

    await fixture.database.transaction(async (writer) => {
      await writer.query(`insert into bronze.patients (id, name) values ('late', 'Lea')`)
      await fixture.execute(`insert into bronze.patients (id, name) values ('4', 'Di')`)
      await fixture.publish(append)
      await runNaive()
    })
    expect(await fixture.publish(append)).toMatchObject({ action: 'increment', counts: { inserted: 1 } })
    await runNaive()

    expect((await silver()).map((row) => row.id)).toEqual(['1', '2', '3', '4', 'late'])
    expect(await fixture.rows(`select from naive where id = 'late'`)).toEqual([])
  })

  it('appends each row once, also those that are committed while the full build runs (R4)', async () => {
    const append = incrementalPatients({ key: [] })
    const interrupted: Materialize = (step, facts) => {
      const publication = materialize(step, facts)
      return {
        ...publication,
        actions: [{ kind: 'execute', sql: 'select pg_sleep(0.4)' }, ...publication.actions],
      }
    }
    const building = fixture.publish(append, { materialize: interrupted })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await fixture.execute(`insert into bronze.patients (id, name) values ('4', 'Di')`)
    expect(await building).toMatchObject({ counts: { rows: 4 } })
    expect(await fixture.publish(append)).toMatchObject({ counts: { rows: 0 } })
    expect(await silver()).toHaveLength(4)
  })

  it('reads everything again once after a restore, and says so (R4)', async () => {
    await fixture.publish(incrementalPatients())
    // What a dump does to the row: it is written by a transaction other than the one it names.
    await fixture.execute('update strata.watermarks set updated_at = now()')
    expect(await fixture.publish(incrementalPatients())).toMatchObject({
      action: 'alter',
      message: 'its state was restored from a copy, in place',
    })
    expect(await fixture.publish(incrementalPatients())).toMatchObject({ action: 'increment' })
  })

  it('reads everything again once after a restore that gave the relation another oid', async () => {
    await fixture.publish(incrementalPatients())
    await fixture.execute(
      'update strata.watermarks set updated_at = now()',
      'update strata.relations set built_at = now(), relation_oid = 1',
    )
    expect(await fixture.publish(incrementalPatients())).toMatchObject({
      status: 'success',
      action: 'rebuild',
    })
  })

  it('reads everything again once when a source was replaced (R4)', async () => {
    await fixture.publish(incrementalPatients())
    await fixture.execute(
      'create table bronze.copy (like bronze.patients including all)',
      `insert into bronze.copy select * from bronze.patients union all select '0', 'Zoe', now(), '3'`,
      'drop table bronze.patients',
      'alter table bronze.copy rename to patients',
    )
    expect(await fixture.publish(incrementalPatients())).toMatchObject({
      action: 'alter',
      message: 'bronze.patients was replaced, in place',
      counts: { rows: 4 },
    })
    expect(await fixture.publish(incrementalPatients())).toMatchObject({
      action: 'increment',
      counts: { rows: 0 },
    })
  })

  it('reads all of its sources anew when its watermarks are missing (R5)', async () => {
    await fixture.publish(incrementalPatients())
    await fixture.execute('delete from strata.watermarks')
    expect(await fixture.publish(incrementalPatients())).toMatchObject({
      action: 'alter',
      message: 'how far bronze.patients was read is not known, in place',
      counts: { rows: 3 },
    })
  })

  it('refuses a relation that Strata did not build, and leaves it as it is', async () => {
    await fixture.execute('create schema silver', 'create table silver.patients as select 1 as precious')
    const result = await fixture.publish(incrementalPatients())
    expect(result).toMatchObject({ status: 'failed', failure: { code: 'NOT_OURS' } })
    expect(await fixture.rows('select precious from silver.patients')).toEqual([{ precious: 1 }])
  })

  it('refuses a relation that was put in the place of ours', async () => {
    await fixture.publish(incrementalPatients())
    await fixture.execute(
      'drop table silver.patients',
      'create table silver.patients as select 1 as precious',
    )
    expect(await fixture.publish(incrementalPatients())).toMatchObject({ failure: { code: 'NOT_OURS' } })
  })

  it('names duplicate keys, the same in a full build and in an increment (R7)', async () => {
    const duplicate = `insert into bronze.patients (id, name) values ('2', 'Twin'), (null, 'N1'), (null, 'N2')`
    await fixture.publish(incrementalPatients())
    await fixture.execute(duplicate, upsertBob)
    const second = await fixture.publish(incrementalPatients())
    const first = await fixture.publish(incrementalPatients({ fullRefresh: true }))
    for (const { failure } of [first, second]) {
      expect(failure).toMatchObject({ code: 'DUPLICATE_KEYS' })
      expect(failure?.message).toContain('id=2: 2 rows')
      expect(failure?.message).toContain('id=null: 2 rows')
    }
    expect(await silver()).toHaveLength(3)
  })

  it('gives counts in place of keys where a model holds restricted data', async () => {
    await fixture.execute(`insert into bronze.patients (id, name) values ('2', 'Twin')`)
    const { failure } = await fixture.publish(incrementalPatients({ config: { meta: { phi: true } } }))
    expect(failure?.message).toMatch(/one key: 2 rows$/)
  })

  it('does not touch unchanged rows, whatever their keys and types (R8)', async () => {
    await fixture.execute(
      'create table bronze.odd (a text, b int, j json, f float8, changed_xid xid8 not null default pg_current_xact_id())',
      `insert into bronze.odd values ('x', 1, '{"a": 1}', 'nan'), ('x', null, '{}', null), (null, null, null, 1), ('y', 2, null, 2)`,
    )
    const edge = { parent: 'source.test.odd', relation: { schema: 'bronze', name: 'odd' } }
    const columns = 'a, b, j, f'
    const odd = model('odd', `select ${columns} from bronze.odd`, {
      materialized: 'incremental',
      key: ['a', 'b'],
      increments: [edge],
      increment: [`select ${columns} from `, { incrementOf: edge.parent }],
    })
    await fixture.publish(odd)
    const physical = () => fixture.rows('select ctid, xmin, xmax, a, b from silver.odd order by a, b')
    const before = await physical()
    await fixture.execute('update bronze.odd set changed_xid = default')
    expect(await fixture.publish(odd)).toMatchObject({
      counts: { rows: 4, inserted: 0, changed: 0, unchanged: 4 },
    })
    expect(await physical()).toEqual(before)

    await fixture.execute(
      `update bronze.odd set changed_xid = default, f = 3 where b is null`,
      `insert into bronze.odd values ('z', null, null, null)`,
    )
    expect(await fixture.publish(odd)).toMatchObject({
      counts: { rows: 3, inserted: 1, changed: 2, unchanged: 0 },
    })
    expect(await physical()).toHaveLength(5)
    expect((await physical()).filter((row) => before.some((old) => old.ctid === row.ctid))).toHaveLength(2)
  })

  it('takes 1 and 1.00 for one key, and for two values of another column (R8)', async () => {
    await fixture.execute(
      'create table bronze.amounts (id numeric, amount numeric, changed_xid xid8 not null default pg_current_xact_id())',
      'insert into bronze.amounts values (1, 1), (2, 2)',
    )
    const edge = { parent: 'source.test.amounts', relation: { schema: 'bronze', name: 'amounts' } }
    const amounts = model('amounts', 'select id, amount from bronze.amounts', {
      materialized: 'incremental',
      key: ['id'],
      increments: [edge],
      increment: ['select id, amount from ', { incrementOf: edge.parent }],
    })
    await fixture.publish(amounts)
    await fixture.execute('update bronze.amounts set id = id * 1.00, changed_xid = default')
    expect((await fixture.publish(amounts)).counts).toMatchObject({ rows: 2, unchanged: 2 })
    await fixture.execute('update bronze.amounts set amount = 1.00, changed_xid = default where id = 1')
    expect((await fixture.publish(amounts)).counts).toMatchObject({ rows: 1, changed: 1, inserted: 0 })
    const all = await fixture.rows('select id::text, amount::text from silver.amounts order by 1')
    expect(all).toEqual([
      { id: '1', amount: '1.00' },
      { id: '2', amount: '2' },
    ])
  })

  it('hands changes on to an incremental model that reads it', async () => {
    const tracked = incrementalPatients({ config: { track_changes: true } })
    const edge = { parent: tracked.id, relation: tracked.relation }
    const child = model('names', 'select id, upper(name) as name from "silver"."patients"', {
      materialized: 'incremental',
      key: ['id'],
      parents: [tracked.id],
      increments: [edge],
      // Without an alias: the staged increment has the parent's own name.
      increment: ['select patients.id, upper(patients.name) as name from ', { incrementOf: edge.parent }],
    })
    await fixture.run([tracked, child])
    await fixture.execute(upsertBob, `insert into bronze.patients (id, name) values ('4', 'Di')`)
    const { results } = await fixture.run([tracked, child])
    expect(results[1]).toMatchObject({ action: 'increment', counts: { rows: 2, inserted: 1, changed: 1 } })
    expect((await fixture.rows('select name from silver.names order by id')).map((row) => row.name)).toEqual([
      'ADA',
      'BEA',
      'CY',
      'DI',
    ])
    expect((await fixture.run([tracked, child])).results[1]).toMatchObject({ counts: { rows: 0 } })
  })

  it('refuses to copy the change column of a source into a model that is read incrementally', async () => {
    const copying = incrementalPatients({ config: { track_changes: true } })
    const select = { full: 'select * from bronze.patients', increment: null }
    expect(await fixture.publish({ ...copying, select })).toMatchObject({
      failure: { code: 'RESERVED_COLUMN' },
    })
  })

  it('brings in what a changed SELECT yields, and keeps the former data while it fails (R10)', async () => {
    await fixture.publish(incrementalPatients())
    const changed = model('patients', `select id, 1 / (length(id) - 1) as name from "bronze"."patients"`, {
      materialized: 'incremental',
      key: ['id'],
      increments: [bronzePatients],
    })
    expect(await fixture.publish(changed)).toMatchObject({ status: 'failed' })
    expect(await silver()).toHaveLength(3)
    const longer = {
      ...changed,
      fingerprint: 'longer',
      select: { ...changed.select, full: 'select id, name, 1 as one from "bronze"."patients"' },
    }
    expect(await fixture.publish(longer)).toMatchObject({
      action: 'alter',
      message: 'SQL or configuration changed, in place; adds one',
      counts: { changed: 3 },
    })
    expect(await fixture.rows('select one from silver.patients')).toHaveLength(3)
  })

  it('lets children go on from where they were when a column is added (R10)', async () => {
    const tracked = (select: string, fingerprint: string) => {
      const step = incrementalPatients({ config: { track_changes: true } })
      return { ...step, fingerprint, select: { ...step.select, full: select } }
    }
    const edge: IncrementEdge = {
      parent: 'model.test.patients',
      relation: { schema: 'silver', name: 'patients' },
    }
    const child = model('child', 'select id, name from "silver"."patients"', {
      materialized: 'incremental',
      key: ['id'],
      increments: [edge],
      increment: ['select id, name from ', { incrementOf: edge.parent }],
    })
    await fixture.publish(tracked('select id, name from "bronze"."patients"', 'one'))
    await fixture.publish(child)
    const [before] = await fixture.rows(`select 'silver.patients'::regclass::oid as oid`)
    const bobs = `select id, name, case name when 'Bob' then true end as is_bob from "bronze"."patients"`
    expect(await fixture.publish(tracked(bobs, 'two'))).toMatchObject({
      action: 'alter',
      counts: { changed: 1 },
    })
    expect(await fixture.rows(`select 'silver.patients'::regclass::oid as oid`)).toEqual([before])
    expect(await fixture.publish(child)).toMatchObject({
      action: 'increment',
      counts: { rows: 1, unchanged: 1 },
    })
  })

  it('is rebuilt when a column is gone or has another type, or the key is another (R10)', async () => {
    await fixture.publish(incrementalPatients())
    const shorter = incrementalPatients({
      increment: ['select id from ', { incrementOf: bronzePatients.parent }],
    })
    const without = { ...shorter, select: { ...shorter.select, full: 'select id from "bronze"."patients"' } }
    expect(await fixture.publish(without)).toMatchObject({ status: 'success', action: 'rebuild' })
    const retyped = {
      ...without,
      fingerprint: 'retyped',
      select: { ...without.select, full: 'select id::int from "bronze"."patients"' },
    }
    expect(await fixture.publish(retyped)).toMatchObject({ status: 'success', action: 'rebuild' })
    expect(await fixture.publish(incrementalPatients({ key: ['name'] }))).toMatchObject({
      status: 'success',
      action: 'rebuild',
    })
    expect(await fixture.publish(incrementalPatients({ key: ['id'] }))).toMatchObject({
      status: 'success',
      counts: { rows: 3 },
    })
  })

  it('says which columns changed under a model', async () => {
    const all = incrementalPatients({ increment: ['select * from ', { incrementOf: bronzePatients.parent }] })
    const step = { ...all, select: { ...all.select, full: 'select * from bronze.patients' } }
    await fixture.publish(step)
    await fixture.execute('alter table bronze.patients add column email text')
    expect(await fixture.publish(step)).toMatchObject({
      failure: { code: 'COLUMNS_CHANGED', message: expect.stringContaining('email is new') },
    })
  })
})
