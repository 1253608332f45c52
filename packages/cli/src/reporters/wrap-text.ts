import { textWidth } from './text-width.ts'

/**
 * Words on lines of at most `width` columns, the first of `first`. What stands in backticks stays together, so that it can be
 * copied, and so does a word that is wider than a line. Null: one line, for a pipe has no width.
 */
export function wrapText(
  text: string,
  width: number | null,
  first: number | null = width,
): readonly [string, ...string[]] {
  if (width === null || first === null) return [text]
  const lines: [string, ...string[]] = ['']
  for (const word of wordsOf(text)) {
    const last = lines.at(-1)!
    const longer = last === '' ? word : `${last} ${word}`
    const room: number = lines.length === 1 ? first : width
    if (textWidth(longer) <= room || (last === '' && room === width)) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

function wordsOf(text: string): readonly string[] {
  return text.match(/(?:`[^`]*`|[^\s`]|`)+/g) ?? []
}
