import type { Database, ModelStep, StepContext, StepOutcome } from '@strata/core'
import { migrate, prepareFactsFunction } from '@strata/postgres'
import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readRelationRows } from '../state/relation-rows.ts'
import { runnerMigrations } from '../state/runner-migrations.ts'
import { createForesight, type Foresight } from './foresight.ts'
import type { FactsFunction } from './read-step.ts'

const nothing: StepOutcome = { status: 'success', action: 'none', message: '', counts: {} }

function view(name: string, parents: readonly string[] = []): ModelStep {
  return {
    kind: 'model',
    id: name,
    name,
    parents,
    intent: 'skip',
    reason: '',
    relation: { schema: 'silver', name },
    fingerprint: 'f',
  } as unknown as ModelStep
}

describeServers('steps that are looked at together', (server) => {
  let created: Awaited<ReturnType<typeof createTestDatabase>>
  let prepared: FactsFunction
  let foresight: Foresight<ModelStep>
  let looks: number
  beforeEach(async () => {
    created = await createTestDatabase(server)
    const { database } = created
    await migrate(database, 'runner', runnerMigrations)
    await database.query('create schema silver')
    for (const name of ['a', 'b', 'c']) {
      await database.query(`create view silver.${name} as select 1 as one`)
      await database.query(
        `select strata.store_relation('default', 'silver', '${name}', '${name}', 'f', false, 'r', now(), null, null, null, false)`,
      )
    }
    prepared = (await prepareFactsFunction(database))!
    looks = 0
    const counting: Database = {
      ...database,
      transaction(work, options) {
        looks++
        return database.transaction(work, options)
      },
    }
    foresight = createForesight<ModelStep>(
      counting,
      () => true,
      (_, { relation, definitionHash }) => (relation?.definitionHash === definitionHash ? nothing : null),
    )
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await created.drop()
  })

  const context = {
    runId: 'r',
    target: { name: 'default', prefix: '' },
    signal: new AbortController().signal,
  } as unknown as StepContext
  const glance = async (step: ModelStep) => {
    foresight.begin(step)
    return (await foresight.glance(step, prepared, context))?.outcome ?? null
  }
  const [a, b, c] = [view('a'), view('b', ['a']), view('c', ['b'])]

  it('are read in one statement when none of their parents has anything to do', async () => {
    foresight.expect([a, b, c], () => true)
    expect([await glance(a), await glance(b), await glance(c)]).toEqual([nothing, nothing, nothing])
    expect(looks).toBe(1)
  })

  it('are read anew behind one that has something to do, or whose parents another executor does', async () => {
    await created.database.query('create or replace view silver.b as select 2 as one')
    foresight.expect([a, b, c], () => true)
    expect([await glance(a), await glance(b)]).toEqual([nothing, null])
    const before = looks
    expect(await glance(c)).toEqual(nothing)
    expect(looks).toBe(before + 1)

    const table = view('t', ['a'])
    const reader = view('c', ['t'])
    foresight.expect([a, table, reader], (step) => step !== table)
    await glance(a)
    await glance(reader)
    expect(looks).toBe(before + 3)
  })

  it('are read anew some seconds later, and after something that was not foreseen', async () => {
    foresight.expect([a, b, c], () => true)
    await glance(a)
    await created.database.query('drop view silver.c')
    const now = performance.now()
    vi.spyOn(performance, 'now').mockReturnValue(now + 6_000)
    expect(await glance(b)).toEqual(nothing)
    expect(looks).toBe(2)
    foresight.forget()
    expect(await glance(c)).toBe(null)
  })

  it('are read one by one where one of them cannot be read now', async () => {
    await created.database.session(async (session) => {
      await session.query('begin')
      await session.query('lock table silver.b in access exclusive mode')
      foresight.expect([a, b], () => true)
      expect([await glance(a), await glance(b)]).toEqual([nothing, null])
    })
  })

  it('are found to be what the function for one of them says', async () => {
    const { database } = created
    await database.query('create table silver.foreign ()')
    await database.query(`update strata.relations set retired = true where relation_name = 'b'`)
    await database.query(
      `update strata.relations set target = 'other', written_by = default where relation_name = 'c'`,
    )
    const steps = ['a', 'b', 'c', 'foreign', 'nowhere'].map((name) => view(name))
    const { rows } = await database.query(
      `select strata.relation_state('default', 'silver', name) as state from unnest('{a,b,c,foreign,nowhere}'::text[]) with ordinality as w (name, place) order by place`,
    )
    const together = await readRelationRows(database, 'default', steps)
    expect(together.map(({ state }) => ({ state }))).toEqual(rows)
  })
})
