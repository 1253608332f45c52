import { ConfigurationError } from '@strata/core'

/**
 * Splits a text at a separator, but not within quotes. A quote opens only where a value can begin, so that the apostrophe in
 * `tag:it's` is a letter.
 */
export function splitWords(text: string, separator: RegExp): string[] {
  const pieces: string[] = []
  let piece = ''
  let quote: string | null = null
  for (const char of text) {
    if (quote !== null) {
      piece += char
      if (char === quote) quote = null
    } else if (separator.test(char)) {
      pieces.push(piece)
      piece = ''
    } else {
      if ((char === '"' || char === "'") && /(^|[:@+,])$/.test(piece)) quote = char
      piece += char
    }
  }
  if (quote !== null) {
    throw new ConfigurationError({
      code: 'BAD_SELECTOR',
      message: `a quote is opened and not closed in the selector "${text}"`,
      hint: `Close it with ${quote}, or leave it out: a name needs quotes only where it holds spaces, commas or +.`,
    })
  }
  return [...pieces, piece]
}
