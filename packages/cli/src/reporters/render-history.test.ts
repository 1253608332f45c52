import type { RecordedStep, RunSummary } from '@strata/runner'
import { expect, test } from 'vitest'
import { runsTable, stepsTable } from './history-tables.ts'
import { renderHistory } from './render-history.ts'

const run: RunSummary = {
  runId: '0123456789ab',
  command: 'run-operation',
  status: 'failed',
  startedAt: '2030-01-02T03:04:05.678Z',
  finishedAt: null,
  milliseconds: 3_605_000,
  counts: { success: 962, failed: 12, skipped: 26 },
  steps: 1000,
  arguments: {},
}

function step(name: string, over: Partial<RecordedStep>): RecordedStep {
  return {
    id: name,
    kind: 'job',
    name,
    status: 'success',
    message: 'incremental',
    counts: { fetched: 1_234_567 },
    startedAt: '2030-01-02T03:04:05.678Z',
    milliseconds: 1500,
    errorCode: null,
    errorMessage: null,
    ...over,
  } as RecordedStep
}

test('runs fit 80 columns: what was left undone is told by marks', () => {
  expect(renderHistory(runsTable([run], 80), 80).split('\n')).toEqual([
    'run       started      command        status  steps                took',
    '────────  ───────────  ─────────────  ──────  ───────────────────  ──────',
    '01234567  01-02 03:04  run-operation  failed  962 of 1000 ✗12 -26  1h 00m',
    '(1 row)',
  ])
  expect(renderHistory(runsTable([run], 120), 120)).toContain('962 of 1000, 12 failed, 26 skipped')
})

test('what a step says stands beside it where there is room, and below it where it failed', () => {
  const name = 'clinical_conductor.visit_element_relationships'
  const steps = [
    step(name, {}),
    step('crm.visits', {
      status: 'failed',
      errorCode: 'SOURCE_UNREACHABLE',
      errorMessage: 'crm instance north cannot be reached at https://crm.example.org → look at the network',
    }),
  ]
  const narrow = renderHistory(stepsTable(steps), 80).split('\n')
  for (const line of narrow) expect(line.length).toBeLessThanOrEqual(80)
  expect(narrow.slice(2)).toEqual([
    expect.stringMatching(
      /^job {3}clinical_conduc\S+…\S+relationships {2}success {2}1,234,567 fetched {2}1\.5s$/,
    ),
    expect.stringMatching(/^job {3}crm\.visits +failed {3}1,234,567 fetched {2}1\.5s$/),
    '    SOURCE_UNREACHABLE: crm instance north cannot be reached at',
    '    https://crm.example.org',
    '(2 rows)',
  ])
  expect(renderHistory(stepsTable(steps), 200)).toMatch(/1\.5s {2}incremental$/m)
  expect(renderHistory(stepsTable(steps), 40)).toContain('── row 2 ─')
})
