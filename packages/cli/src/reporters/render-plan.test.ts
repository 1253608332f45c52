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
  expect(renderPlan(plan, false, null).split('\n').slice(1, 4)).toEqual([
    '       unique_key: [] → ["id"]',
    '       another model reads its changes now',
    '       no other model reads its changes any more',
  ])
})

it('cuts the middle of long names where a line would be wider than the terminal, and the end of a reason last', () => {
  const name = 'clinical.a_very_long_name_of_a_model_that_somebody_gave_it'
  const reason = 'SQL or configuration changed, and more is to be said of it than fits'
  const lines = (columns: number | null) => {
    const steps = [{ kind: 'model', name, intent: 'rebuild', reason }]
    const plan = { steps, target: { name: 'default' } } as unknown as Plan
    return renderPlan(plan, false, columns).split('\n')[0]!
  }
  expect(lines(null)).toContain(`${name}  rebuild    ${reason}`)
  expect(lines(80)).toHaveLength(80)
  expect(lines(80)).toMatch(
    /^model {2}clinical\.a_very\S*…\S*gave_it {2}rebuild {4}SQL or configuration changed.*…$/,
  )
})

it('tells in one line that nothing but the day of the question moved', () => {
  const shown = (diff: string) => {
    const steps = [
      { kind: 'model', name: 'g.m', intent: 'rebuild', reason: 'r', changes: [{ kind: 'sql', diff }] },
    ]
    const plan = { steps, target: { name: 'default' } } as unknown as Plan
    return renderPlan(plan, false, null).split('\n').slice(1, -2)
  }
  expect(
    shown("@@ -1,3 +1,3 @@\n select\n-  date '2024-03-01' as a\n+  date '2024-03-02' as a\n from t"),
  ).toEqual(['       only the day in its SQL differs: it moved from 2024-03-01 to 2024-03-02'])
  expect(shown("@@ -1 +1 @@\n-select date '2024-03-01' as a\n+select date '2024-03-02' as b")).toHaveLength(3)
})
