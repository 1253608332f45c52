import { TemplateError } from '../../template-error.ts'

type Accepts = (code: number) => boolean

const wordCharacter = /[\p{L}\p{N}_]/u
const digit = /\p{Nd}/u
const space = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

export function isWord(code: number): boolean {
  if (code < 128) {
    return (
      (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95
    )
  }
  return wordCharacter.test(String.fromCodePoint(code))
}

/** The set that an escape such as `\d` stands for; undefined for other letters. */
export function escapedSet(letter: string, ascii: boolean): Accepts | undefined {
  const within =
    (accepts: Accepts): Accepts =>
    (code) =>
      (!ascii || code < 128) && accepts(code)
  const not =
    (accepts: Accepts): Accepts =>
    (code) =>
      !accepts(code)
  const digits = within((code) => (code < 128 ? code >= 48 && code <= 57 : matches(digit, code)))
  const spaces = within((code) => matches(space, code))
  const words = within(isWord)
  switch (letter) {
    case 'd':
      return digits
    case 'D':
      return not(digits)
    case 's':
      return spaces
    case 'S':
      return not(spaces)
    case 'w':
      return words
    case 'W':
      return not(words)
    default:
      return undefined
  }
}

/** One character, or its other case too. */
export function literal(code: number, ignoreCase: boolean): Accepts {
  if (!ignoreCase) return (other) => other === code
  const folded = fold(code)
  return (other) => other === code || fold(other) === folded
}

export function withoutCase(accepts: Accepts): Accepts {
  return (code) => accepts(code) || accepts(fold(code)) || accepts(raise(code))
}

export function fold(code: number): number {
  if (code < 128) return code >= 65 && code <= 90 ? code + 32 : code
  const lower = String.fromCodePoint(code).toLowerCase()
  return lower.codePointAt(0)!
}

function raise(code: number): number {
  const upper = String.fromCodePoint(code).toUpperCase()
  return [...upper].length === 1 ? upper.codePointAt(0)! : code
}

const controls: { readonly [letter: string]: number } = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }

/**
 * The character that an escape names, and where the text goes on; `at` is behind the backslash. Null where the letters
 * mean something else.
 */
export function escapedCharacter(
  pattern: string,
  at: number,
  inClass: boolean,
): { readonly code: number; readonly end: number } | null {
  const letter = pattern[at]
  if (letter === undefined) throw badPattern('a backslash at the end', pattern)
  const width = { x: 2, u: 4, U: 8 }[letter]
  if (width !== undefined) {
    const digits = pattern.slice(at + 1, at + 1 + width)
    if (!new RegExp(`^[\\da-fA-F]{${width}}$`).test(digits) || Number.parseInt(digits, 16) > 0x10ffff) {
      throw badPattern(`the escape "\\${letter}" without its ${width} digits`, pattern)
    }
    return { code: Number.parseInt(digits, 16), end: at + 1 + width }
  }
  const octal = /^(?:0[0-7]{0,2}|[1-3][0-7]{2})/.exec(pattern.slice(at, at + 3))
  if (octal !== null) return { code: Number.parseInt(octal[0], 8), end: at + octal[0].length }
  if (letter === 'b' && !inClass) return null
  const control = controls[letter]
  if (control !== undefined) return { code: control, end: at + 1 }
  if (/[A-Za-z0-9]/.test(letter)) return null
  const code = pattern.codePointAt(at)!
  return { code, end: at + String.fromCodePoint(code).length }
}

/** `[a-z\d]`; `at` is behind the opening bracket. */
export function parseClass(
  pattern: string,
  at: number,
  options: { readonly ignoreCase: boolean; readonly ascii: boolean },
): { readonly accepts: Accepts; readonly end: number } {
  const sets: Accepts[] = []
  let index = at
  const negated = pattern[index] === '^'
  if (negated) index++
  const from = index

  const one = (): number | Accepts => {
    if (pattern[index] === '\\') {
      const set = escapedSet(pattern[index + 1] ?? '', options.ascii)
      if (set !== undefined) {
        index += 2
        return set
      }
      const escaped = escapedCharacter(pattern, index + 1, true)
      if (escaped === null) throw badPattern(`the escape "\\${pattern[index + 1]}"`, pattern)
      index = escaped.end
      return escaped.code
    }
    const code = pattern.codePointAt(index)!
    index += code > 0xffff ? 2 : 1
    return code
  }

  for (;;) {
    if (index >= pattern.length) throw badPattern('a "[" that is never closed', pattern)
    if (pattern[index] === ']' && index > from) break
    const first = one()
    const isRange = pattern[index] === '-' && index + 1 < pattern.length && pattern[index + 1] !== ']'
    if (!isRange) {
      sets.push(typeof first === 'number' ? (code) => code === first : first)
      continue
    }
    index++
    const last = one()
    if (typeof first !== 'number' || typeof last !== 'number' || last < first) {
      throw badPattern('a range of characters whose ends are in disorder', pattern)
    }
    sets.push((code) => code >= first && code <= last)
  }
  const within: Accepts = (code) => sets.some((set) => set(code))
  const accepts = options.ignoreCase ? withoutCase(within) : within
  return { accepts: negated ? (code) => !accepts(code) : accepts, end: index + 1 }
}

export function badPattern(what: string, pattern: string): TemplateError {
  return new TemplateError(`${what} in the pattern ${JSON.stringify(pattern)}`)
}

function matches(pattern: RegExp, code: number): boolean {
  return pattern.test(String.fromCodePoint(code))
}
