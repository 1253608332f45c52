import { checkItems, checkTextLength } from '../limits.ts'
import { codePoints } from '../values/iterate.ts'

/** First letter large, the rest small. */
export function capitalize(text: string): string {
  const [first = '', ...rest] = codePoints(text)
  return first.toUpperCase() + rest.join('').toLowerCase()
}

/** Each run of letters begins large, as Python's `str.title`. */
export function titleCase(text: string): string {
  return text.replace(/\p{L}+/gu, capitalize)
}

export function isTitle(text: string): boolean {
  return /\p{L}/u.test(text) && text === titleCase(text)
}

/** Without the characters at its ends; null: whitespace. */
export function strip(text: string, characters: string | null, start: boolean, end: boolean): string {
  if (characters === null) {
    const trimmed = start ? text.trimStart() : text
    return end ? trimmed.trimEnd() : trimmed
  }
  const set = new Set(codePoints(characters))
  const all = codePoints(text)
  let from = 0
  let to = all.length
  if (start) while (from < to && set.has(all[from]!)) from++
  if (end) while (to > from && set.has(all[to - 1]!)) to--
  return all.slice(from, to).join('')
}

/** The first `count` occurrences replaced; all when negative. */
export function replaceText(text: string, from: string, to: string, count: number): string {
  if (count === 0) return text
  if (from === '') {
    const all = codePoints(text)
    checkTextLength(text.length + to.length * (all.length + 1))
    let left = count < 0 ? all.length + 1 : count
    const next = (): string => (left-- > 0 ? to : '')
    return all.map((one) => next() + one).join('') + next()
  }
  const parts = text.split(from)
  const replaced = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1)
  checkTextLength(text.length + (to.length - from.length) * replaced)
  if (replaced === parts.length - 1) return parts.join(to)
  return [parts.slice(0, replaced + 1).join(to), ...parts.slice(replaced + 1)].join(from)
}

/** At most `limit` splits (negative: all), counted from the end when `fromEnd`; null separates at whitespace. */
export function splitText(text: string, separator: string | null, limit: number, fromEnd: boolean): string[] {
  if (limit < 0 || limit > text.length) {
    const parts = separator === null ? text.split(/\s+/).filter((part) => part !== '') : text.split(separator)
    checkItems(parts.length)
    return parts
  }
  const parts: string[] = []
  let rest = separator === null ? strip(text, null, !fromEnd, fromEnd) : text
  while (rest !== '' || separator !== null) {
    const cut = parts.length < limit ? nextCut(rest, separator, fromEnd) : null
    if (cut === null) {
      parts.push(rest)
      break
    }
    parts.push(fromEnd ? rest.slice(cut.end) : rest.slice(0, cut.at))
    rest = fromEnd ? rest.slice(0, cut.at) : rest.slice(cut.end)
    if (separator === null && rest.trim() === '') break
  }
  return fromEnd ? parts.reverse() : parts
}

function nextCut(
  text: string,
  separator: string | null,
  fromEnd: boolean,
): { at: number; end: number } | null {
  if (separator !== null) {
    const at = fromEnd ? text.lastIndexOf(separator) : text.indexOf(separator)
    return at === -1 ? null : { at, end: at + separator.length }
  }
  if (!fromEnd) {
    const found = /\s+/.exec(text)
    return found === null ? null : { at: found.index, end: found.index + found[0].length }
  }
  for (let end = text.length; end > 0; end--) {
    if (!/\s/.test(text[end - 1]!)) continue
    let at = end
    while (at > 0 && /\s/.test(text[at - 1]!)) at--
    return { at, end }
  }
  return null
}

export function lines(text: string, keepEnds: boolean): string[] {
  const found = text.match(
    /[^\r\n\v\f\u001c-\u001e\u0085\u2028\u2029]*(?:\r\n|[\r\n\v\f\u001c-\u001e\u0085\u2028\u2029]|$)/g,
  )
  const all = (found ?? []).filter((line) => line !== '')
  return keepEnds
    ? all
    : all.map((line) => line.replace(/(?:\r\n|[\r\n\v\f\u001c-\u001e\u0085\u2028\u2029])$/, ''))
}
