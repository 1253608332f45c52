const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
}

/** The text that a quoted literal (without its quotes) means; unknown escapes stay as they are, as in Python. */
export function unescapeLiteral(raw: string): string {
  const text = raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, hex: string, short: string, long: string, octal: string, single: string) => {
      const digits = hex ?? short ?? long
      if (digits !== undefined) {
        const code = Number.parseInt(digits, 16)
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole
      }
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      return Object.hasOwn(simpleEscapes, single) ? simpleEscapes[single]! : whole
    },
  )
}
