import type { JobNode } from '@strata/core'
import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { renderJobDetails } from './render-job-details.ts'
import type { NamedStatus } from './render-status.ts'

const node = {
  job: {
    kind: 'endpoint',
    endpoint: '/studies/{studyId}/subjects',
    target: { schema: 'bronze', name: 'dim_subjects_staging' },
  },
} as unknown as JobNode

const status = {
  job: 'crm.subjects',
  instance: 'north',
  lastRun: {
    runId: 7,
    status: 'failed',
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: null,
    loaded: 1500,
    error: '',
  },
  captured: { landed: 1500, counted: 1502, rate: 0.998 },
  watermark: { least: '2026-01-01T00:00:00.000Z', greatest: '2026-01-02T00:00:00.000Z' },
  sweep: { at: '2026-01-01T05:06:07.000Z', missed: 0, deleted: 0 },
  slices: { complete: 10, walking: 0, failed: 3, gone: 1, unsupported: 0 },
} as unknown as NamedStatus

test('of one job there is all that is known, cut to the terminal, and how many slices are not told', () => {
  const details = {
    records: { live: 1500, deleted: 2, withoutCursor: { missing: 0, rejected: 1 } },
    failing: [
      {
        slice: { studyId: '17' },
        status: 'failed',
        failure: `SOURCE_FAILING: ${'the source fails again and again '.repeat(4)}`,
        attemptedAt: '2026-01-02T03:04:05.000Z',
        completeAt: null,
      },
    ],
  } as const
  const rendered = renderJobDetails(node, status, details, 80, createColors(false))
  expect(rendered).toBe(`crm.subjects, instance north
  reads       /studies/{studyId}/subjects
  lands in    bronze.dim_subjects_staging
  records     1,500, 2 gone from the source, 1 with an impossible change time
  last run    7 of 2026-01-02 03:04: failed, 1,500 records
  captured    1,500 of 1,502 records
  watermark   2026-01-01T00:00:00.000Z … 2026-01-02T00:00:00.000Z
  all walked  2026-01-01 05:06
Slices that do not land, the last 1 of 4:
  studyId=17  failed 2026-01-02 03:04
    SOURCE_FAILING: the source fails again and again the source fails again and…`)
})
