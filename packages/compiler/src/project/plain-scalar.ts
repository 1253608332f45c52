/** What an unquoted scalar can become. Dates stay text. */
export type PlainValue = string | number | boolean | null

const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...wordForms(['true', 'yes', 'on'], true),
  ...wordForms(['false', 'no', 'off'], false),
  ...wordForms(['null'], null),
  ['~', null],
  ['', null],
])

const decimal = /^[-+]?(?:0|[1-9][0-9_]*)$/
const otherInteger = /^([-+]?)(?:0b([01_]+)|0([0-7_]+)|0x([0-9a-fA-F_]+))$/
const sexagesimal = /^([-+]?)([1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const float = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/
const sexagesimalFloat = /^([-+]?)([0-9][0-9_]*(?::[0-5]?[0-9])+)(\.[0-9_]*)$/

/**
 * The value of an unquoted scalar by the rules of YAML 1.1 as dbt's parser applies them: `no` is false, `010` is 8,
 * `1e3` is text. A number that JavaScript cannot hold, a date, and infinities stay text as they were written.
 */
export function plainScalar(text: string): PlainValue {
  const word = words.get(text)
  if (word !== undefined) return word
  const first = text.charCodeAt(0)
  const digit = first >= 48 && first <= 57
  if (!digit && first !== 43 && first !== 45 && first !== 46) return text

  if (decimal.test(text)) return whole(Number(text.replaceAll('_', '')), text)
  if (float.test(text)) return Number(text.replaceAll('_', ''))
  const based = otherInteger.exec(text)
  if (based !== null) {
    const [, sign, binary, octal, hex] = based
    const digits = (binary ?? octal ?? hex ?? '').replaceAll('_', '')
    if (digits === '') return text
    const size = Number.parseInt(digits, binary !== undefined ? 2 : octal !== undefined ? 8 : 16)
    return whole(sign === '-' ? -size : size, text)
  }
  const clock = sexagesimal.exec(text)
  if (clock !== null) return whole(signed(clock[1]!, inSixties(clock[2]!)), text)
  const fine = sexagesimalFloat.exec(text)
  if (fine !== null)
    return signed(fine[1]!, inSixties(fine[2]!) + Number(`0${fine[3]!.replaceAll('_', '')}` || 0))
  return text
}

function wordForms(names: readonly string[], value: boolean | null): [string, boolean | null][] {
  return names.flatMap((name) => [
    [name, value],
    [name.charAt(0).toUpperCase() + name.slice(1), value],
    [name.toUpperCase(), value],
  ])
}

function whole(value: number, text: string): number | string {
  // Adding zero makes 0 of -0.
  return Number.isSafeInteger(value) ? value + 0 : text
}

function signed(sign: string, value: number): number {
  return sign === '-' ? -value : value
}

function inSixties(text: string): number {
  return text
    .replaceAll('_', '')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0)
}
