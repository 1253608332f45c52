import type { DifferingRow, RowValues } from '@strata/core'
import { type AreEqual, equalTexts } from './equal-values.ts'

/** More rows are not compared with each other: pairs are for people to read. */
const most = 100

/**
 * Takes a missing row and an unexpected one for one row that changed where at least half of their values agree, the most alike first.
 * In the order of their values: changed and missing ones, then those that were not expected.
 */
export function pairRows(
  missing: readonly RowValues[],
  unexpected: readonly RowValues[],
  areEqual: AreEqual = equalTexts,
): readonly DifferingRow[] {
  const expected = [...missing].sort(compareRows)
  const actual = [...unexpected].sort(compareRows)
  const scores = expected.slice(0, most).flatMap((row, left) =>
    actual.slice(0, most).flatMap((other, right) => {
      const score = likeness(row, other, areEqual)
      return score === 0 ? [] : [{ left, right, score }]
    }),
  )
  scores.sort((a, b) => b.score - a.score || a.left - b.left || a.right - b.right)
  const pairs = new Map<number, number>()
  const taken = new Set<number>()
  for (const { left, right } of scores) {
    if (pairs.has(left) || taken.has(right)) continue
    pairs.set(left, right)
    taken.add(right)
  }
  return [
    ...expected.map((row, index): DifferingRow => {
      const other = actual[pairs.get(index) ?? -1]
      if (other === undefined) return { kind: 'missing', expected: row }
      const differs = row.map((_, column) => !areEqual(row, other, column))
      return { kind: 'changed', expected: row, actual: other, differs }
    }),
    ...actual.flatMap((row, index): DifferingRow[] =>
      taken.has(index) ? [] : [{ kind: 'unexpected', actual: row }],
    ),
  ]
}

/** How many values agree; 0 where it is less than half of them. What stands first is a key more often than not. */
function likeness(row: RowValues, other: RowValues, areEqual: AreEqual): number {
  const equal = row.filter((_, column) => areEqual(row, other, column)).length
  if (equal === 0 || equal * 2 < row.length) return 0
  return equal + (areEqual(row, other, 0) ? 0.5 : 0)
}

function compareRows(a: RowValues, b: RowValues): number {
  for (const [index, value] of a.entries()) {
    const order = compareValues(value, b[index] ?? null)
    if (order !== 0) return order
  }
  return 0
}

function compareValues(a: string | null, b: string | null): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  const [left, right] = [Number(a), Number(b)]
  return left !== right && !Number.isNaN(left) && !Number.isNaN(right) ? left - right : a < b ? -1 : 1
}
