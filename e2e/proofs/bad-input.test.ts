import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { incrementalPatients, model } from '../../packages/cli/test/publish-fixture.ts'
import type { ModelStep } from '../../packages/core/src/index.ts'
import { connect, migrate, prepareFactsFunction } from '../../packages/postgres/src/index.ts'
import { describeServers } from '../../packages/postgres/src/testing/index.ts'
import { runnerMigrations } from '../../packages/runner/src/index.ts'
import { executeStep, runSteps } from './execute-step.ts'
import { openProofDatabase, type ProofDatabase } from './proof-database.ts'
import { rowsOfRelation } from './scenarios.ts'
import { watchDatabase } from './watched-database.ts'

interface BadInput {
  readonly name: string
  /** What happens between two runs. */
  readonly happens: readonly string[]
  readonly step?: ModelStep
  /** The second run fails with it, and the rows stay as they were; null: it succeeds, and the rows are the source's. */
  readonly refused: object | null
  readonly says?: string
}

const merged = incrementalPatients()
const appended = incrementalPatients({ key: [] })
const [edge] = merged.increments
const everything: ModelStep = {
  ...merged,
  select: {
    full: 'select * from bronze.patients',
    increment: ['select id, name, updated_at from ', { incrementOf: edge!.parent }],
  },
}
const whole = { full: 'select id, name, updated_at from bronze.patients' }
const wide: ModelStep = { ...everything, select: { ...everything.select, ...whole } }

const cases: readonly BadInput[] = [
  {
    name: 'two rows of one key in an increment',
    happens: [`insert into bronze.patients (id, name) values ('4', 'Di'), ('4', 'Dee')`],
    refused: { code: 'DUPLICATE_KEYS', message: expect.stringContaining('id=4: 2 rows') },
  },
  {
    name: 'two rows without a key in an increment',
    happens: [`insert into bronze.patients (id, name) values (null, 'Di'), (null, 'Dee')`],
    refused: { code: 'DUPLICATE_KEYS', message: expect.stringContaining('id=null: 2 rows') },
  },
  {
    name: 'one row without a key in an increment',
    happens: [`insert into bronze.patients (id, name) values (null, 'Di')`],
    refused: null,
  },
  {
    name: 'a column that is gone upstream',
    happens: [
      `insert into bronze.patients (id, name) values ('4', 'Di')`,
      'alter table bronze.patients drop column updated_at',
    ],
    step: wide,
    refused: { code: 'UNKNOWN_COLUMN', message: expect.stringContaining('updated_at') },
  },
  {
    name: 'a column that has another type upstream',
    happens: [
      'alter table bronze.patients alter column updated_at type text',
      `insert into bronze.patients (id, name, updated_at) values ('4', 'Di', 'soon')`,
    ],
    step: wide,
    refused: null,
  },
  {
    name: 'a lost table of watermarks',
    happens: [`insert into bronze.patients (id, name) values ('4', 'Di')`, 'drop table strata.watermarks'],
    step: appended,
    refused: { code: 'UNKNOWN_RELATION', message: expect.stringContaining('strata.watermarks') },
  },
  {
    name: 'a source that is gone',
    happens: ['drop table bronze.patients cascade'],
    refused: { code: 'UNKNOWN_RELATION' },
  },
  {
    name: 'a source that was emptied by TRUNCATE',
    happens: ['truncate bronze.patients', `insert into bronze.patients (id, name) values ('9', 'Zoe')`],
    refused: null,
  },
]

/** As a run of another process would find it. */
async function makeState(own: ProofDatabase): Promise<void> {
  await migrate(own.outside, 'runner', runnerMigrations)
  // Another object: what was prepared for this one went with the schema.
  await prepareFactsFunction({ ...own.outside })
}

describeServers('bad input is refused, or brought in whole', (server) => {
  let own: ProofDatabase
  beforeAll(async () => {
    own = await openProofDatabase(server)
  })
  afterAll(() => own?.drop())
  beforeEach(async () => {
    // A case may have lost the state.
    await own.execute('drop schema if exists strata cascade')
    await makeState(own)
    await own.reset()
  })

  const perform = (step: ModelStep) => executeStep(own.database, step)
  const silver = () => own.rows(rowsOfRelation)
  const source = () => own.rows('select id, name from bronze.patients')

  it.each(cases.map((given) => [given.name, given] as const))('%s', async (_, given) => {
    const step = given.step ?? merged
    await perform(step)
    const before = await silver()
    await own.execute(...given.happens)
    if (given.refused !== null) {
      await expect(perform(step)).rejects.toMatchObject(given.refused)
      expect(await silver()).toEqual(before)
      return
    }
    const outcome = await perform(step)
    expect(outcome.status).toBe('success')
    const rows = await source()
    if (outcome.action !== 'increment') expect(outcome.counts.rows).toBe(rows.length)
    expect(await silver()).toEqual(rows)
  })

  it('all state that was lost: the relation is nobody’s, is not touched, and is said to be so', async () => {
    await perform(appended)
    const before = await silver()
    await own.execute('drop schema strata cascade')
    await makeState(own)
    await expect(perform(appended)).rejects.toMatchObject({ code: 'NOT_OURS' })
    expect(await silver()).toEqual(before)
  })

  it('a table of that name that is somebody else’s', async () => {
    await own.execute('create schema silver', 'create table silver.patients as select 1 as precious')
    for (const step of [
      merged,
      model('patients', 'select 1 as id'),
      model('patients', 'select 1 as id', { materialized: 'table' }),
    ])
      await expect(perform(step)).rejects.toMatchObject({
        code: 'NOT_OURS',
        message: expect.stringContaining('silver.patients'),
      })
    expect(await own.rows('select precious from silver.patients')).toEqual(['(1)'])
  })

  it('a connection that is lost in the middle: the step is done again', async () => {
    await perform(appended)
    await own.execute(`insert into bronze.patients (id, name) values ('4', 'Di')`)
    let cut = false
    const unlucky = watchDatabase(own.database, async ({ text, when, processId }) => {
      if (cut || when !== 'before' || !text.startsWith('insert into "silver"')) return
      cut = true
      await own.outside.query({ text: 'select pg_terminate_backend($1, 10000)', values: [processId] })
    })
    const { results } = await runSteps(unlucky, [appended], { record: own.database })
    expect(results).toMatchObject([{ status: 'success', counts: { inserted: 1 } }])
    expect(cut).toBe(true)
    expect(await silver()).toEqual(await source())
  })

  describe('names', () => {
    it.each([
      ['of 63 bytes', 'n'.repeat(63)],
      ['of 63 bytes that are not ASCII', `${'é'.repeat(31)}x`],
      ['with quotes, dots and spaces', 'a "b" c.d'],
      ['of a reserved word', 'select'],
    ])('%s: built, taken an increment, rebuilt, and again', async (_, name) => {
      const named = (step: ModelStep): ModelStep => ({ ...step, relation: { schema: 'silver', name } })
      const quoted = `silver."${name.replaceAll('"', '""')}"`
      const step = named(incrementalPatients({ config: { track_changes: true } }))
      const leftOver = async () =>
        (await own.rows(`select relname from pg_class where relnamespace = 'silver'::regnamespace`)).length
      await perform(step)
      const relations = await leftOver()
      await own.execute(`create view silver.reader as select id, name from ${quoted}`)
      await own.execute(`insert into bronze.patients (id, name) values ('4', 'Di')`)
      expect(await perform(step)).toMatchObject({ counts: { inserted: 1 } })
      for (let round = 0; round < 2; round++)
        expect(await perform({ ...step, fullRefresh: true })).toMatchObject({ action: 'rebuild' })
      expect(await own.rows('select id, name from silver.reader')).toEqual(await source())
      expect(await leftOver()).toBe(relations + 1)
    })

    it('of 63 bytes that differ in the last one are two relations', async () => {
      const names = ['a', 'b'].map((last) => 'n'.repeat(62) + last)
      const steps = names.map((name) => ({
        ...merged,
        id: `model.test.${name}`,
        relation: { schema: 'silver', name },
      }))
      for (let round = 0; round < 2; round++)
        for (const step of steps) await perform({ ...step, fullRefresh: round === 1 })
      for (const name of names)
        expect(await own.rows(`select id, name from silver.${name}`)).toEqual(await source())
    })
  })

  it('relations that belong to another role: an error that says so, and nothing written', async () => {
    const select = 'select id, name from bronze.patients'
    const steps = [
      model('seen', select),
      model('kept', select, { materialized: 'table' }),
      model('refreshed', select, { materialized: 'materialized_view', key: ['id'] }),
    ]
    for (const step of steps) await perform(step)
    const role = `owner_less_${process.pid}_${server.name}`
    await own.execute(
      `create role ${role} login`,
      `grant all on schema strata, silver, bronze to ${role}`,
      `grant select, insert, update, delete on all tables in schema strata, silver, bronze to ${role}`,
      `grant all on all sequences in schema strata to ${role}`,
      `insert into bronze.patients (id, name) values ('4', 'Di')`,
    )
    const url = new URL(own.url)
    url.searchParams.set('options', `-c role=${role}`)
    const session = await connect({ url: url.href, applicationName: 'proof', maxConnections: 2 })
    try {
      for (const step of steps)
        await expect(
          executeStep(session, { ...step, fullRefresh: step.name === 'silver.seen' }),
        ).rejects.toMatchObject({
          code: 'PERMISSION_DENIED',
          // From PostgreSQL 17 on the right to refresh can be granted.
          hint: expect.stringMatching(/^It belongs to another role|^Grant it/),
        })
      expect(await own.rows('select count(*)::int as rows from silver.kept')).toEqual(['(3)'])
    } finally {
      await session.close()
      await own.execute(`drop owned by ${role}`, `drop role ${role}`)
    }
  })

  it('a role that may only read: a clear error, and nothing written', async () => {
    await perform(merged)
    const before = await silver()
    const role = `reader_${process.pid}_${server.name}`
    await own.execute(
      `create role ${role} login`,
      `grant usage on schema strata, silver, bronze to ${role}`,
      `grant select on all tables in schema strata, silver, bronze to ${role}`,
      `insert into bronze.patients (id, name) values ('4', 'Di')`,
    )
    const url = new URL(own.url)
    url.searchParams.set('options', `-c role=${role}`)
    const session = await connect({
      url: url.href,
      applicationName: 'proof',
      maxConnections: 2,
    })
    try {
      for (const step of [merged, { ...merged, fullRefresh: true }])
        await expect(executeStep(session, step)).rejects.toMatchObject({
          code: 'PERMISSION_DENIED',
          hint: expect.stringMatching(/role/),
        })
      expect(await silver()).toEqual(before)
    } finally {
      await session.close()
      await own.execute(`drop owned by ${role}`, `drop role ${role}`)
    }
  })
})
