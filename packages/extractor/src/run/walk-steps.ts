import type { LandedRow } from '../landing/landing-statement.ts'
import type { Advance, PagePlace, Pager } from './pagers/pager.ts'
import { freshOf, placeAfter } from './place-after.ts'
import { emptyTally, type Tally } from './tally.ts'
import type { WalkPlace } from './walk-place.ts'

/** What a page that has landed means for its walk. */
export interface WalkStep {
  readonly row: LandedRow
  readonly advance: Advance
  /** Where the page was asked for, and where the walk stands behind it. */
  readonly from: WalkPlace
  readonly next: WalkPlace
}

export interface WalkStepsOptions {
  /** Where the first page was asked for. */
  readonly from: WalkPlace
  /** Of the pages that landed together: the first, and those that were likely to follow. At least one. */
  readonly rows: readonly LandedRow[]
  /** By the most records that a page has held so far. */
  readonly pagerFor: (largestSeen: number) => Pager
  readonly largestSeen: number
  /** Where the page of a row was asked for, if it is what comes at that place; null: it is not. */
  readonly placeOf: (index: number, at: PagePlace, pager: Pager) => PagePlace | null
  /** Whether a page must not land: it is asked for again in its turn. */
  readonly refuses: (row: LandedRow) => boolean
  readonly withoutKeyIn: (place: WalkPlace) => WalkPlace
}

/**
 * Goes from page to page as if each had been asked for when the one before had landed. It ends before a page that is not the one that
 * follows, or that needs more than to be landed: those are asked for again in their turn.
 */
export function walkSteps(options: WalkStepsOptions): readonly [WalkStep, ...WalkStep[]] {
  const { rows, pagerFor, placeOf } = options
  const first = stepOf(options, rows[0]!, options.from, pagerFor(options.largestSeen))
  const steps: [WalkStep, ...WalkStep[]] = [first]
  let largestSeen = options.largestSeen
  for (let step = first; step.advance.kind === 'next' && steps.length < rows.length; steps.push(step)) {
    largestSeen = Math.max(largestSeen, step.row.received)
    const pager = pagerFor(largestSeen)
    const page = placeOf(steps.length, step.next.page, pager)
    if (page === null || options.refuses(rows[steps.length]!)) break
    const following = stepOf(options, rows[steps.length]!, { ...step.next, page }, pager)
    if (following.advance.kind !== 'next' && following.advance.kind !== 'end') break
    step = following
  }
  return steps
}

function stepOf({ withoutKeyIn }: WalkStepsOptions, row: LandedRow, from: WalkPlace, pager: Pager): WalkStep {
  const advance = pager.advance(from.page, row)
  const isPassed = advance.kind === 'next' || advance.kind === 'end' || advance.kind === 'shifted'
  return { row, advance, from, next: isPassed ? withoutKeyIn(placeAfter(from, row, advance)) : from }
}

/** What the pages brought together: of a record on several of them one was written, be it on which page it may. */
export function tallyOf(steps: readonly WalkStep[]): Tally {
  const sum = (count: (step: WalkStep) => number) => steps.reduce((total, step) => total + count(step), 0)
  const fetched = sum(({ advance }) => freshOf(advance))
  const inserted = sum(({ row }) => row.inserted)
  const changed = sum(({ row }) => row.changed)
  const quarantined = sum(({ row }) => row.quarantined)
  return {
    ...emptyTally,
    fetched,
    inserted,
    changed,
    unchanged: Math.max(0, fetched - inserted - changed - quarantined),
    quarantined,
    missed: sum(({ row }) => row.missed),
    rejectedCursors: sum(({ row }) => row.rejected_cursors),
    missingCursors: sum(({ row }) => row.missing_cursors),
  }
}
