import { describe, expect, it } from 'vitest'
import { decideIntent } from '../src/materialize/decide-intent.ts'
import { buildPlan } from '../src/plan/build-plan.ts'
import { compileFiles, testTarget } from '../src/testing/compile-files.ts'

const files = (project: string, config = '') => ({
  [project]: 'name: shop\n',
  'models/a.sql': `{{ config(materialized='incremental', unique_key='id'${config}) }}select 1 as id`,
  'models/source.sql': 'select 1 as id',
})

/** What a run does with a model whose relation is there and whose SQL was another one. */
function intentOf(given: ReturnType<typeof files>, fullRefresh = false): string {
  const { graph } = compileFiles(given)
  const options = { command: 'run', target: testTarget, kinds: ['model'] as const, fullRefresh }
  const step = buildPlan(graph, graph.nodes, options).steps.find((one) => one.name === 'public.a')!
  if (step.kind !== 'model') throw new Error('not a model')
  const state = {
    relation: { kind: 'table', definitionHash: null },
    fingerprint: 'of an earlier text',
    definitionHash: null,
    doubt: null,
    foreign: false,
    edges: [],
  } as const
  return decideIntent(step, state).intent
}

describe('an incremental model whose SQL changed', () => {
  it('is brought in place to what it yields in a project of ours', () => {
    expect(intentOf(files('strata.yml'))).toBe('alter')
  })

  it('keeps its rows in a project of dbt, whose sources may have been pruned', () => {
    expect(intentOf(files('dbt_project.yml'))).toBe('increment')
  })

  it('keeps its rows where it says so, and does not where it says so', () => {
    expect(intentOf(files('strata.yml', ", on_change='keep'"))).toBe('increment')
    expect(intentOf(files('dbt_project.yml', ", on_change='rebuild'"))).toBe('alter')
  })
})

describe('full_refresh of a model', () => {
  it('has the last word over --full-refresh', () => {
    expect(intentOf(files('dbt_project.yml', ', full_refresh=false'), true)).toBe('increment')
    expect(intentOf(files('strata.yml', ', full_refresh=false'), true)).toBe('increment')
    expect(intentOf(files('dbt_project.yml', ', full_refresh=true'))).toBe('rebuild')
  })
})
