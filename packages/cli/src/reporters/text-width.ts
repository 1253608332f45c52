import { stripVTControlCharacters } from 'node:util'

/**
 * How many columns of a terminal a text takes. By hand: the packages that do it build regular expressions of all emoji when
 * they are loaded, which takes longer than the rest of `models --help`.
 */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes(stripVTControlCharacters(text))) width += graphemeWidth(segment)
  return width
}

let segmenter: Intl.Segmenter | undefined

function graphemes(text: string): Iterable<{ readonly segment: string }> {
  segmenter ??= new Intl.Segmenter()
  return segmenter.segment(text)
}

function graphemeWidth(grapheme: string): number {
  if (/^[\p{Control}\p{Mark}\p{Default_Ignorable_Code_Point}]*$/u.test(grapheme)) return 0
  const isEmoji = /^\p{Emoji_Presentation}|\ufe0f/u.test(grapheme)
  return isEmoji || isWide(grapheme.codePointAt(0)!) ? 2 : 1
}

/** The blocks of East Asian letters, which are two columns wide. */
const wide: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18d08],
  [0x1b000, 0x1b2fb],
  [0x20000, 0x3fffd],
]

function isWide(codePoint: number): boolean {
  return wide.some(([first, last]) => codePoint >= first && codePoint <= last)
}
