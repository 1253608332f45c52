import type { CursorValue, LandedRow } from '../landing/landing-statement.ts'
import { type Advance, totalOf } from './pagers/pager.ts'
import type { WalkPlace } from './walk-place.ts'

/** Where a walk stands when a page has landed. */
export function placeAfter(at: WalkPlace, row: LandedRow, advance: Advance): WalkPlace {
  if (advance.kind === 'shifted') {
    // What is read again is counted again.
    const back = at.page.received - advance.place.received
    return {
      ...at,
      page: advance.place,
      distinct: Math.max(0, at.distinct - back),
      received: at.received - back,
      candidate: candidateOf(row),
    }
  }
  const fresh = freshOf(advance)
  const total = totalOf(row)
  const promised = total === null ? null : (at.page.base ?? 0) + total
  return {
    ...at,
    page:
      advance.kind === 'next'
        ? advance.place
        : {
            ...at.page,
            received: at.page.received + fresh,
            counted: at.page.counted === true || (total !== null && total > row.received),
          },
    promised: promised === null ? at.promised : [at.promised?.[0] ?? promised, promised],
    distinct:
      at.distinct + Math.max(0, Math.min(fresh, row.distinct + row.quarantined - (at.page.repeats ?? 0))),
    received: at.received + fresh,
    candidate: candidateOf(row),
    proven: at.proven && (advance.kind !== 'end' || advance.proven),
    nulls: at.nulls || row.missing_cursors > 0,
    early: at.early || row.early_cursors > 0,
    blemished: at.blemished || at.page.passed > 0,
  }
}

/** Records of the page that no page before has brought. */
export function freshOf(advance: Advance): number {
  return advance.kind === 'next' || advance.kind === 'end' ? advance.fresh : 0
}

/** How many records the walk will bring, by what the API says with this page; null: it does not say. */
export function expectedOf({ page, received }: WalkPlace, row: LandedRow): number | null {
  const total = totalOf(row)
  return total === null ? null : received - page.received + (page.base ?? 0) + total
}

function candidateOf(row: LandedRow): CursorValue | null {
  return row.candidate_at === null
    ? null
    : { at: row.candidate_at, text: row.candidate_text ?? row.candidate_at }
}
