import { lines } from '../methods/text.ts'
import { codePoints } from '../values/iterate.ts'

/** Cut to `length` characters with `end` in place of the rest; text longer by no more than `leeway` stays whole. */
export function truncate(
  text: string,
  options: { length: number; killWords: boolean; end: string; leeway: number },
): string {
  const characters = codePoints(text)
  if (characters.length <= options.length + options.leeway) return text
  const kept = characters.slice(0, Math.max(0, options.length - codePoints(options.end).length)).join('')
  if (options.killWords) return kept + options.end
  const space = kept.lastIndexOf(' ')
  return (space === -1 ? kept : kept.slice(0, space)) + options.end
}

export interface WrapOptions {
  readonly width: number
  readonly breakLongWords: boolean
  readonly breakOnHyphens: boolean
  readonly wrap: string
}

/** Every line broken at spaces so that it is at most `width` characters long. */
export function wordWrap(text: string, options: WrapOptions): string {
  return lines(text, false)
    .map((line) => wrapLine(line, options).join(options.wrap))
    .join(options.wrap)
}

function wrapLine(line: string, options: WrapOptions): string[] {
  const width = Math.max(1, options.width)
  const pattern = options.breakOnHyphens ? /\s+|[^\s-]+-+(?=[^\s-])|[^\s]+?(?=\s|$)/g : /\s+|\S+/g
  const pieces = line.match(pattern) ?? []
  const rows: string[] = []
  let row = ''
  for (let piece of pieces) {
    while (options.breakLongWords && piece.length > width && piece.trim() !== '') {
      const space = width - row.length
      if (space < 1) {
        rows.push(row.trimEnd())
        row = ''
        continue
      }
      rows.push(row + piece.slice(0, space))
      piece = piece.slice(space)
      row = ''
    }
    if (row.length + piece.length > width && row.trim() !== '') {
      rows.push(row.trimEnd())
      row = ''
    }
    if (row !== '' || piece.trim() !== '' || rows.length === 0) row += piece
  }
  if (row.trim() !== '') rows.push(row.trimEnd())
  return rows
}
