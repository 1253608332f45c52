/** The 1-based column, in code points, of the character `units` UTF-16 units after `lineStart`. */
export function codePointColumn(text: string, lineStart: number, units: number): number {
  let column = 1
  for (let index = lineStart; index < lineStart + units; index++) {
    const code = text.charCodeAt(index)
    const lowSurrogate = code >= 0xdc00 && code <= 0xdfff
    if (!lowSurrogate) column++
  }
  return column
}
