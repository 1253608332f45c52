/** Where the quick reader stands in its text. */
export interface Reader {
  readonly text: string
  at: number
  /** Of the line that was last gone to. */
  indent: number
  readonly places: Map<object, (string | number)[]>
  depth: number
  /** Flow collections around this place. */
  flow: number
}

/** Thrown where the text holds what the quick reader does not read. */
export class Unusual extends Error {}

const unusual = new Unusual('not for the quick reader')

export function giveUp(): never {
  throw unusual
}

/** Takes spaces and a comment up to the end of the line, and the line's end; anything else there is not for us. */
export function endOfLine(reader: Reader): void {
  const { text } = reader
  let at = reader.at
  while (text.charCodeAt(at) === 32) at++
  const code = text.charCodeAt(at)
  if (code === 35 && at > reader.at) at = text.indexOf('\n', at)
  else if (code === 35 && text.charCodeAt(at - 1) === 32) at = text.indexOf('\n', at)
  else if (code !== 10 && at < text.length) giveUp()
  reader.at = at === -1 ? text.length : Math.min(at + 1, text.length)
}

/** The end of the line that holds `at`, without its line break. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}
