import type { RawStmt } from '@pgsql/types'

/** SQL that is syntactically right, as the tree that PostgreSQL 18 makes of it. */
export interface ParsedSql {
  readonly kind: 'parsed'
  readonly text: string
  readonly statements: readonly RawStmt[]
  /** The UTF-16 offset in the text of a `location` of the tree, which counts bytes of UTF-8. */
  offsetOf(location: number): number
}

/** What PostgreSQL's grammar refuses. */
export interface SqlSyntaxError {
  readonly kind: 'syntax_error'
  /** In Postgres's words, in English. */
  readonly message: string
  /** UTF-16 offset in the text; null where there is no place (a text without a statement). */
  readonly offset: number | null
}

/** Must have been waited for once before `parseSql`: loads the grammar, some 100 ms. */
export async function loadSqlParser(): Promise<void> {
  const module = await import('./libpg-query.ts')
  await module.loadModule()
  parser ??= module
}

let parser: typeof import('./libpg-query.ts') | null = null

/** Parses SQL as PostgreSQL 18 does. Never throws for what is written in it. */
export function parseSql(text: string): ParsedSql | SqlSyntaxError {
  if (parser === null) throw new Error('loadSqlParser has not been waited for')
  try {
    const { stmts = [] } = parser.parseSync(text)
    const offsetOf = offsetsOf(text)
    return { kind: 'parsed', text, statements: stmts, offsetOf }
  } catch (error) {
    if (parser.hasSqlDetails(error)) {
      const { message, cursorPosition } = error.sqlDetails!
      return { kind: 'syntax_error', message, offset: codePointOffset(text, cursorPosition) }
    }
    // The parser refuses the empty text by an error of its own kind.
    if (text.trim() === '' && error instanceof Error)
      return { kind: 'syntax_error', message: 'there is no statement', offset: null }
    throw error
  }
}

const ascii = /^[\x00-\x7f]*$/

function offsetsOf(text: string): (location: number) => number {
  if (ascii.test(text)) return (location) => location
  let offsets: Uint32Array | null = null
  return (location) => {
    offsets ??= tableOfOffsets(text)
    return offsets[Math.min(location, offsets.length - 1)] ?? 0
  }
}

/** By byte of UTF-8 and one behind the last, the UTF-16 offset of the character that the byte is of. */
function tableOfOffsets(text: string): Uint32Array {
  const table = new Uint32Array(Buffer.byteLength(text) + 1)
  let byte = 0
  let offset = 0
  for (const character of text) {
    const end = byte + Buffer.byteLength(character)
    table.fill(offset, byte, end)
    byte = end
    offset += character.length
  }
  table[byte] = offset
  return table
}

/** `cursorPosition` counts code points from 0; one below 0 says that nothing is known. */
function codePointOffset(text: string, cursorPosition: number): number | null {
  if (cursorPosition < 0) return null
  return ascii.test(text) ? cursorPosition : [...text].slice(0, cursorPosition).join('').length
}
