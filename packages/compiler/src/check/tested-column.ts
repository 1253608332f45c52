import type { DataTestNode, Diagnostic, Node } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { nameOf } from './downstream.ts'

/** The error of a data test on a column that its subject does not have; null: it has it. */
export function testedColumn(test: DataTestNode, subject: Node, names: readonly string[]): Diagnostic | null {
  if (test.column === null) return null
  const wanted = bare(test.column)
  if (names.some((name) => name === wanted || name === wanted.toLowerCase())) return null
  return {
    code: 'UNKNOWN_COLUMN',
    severity: 'error',
    message: `${nameOf(subject)} has no column "${wanted}", which the test ${test.testName} is about`,
    hint: didYouMean(wanted, names) ?? `Its columns are ${names.join(', ')}.`,
    location: test.location,
  }
}

function bare(name: string): string {
  return /^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}
