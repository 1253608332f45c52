import type { Change, Plan } from '@strata/core'
import { expect, it } from 'vitest'
import { renderPlan } from './render-plan.ts'

it('tells options as they are written, and a recording of changes by its reason', () => {
  const changes: readonly Change[] = [
    { kind: 'config', option: 'unique_key', before: [], after: ['id'] },
    { kind: 'config', option: 'track_changes', before: null, after: true },
    { kind: 'config', option: 'track_changes', before: true, after: null },
  ]
  const step = { kind: 'model', name: 's.m', intent: 'rebuild', reason: 'r', changes }
  const plan = { steps: [step], target: { name: 'default' } } as unknown as Plan
  expect(renderPlan(plan, false).split('\n').slice(1, 4)).toEqual([
    '       unique_key: [] → ["id"]',
    '       another model reads its changes now',
    '       no other model reads its changes any more',
  ])
})
