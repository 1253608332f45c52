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
    if (error.position === undefined) {
      const index = await firstNotDone(session, pieces)
      if (index === null) throw error
      return { index, error, offset: null }
    }
    const at = utf16Offset(text, error.position)
    const index = starts.findLastIndex((start) => start <= at)
    return { index, error, offset: at - starts[index]! }
  }
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
