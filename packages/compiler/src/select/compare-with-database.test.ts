import type { Graph, KnownRelation, Node, Target } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { buildPlan } from '../plan/build-plan.ts'
import { compareWithDatabase } from './compare-with-database.ts'

const target = { name: 'default', prefix: '' } as Target

function model(name: string, full: string, materialized = 'view', late = false): Node {
  return {
    kind: 'model',
    id: `model.p.${name}`,
    name,
    parents: [],
    columns: [],
    meta: {},
    description: '',
    relation: { schema: 's', name },
    config: { materialized, uniqueKey: [], enabled: true },
    select: { full: late ? '' : full, increment: null },
    rawCode: full,
    late,
    increments: [],
    preHooks: [],
    postHooks: [],
  } as unknown as Node
}

const graphOf = (...nodes: Node[]) => ({ nodes }) as unknown as Graph

/** What a run of the node would keep. */
function kept(node: Node, given: Partial<KnownRelation> = {}): KnownRelation {
  const options = { command: 'run', target, kinds: ['model'], fullRefresh: false } as const
  const [step] = buildPlan(graphOf(node), [node], options).steps
  if (step?.kind !== 'model') throw new Error('no step')
  const { uniqueKey, materialized } = step.config
  return {
    node: node.id,
    relation: step.relation,
    fingerprint: step.fingerprint,
    plannedFingerprint: step.fingerprint,
    sql: step.select.full,
    configuration: { materialized, uniqueKey },
    builtAt: '',
    ...given,
  }
}

describe('state: against a database', () => {
  const now = model('m', 'select 2')
  const aspects = [
    'new',
    'old',
    'modified',
    'unmodified',
    'modified.body',
    'modified.configs',
    'modified.relation',
  ] as const
  const holding = (node: Node, before: KnownRelation | null) => {
    const relations = new Map(before === null ? [] : [[node.id, before]])
    const comparison = compareWithDatabase({ target, graph: graphOf(node), relations })
    return aspects.filter((aspect) => comparison.is(node, aspect))
  }

  it.each([
    ['new', null, ['new', 'modified', 'modified.body', 'modified.configs', 'modified.relation']],
    ['as it was', kept(now), ['old', 'unmodified']],
    ['of other SQL', kept(model('m', 'select 1')), ['old', 'modified', 'modified.body']],
    ['of other options', kept(model('m', 'select 2', 'table')), ['old', 'modified', 'modified.configs']],
    [
      'elsewhere',
      kept(now, { relation: { schema: 't', name: 'm' } }),
      ['old', 'modified', 'modified.relation'],
    ],
  ])('knows a model that is %s', (_what, before, expected) => {
    expect(holding(now, before)).toEqual(expected)
  })

  it('compares a template that asks the database, not what it rendered to', () => {
    const late = model('m', 'select {{ x }}', 'view', true)
    expect(holding(late, kept(late, { fingerprint: 'other', sql: 'select 5' }))).toEqual([
      'old',
      'unmodified',
    ])
    const edited = kept(model('m', 'select {{ y }}', 'view', true))
    expect(holding(late, edited)).toEqual(['old', 'modified', 'modified.body'])
  })

  it('takes what keeps no relation for old, and refuses what is not kept', () => {
    const test = { kind: 'data_test', id: 'data_test.p.t', parents: [] } as unknown as Node
    expect(holding(test, null)).toEqual(['old', 'unmodified'])
    const comparison = compareWithDatabase({ target, graph: graphOf(now), relations: new Map() })
    expect(() => comparison.is(now, 'modified.macros')).toThrow('cannot be told from a database')
  })
})
