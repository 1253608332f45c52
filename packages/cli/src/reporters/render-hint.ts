import type { Colors } from './colors.ts'
import { asSentence } from './format.ts'
import { wrapText } from './wrap-text.ts'

/** How text is laid out for who reads it. */
export interface Layout {
  readonly colors: Colors
  /** As this user types it: `pnpm models`. */
  readonly commandName: string
  /** Columns of the terminal; null: a pipe, in which no line is broken. */
  readonly columns: number | null
}

/** `  → What to do.`, on as many lines as it needs. */
export function renderHint(hint: string, { colors, commandName, columns }: Layout): string {
  const room = columns === null ? null : columns - 4
  const lines = asSentence(hint, commandName)
    .split('\n')
    .flatMap((line) => (line.startsWith(' ') ? [line] : wrapText(line, room)))
  return lines
    .map((line, index) => (index === 0 ? `  ${colors.cyan('→')} ${line}` : `    ${line}`))
    .join('\n')
}

/** Text below a heading: two columns in, and further lines four. A row of a table keeps its columns. */
export function indented(text: string, columns: number | null): readonly string[] {
  if (/\S {2,}\S/.test(text)) return [`  ${text}`]
  const depth = /^ */.exec(text)![0].length + 2
  const room = columns === null ? null : columns - depth
  return wrapText(text.trimStart(), room === null ? null : room - 2, room).map(
    (line, index) => ' '.repeat(index === 0 ? depth : depth + 2) + line,
  )
}
