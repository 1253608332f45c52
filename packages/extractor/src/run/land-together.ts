import { type Database, DatabaseError, leavingTheDisk, type Queryable, SourceError } from '@strata/core'
import {
  type LandedRow,
  landingStatement,
  type PageContent,
  type PagesPlace,
} from '../landing/landing-statement.ts'
import { rememberSeen } from '../landing/seen-records.ts'
import { storeUnreadable, type UnreadableLetter } from '../landing/unreadable-letters.ts'
import { markUnstorable } from '../landing/unstorable-text.ts'
import type { Slots } from '../slots.ts'
import { type Progress, storeProgress } from './slice-state.ts'

/** A page of a slice with those that came behind it already, and what is to be done when they have landed. */
export interface PagesToLand {
  /** At least one. Where they cannot be landed together the first one is, and the others are left out. */
  readonly contents: readonly Omit<PageContent, 'marked'>[]
  /** Whether the ids of their bronze rows are wanted. */
  readonly seen: boolean
  /** What is stored in their transaction, by a row for each page that landed. What it throws keeps them from landing. */
  readonly conclude: (landed: readonly LandedRow[]) => PageEnd
  /** Makes the error for a first page that cannot be read; `why` names no values. */
  readonly unreadable: (why: string) => SourceError
}

/** Checkpoint, watermark and counters of a walk; null: they stay as they are. */
export interface PageEnd {
  /** How many of the pages it is about; the others must not land with them. */
  readonly pages: number
  readonly progress: Progress | null
  readonly letters: readonly UnreadableLetter[]
}

/**
 * Returns when the pages are committed with what `conclude` made of them: what was the first one alone, or more. Throws what that throws,
 * `SourceError`, `DatabaseError`.
 */
export type LandPages = (pages: PagesToLand) => Promise<readonly LandedRow[]>

/** Lands the pages of all slices of a job of an instance. */
export interface PageLander {
  readonly land: LandPages
  /** Of the pages that have not landed yet. */
  readonly characters: number
}

export interface PageLanderOptions {
  readonly database: Database
  readonly slots: Slots
  readonly place: PagesPlace
  readonly applicationName: string
  readonly signal: AbortSignal
}

interface Waiting {
  readonly pages: PagesToLand
  readonly landed: (rows: readonly LandedRow[]) => void
  readonly failed: (error: unknown) => void
}

/** Transactions of one job and instance at once: while one is under way, the pages that come gather for the next. */
const atOnce = 2

/** Pages of one transaction, and the characters of them all. A page that is larger lands alone. */
export const mostTogether = { pages: 32, characters: 1_000_000 }

/**
 * Pages of one slice and of different ones land together, as many as there are: of a small page the transaction and the plan of its
 * statement cost far more than its rows. One that cannot be landed is told from the others, which land without it.
 */
export function createPageLander(options: PageLanderOptions): PageLander {
  const waiting: Waiting[] = []
  let underWay = 0
  let held = 0

  function next(): readonly Waiting[] {
    const batch: Waiting[] = []
    let [pages, characters] = [0, 0]
    for (const entry of waiting) {
      pages += entry.pages.contents.length
      characters += lengthOf(entry.pages)
      const fits = pages <= mostTogether.pages && characters <= mostTogether.characters
      if (batch.length > 0 && (!fits || entry.pages.seen !== batch[0]!.pages.seen)) break
      batch.push(entry)
    }
    waiting.splice(0, batch.length)
    return batch
  }

  function start(): void {
    if (underWay === atOnce || waiting.length === 0) return
    underWay += 1
    // What is landed is chosen when its turn has come: until then more may have come.
    options.slots
      .run(() => landAll(options, next()))
      .finally(() => {
        underWay -= 1
        start()
      })
  }

  return {
    async land(pages) {
      const length = lengthOf(pages)
      held += length
      try {
        return await new Promise((landed, failed) => {
          waiting.push({ pages, landed, failed })
          start()
        })
      } finally {
        held -= length
      }
    },
    get characters() {
      return held
    },
  }
}

function lengthOf({ contents }: PagesToLand): number {
  return contents.reduce((sum, { body }) => sum + body.length, 0)
}

/** Never throws: each slice hears what became of its pages. */
async function landAll(options: PageLanderOptions, batch: readonly Waiting[]): Promise<void> {
  const [only, ...others] = batch
  if (only === undefined) return
  if (others.length === 0) return await landAlone(options, only.pages).then(only.landed, only.failed)
  try {
    const landings = await landTogether(
      options,
      batch.map(({ pages }) => pages),
      false,
    )
    for (const [index, { landed }] of batch.entries()) landed(landings[index]!)
  } catch (error) {
    if (concernsAll(error, options)) {
      for (const { failed } of batch) failed(error)
      return
    }
    const middle = batch.length >> 1
    await landAll(options, batch.slice(0, middle))
    await landAll(options, batch.slice(middle))
  }
}

async function landAlone(options: PageLanderOptions, pages: PagesToLand): Promise<readonly LandedRow[]> {
  let attempted = pages
  let marked = false
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [landed] = await landTogether(options, [attempted], marked)
      return landed!
    } catch (error) {
      if (error instanceof PagesTooMany) {
        attempted = { ...attempted, contents: attempted.contents.slice(0, error.pages) }
        continue
      }
      const state = sqlstateOf(error)
      if (state === deadlockDetected && attempt < 4) continue
      if (state === null || !/^(22|54)/.test(state)) throw error
      const { contents } = attempted
      const storable = contents.map((content) => ({ ...content, body: markUnstorable(content.body) }))
      if (
        notJson.has(state) &&
        !marked &&
        storable.some(({ body }, index) => body !== contents[index]!.body)
      ) {
        attempted = { ...attempted, contents: storable }
        marked = true
      } else if (contents.length > 1) {
        attempted = { ...attempted, contents: contents.slice(0, contents.length >> 1) }
      } else {
        // A page with one bad record is to be halved by who asked for it.
        throw pages.unreadable(notJson.has(state) ? 'it is not JSON' : 'Postgres cannot store what it holds')
      }
    }
  }
}

/** In one transaction: all of them, or none. Returns the rows of each slice, up to the first page that is no list of records. */
async function landTogether(
  { database, place, applicationName, signal }: PageLanderOptions,
  batch: readonly PagesToLand[],
  marked: boolean,
): Promise<readonly (readonly LandedRow[])[]> {
  const { seen } = batch[0]!
  return await database.transaction(
    async (transaction) => {
      // As a script it goes to the server together with the BEGIN.
      await transaction.query({ text: `select ${leavingTheDisk}`, script: true })
      const contents = batch.flatMap((pages) => pages.contents.map((content) => ({ ...content, marked })))
      const { rows } = await transaction.query<LandedRow>(landingStatement(place, contents, { seen }))
      if (rows.length !== contents.length)
        throw new Error('the landing statement did not return a row a page')
      const landings = readable(batch, rows)
      await conclude(transaction, place, batch, landings)
      return landings
    },
    { applicationName, signal, executesOnlyOurs: true },
  )
}

function readable(
  batch: readonly PagesToLand[],
  rows: readonly LandedRow[],
): readonly (readonly LandedRow[])[] {
  let from = 0
  return batch.map(({ contents }) => {
    const own = rows.slice(from, from + contents.length)
    from += contents.length
    const strange = own.findIndex(({ shape }) => shape === 'other')
    return strange === -1 ? own : own.slice(0, strange)
  })
}

async function conclude(
  transaction: Queryable,
  place: PagesPlace,
  batch: readonly PagesToLand[],
  landings: readonly (readonly LandedRow[])[],
): Promise<void> {
  const ends = batch.flatMap(({ contents, conclude, unreadable }, index) => {
    const rows = landings[index]!
    const { parameters } = contents[0]!
    if (rows.length === 0) throw unreadable(strangeShape)
    const end = conclude(rows)
    if (end.pages < contents.length) throw new PagesTooMany(end.pages)
    return [{ parameters, rows, ...end }]
  })
  for (const { parameters, letters } of ends)
    await storeUnreadable(transaction, { ...place, parameters }, letters)
  const seen = ends.flatMap(({ parameters, rows }) => rows.map((row) => ({ parameters, seen: row.seen })))
  await rememberSeen(transaction, place, seen)
  await storeProgress(
    transaction,
    place,
    ends.flatMap(({ parameters, progress }) => (progress === null ? [] : [{ parameters, ...progress }])),
  )
}

/** Only so many of the pages of a slice may land together: the transaction is undone, and they land alone. */
class PagesTooMany extends Error {
  readonly pages: number

  constructor(pages: number) {
    super(`only ${pages} of the pages belong together`)
    this.pages = pages
  }
}

/** Not the fault of one of the pages. */
function concernsAll(error: unknown, { signal }: PageLanderOptions): boolean {
  const state = sqlstateOf(error)
  if (signal.aborted || state !== null) return state !== deadlockDetected && !/^(22|54)/.test(state ?? '')
  if (error instanceof PagesTooMany) return false
  return !(error instanceof SourceError) || error.code === 'RUN_SUPERSEDED'
}

const strangeShape = 'it is neither a list nor an object with a list under "value", or it tells of an error'

const deadlockDetected = '40P01'

/** Text that is not JSON, and JSON with text that jsonb cannot hold. */
const notJson = new Set(['22P02', '22P05', '22021'])

function sqlstateOf(error: unknown): string | null {
  return error instanceof DatabaseError ? (error.sqlstate ?? null) : null
}
