import type { ModelStep } from '@strata/core'
import { expect, it } from 'vitest'
import { compileFiles } from '../testing/compile-files.ts'
import { buildPlan } from './build-plan.ts'

const notes = "{{ config(materialized='incremental', unique_key='id') }} select 1 as id"

function stepOf(files: { readonly [path: string]: string }): ModelStep {
  const { graph } = compileFiles({ 'models/notes.sql': notes, ...files })
  const target = { name: 'default', extract: true } as unknown as Parameters<typeof buildPlan>[2]['target']
  const { steps } = buildPlan(graph, graph.nodes, {
    command: 'run',
    target,
    kinds: ['model'],
    fullRefresh: false,
  })
  const step = steps.find(({ id }) => id.endsWith('.notes'))
  if (step?.kind !== 'model') throw new Error('there is no model notes')
  return step
}

it('a model that others begin to read by increments is known to be what it was, but for that', () => {
  const before = stepOf({})
  const reader = `{{ config(materialized='incremental', unique_key='id') }} select id from {{ increment(ref('notes')) }}`
  const after = stepOf({ 'models/contacts.sql': reader })
  expect(before).not.toHaveProperty('recording')
  expect(after.fingerprint).not.toBe(before.fingerprint)
  expect(after.recording).toEqual({ readers: ['contacts'], fingerprintWithout: before.fingerprint })
})
