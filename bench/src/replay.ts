import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** How far a server's log has come, in bytes. */
export function endOfLog(log: string): number {
  const file = openSync(log, 'r')
  const { size } = fstatSync(file)
  closeSync(file)
  return size
}

interface Entry {
  readonly process: string
  readonly sql: string
}

/**
 * The statements that a server logged since `from` (`log_statement = all`, the usual `%m [%p] ` before each line), one after the other as one
 * session of psql can run them: parameters stand in them as literals, and a transaction stands where it ended, whole.
 */
export function readReplay(log: string, from: number): readonly string[] {
  const open = new Map<string, string[]>()
  const replay: string[] = []
  for (const { process, sql } of statementsIn(readFrom(log, from))) {
    const transaction = open.get(process)
    if (transaction !== undefined) {
      transaction.push(sql)
      if (!/^\s*(commit|rollback)\s*;?\s*$/i.test(sql)) continue
      replay.push(...transaction)
      open.delete(process)
    } else if (/^\s*begin\b/i.test(sql)) open.set(process, [sql])
    else replay.push(sql)
  }
  return replay
}

function readFrom(log: string, from: number): string {
  const bytes = Buffer.alloc(endOfLog(log) - from)
  const file = openSync(log, 'r')
  readSync(file, bytes, 0, bytes.length, from)
  closeSync(file)
  return bytes.toString()
}

function statementsIn(text: string): readonly Entry[] {
  const entries: Entry[] = []
  for (const entry of text.split(/\n(?!\t)/)) {
    const found = /^\S+ \S+ \S+ \[(\d+)\].*? (LOG|DETAIL|ERROR): {2}([\s\S]*)$/.exec(
      entry.replaceAll('\n\t', '\n'),
    )
    if (found === null) continue
    const [, process, kind, message] = found as unknown as readonly [string, string, string, string]
    const last = entries.at(-1)
    const statement = /^(?:statement|execute [^:]*): ([\s\S]*)$/.exec(message)?.[1]
    // A look at what is not there yet: psql would stop.
    if (kind === 'ERROR' && last?.process === process) entries.pop()
    else if (kind === 'LOG' && statement !== undefined) entries.push({ process, sql: statement })
    else if (kind === 'DETAIL' && message.startsWith('parameters: ') && last?.process === process)
      entries[entries.length - 1] = { process, sql: withLiterals(last.sql, literalsOf(message)) }
  }
  return entries
}

/** "parameters: $1 = 'it''s', $2 = NULL" */
function literalsOf(message: string): readonly string[] {
  return [...message.matchAll(/\$\d+ = (NULL|'(?:[^']|'')*')/g)].map((found) => found[1]!)
}

function withLiterals(sql: string, literals: readonly string[]): string {
  const parts = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\$(\d+)/g
  return sql.replace(parts, (part: string, _tag?: string, number?: string) =>
    number === undefined ? part : ` ${literals[Number(number) - 1] ?? part} `,
  )
}
