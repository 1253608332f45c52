import type { PublishAction, RelationFacts, SeedStep, SeedTable, StepFacts } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { statementsOf } from '../testing/render-publication.ts'
import { decideSeedIntent, materializeSeed } from './seed.ts'

const countries: SeedStep = {
  kind: 'seed',
  id: 'seed.clinical.countries',
  name: 'silver.countries',
  parents: [],
  intent: 'build',
  reason: '',
  relation: { schema: 'silver', name: 'countries' },
  config: { columnTypes: {}, quoteColumns: null, delimiter: ',' },
  file: 'seeds/countries.csv',
  checksum: '',
  preHooks: [],
  postHooks: [],
  fingerprint: 'f1',
  fullRefresh: false,
  description: "The world's countries",
  columnDescriptions: { code: 'ISO 3166' },
}

const nothing: StepFacts = {
  relation: null,
  fingerprint: null,
  definitionHash: null,
  doubt: null,
  foreign: false,
  edges: [],
  snapshot: '1:1:',
}

const existing: RelationFacts = {
  oid: '16400',
  kind: 'table',
  columns: [{ name: 'code', type: 'text' }],
  definitionHash: null,
  options: [],
  indexes: [],
  constraints: [],
  unlogged: false,
  populated: true,
  grants: [{ privilege: 'select', grantee: 'reader' }],
  comment: null,
  columnComments: {},
  bound: [],
  dependentViews: [
    {
      relation: { schema: 'gold', name: 'codes' },
      depth: 1,
      direct: true,
      definition: ' SELECT countries.code FROM silver.countries;',
      options: ['security_barrier=true'],
      owner: '"ada"',
      kind: 'view',
    },
  ],
  carryOver: ['grant select on silver.countries to reader'],
}

const current: StepFacts = { ...nothing, relation: existing, fingerprint: 'f1' }

const columns = [
  { name: 'code', type: 'text' },
  { name: 'Sort "order"', type: 'numeric(10,2)' },
]

describe('materializing seeds', () => {
  it.each([
    ['seed-first-build', countries, nothing],
    ['seed-rebuild', countries, { ...current, fingerprint: 'f0' }],
    [
      'seed-was-view',
      { ...countries, description: '' },
      { ...current, relation: { ...existing, kind: 'view' } },
    ],
  ] as const)('publishes %s as in its golden file', async (golden, step, facts) => {
    const { action, reason, tableOf } = materializeSeed(step, facts)
    const text = `-- ${action}: ${reason}\n\n${render(tableOf!(columns))}`
    await expect(text).toMatchFileSnapshot(`goldens/${golden}.sql`)
  })

  it('leaves a seed alone that is as it was', () => {
    expect(materializeSeed(countries, current)).toEqual({
      action: 'none',
      reason: 'unchanged',
      tableOf: null,
    })
  })

  it.each([
    ['there is no table', countries, nothing, 'build', 'first build'],
    [
      'the file changed',
      countries,
      { ...current, fingerprint: 'f0' },
      'rebuild',
      'file or configuration changed',
    ],
    [
      'the state is missing',
      countries,
      { ...current, fingerprint: null },
      'rebuild',
      'no state of it is stored',
    ],
    [
      'the state is another target’s',
      countries,
      { ...current, fingerprint: null, doubt: 'it was built by target ci' },
      'rebuild',
      'it was built by target ci',
    ],
    ['it is asked to', { ...countries, fullRefresh: true }, current, 'rebuild', 'full refresh'],
    [
      'it was a view',
      countries,
      { ...current, relation: { ...existing, kind: 'view' } },
      'rebuild',
      'was a view',
    ],
    [
      'the table is a stranger’s',
      countries,
      { ...current, foreign: true },
      'skip',
      'refused: a relation of that name exists that Strata did not build',
    ],
  ] as const)('decides what to do when %s', (_, step, facts, intent, reason) => {
    expect(decideSeedIntent(step, facts)).toEqual({ intent, reason })
  })
})

function render({ into, create, publish }: SeedTable): string {
  const load = `-- the rows go into "${into.schema}"."${into.name}"`
  return `${[...create.map(renderAction), load, ...publish.map(renderAction)].join('\n\n')}\n`
}

function renderAction(action: PublishAction): string {
  if (action.kind !== 'exchange') return `${statementsOf(action).join(';\n')};`
  const { locks, statements, repoint, former, carryOver } = action
  const lines = [...locks, ...statements, ...repoint.map(({ sql }) => sql.replace(/;$/, ''))]
  const drop = `-- drop the former ${former?.kind} "${former?.relation.name}"`
  return ['-- exchange', ...lines.map((sql) => `${sql};`), drop, ...carryOver.map((sql) => `${sql};`)].join(
    '\n',
  )
}
