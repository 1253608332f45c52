import type { JobNode } from '@strata/core'
import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { renderJobDetails } from './render-job-details.ts'
import { type NamedStatus, renderStatus, summarizeStatus } from './render-status.ts'
import { summarizeTables } from './table-status.ts'

const plain = createColors(false)

const quiet = {
  loads: 7,
  succeeded: 7,
  available: 6400,
  captured: 6400,
  violations: 0,
  missing: 0,
  duplicateLoads: 0,
  duplicates: 0,
  secondsSaved: 1050,
  secondsOfFullLoads: 1100,
}

const adjustment: NamedStatus = {
  job: 'opendental.adjustment',
  instance: 'north',
  instanceId: 201,
  state: 'on',
  reason: null,
  completeAt: '2026-01-02T03:04:05.000Z',
  ageSeconds: 7500,
  lastRun: {
    runId: 9,
    status: 'success',
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: null,
    loaded: 10,
    error: null,
  },
  watermark: { least: '2026-01-01T08:00:00.000Z', greatest: '2026-01-01T08:00:00.000Z' },
  captured: { landed: 5651, counted: 5651, rate: 1 },
  deadLetters: [],
  rejectedCursors: 0,
  sweep: { at: '2026-01-02T00:00:00.000Z', missed: 0, deleted: 0 },
  refused: null,
  slices: { complete: 1, walking: 0, failed: 0, gone: 0, unsupported: 0 },
  pass: null,
  facts: {},
  table: {
    columns: [
      {
        name: 'SecDateTEdit',
        watermark: '2025-07-18 12:34:56.000000',
        proof: { changed: 37, missed: 0, since: '', until: '' },
      },
      { name: 'ProcDate', watermark: '2025-07-18', proof: { changed: 37, missed: 12, since: '', until: '' } },
      { name: 'DateEntry', watermark: null, proof: null },
    ],
    week: quiet,
  },
}

const claim: NamedStatus = {
  ...adjustment,
  job: 'opendental.claim',
  table: {
    columns: [],
    week: {
      ...quiet,
      succeeded: 5,
      captured: 6397,
      violations: 1,
      missing: 3,
      duplicateLoads: 1,
      duplicates: 4,
      secondsSaved: null,
      secondsOfFullLoads: null,
    },
  },
}

const payment: NamedStatus = {
  ...claim,
  job: 'opendental.payment',
  completeAt: null,
  ageSeconds: null,
  lastRun: null,
  captured: null,
  table: {
    columns: [],
    week: {
      ...quiet,
      loads: 0,
      succeeded: 0,
      available: 0,
      captured: 0,
      secondsSaved: null,
      secondsOfFullLoads: null,
    },
  },
}

const off: NamedStatus = {
  ...adjustment,
  job: 'opendental.securitylog',
  state: 'declared off',
  reason: 'no key',
}

test('under the tables of a source stands how their loads went', () => {
  expect(renderStatus([adjustment, claim, payment, off], 80, plain)).toBe(`opendental
  job          instance  complete    last run  captured
✓ adjustment   north     2h 05m ago  success   100 %
! claim        north     2h 05m ago  success   100 %
    in seven days 1 load found 3 rows missing, 1 load met 4 duplicate keys
✗ payment      north     never
- securitylog  north     2h 05m ago  success   100 %
    off: no key
  tracked    2 of 3 tables
  succeeded  85.7 %: 12 of 14 loads in seven days
  captured   99.9 %: 12,797 of 12,800 rows
  saved      95.4 %: 17m 30s of 18m 20s that full loads take
  faults     1 load found 3 rows missing, 1 load met 4 duplicate keys`)
  expect(summarizeStatus([adjustment, claim], 'models')).toBe('1 of 2 jobs as they should be')
})

test('a source of endpoints has no such lines', () => {
  const { table: _, ...endpoint } = adjustment
  expect(renderStatus([endpoint], 80, plain).split('\n')).toHaveLength(3)
  expect(summarizeTables([endpoint])).toEqual([])
})

test('as data there is a summary for each source', () => {
  expect(summarizeTables([adjustment, claim, payment, off])).toEqual([
    {
      source: 'opendental',
      tables: 3,
      tracked: 2,
      loads: 14,
      succeeded: 12,
      available: 12800,
      captured: 12797,
      violations: 1,
      missing: 3,
      duplicateLoads: 1,
      duplicates: 4,
      secondsSaved: 1050,
      secondsOfFullLoads: 1100,
    },
  ])
})

test('of one table there are its change columns, with what samples of its rows say of them', () => {
  const node = {
    job: {
      kind: 'table',
      relation: { schema: null, name: 'adjustment' },
      target: { schema: 'bronze', name: 'od_adjustment' },
    },
  } as unknown as JobNode
  const details = {
    records: { live: 5651, deleted: 0, withoutCursor: { missing: 0, rejected: 0 } },
    failing: [],
  }
  expect(renderJobDetails(node, adjustment, details, 80, plain)).toBe(`opendental.adjustment, instance north
  reads       adjustment
  lands in    bronze.od_adjustment
  records     5,651
  last run    9 of 2026-01-02 03:04: success, 10 records
  captured    5,651 of 5,651 records
  swept       2026-01-02 00:00
  succeeded   100 %: 7 of 7 loads in seven days
  saved       95.4 %: 17m 30s of 18m 20s that full loads take
  faults      no duplicate keys, no rows missing
Change columns, most reliable first:
  SecDateTEdit  2025-07-18 12:34:56.000000  missed 0 of 37 changes
  ProcDate      2025-07-18                  missed 12 of 37 changes, 32.4 %
  DateEntry     no value yet`)
})
