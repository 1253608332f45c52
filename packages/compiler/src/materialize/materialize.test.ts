import type { IndexFacts, ModelStep, RelationFacts, StepFacts } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { renderPublication, statementsOf } from '../testing/render-publication.ts'
import { materialize } from './materialize.ts'

const patients: ModelStep = {
  kind: 'model',
  id: 'model.clinical.patients',
  name: 'silver.patients',
  parents: [],
  intent: 'build',
  reason: '',
  relation: { schema: 'silver', name: 'patients' },
  config: { materialized: 'table', uniqueKey: [], enabled: true },
  select: { full: 'select id, name from "bronze"."patients"', increment: null },
  late: false,
  preHooks: [],
  postHooks: [],
  increments: [],
  fingerprint: 'f1',
  fullRefresh: false,
  description: '',
  columnDescriptions: {},
}

const incremental: ModelStep = {
  ...patients,
  config: { materialized: 'incremental', uniqueKey: ['id'], enabled: true },
  select: {
    full: 'select id, name from "bronze"."patients"',
    increment: ['select id, name from ', { incrementOf: 'source.clinical.cc.patients' }],
  },
  increments: [{ parent: 'source.clinical.cc.patients', relation: { schema: 'bronze', name: 'patients' } }],
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

const edge = {
  parent: 'source.clinical.cc.patients',
  relation: { schema: 'bronze', name: 'patients' },
  sourceOid: '16001',
  from: '100:110:',
  doubt: null,
  former: { relation: { schema: 'strata', name: 'former_16001' }, columns: ['id', 'name'] },
}

const index = (name: string, body: string, columns: readonly string[], unique: boolean): IndexFacts => ({
  name,
  definition: `CREATE INDEX ${name} ON silver.patients ${body}`,
  constraint: false,
  unique,
  body,
  columns,
  valid: true,
  building: false,
  comment: null,
})

const existing: RelationFacts = {
  oid: '16400',
  kind: 'table',
  columns: [
    { name: 'id', type: 'text' },
    { name: 'name', type: 'text' },
  ],
  definitionHash: null,
  options: [],
  indexes: [
    index('patients__strata_key', 'USING btree (id) NULLS NOT DISTINCT', ['id'], true),
    index('by_hand', 'USING btree (name)', ['name'], false),
  ],
  constraints: [],
  unlogged: false,
  populated: true,
  grants: [{ privilege: 'select', grantee: 'reader' }],
  comment: null,
  columnComments: { name: "It's a name" },
  bound: [],
  dependentViews: [
    {
      relation: { schema: 'gold', name: 'inner' },
      depth: 1,
      direct: true,
      definition: ' SELECT patients.id FROM silver.patients;',
      options: ['security_barrier=true'],
      owner: '"ada"',
      kind: 'view',
    },
    {
      relation: { schema: 'gold', name: 'outer' },
      depth: 2,
      direct: true,
      definition: ' SELECT i.id FROM gold."inner" i JOIN silver.patients p USING (id);',
      options: [],
      owner: '"ada"',
      kind: 'view',
    },
    {
      relation: { schema: 'gold', name: 'outermost' },
      depth: 3,
      direct: false,
      definition: ' SELECT 1;',
      options: [],
      owner: '"ada"',
      kind: 'view',
    },
  ],
  carryOver: [
    'grant select on silver.patients to reader',
    "comment on column silver.patients.name is 'It''s a name'",
    'create policy own on silver.patients as permissive for select to public using (true)',
    'alter table silver.patients owner to ada',
  ],
}

const current: StepFacts = { ...nothing, relation: existing, fingerprint: 'f1', edges: [edge] }
const view = (select: string): ModelStep => ({
  ...patients,
  config: { ...patients.config, materialized: 'view' },
  select: { full: select, increment: null },
})
const existingView: RelationFacts = {
  ...existing,
  kind: 'view',
  definitionHash: 'd1',
  indexes: [],
  options: ['security_invoker=true'],
}

describe('materialize', () => {
  const cases: readonly (readonly [golden: string, step: ModelStep, facts: StepFacts])[] = [
    ['view-first-build', { ...view('select 1 as id'), description: "It's one" }, nothing],
    [
      'view-replace',
      view('select 2 as id'),
      { ...nothing, relation: existingView, fingerprint: 'f0', definitionHash: 'd1' },
    ],
    ['view-was-table', view('select 2 as id'), current],
    [
      'table-first-build',
      { ...patients, columnDescriptions: { id: "The record's id", ghost: 'not there' } },
      nothing,
    ],
    ['table-rebuild', patients, current],
    ['table-was-view', patients, { ...current, relation: { ...existingView, dependentViews: [] } }],
    [
      'incremental-first-build',
      incremental,
      { ...nothing, edges: [{ ...edge, from: null, doubt: 'never read' }] },
    ],
    ['incremental-rebuild', { ...incremental, fullRefresh: true }, current],
    ['incremental-increment', incremental, current],
    [
      'incremental-two-edges-tracked',
      {
        ...incremental,
        config: { ...incremental.config, uniqueKey: ['id', 'site'], track_changes: true },
        select: {
          full: 'select …',
          increment: [
            'select * from ',
            { incrementOf: edge.parent },
            ' as p join ',
            { incrementOf: 'model.clinical.patients_of_old' },
            ' as o using (id)',
          ],
        },
      },
      {
        ...current,
        relation: {
          ...existing,
          columns: [
            ...existing.columns,
            { name: 'site', type: 'text' },
            { name: 'changed_xid', type: 'xid8' },
          ],
        },
        edges: [
          edge,
          {
            ...edge,
            parent: 'model.clinical.patients_of_old',
            relation: { schema: 'old', name: 'patients' },
            from: '90:90:',
          },
        ],
      },
    ],
    ['append-first-build', { ...incremental, config: { ...incremental.config, uniqueKey: [] } }, nothing],
    ['append-increment', { ...incremental, config: { ...incremental.config, uniqueKey: [] } }, current],
    [
      'tracked-restricted-first-build',
      { ...incremental, config: { ...incremental.config, track_changes: true, meta: { phi: true } } },
      nothing,
    ],
  ]

  it.each(cases)('publishes %s as in its golden file', async (golden, step, facts) => {
    const publication = materialize(step, facts)
    await expect(renderPublication(publication)).toMatchFileSnapshot(`goldens/${golden}.sql`)
  })

  it('leaves a view alone whose SQL and stored definition are what they were', () => {
    const facts = { ...nothing, relation: existingView, fingerprint: 'f1', definitionHash: 'd1' }
    expect(materialize(view('select 1'), facts)).toEqual({ action: 'none', reason: 'unchanged', actions: [] })
  })

  it('replaces a view that somebody altered', () => {
    const facts = { ...nothing, relation: existingView, fingerprint: 'f1', definitionHash: 'd0' }
    expect(materialize(view('select 1'), facts).reason).toBe('its definition was altered')
  })

  it.each([
    ['the state is missing', { ...current, fingerprint: null }, 'no state of it is stored'],
    ['it was a view', { ...current, relation: existingView }, 'was a view'],
  ])('rebuilds an incremental model when %s (R5)', (_, facts, reason) => {
    expect(materialize(incremental, facts)).toMatchObject({ action: 'rebuild', reason })
  })

  it.each([
    ['the SQL changed', { ...current, fingerprint: 'f0' }, 'SQL or configuration changed'],
    [
      'a source was replaced',
      { ...current, edges: [{ ...edge, from: null, doubt: 'bronze.patients was replaced' }] },
      'bronze.patients was replaced',
    ],
  ])('reads everything anew, in place, when %s (R10)', (_, facts, reason) => {
    expect(materialize(incremental, facts)).toMatchObject({ action: 'alter', reason })
  })

  it('says for whom a table begins to record its changes, where nothing else is new', () => {
    const recording = { readers: ['contacts', 'visits'], fingerprintWithout: 'f0' }
    const reasonFor = (fingerprint: string) =>
      materialize({ ...incremental, recording }, { ...current, fingerprint }).reason
    expect(reasonFor('f0')).toBe('now records its changes, for contacts and 1 more')
    expect(reasonFor('f9')).toBe('SQL or configuration changed')
  })

  it('keeps derived names apart for names of the greatest length', () => {
    const relation = { schema: 'silver', name: 'x'.repeat(63) }
    const { actions } = materialize({ ...incremental, relation }, current)
    for (const name of actions
      .flatMap(statementsOf)
      .join('\n')
      .matchAll(/"([^"]+)"/g)) {
      expect(Buffer.byteLength(name[1]!)).toBeLessThanOrEqual(63)
    }
  })
})
