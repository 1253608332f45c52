import { expect, it } from 'vitest'
import { renderDifference, summarizeDifference } from './render-difference.ts'
import type { RowDifference } from './unit-test.ts'

const difference: RowDifference = {
  cte: 'final',
  columns: ['id', 'name'],
  rows: [
    { kind: 'changed', expected: ['1', 'ann'], actual: ['1', null] },
    { kind: 'missing', expected: ['22', ''] },
    { kind: 'unexpected', actual: ['3', 'null'] },
  ],
  expected: 4,
  actual: 3,
  more: 2,
}

it('shows rows that differ as a table, with a mark below the values', () => {
  expect(renderDifference(difference)).toEqual([
    '  id  name',
    '- 1   ann',
    '+ 1   null',
    '      ~~~~',
    '- 22  ""',
    '+ 3   "null"',
    '  … and 2 more rows',
  ])
  expect(summarizeDifference(difference)).toBe(
    'final: 1 row missing, 1 row other than expected, 1 row unexpected, 2 more (expected 4 rows, got 3)',
  )
})

it('paints of a changed row only what differs', () => {
  const paint = {
    expected: (text: string) => `<${text}>`,
    actual: (text: string) => `[${text}]`,
    quiet: (text: string) => text,
  }
  expect(renderDifference(difference, paint).slice(1, 4)).toEqual([
    '<-> 1   <ann>',
    '[+] 1   [null]',
    '      ~~~~',
  ])
})

it('marks what the comparison took for different', () => {
  const rows = [
    { kind: 'changed', expected: ['50', 'a'], actual: ['50.0', 'b'], differs: [false, true] },
  ] as const
  expect(renderDifference({ ...difference, rows, more: 0 })).toEqual([
    '  id    name',
    '- 50    a',
    '+ 50.0  b',
    '        ~',
  ])
})
