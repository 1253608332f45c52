import type { IndexFacts, ModelStep, RelationFacts, StepFacts } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { type AnswerOf, renderPublication } from '../testing/render-publication.ts'
import { materialize } from './materialize.ts'

const sites: ModelStep = {
  kind: 'model',
  id: 'model.clinical.sites',
  name: 'silver.sites',
  parents: [],
  intent: 'build',
  reason: '',
  relation: { schema: 'silver', name: 'sites' },
  config: { materialized: 'table', uniqueKey: ['id'], enabled: true },
  select: { full: 'select id, name from bronze.sites', increment: null },
  late: false,
  preHooks: [],
  postHooks: [],
  increments: [],
  fingerprint: 'f1',
  fullRefresh: false,
  description: '',
  columnDescriptions: {},
}

const withConfig = (config: { readonly [option: string]: unknown }): ModelStep => ({
  ...sites,
  config: { ...sites.config, ...config } as ModelStep['config'],
})

const options = {
  unlogged: true,
  fillfactor: 70,
  grants: { select: ['reader', 'Ann Lee', 'public'], insert: [] },
  indexes: [
    { columns: ['name', 'order'], unique: true },
    { columns: 'lower(name)', type: 'hash', where: 'id > 0', name: 'sites_by_name' },
  ],
}

const index = (name: string, more: Partial<IndexFacts> = {}): IndexFacts => ({
  name,
  definition: '',
  body: 'USING btree (name)',
  columns: ['name'],
  unique: false,
  constraint: false,
  valid: true,
  building: false,
  comment: null,
  ...more,
})

const keyIndex = index('sites__strata_key', { columns: ['id'], unique: true })

const existing: RelationFacts = {
  oid: '16400',
  kind: 'table',
  columns: [
    { name: 'id', type: 'integer' },
    { name: 'name', type: 'text' },
  ],
  definitionHash: null,
  options: [],
  indexes: [keyIndex],
  constraints: [],
  unlogged: false,
  populated: true,
  grants: [],
  comment: null,
  columnComments: {},
  bound: [],
  dependentViews: [],
  carryOver: [],
}

const nothing: StepFacts = {
  relation: null,
  fingerprint: null,
  definitionHash: null,
  doubt: null,
  foreign: false,
  edges: [],
  snapshot: '200:210:205',
}

const facts = (relation: Partial<RelationFacts> = {}): StepFacts => ({
  ...nothing,
  relation: { ...existing, ...relation },
  fingerprint: 'f1',
})

const cared: Partial<RelationFacts> = {
  options: ['autovacuum_enabled=false', 'fillfactor=90'],
  indexes: [
    keyIndex,
    index('by_hand', { body: 'USING gin (to_tsvector(name))', columns: null }),
    index('broken_by_hand', { valid: false }),
    index('sites__strata_0123456789'),
    index('sites_name_key', { constraint: true, unique: true }),
    index('sites_by_name', { comment: 'made by Strata: outdated' }),
  ],
  constraints: [
    { name: 'name', type: 'not_null', definition: '' },
    { name: 'positive', type: 'check', definition: 'CHECK ((id > 0))' },
    { name: 'sites_name_key', type: 'unique', definition: 'UNIQUE (name)' },
    { name: 'known', type: 'foreign_key', definition: 'FOREIGN KEY (id) REFERENCES public.ids(id)' },
  ],
  grants: [
    { privilege: 'select', grantee: 'reader' },
    { privilege: 'select', grantee: 'eve' },
    { privilege: 'insert', grantee: 'eve' },
    { privilege: 'update', grantee: 'eve' },
  ],
}

const same: AnswerOf = () => [
  { name: 'id', had: 'integer', gets: 'integer' },
  { name: 'name', had: 'text', gets: 'text' },
]
const grown: AnswerOf = (sql) => [...same(sql), { name: 'city', had: null, gets: 'text' }]
const retyped: AnswerOf = () => [{ name: 'id', had: 'integer', gets: 'bigint' }]

const incremental = { materialized: 'incremental' }
const stored = { materialized: 'materialized_view' }
const bound = [{ type: 'materialized view', identity: 'gold.by_site' }]
const fixed = [{ type: 'table constraint', identity: 'visits_site_fkey on gold.visits' }]

/** Whether the index of the key is there. */
const isMade = (sql: string) => sql.endsWith(' as made')

describe('publishing', () => {
  const cases: readonly (readonly [string, ModelStep, StepFacts, AnswerOf])[] = [
    ['options-first-build', withConfig(options), nothing, same],
    ['options-rebuild', withConfig(options), facts(cared), same],
    ['options-live', withConfig({ ...options, ...incremental }), facts(cared), same],
    ['options-nothing-to-do', withConfig(incremental), facts(), same],
    ['in-place-by-key', withConfig({ publish: 'in_place' }), facts(), grown],
    ['in-place-without-key', sites, facts({ bound, indexes: [] }), same],
    ['in-place-options', withConfig({ ...options, publish: 'in_place' }), facts(cared), same],
    ['in-place-other-columns', withConfig({ publish: 'in_place' }), facts(), retyped],
    ['materialized-view-first-build', withConfig({ ...stored, ...options }), nothing, same],
    ['materialized-view-refresh', withConfig(stored), facts({ kind: 'materialized_view' }), same],
    ['materialized-view-was-table', withConfig(stored), facts(cared), same],
    [
      'materialized-view-without-key',
      { ...withConfig(stored), config: { ...sites.config, ...stored, uniqueKey: [] } as ModelStep['config'] },
      facts({ kind: 'materialized_view', indexes: [] }),
      same,
    ],
    [
      'table-was-materialized-view',
      sites,
      facts({ kind: 'materialized_view', indexes: [index('by_hand')] }),
      same,
    ],
    [
      'view-with-star',
      {
        ...withConfig({ materialized: 'view' }),
        select: { full: 'select * from bronze.sites', increment: null },
      },
      facts({ kind: 'view', indexes: [] }),
      grown,
    ],
    ['gated-table', { ...sites, gated: true }, facts(), same],
    ['gated-first-build', { ...sites, gated: true }, nothing, same],
    [
      'gated-view',
      { ...withConfig({ materialized: 'view' }), gated: true, fingerprint: 'f2' },
      facts({ kind: 'view', indexes: [] }),
      same,
    ],
    [
      'view-grants-and-comments',
      {
        ...withConfig({ materialized: 'view', grants: options.grants }),
        description: 'All sites',
        columnDescriptions: { id: 'Its key', name: 'As it is' },
      },
      facts({ kind: 'view', indexes: [], columnComments: { name: 'As it is' } }),
      same,
    ],
  ]

  it.each(cases)('does %s as in its golden file', async (golden, step, known, answer) => {
    const answered = (sql: string) => (isMade(sql) ? [{ made: true }] : answer(sql))
    await expect(renderPublication(materialize(step, known), answered)).toMatchFileSnapshot(
      `goldens/${golden}.sql`,
    )
  })

  it('looks for duplicates only where the index of the key could not be made', () => {
    const keyed = withConfig({ materialized: 'incremental' })
    const rendered = (made: boolean) => renderPublication(materialize(keyed, nothing), () => [{ made }])
    expect(rendered(true)).not.toContain('having count(*) > 1')
    expect(rendered(false)).toMatch(
      /having count\(\*\) > 1[\s\S]*-- execute \(its option unique_key\)\ncreate unique index/,
    )
  })

  it('refuses other columns and other kinds where something of others is bound', () => {
    const publish = (step: ModelStep, known: StepFacts) => () =>
      renderPublication(materialize(step, known), retyped)
    expect(publish(sites, facts({ bound: fixed }))).toThrow(
      'cannot change (id was integer and is bigint) while other objects are bound to it: table constraint visits_site_fkey',
    )
    expect(publish(sites, facts({ bound: fixed, kind: 'view' }))).toThrow('cannot be replaced')
    expect(publish(sites, facts({ bound }))).not.toThrow()
  })

  it('gives indexes names that hold their definition, apart for tables of the longest names', () => {
    const named = (name: string, indexes: unknown) =>
      renderPublication(
        materialize({ ...withConfig({ indexes }), relation: { schema: 'silver', name } }, nothing),
      )
        .match(/create index "[^"]+"/g)
        ?.map((text) => text.slice('create index "'.length, -1))
    const [first] = named('sites', [{ columns: ['id'] }])!
    expect(first).toMatch(/^sites__strata_[0-9a-f]{10}$/)
    expect(named('sites', [{ columns: ['id'] }, { columns: 'id' }])).toEqual([first])
    expect(named('sites', [{ columns: ['name'] }])).not.toEqual([first])
    const [long, other] = ['a', 'b'].map((end) => named('x'.repeat(62) + end, [{ columns: ['id'] }])![0]!)
    expect(long).not.toBe(other)
    for (const name of [long!, other!]) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
  })
})
