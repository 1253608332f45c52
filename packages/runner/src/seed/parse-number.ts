export interface ParsedNumber {
  readonly kind: 'integer' | 'fraction' | 'special'
  /** As Postgres takes it. */
  readonly text: string
}

/** Taken off both ends, one after the other, as agate does. */
const currencySymbols = '؋$ƒ៛¥₡₱£€¢﷼₪₩₭₮₦฿₤₫'

const plain = /^[\d.,+\-e]*$/i
const beyondAscii = /[\u0080-\u{10ffff}]/u

/**
 * The number that dbt sees in a value, or null: percent signs, currency symbols, thousands separators and underscores are
 * passed over, and `1.0` is an integer.
 */
export function parseNumber(value: string): ParsedNumber | null {
  let text = strip(value.trim(), '%')
  let negative = text.startsWith('-')
  if (negative) text = text.slice(1)
  if (!plain.test(text)) {
    const symbols = beyondAscii.test(text) ? currencySymbols : '$'
    for (const symbol of symbols) text = strip(text, symbol)
  }
  text = text.replaceAll(',', '').trim().replaceAll('_', '')
  if (beyondAscii.test(text)) text = asciiDigits(text)
  const found = /^([+-]?)(?:(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?|(inf(?:inity)?)|nan\d*)$/i.exec(text)
  if (found === null) return null
  const [, sign, whole = '', fraction = '', exponent = '0', infinity] = found
  if (sign === '-') negative = !negative
  if (infinity !== undefined) return { kind: 'special', text: negative ? '-Infinity' : 'Infinity' }
  if (/nan/i.test(text)) return { kind: 'special', text: 'NaN' }
  if (whole + fraction === '') return null
  return normalize(negative ? '-' : '', whole, fraction, Number(exponent))
}

/** Beyond it Postgres refuses the number anyway, and its zeros are not worth writing out. */
const greatestExponent = 1000

function normalize(sign: string, whole: string, fraction: string, exponent: number): ParsedNumber {
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return { kind: 'integer', text: '0' }
  const significant = digits.replace(/0+$/, '')
  const scale = fraction.length - exponent - (digits.length - significant.length)
  const kind = scale > 0 ? 'fraction' : 'integer'
  if (Math.abs(scale) > greatestExponent) return { kind, text: `${sign}${significant}e${-scale}` }
  if (scale <= 0) return { kind, text: sign + significant + '0'.repeat(-scale) }
  const padded = significant.padStart(scale + 1, '0')
  return { kind, text: `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}` }
}

function strip(text: string, character: string): string {
  let [start, end] = [0, text.length]
  while (start < end && text[start] === character) start++
  while (end > start && text[end - 1] === character) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** Decimal digits of other scripts: they come in runs of ten, from zero to nine. */
function asciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!
    let zero = code
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
    return String((code - zero) % 10)
  })
}
