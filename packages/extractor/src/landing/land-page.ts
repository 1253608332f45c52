import { type Database, DatabaseError, leavingTheDisk, type Session, type SourceError } from '@strata/core'
import type { Slots } from '../slots.ts'
import { type LandedRow, type LandingPlace, landingStatement, type PageContent } from './landing-statement.ts'
import { markUnstorable } from './unstorable-text.ts'

export interface LandPageOptions {
  readonly database: Database
  readonly slots: Slots
  readonly place: LandingPlace
  readonly page: Omit<PageContent, 'marked'>
  readonly applicationName: string
  readonly signal: AbortSignal
  /** Runs in the page's transaction after its rows: checkpoint, watermark and counters. */
  readonly alsoStore: (transaction: Session, landed: LandedRow) => Promise<void>
  /** Makes the error for an answer that cannot be read; `why` names no values. */
  readonly unreadable: (why: string) => SourceError
}

/** Lands one page in one transaction: its rows and what `alsoStore` adds. Throws `SourceError`, `DatabaseError`. */
export async function landPage(options: LandPageOptions): Promise<LandedRow> {
  const { page, slots, unreadable } = options
  let content: PageContent = { ...page, marked: false }
  for (let attempt = 1; ; attempt += 1) {
    try {
      const attempted = content
      return await slots.run(() => land(options, attempted))
    } catch (error) {
      const state = sqlstateOf(error)
      if (state === deadlockDetected && attempt < 4) continue
      if (state === null || !/^(22|54)/.test(state)) throw error
      // A page with one bad record is to be halved here, one day.
      if (!notJson.has(state)) throw unreadable('Postgres cannot store what it holds')
      const marked = markUnstorable(page.body)
      if (content.marked || marked === page.body) throw unreadable('it is not JSON')
      content = { ...page, body: marked, marked: true }
    }
  }
}

async function land(options: LandPageOptions, page: PageContent): Promise<LandedRow> {
  const { database, place, applicationName, signal } = options
  return await database.transaction(
    async (transaction) => {
      // As a script it goes to the server together with the BEGIN.
      await transaction.query({ text: `select ${leavingTheDisk}`, script: true })
      const { rows } = await transaction.query<LandedRow>(landingStatement(place, page))
      const landed = rows[0]
      if (landed === undefined) throw new Error('the landing statement returned no row')
      if (landed.shape === 'other')
        throw options.unreadable(
          'it is neither a list nor an object with a list under "value", or it tells of an error',
        )
      await options.alsoStore(transaction, landed)
      return landed
    },
    { applicationName, signal, executesOnlyOurs: true },
  )
}

const deadlockDetected = '40P01'

/** Text that is not JSON, and JSON with text that jsonb cannot hold. */
const notJson = new Set(['22P02', '22P05', '22021'])

function sqlstateOf(error: unknown): string | null {
  return error instanceof DatabaseError ? (error.sqlstate ?? null) : null
}
