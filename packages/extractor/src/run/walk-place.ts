import { createHash } from 'node:crypto'
import type { CursorValue } from '../landing/landing-statement.ts'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import { type PagePlace, start } from './pagers/pager.ts'
import { type Asked, cursorField, firstSpan, type Span } from './spans.ts'

/** Where a walk stands: stored with each page, so that a later run goes on from it. Plain data. */
export interface WalkPlace {
  /** What is asked for; another question is asked from the beginning. */
  readonly question: string
  readonly began: string
  /** Cursor values beyond this do not count: what changed during the walk may have been passed over (R3). ISO 8601. */
  readonly bound: string | null
  /** End of the windows. ISO 8601. */
  readonly horizon: string
  readonly span: Span
  readonly page: PagePlace
  /** What the API counted on the first and on the last page of the span. */
  readonly promised: readonly [number, number] | null
  /** Records of the span, each key once a page. */
  readonly distinct: number
  /** Of all spans. */
  readonly received: number
  /** Records of the spans before this one, each key once a page, with those that could not be read. */
  readonly before: number
  readonly candidate: CursorValue | null
  /** 2: everything was read a second time, for the first brought less than the API counted. */
  readonly attempt: 1 | 2
  /** Whether the order of the records was proven in all spans so far. */
  readonly proven: boolean
  /** Whether records without a change time, and with an impossibly early one, came. */
  readonly nulls: boolean
  readonly early: boolean
  /** Whether it notes, from its beginning on, which rows of bronze it sees: what it has not seen in the end is gone. */
  readonly remembers: boolean
  /** What of the parents of its slice was seen before it began, however often it is gone on with. Null: nothing is noted. */
  readonly parentsSeen?: string | null
  /** Whether records were passed over, which may be any of those that it has not seen. */
  readonly blemished: boolean
}

export function beginWalk(
  asked: Asked,
  facts: EndpointFacts,
  now: Date,
  { remembers, parentsSeen }: Pick<WalkPlace, 'remembers' | 'parentsSeen'>,
): WalkPlace {
  return {
    question: questionOf(asked, facts),
    began: now.toISOString(),
    bound: null,
    horizon: asked.horizon,
    span: firstSpan(asked),
    page: start,
    promised: null,
    distinct: 0,
    received: 0,
    before: 0,
    candidate: null,
    attempt: 1,
    // What moves from one window into another that has been read already is passed over.
    proven: firstSpan(asked).kind === 'all',
    nulls: false,
    early: false,
    remembers,
    ...(parentsSeen != null && { parentsSeen }),
    blemished: false,
  }
}

/** The same walk at the beginning of a span. */
export function atSpan(place: WalkPlace, span: Span): WalkPlace {
  const before = place.before + place.distinct + place.page.passed
  return { ...place, span, page: start, promised: null, distinct: 0, before }
}

const longestPauseMs = 24 * 60 * 60 * 1000

/** The checkpoint where it answers this question, and is not too old: what came before may have changed too much. */
export function resumable(stored: unknown, asked: Asked, facts: EndpointFacts, now: Date): WalkPlace | null {
  if (typeof stored !== 'object' || stored === null || !('question' in stored)) return null
  const place = stored as WalkPlace
  const pause = now.getTime() - Date.parse(place.began)
  if (place.question !== questionOf({ ...asked, horizon: place.horizon }, facts)) return null
  // Of what moved during the pause nothing would tell.
  if (place.page.blind === true) return null
  return pause >= 0 && pause < longestPauseMs ? place : null
}

function questionOf({ job, changedSince, changedBefore }: Asked, facts: EndpointFacts): string {
  const { endpoint, params, recordPath, paging, key, window } = job
  const cursor =
    job.cursor === null ? null : [cursorField(job, facts), job.cursor.format, job.cursor.startParam]
  return createHash('md5')
    .update(
      JSON.stringify([
        endpoint,
        params,
        recordPath,
        paging,
        key,
        window,
        cursor,
        changedSince,
        changedBefore,
      ]),
    )
    .digest('hex')
}
