import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { jobRunsTable } from './job-run-tables.ts'
import { renderHistory } from './render-history.ts'
import { type NamedStatus, renderStatus, summarizeStatus } from './render-status.ts'

const plain = createColors(false)

const healthy: NamedStatus = {
  job: 'clinical_conductor.visit_element_relationships_of_patients',
  instance: 'north',
  instanceId: 1,
  state: 'on',
  reason: null,
  completeAt: '2026-01-02T03:04:05.000Z',
  ageSeconds: 7500,
  lastRun: { runId: 1, status: 'success', startedAt: '', endedAt: null, loaded: 10, error: null },
  watermark: { least: '2026-01-01T08:00:00.000Z', greatest: '2026-01-02T08:00:00.000Z' },
  captured: { landed: 9999, counted: 10_000, rate: 0.9999 },
  deadLetters: [],
  rejectedCursors: 0,
  sweep: null,
  refused: null,
  slices: { complete: 1, walking: 0, failed: 0, gone: 0, unsupported: 0 },
  pass: null,
  facts: {},
}

const troubled: NamedStatus = {
  ...healthy,
  job: 'clinical_conductor.subjects',
  lastRun: {
    ...healthy.lastRun!,
    status: 'failed',
    error: '3 of 120 slices failed, the first: the source fails (500)',
  },
  deadLetters: [
    { reason: 'no_key', letters: 2 },
    { reason: 'unreadable', letters: 1 },
  ],
  rejectedCursors: 1,
  sweep: { at: '', missed: 2, deleted: 1200 },
  refused: 5200,
  slices: { complete: 116, walking: 1, failed: 3, gone: 0, unsupported: 0 },
  pass: { position: 12_300, slices: 40_000, since: '' },
  facts: { orderBy: false, topCap: 100 },
}

const off: NamedStatus = {
  ...healthy,
  job: 'crm.contacts',
  state: 'declared off',
  reason: 'of another edition',
  completeAt: null,
  ageSeconds: null,
  lastRun: null,
  captured: null,
  watermark: null,
}

test('a status says in 80 columns what is not as it should be, and in 120 the watermark too', () => {
  const narrow = renderStatus(
    [{ ...healthy, captured: { landed: 5, counted: 5, rate: 1 } }, troubled, off],
    80,
    plain,
  )
  expect(narrow).toBe(`clinical_conductor
  job                     instance  complete    last run  captured
✓ visit_eleme…f_patients  north     2h 05m ago  success   100 %
✗ subjects                north     2h 05m ago  failed    99.9 %
    3 of 120 slices failed, the first: the source fails (500)
    116 of 120 slices complete, 3 failed, 1 unfinished
    a pass is at 12,300 of 40,000 slices; the next run goes on
    3 dead letters: 2 no_key, 1 unreadable
    1 record with an impossible change time
    the last walk over everything found 2 missed, 1,200 gone
    5,200 records gone, more than max_deleted_share allows: nothing marked
    no $orderby, at most 100 a page

crm
  job       instance  complete  last run  captured
- contacts  north     never
    off: of another edition`)
  const wide = renderStatus([healthy], 120, plain).split('\n')
  expect(wide[2]).toBe(
    '! visit_element_relationships_of_patients  north     2h 05m ago  success   99.9 %    2026-01-01 08:00',
  )
})

test('of many jobs that are off only their number and reasons are told', () => {
  const many = Array.from({ length: 6 }, (_, at) => ({
    ...off,
    job: `crm.t${at}`,
    reason: at < 4 ? 'unknown' : null,
  }))
  const both = many.flatMap((one) => [one, { ...one, instance: 'south', instanceId: 2 }])
  expect(
    renderStatus([{ ...healthy, job: 'crm.contacts' }, ...both], 80, plain)
      .split('\n')
      .slice(3),
  ).toEqual(['- 4 jobs off: unknown', '- 2 jobs off: active: false'])
  expect(renderStatus(both, 80, plain).split('\n')).toHaveLength(3)
  expect(summarizeStatus(both, 'models')).toBe('0 of 0 jobs as they should be, 6 off')
})

test('a failure is told whole, and does not say again whose it is', () => {
  const error =
    'clinical_conductor instance north fails at /north/api/v1/studies/subjects/odata (500), which it has done since yesterday'
  const failed: NamedStatus = { ...healthy, lastRun: { ...healthy.lastRun!, status: 'failed', error } }
  expect(renderStatus([failed], 80, plain).split('\n').slice(3)).toEqual([
    '    fails at /north/api/v1/studies/subjects/odata (500), which it has done since',
    '    yesterday',
  ])
})

test('the last line counts those that are on', () => {
  expect(summarizeStatus([healthy, troubled, off], 'pnpm models')).toBe(
    '0 of 2 jobs as they should be, 1 off, 3 dead letters open (`pnpm models source replay`)',
  )
})

test('the runs of jobs fit into 80 columns with how they loaded, and have their rate in 120', () => {
  const run = {
    runId: 12,
    name: 'ConcomitantMedications',
    source: 'clinical_conductor',
    instance: 'north',
    status: 'success',
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: null,
    milliseconds: 65_000,
    loaded: 130_000,
    kind: 'increment',
    first: false,
    context: null,
    counts: { fetched: 130_000, inserted: 120, changed: 3, deleted: 1 },
    error: null,
  }
  const rendered = (width: number, over: Partial<typeof run> = {}) =>
    renderHistory(jobRunsTable([{ ...run, ...over }], width), width).split('\n')
  expect(rendered(80)[2]).toBe(
    '01-02 03:04  Concomitan…dications  north     increment  success  130,000  1m 05s',
  )
  expect(rendered(80, { kind: 'full' })[2]).toContain('  full  success')
  expect(rendered(80, { kind: 'full', first: true })[2]).toContain('  first load  success')
  expect(rendered(120)[2]).toContain('increment  success  130,000  +120 ~3 -1  2,000/s  1m 05s')
})
