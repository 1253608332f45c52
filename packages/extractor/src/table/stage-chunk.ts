import { DatabaseError, type Session } from '@strata/core'
import { unstorableMark } from '../landing/unstorable-text.ts'
import { copyRows, type StagedRow, stageStatements } from './stage-rows.ts'

/**
 * As `stageRows`. A row that jsonb refuses though its text is JSON (too deep, a number beyond all bounds) is replaced by what of it
 * can be stored, marked in the same way. Throws `DatabaseError`.
 */
export async function stageChunk(
  transaction: Session,
  name: string,
  rows: readonly StagedRow[],
): Promise<boolean> {
  const savepoint = 'savepoint staging'
  await transaction.query({ text: `${stageStatements(name)}; ${savepoint}`, script: true })
  let marked = false
  for (let from = 0; from < rows.length; ) {
    try {
      marked = (await copyRows(transaction, name, only(rows.slice(from)), from)) || marked
      from = rows.length
    } catch (error) {
      const bad = from + refusedAt(error) - 1
      await transaction.query({ text: `rollback to ${savepoint}`, script: true })
      const known = [...rows.slice(from, bad), storablePart(rows[bad]!, error)]
      await copyRows(transaction, name, only(known), from)
      // Released first: they would nest.
      await transaction.query({ text: `release ${savepoint}; ${savepoint}`, script: true })
      marked = true
      from = bad + 1
    }
  }
  await transaction.query({ text: `release ${savepoint}`, script: true })
  return marked
}

async function* only(rows: readonly StagedRow[]): AsyncGenerator<readonly StagedRow[]> {
  yield rows
}

/** The line of the row that the error is about. Throws it where it is about something else. */
function refusedAt(error: unknown): number {
  if (error instanceof DatabaseError && /^(22|54)/.test(error.sqlstate ?? '') && error.copyLine !== undefined)
    return error.copyLine
  throw error
}

function storablePart({ json, changedAt }: StagedRow, refusal: unknown): StagedRow {
  let record: object
  try {
    record = JSON.parse(withNumbersAsTexts(json)) as object
  } catch {
    throw refusal
  }
  const values = Object.entries(record).map(([name, value]) => `${JSON.stringify(name)}:${storable(value)}`)
  return { json: `{${values.join(',')}}`, changedAt }
}

const numberMark = '\uE000strata-number\uE000'

/** A key has more digits than a number of JavaScript. */
function withNumbersAsTexts(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs, (token) =>
    token.startsWith('"') ? token : `"${numberMark}${token}"`,
  )
}

function storable(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith(numberMark))
    return JSON.stringify(isShort(value) ? value : unstorableMark)
  const number = value.slice(numberMark.length)
  return Number.isFinite(Number(number)) ? number : JSON.stringify(unstorableMark)
}

const longestText = 1_000_000

/** What is a column in the source; no key has another form. */
function isShort(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= longestText
  return value === null || typeof value === 'boolean'
}
