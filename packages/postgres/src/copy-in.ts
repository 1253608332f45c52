import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { runStatement } from './run-statement.ts'
import { isOpen } from './through-pooler.ts'
import { translateError } from './translate-error.ts'

/**
 * Runs one COPY on what `chunks` yields, with one chunk under way and one ahead. When `stop` fires it ends with the server's `CANCELLED`,
 * also while it waits for the next chunk: a server that waits for data does not hear a cancellation. Throws `DatabaseError`, and
 * what `chunks` throws.
 */
export async function copyIn(
  client: pg.ClientBase,
  statement: string,
  chunks: AsyncIterable<string | Uint8Array>,
  stop: AbortSignal,
): Promise<number> {
  if (!isCopyIn.test(statement)) throw new Error('only COPY … FROM STDIN takes chunks')
  const copy = client.query(copyFrom(statement))
  const answered = new Promise<void>((resolve, reject) => {
    copy.once('finish', resolve)
    copy.on('error', reject)
  })
  let isAnswered = false
  let interrupt = (): void => {}
  const onAnswer = (): void => {
    isAnswered = true
    interrupt()
  }
  answered.then(onAnswer, onAnswer)
  stop.addEventListener('abort', () => interrupt(), { once: true })
  // Not Promise.race: a promise that lives as long as the copy would keep every chunk that it ran against.
  const unlessOver = <T>(work: Promise<T>): Promise<T | null> =>
    new Promise((resolve) => {
      if (isAnswered || stop.aborted) return resolve(null)
      interrupt = () => resolve(null)
      void work.then(resolve)
    })
  const source = chunks[Symbol.asyncIterator]()
  let failure: { readonly cause: unknown } | null = null
  try {
    let next = read(source)
    for (;;) {
      const found = await unlessOver(next)
      if (found === null || found.kind === 'end') break
      if (found.kind === 'failed') {
        failure = found
        break
      }
      // The next chunk is made while this one is taken.
      next = read(source)
      if (found.chunk.length > 0) await unlessOver(write(copy, found.chunk))
    }
    if (!isAnswered) {
      if (failure !== null) copy.destroy(new Error('the rows cannot be read'))
      else if (stop.aborted) copy.destroy(new Error('cancelled'))
      else copy.end()
    }
    await answered
    return copy.rowCount
  } catch (error) {
    throw failure === null ? translateError(error, statement) : failure.cause
  } finally {
    // Not waited for: a source that never answers would hold the connection.
    Promise.resolve(source.return?.()).catch(() => {})
  }
}

/** As `throughPooler` for statements: in a transaction of its own, with what a session would be set to, where there is none. */
export async function copyInThroughPooler(
  client: pg.ClientBase,
  settings: string,
  copy: () => Promise<number>,
): Promise<number> {
  if (isOpen(client)) return copy()
  await runStatement(client, { text: `begin; ${settings}`, script: true })
  try {
    const rows = await copy()
    await runStatement(client, 'commit')
    return rows
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

const isCopyIn = /^\s*copy\b[^;]*\bfrom\s+stdin\b/i

type Read =
  | { readonly kind: 'chunk'; readonly chunk: string | Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly cause: unknown }

async function read(source: AsyncIterator<string | Uint8Array>): Promise<Read> {
  try {
    const next = await source.next()
    return next.done === true ? { kind: 'end' } : { kind: 'chunk', chunk: next.value }
  } catch (cause) {
    return { kind: 'failed', cause }
  }
}

function write(copy: NodeJS.WritableStream, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => copy.write(chunk, () => resolve()))
}
