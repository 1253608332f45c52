import type { Graph, KnownRelation, ModelStep, Plan, Step, World } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { explainPlan } from './explain-plan.ts'
import { worldDifferences } from './world.ts'

function step(name: string, given: Partial<ModelStep> = {}): ModelStep {
  return {
    kind: 'model',
    id: `model.p.${name}`,
    name: `s.${name}`,
    parents: [],
    intent: 'rebuild',
    reason: '',
    relation: { schema: 's', name },
    config: { materialized: 'table', uniqueKey: [], enabled: true },
    select: { full: 'select 1', increment: null },
    late: false,
    increments: [],
    preHooks: [],
    postHooks: [],
    fingerprint: 'now',
    fullRefresh: false,
    description: '',
    columnDescriptions: {},
    ...given,
  }
}

function known(name: string, given: Partial<KnownRelation> = {}): KnownRelation {
  return {
    node: `model.p.${name}`,
    relation: { schema: 's', name },
    fingerprint: 'now',
    plannedFingerprint: 'now',
    sql: 'select 1',
    configuration: { materialized: 'table', uniqueKey: [] },
    builtAt: '2030-01-01T00:00:00.000000Z',
    ...given,
  }
}

const planOf = (...steps: Step[]) => ({ version: 1, command: 'run', target: {}, steps }) as unknown as Plan

async function changes(steps: readonly Step[], built: readonly KnownRelation[]) {
  const nodes = steps.map(({ id, parents, ...rest }) => ({ id, parents, ...rest }))
  const graph = { nodes } as unknown as Graph
  const plan = await explainPlan(planOf(...steps), graph, new Map(built.map((one) => [one.node, one])))
  return plan.steps.map((one) => one.changes)
}

describe('a plan explains', () => {
  it('what is new and what is unchanged', async () => {
    expect(await changes([step('a', { intent: 'build' }), step('b')], [known('b')])).toEqual([
      [{ kind: 'new' }],
      [],
    ])
  })

  it('what of a contract is broken and who reads it, and what is new in it', async () => {
    const location = { file: 'models/a.yml', line: 1, column: 1 }
    const check = (condition: string) => ({
      type: 'check' as const,
      name: condition,
      columns: [],
      definition: `check (${condition})`,
      location,
    })
    const a = step('a', {
      contract: {
        columns: [{ name: 'id', type: 'bigint', location }],
        constraints: [check('id > 1')],
        location,
      },
    })
    const before = {
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'gone', type: 'text' },
      ],
      constraints: [check('id > 0')],
    }
    const [ofA, ofB] = await changes(
      [a, step('b', { parents: ['model.p.a'] })],
      [known('a', { contract: before }), known('b')],
    )
    expect(ofA).toEqual([
      {
        kind: 'contract',
        breaks: [
          'the column id was integer and is bigint',
          'the column gone is gone',
          'the constraint is gone: check (id > 0)',
        ],
        adds: ['check (id > 1)'],
        affects: ['s.b'],
      },
    ])
    expect(ofB).toEqual([])
    const [without] = await changes([step('a')], [known('a', { contract: before })])
    expect(without).toMatchObject([{ breaks: ['its contract is no longer enforced'] }])
    const [same] = await changes(
      [a],
      [
        known('a', {
          contract: { columns: [{ name: 'id', type: 'bigint' }], constraints: [check('id > 1')] },
        }),
      ],
    )
    expect(same).toEqual([])
  })

  it('which exposures stand on a broken contract, however far behind it', async () => {
    const contract = { columns: [{ name: 'gone', type: 'text' }], constraints: [] }
    const nodes = [
      { id: 'model.p.a', kind: 'model', name: 'a', parents: [], config: {} },
      { id: 'model.p.b', kind: 'model', name: 'b', parents: ['model.p.a'], config: {} },
      { id: 'model.p.c', kind: 'model', name: 'c', parents: ['model.p.b'], config: {} },
      { id: 'exposure.p.far', kind: 'exposure', name: 'far', parents: ['model.p.c'] },
      { id: 'exposure.p.other', kind: 'exposure', name: 'other', parents: ['model.p.d'] },
    ]
    const { steps } = await explainPlan(
      planOf(step('a')),
      { nodes } as unknown as Graph,
      new Map([['model.p.a', known('a', { contract })]]),
    )
    expect(steps[0]!.changes).toMatchObject([{ affects: ['b', 'the exposure far'] }])
  })

  it('changed SQL by a diff, and changed options by their names', async () => {
    const select = { full: 'select 2\nfrom x', increment: null }
    const config = { materialized: 'table', uniqueKey: ['id'], enabled: true, tags: ['t'] } as const
    const [found] = await changes(
      [step('a', { select, config })],
      [known('a', { plannedFingerprint: 'then' })],
    )
    expect(found).toEqual([
      { kind: 'sql', diff: '@@ -1,1 +1,2 @@\n-select 1\n+select 2\n+from x' },
      { kind: 'config', option: 'unique_key', before: [], after: ['id'] },
    ])
  })

  it('a change of both forms of the SQL once, and one of the increment alone', async () => {
    const built = known('a', {
      plannedFingerprint: 'then',
      sql: 'select 1\nfrom x\n\n-- as an increment:\nselect 1\nfrom (the increment of x)',
    })
    const found = async (full: string, increment: string) =>
      (await changes([step('a', { select: { full, increment: [increment] } })], [built]))[0]
    expect(await found('select 2\nfrom x', 'select 2\nfrom (the increment of x)')).toEqual([
      { kind: 'sql', diff: '@@ -1,2 +1,2 @@\n-select 1\n+select 2\n from x' },
    ])
    const [alone] = (await found('select 1\nfrom x', 'select 2\nfrom (the increment of x)')) ?? []
    expect(alone).toMatchObject({ diff: expect.stringContaining('-select 1\n+select 2\n from (the inc') })
  })

  it('a change without a diff where the SQL was not kept', async () => {
    const before = known('a', { plannedFingerprint: 'then', sql: null, configuration: null })
    expect(await changes([step('a')], [before])).toEqual([[{ kind: 'sql', diff: null }]])
  })

  it('that a template which asks the database is what it was, whatever it rendered to', async () => {
    const late = step('a', { late: true, select: { full: '', increment: null } })
    expect(await changes([late], [known('a', { fingerprint: 'rendered' })])).toEqual([[]])
  })

  it('what follows from a changed parent', async () => {
    const steps = [step('a'), step('b', { parents: ['model.p.a'] }), step('c', { parents: ['model.p.b'] })]
    const built = [known('a', { plannedFingerprint: 'then', sql: 'select 0' }), known('b'), known('c')]
    const [, b, c] = await changes(steps, built)
    expect([b, c]).toEqual([[{ kind: 'parent', parent: 's.a' }], [{ kind: 'parent', parent: 's.b' }]])
  })

  it('what is stale, also behind a view, which itself never is', async () => {
    const view = { materialized: 'view', uniqueKey: [], enabled: true } as const
    const steps = [
      step('a'),
      step('v', { parents: ['model.p.a'], config: view, intent: 'skip' }),
      step('c', { parents: ['model.p.v'] }),
    ]
    const newer = { builtAt: '2030-01-02T00:00:00.000000Z' }
    const built = [
      known('a', newer),
      known('v', { configuration: { materialized: 'view', uniqueKey: [] } }),
      known('c'),
    ]
    expect(await changes(steps, built)).toEqual([[], [], [{ kind: 'stale', parent: 's.a' }]])
  })
})

describe('the world of a saved plan', () => {
  const state = {
    oid: '1',
    fingerprint: 'f',
    definitionHash: null,
    columns: ['id integer'],
    edges: { p: '10:10:' },
  }
  const before: World = { files: { 'a.sql': '1', 'b.sql': '1' }, states: { 'model.p.a': state } }
  const differences = (files: World['files'], now: object) =>
    worldDifferences(planOf(step('a')), before, { files, states: { 'model.p.a': { ...state, ...now } } })

  it('is the same while nothing moves', () => {
    expect(differences(before.files, {})).toEqual([])
  })

  it.each([
    ['s.a has taken an increment', { edges: { p: '20:20:' } }],
    ['s.a has been built anew', { fingerprint: 'g' }],
    ['s.a has been built anew', { oid: '2' }],
    ['s.a has another definition', { definitionHash: 'h' }],
    ['s.a has been altered', { columns: ['id bigint'] }],
    ['s.a is gone', { oid: null }],
  ])('is another one when %s', (text, now) => {
    expect(differences(before.files, now)).toEqual([text])
  })

  it('is another one when files change, come or go', () => {
    expect(differences({ 'a.sql': '2', 'c.sql': '1' }, {})).toEqual([
      'a.sql changed',
      'b.sql is gone',
      'c.sql is new',
    ])
  })
})
