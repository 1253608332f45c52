import type { IndexFacts, RelationFacts, SnapshotSettings, SnapshotStep, StepFacts } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { renderPublication } from '../../testing/render-publication.ts'
import { decideSnapshotIntent } from './decide-snapshot.ts'
import { materializeSnapshot } from './snapshot.ts'
import { widenType } from './widen-type.ts'

const settings: SnapshotSettings = {
  strategy: { kind: 'timestamp', updatedAt: 'updated_at' },
  uniqueKey: ['id'],
  hardDeletes: 'ignore',
  validToCurrent: null,
  columns: {
    scdId: 'dbt_scd_id',
    updatedAt: 'dbt_updated_at',
    validFrom: 'dbt_valid_from',
    validTo: 'dbt_valid_to',
    isDeleted: 'dbt_is_deleted',
  },
}

const people: SnapshotStep = {
  kind: 'snapshot',
  id: 'snapshot.shop.people',
  name: 'history.people',
  parents: [],
  intent: 'build',
  reason: '',
  relation: { schema: 'history', name: 'people' },
  config: {},
  settings,
  select: { full: 'select * from "raw"."people"', increment: null },
  late: false,
  preHooks: [],
  postHooks: [],
  fingerprint: 'f1',
  takeOver: false,
  description: '',
  columnDescriptions: {},
}

const withDeletions: SnapshotStep = {
  ...people,
  settings: {
    ...settings,
    strategy: { kind: 'check', columns: ['name'], updatedAt: null },
    uniqueKey: ['id', `site || '-'`],
    hardDeletes: 'new_record',
    validToCurrent: "'9999-12-31'::timestamp",
  },
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

const guard: IndexFacts = {
  name: 'people__strata_current_150d9355f0',
  definition: '',
  constraint: false,
  unique: true,
  body: '',
  columns: null,
  valid: true,
  building: false,
  comment: null,
}

const history: RelationFacts = {
  oid: '16400',
  kind: 'table',
  columns: ['id', 'name', 'dbt_scd_id', 'dbt_valid_from', 'dbt_valid_to'].map((name) => ({
    name,
    type: 'text',
  })),
  definitionHash: null,
  options: [],
  indexes: [],
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

const present: StepFacts = { ...nothing, relation: history, fingerprint: 'f1' }

describe('materializing snapshots', () => {
  const column = (name: string, type: string, gets: string | null = type) => ({ name, had: type, gets })
  const added = ['dbt_scd_id', 'dbt_updated_at', 'dbt_valid_from', 'dbt_valid_to', 'dbt_is_deleted']
  const answerOf = (sql: string) => {
    if (sql.includes('clock_timestamp')) return [{ now: '2026-01-02 03:04:05.678' }]
    const own = [
      column('id', 'integer'),
      column('name', 'text'),
      column('updated_at', 'timestamp without time zone'),
    ]
    if (sql.includes('sample')) return own
    return [...own, ...added.map((name) => column(name, 'timestamp without time zone', null))]
  }

  it.each([
    ['snapshot-first', people, nothing],
    ['snapshot-first-with-deletions', withDeletions, nothing],
    ['snapshot-by-timestamp', people, { ...present, relation: { ...history, indexes: [guard] } }],
    ['snapshot-invalidates', { ...people, settings: { ...settings, hardDeletes: 'invalidate' } }, present],
    ['snapshot-new-records', withDeletions, present],
  ] as const)('publishes %s as in its golden file', async (golden, step, facts) => {
    const text = renderPublication(materializeSnapshot(step, facts), answerOf)
    await expect(text).toMatchFileSnapshot(`../goldens/${golden}.sql`)
  })

  it.each([
    ['there is no table', people, nothing, 'build', 'first build'],
    ['it is there', people, present, 'increment', 'by updated_at'],
    [
      'it is a stranger’s',
      people,
      { ...present, foreign: true },
      'skip',
      'refused: a relation of that name exists that Strata did not begin; --take-over goes on with a snapshot',
    ],
    [
      'it is to be taken over',
      { ...people, takeOver: true },
      { ...present, foreign: true },
      'increment',
      'takes over the history that Strata did not begin, by updated_at',
    ],
    [
      'it is another target’s',
      people,
      { ...present, builtBy: 'ci' },
      'skip',
      'refused: a relation of that name exists that target ci began; --take-over goes on with a snapshot',
    ],
    [
      'a view is there',
      people,
      { ...present, relation: { ...history, kind: 'view' } },
      'skip',
      'refused: there is a view of that name',
    ],
  ] as const)('decides what to do when %s', (_, step, facts, intent, reason) => {
    expect(decideSnapshotIntent(step, facts)).toEqual({ intent, reason })
  })

  it.each([
    ['integer', 'bigint', 'bigint'],
    ['bigint', 'integer', null],
    ['bigint', 'numeric(4,1)', 'numeric'],
    ['numeric(4,1)', 'numeric(5,3)', 'numeric(6,3)'],
    ['numeric(6,3)', 'numeric(4,1)', null],
    ['numeric(6,3)', 'numeric', 'numeric'],
    ['real', 'double precision', 'double precision'],
    ['character varying(5)', 'character varying(8)', 'character varying(8)'],
    ['character varying(5)', 'text', 'text'],
    ['character(5)', 'character varying', 'character varying'],
    ['text', 'character varying(8)', null],
    ['text', 'integer', null],
    ['date', 'timestamp without time zone', null],
  ])('a column of type %s whose SELECT yields %s becomes %s', (had, gets, becomes) => {
    expect(widenType(had, gets)).toBe(becomes)
  })
})
