import { type TableJob, tableJobDefaults, tableWatermarkDefaults } from '@strata/core'
import { expect, test } from 'vitest'
import { backfillWindow, boundedColumn, incrementWindow } from './row-window.ts'
import type { ChangeType, SourceTable } from './table-source.ts'

const clock = { utc: '2024-06-15 14:30:00.250000', local: '2024-06-15 09:30:00.250000' }

const table: SourceTable = {
  columns: [
    column('edited', 'instant'),
    column('entered', 'local_time'),
    column('day', 'date'),
    column('revision', 'number'),
  ],
  fingerprint: null,
  consistent: true,
}

function column(name: string, change: ChangeType) {
  return { name, type: change, nullable: true, change }
}

function job(over: Partial<NonNullable<TableJob['watermark']>> = {}): TableJob {
  return {
    ...tableJobDefaults,
    source: 'dental',
    table: 'adjustment',
    name: 'adjustment',
    target: { schema: 'bronze', name: 'adjustment' },
    key: [{ field: ['id'] }],
    relation: { schema: null, name: 'adjustment' },
    watermark: {
      ...tableWatermarkDefaults,
      columns: ['edited', 'entered', 'day', 'revision'].map((name) => ({ name, min: null, max: null })),
      ...over,
    },
  }
}

test('an increment asks for the rows beyond each column’s own watermark less the lookback', () => {
  const watermarks = {
    edited: '2024-06-14 01:00:00.000001',
    entered: '2024-06-13 23:30:00.000000',
    day: '2024-06-13',
    revision: '9007199254740993',
  }
  expect(incrementWindow(job(), table, watermarks, clock)).toMatchObject({
    logic: 'or',
    withoutChange: true,
    columns: [
      { name: 'edited', from: '2024-06-13 23:00:00.000001' },
      { name: 'entered', from: '2024-06-13 21:30:00.000000' },
      { name: 'day', from: '2024-06-12' },
      { name: 'revision', from: '9007199254740993' },
    ],
  })
})

test('a column that has no watermark yet selects all that it has a value for', () => {
  const window = incrementWindow(job(), table, { edited: '2024-06-14 01:00:00.000000' }, clock)
  expect(window.kind === 'changed' && window.columns.map(({ from }) => from)).toEqual([
    '2024-06-13 23:00:00.000000',
    null,
    null,
    null,
  ])
})

test('values before 1990 and more than a day from now are not believed where nothing is said', () => {
  const bounds = (name: string, change: ChangeType) => {
    const { min, max } = boundedColumn({ name, min: null, max: null }, change, clock)
    return [min, max]
  }
  expect(bounds('edited', 'instant')).toEqual(['1990-01-01 00:00:00.000000', '2024-06-16 14:30:00.250000'])
  expect(bounds('entered', 'local_time')).toEqual([
    '1990-01-01 00:00:00.000000',
    '2024-06-16 09:30:00.250000',
  ])
  expect(bounds('day', 'date')).toEqual(['1990-01-01', '2024-06-16'])
  expect(bounds('revision', 'number')).toEqual([null, null])
})

test('declared bounds take in their whole day', () => {
  const declared = { name: 'edited', min: '2000-01-01', max: '2030-12-31' }
  expect(boundedColumn(declared, 'instant', clock)).toMatchObject({
    min: '2000-01-01 00:00:00.000000',
    max: '2030-12-31 23:59:59.999999',
  })
  expect(boundedColumn(declared, 'date', clock)).toMatchObject({ min: '2000-01-01', max: '2030-12-31' })
  expect(boundedColumn({ ...declared, max: '2030-12-31T12:30' }, 'local_time', clock)).toMatchObject({
    max: '2030-12-31 12:30:59.999999',
  })
})

test('a backfill is a span of every column that tells times, each in its own zone', () => {
  const span = { since: '2024-07-01T00:00:00.000Z', until: '2024-08-01T00:00:00.000Z' }
  expect(backfillWindow(job(), table, span, clock, 'America/Chicago')).toMatchObject({
    withoutChange: false,
    columns: [
      { name: 'edited', from: '2024-07-01 00:00:00.000000', until: '2024-08-01 00:00:00.000000' },
      { name: 'entered', from: '2024-06-30 19:00:00.000000', until: '2024-07-31 19:00:00.000000' },
      { name: 'day', from: '2024-06-30', until: '2024-08-01' },
    ],
  })
})

test('rows without a value in any column are asked for unless the job leaves them to the sweep', () => {
  const withoutChange = (onMissing: 'include' | 'exclude' | 'raise') => {
    const window = incrementWindow(job({ onMissing }), table, {}, clock)
    return window.kind === 'changed' && window.withoutChange
  }
  expect(['include', 'exclude', 'raise'].map((one) => withoutChange(one as 'include'))).toEqual([
    true,
    false,
    true,
  ])
})
