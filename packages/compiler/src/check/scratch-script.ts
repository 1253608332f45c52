import { DatabaseError, type Queryable } from '@strata/core'

/** One statement of a script. */
export interface Piece {
  readonly sql: string
  /** Asks whether it went well, as SQL of one boolean, for errors that say no place. */
  readonly done: string
}

export interface PieceFailure {
  /** Of the piece that was refused. All before it stay, none after it was tried. */
  readonly index: number
  readonly error: DatabaseError
  /** UTF-16 offset in its SQL; null: the server says none. */
  readonly offset: number | null
}

/**
 * Runs statements in one round trip, each committed by itself; null: all went well. Each must be known to be one statement.
 * `script` is for texts that nobody can continue: they have been parsed.
 */
export async function runPieces(session: Queryable, pieces: readonly Piece[]): Promise<PieceFailure | null> {
  const starts: number[] = []
  let text = ''
  for (const { sql } of pieces) {
    starts.push(text.length)
    // On a line of its own: the statement may end with a comment.
    text += `${sql}\n;commit;\n`
  }
  try {
    await session.query({ text, script: true })
    return null
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code === 'CANCELLED' || error.sqlstate === undefined)
      throw error
    const at = error.position === undefined ? null : utf16Offset(text, error.position)
    const index =
      at === null ? await firstNotDone(session, pieces) : starts.findLastIndex((start) => start <= at)
    if (index === null) throw error
    if (at === null) {
      if (index > 0 || pieces.length === 1) return { index, error, offset: null }
      return oneByOne(session, pieces)
    }
    const failure = { index, error, offset: at - starts[index]! }
    // What the grammar of the server has not refuses the whole text, before anything of it runs.
    const isWhole = index > 0 && (await firstNotDone(session, pieces.slice(0, 1))) === 0
    return isWhole ? ((await runPieces(session, pieces.slice(0, index))) ?? failure) : failure
  }
}

/** For a refusal that may be of the whole text, and names no place. */
async function oneByOne(session: Queryable, pieces: readonly Piece[]): Promise<PieceFailure | null> {
  for (const [index, piece] of pieces.entries()) {
    const failure = await runPieces(session, [piece])
    if (failure !== null) return { ...failure, index }
  }
  return null
}

async function firstNotDone(session: Queryable, pieces: readonly Piece[]): Promise<number | null> {
  const { rows } = await session.query<{ done: readonly boolean[] }>(
    `select array[${pieces.map(({ done }) => `(${done})`).join(', ')}] as done`,
  )
  const index = rows[0]!.done.findIndex((one) => !one)
  return index === -1 ? null : index
}

const ascii = /^[\x00-\x7f]*$/

/** `position`: 1-based code point. */
export function utf16Offset(text: string, position: number): number {
  if (ascii.test(text)) return position - 1
  let offset = 0
  for (let count = 1; count < position && offset < text.length; count++)
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1
  return offset
}
