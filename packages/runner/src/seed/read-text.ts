import { TextDecoder } from 'node:util'
import { StrataError } from '@strata/core'

/**
 * Yields the text of a file, piece by piece, every kind of line end as `\n` and without a byte order mark. Throws `StrataError`
 * (`SEED_ENCODING`, `SEED_UNREADABLE`). `file` is for people.
 */
export async function* readText(file: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  let heldBack = ''
  const take = (chunk?: Uint8Array): string => {
    const text = heldBack + decode(decoder, chunk, file, line)
    if (text.includes('\0')) throw encodingError(file, line, 'holds a NUL character')
    // Its other half may be in the next piece.
    heldBack = chunk !== undefined && text.endsWith('\r') ? '\r' : ''
    const whole = heldBack === '' ? text : text.slice(0, -1)
    const taken = whole.includes('\r') ? whole.replace(/\r\n?/g, '\n') : whole
    line += countLineEnds(taken)
    return taken
  }
  try {
    for await (const chunk of bytes) yield take(chunk)
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? unreadable(file, error) : error
  }
  yield take()
}

export function countLineEnds(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, file: string, line: number): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch {
    throw encodingError(file, line, 'is not UTF-8')
  }
}

function encodingError(file: string, line: number, what: string): StrataError {
  return new StrataError({
    code: 'SEED_ENCODING',
    message: `${file} ${what}, somewhere after line ${line}`,
    hint: 'Save the file as UTF-8 text; a spreadsheet calls that "CSV UTF-8".',
  })
}

function unreadable(file: string, cause: Error): StrataError {
  return new StrataError({
    code: 'SEED_UNREADABLE',
    message: `cannot read ${file}: ${'code' in cause ? String(cause.code) : cause.message}`,
    hint: 'See whether the file is still there, and who may read it.',
    cause,
  })
}
