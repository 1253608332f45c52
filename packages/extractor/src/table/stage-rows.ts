import { quoteIdentifier, type Session } from '@strata/core'
import { markUnstorable } from '../landing/unstorable-text.ts'

/** A row as it goes into a stage. */
export interface StagedRow {
  /** JSON text. */
  readonly json: string
  /** As Postgres reads a time with its zone. */
  readonly changedAt: string | null
}

/**
 * Makes the temporary table `pg_temp.<name>` (n, changed_at, data), which goes with the transaction, and copies rows into it; `n` is their order.
 * Returns whether any of them held text that jsonb cannot hold, and holds `unstorableMark` now. Throws `DatabaseError`.
 */
export async function stageRows(
  transaction: Session,
  name: string,
  chunks: AsyncIterable<readonly StagedRow[]>,
): Promise<boolean> {
  await transaction.query({ text: stageStatements(name), script: true })
  return await copyRows(transaction, name, chunks)
}

export function stageStatements(name: string): string {
  const table = quoteIdentifier(name)
  return `drop table if exists pg_temp.${table};
    create temporary table ${table} (n integer, changed_at text, data jsonb) on commit drop`
}

/** `first`: the `n` of the first row. Returns and throws as `stageRows`. */
export async function copyRows(
  transaction: Session,
  name: string,
  chunks: AsyncIterable<readonly StagedRow[]>,
  first = 0,
): Promise<boolean> {
  const encoder = rowEncoder(first)
  const copy = `copy pg_temp.${quoteIdentifier(name)} (n, changed_at, data) from stdin (format binary)`
  await transaction.copyIn(copy, encoded(chunks, encoder))
  return encoder.marked()
}

async function* encoded(
  chunks: AsyncIterable<readonly StagedRow[]>,
  encoder: RowEncoder,
): AsyncGenerator<Uint8Array> {
  for await (const rows of chunks) {
    for (const row of rows) {
      const full = encoder.add(row)
      if (full !== null) yield full
    }
  }
  yield encoder.end()
}

interface RowEncoder {
  /** Bytes to be sent, when there are enough. */
  add(row: StagedRow): Uint8Array | null
  end(): Uint8Array
  marked(): boolean
}

const bytesAtATime = 65_536
const columns = 3
const jsonbVersion = 1

/** COPY's binary format: it says how long each value is, so that no text can end a value or a row. */
function rowEncoder(first: number): RowEncoder {
  let buffer = Buffer.allocUnsafe(bytesAtATime)
  // The signature, no flags, no further header.
  let at = buffer.write('PGCOPY\n\xff\r\n\0', 'latin1')
  at = buffer.writeInt32BE(0, at)
  at = buffer.writeInt32BE(0, at)
  let marked = false
  let n = first
  const full = (needed: number): Uint8Array | null => {
    if (at + needed <= buffer.length) return null
    const filled = buffer.subarray(0, at)
    // Not used again: the socket may still hold it.
    buffer = Buffer.allocUnsafe(Math.max(bytesAtATime, needed))
    at = 0
    return filled
  }
  const writeText = (text: string): void => {
    const length = buffer.write(text, at + 4)
    at = buffer.writeInt32BE(length, at) + length
  }
  return {
    add({ json, changedAt }) {
      let storable = json
      if (mayBeUnstorable.test(json)) {
        storable = markUnstorable(json)
        marked ||= storable !== json
      }
      const filled = full(64 + bytesOf(changedAt ?? '') + bytesOf(storable))
      at = buffer.writeInt16BE(columns, at)
      at = buffer.writeInt32BE(4, at)
      at = buffer.writeInt32BE(n++, at)
      if (changedAt === null) at = buffer.writeInt32BE(-1, at)
      else writeText(changedAt)
      const length = buffer.write(storable, at + 5)
      at = buffer.writeInt32BE(length + 1, at)
      at = buffer.writeInt8(jsonbVersion, at) + length
      return filled
    },
    end() {
      const filled = full(2)
      at = buffer.writeInt16BE(-1, at)
      const last = buffer.subarray(0, at)
      return filled === null ? last : Buffer.concat([filled, last])
    },
    marked: () => marked,
  }
}

/** At most so many. */
function bytesOf(text: string): number {
  return text.length <= bytesAtATime / 8 ? text.length * 3 : Buffer.byteLength(text)
}

const mayBeUnstorable = /\\u(?:0000|[dD][89a-fA-F])/
