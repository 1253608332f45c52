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

/** A page of a slice, and what is to be done when it has landed. */
export interface PageToLand {
  readonly content: Omit<PageContent, 'marked'>
  /** Whether the ids of its bronze rows are wanted. */
  readonly seen: boolean
  /** What is stored in the transaction of the page. What it throws keeps the page from landing. */
  readonly conclude: (landed: LandedRow) => PageEnd
  /** Makes the error for an answer that cannot be read; `why` names no values. */
  readonly unreadable: (why: string) => SourceError
}

/** Checkpoint, watermark and counters of a walk; null: they stay as they are. */
export interface PageEnd {
  readonly progress: Progress | null
  readonly letters: readonly UnreadableLetter[]
}

/** Returns when the page is committed with what `conclude` made of it. Throws what that throws, `SourceError`, `DatabaseError`. */
export type LandPage = (page: PageToLand) => Promise<LandedRow>

/** Lands the pages of all slices of a job of an instance. */
export interface PageLander {
  readonly land: LandPage
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
  readonly page: PageToLand
  readonly landed: (row: LandedRow) => void
  readonly failed: (error: unknown) => void
}

/** Transactions of one job and instance at once: while one is under way, the pages that come gather for the next. */
const atOnce = 2

/** Pages of one transaction, and the characters of them all. A page that is larger lands alone. */
const most = { pages: 32, characters: 1_000_000 }

/**
 * Pages of different slices land together, as many as there are: of a small page the transaction and the plan of its statement cost far
 * more than its rows. One that cannot be landed is told from the others, which land without it.
 */
export function createPageLander(options: PageLanderOptions): PageLander {
  const waiting: Waiting[] = []
  let underWay = 0
  let held = 0

  function next(): readonly Waiting[] {
    const batch: Waiting[] = []
    let characters = 0
    for (const entry of waiting) {
      characters += entry.page.content.body.length
      const fits = batch.length < most.pages && characters <= most.characters
      if (batch.length > 0 && (!fits || entry.page.seen !== batch[0]!.page.seen)) break
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
    async land(page) {
      const { length } = page.content.body
      held += length
      try {
        return await new Promise((landed, failed) => {
          waiting.push({ page, landed, failed })
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

/** Never throws: each page hears what became of it. */
async function landAll(options: PageLanderOptions, batch: readonly Waiting[]): Promise<void> {
  const [only, ...others] = batch
  if (only === undefined) return
  if (others.length === 0) return await landAlone(options, only).then(only.landed, only.failed)
  try {
    const rows = await landTogether(
      options,
      batch.map(({ page }) => page),
      false,
    )
    for (const [index, { page, landed, failed }] of batch.entries()) {
      if (rows[index]!.shape === 'other') failed(page.unreadable(strangeShape))
      else landed(rows[index]!)
    }
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

async function landAlone(options: PageLanderOptions, { page }: Waiting): Promise<LandedRow> {
  let attempted: PageToLand = page
  for (let attempt = 1; ; attempt += 1) {
    const marked = attempted !== page
    try {
      const [landed] = await landTogether(options, [attempted], marked)
      if (landed!.shape === 'other') throw page.unreadable(strangeShape)
      return landed!
    } catch (error) {
      const state = sqlstateOf(error)
      if (state === deadlockDetected && attempt < 4) continue
      if (state === null || !/^(22|54)/.test(state)) throw error
      // A page with one bad record is to be halved by who asked for it.
      if (!notJson.has(state)) throw page.unreadable('Postgres cannot store what it holds')
      const body = markUnstorable(page.content.body)
      if (marked || body === page.content.body) throw page.unreadable('it is not JSON')
      attempted = { ...page, content: { ...page.content, body } }
    }
  }
}

/** In one transaction: all of them, or none. */
async function landTogether(
  { database, place, applicationName, signal }: PageLanderOptions,
  pages: readonly PageToLand[],
  marked: boolean,
): Promise<readonly LandedRow[]> {
  const { seen } = pages[0]!
  return await database.transaction(
    async (transaction) => {
      // As a script it goes to the server together with the BEGIN.
      await transaction.query({ text: `select ${leavingTheDisk}`, script: true })
      const contents = pages.map(({ content }) => ({ ...content, marked }))
      const { rows } = await transaction.query<LandedRow>(landingStatement(place, contents, { seen }))
      if (rows.length !== pages.length) throw new Error('the landing statement did not return a row a page')
      await conclude(transaction, place, pages, rows)
      return rows
    },
    { applicationName, signal, executesOnlyOurs: true },
  )
}

async function conclude(
  transaction: Queryable,
  place: PagesPlace,
  pages: readonly PageToLand[],
  rows: readonly LandedRow[],
): Promise<void> {
  const ends = pages.flatMap(({ content: { parameters }, conclude }, index) => {
    const row = rows[index]!
    return row.shape === 'other' ? [] : [{ parameters, seen: row.seen, ...conclude(row) }]
  })
  for (const { parameters, letters } of ends)
    await storeUnreadable(transaction, { ...place, parameters }, letters)
  await rememberSeen(transaction, place, ends)
  await storeProgress(
    transaction,
    place,
    ends.flatMap(({ parameters, progress }) => (progress === null ? [] : [{ parameters, ...progress }])),
  )
}

/** Not the fault of one of the pages. */
function concernsAll(error: unknown, { signal }: PageLanderOptions): boolean {
  const state = sqlstateOf(error)
  if (signal.aborted || state !== null) return state !== deadlockDetected && !/^(22|54)/.test(state ?? '')
  return !(error instanceof SourceError) || error.code === 'RUN_SUPERSEDED'
}

const strangeShape = 'it is neither a list nor an object with a list under "value", or it tells of an error'

const deadlockDetected = '40P01'

/** Text that is not JSON, and JSON with text that jsonb cannot hold. */
const notJson = new Set(['22P02', '22P05', '22021'])

function sqlstateOf(error: unknown): string | null {
  return error instanceof DatabaseError ? (error.sqlstate ?? null) : null
}
