import { badPattern, escapedCharacter, escapedSet, literal, parseClass } from './parse-class.ts'
import { type Edge, type ParsedPattern, type PatternNode, regexFlags } from './pattern-syntax.ts'

const flagLetters: { readonly [letter: string]: number } = {
  i: regexFlags.IGNORECASE,
  L: regexFlags.LOCALE,
  m: regexFlags.MULTILINE,
  s: regexFlags.DOTALL,
  u: regexFlags.UNICODE,
  x: regexFlags.VERBOSE,
  a: regexFlags.ASCII,
}
const maxDepth = 100
const maxRepeat = 65_535

/** A pattern by Python's rules. Throws `TemplateError` for what is none. */
export function parsePattern(pattern: string, givenFlags: number): ParsedPattern {
  const names = new Map<string, number>()
  let at = 0
  let groupCount = 0
  let depth = 0
  let flags = givenFlags

  const fail = (what: string): never => {
    throw badPattern(what, pattern)
  }
  const has = (flag: number): boolean => (flags & flag) !== 0
  const skip = (text: string): boolean => {
    if (!pattern.startsWith(text, at)) return false
    at += text.length
    return true
  }
  const skipComments = (): void => {
    if (!has(regexFlags.VERBOSE)) return
    const blank = /(?:\s|#[^\n]*)*/y
    blank.lastIndex = at
    blank.test(pattern)
    at = blank.lastIndex
  }
  const until = (close: string): string => {
    const end = pattern.indexOf(close, at)
    if (end === -1) fail(`a group without "${close}"`)
    const text = pattern.slice(at, end)
    at = end + close.length
    return text
  }
  const groupIndex = (name: string): number => {
    const index = /^\d+$/.test(name) ? Number(name) : names.get(name)
    return index === undefined || index > groupCount ? fail(`the unknown group "${name}"`) : index
  }

  const parseEither = (): PatternNode => {
    if (++depth > maxDepth) fail(`more than ${maxDepth} levels`)
    const branches = [parseSequence()]
    while (skip('|')) branches.push(parseSequence())
    depth--
    return branches.length === 1 ? branches[0]! : { kind: 'either', branches }
  }

  const parseSequence = (): PatternNode => {
    const items: PatternNode[] = []
    for (;;) {
      skipComments()
      if (at >= pattern.length || pattern[at] === '|' || pattern[at] === ')') break
      const item = parseOne()
      if (item !== null) items.push(parseRepeat(item))
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items }
  }

  const parseRepeat = (body: PatternNode): PatternNode => {
    skipComments()
    const bounds = readBounds()
    if (bounds === null) return body
    const mode = skip('?') ? 'lazy' : skip('+') ? 'possessive' : 'greedy'
    if (body.kind === 'edge') fail('nothing to repeat')
    skipComments()
    const after = at
    if (readBounds() !== null) fail('a repetition of a repetition')
    at = after
    return { kind: 'repeat', body, ...bounds, mode }
  }

  const readBounds = (): { min: number; max: number } | null => {
    if (skip('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
    if (skip('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
    if (skip('?')) return { min: 0, max: 1 }
    const braces = /\{(\d*)(,?)(\d*)\}/y
    braces.lastIndex = at
    const match = braces.exec(pattern)
    if (match === null || match[0] === '{}') return null
    at = braces.lastIndex
    const min = Number(match[1] || '0')
    const max = match[2] === '' ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3])
    if (max < min) fail('a repetition whose least is more than its most')
    if (min > maxRepeat || (max > maxRepeat && max !== Number.POSITIVE_INFINITY)) {
      fail(`a repetition of more than ${maxRepeat}`)
    }
    return { min, max }
  }

  const edge = (name: Edge): PatternNode => ({ kind: 'edge', edge: name })
  const one = (accepts: (code: number) => boolean): PatternNode => ({ kind: 'one', accepts })
  const character = (code: number): PatternNode => one(literal(code, has(regexFlags.IGNORECASE)))

  const parseOne = (): PatternNode | null => {
    const code = pattern.codePointAt(at)!
    at += code > 0xffff ? 2 : 1
    switch (String.fromCodePoint(code)) {
      case '.':
        return has(regexFlags.DOTALL) ? one(() => true) : one((other) => other !== 10)
      case '^':
        return edge(has(regexFlags.MULTILINE) ? 'line_start' : 'start')
      case '$':
        return edge(has(regexFlags.MULTILINE) ? 'line_end' : 'last')
      case '[': {
        const ascii = has(regexFlags.ASCII)
        const { accepts, end } = parseClass(pattern, at, { ignoreCase: has(regexFlags.IGNORECASE), ascii })
        at = end
        return one(accepts)
      }
      case '(':
        return parseGroup()
      case '*':
      case '+':
      case '?':
        return fail('nothing to repeat')
      case '\\':
        return parseEscape()
      default:
        return character(code)
    }
  }

  const parseEscape = (): PatternNode => {
    const letter = pattern[at] ?? ''
    const set = escapedSet(letter, has(regexFlags.ASCII))
    if (set !== undefined) {
      at++
      return one(set)
    }
    const edges: { readonly [letter: string]: Edge } = { A: 'start', Z: 'end', b: 'word', B: 'not_word' }
    if (Object.hasOwn(edges, letter)) {
      at++
      return edge(edges[letter]!)
    }
    const escaped = escapedCharacter(pattern, at, false)
    if (escaped !== null) {
      at = escaped.end
      return character(escaped.code)
    }
    const number = /^[1-9]\d?/.exec(pattern.slice(at, at + 2))
    if (number === null) return fail(`the escape "\\${letter}"`)
    at += number[0].length
    return { kind: 'again', index: groupIndex(number[0]), ignoreCase: has(regexFlags.IGNORECASE) }
  }

  const close = (body: PatternNode): PatternNode => {
    if (!skip(')')) fail('a "(" that is never closed')
    return body
  }

  const parseGroup = (): PatternNode | null => {
    const before = flags
    if (!skip('?')) {
      const index = ++groupCount
      const body = parseEither()
      flags = before
      return close({ kind: 'group', index, body })
    }
    if (skip('#')) {
      until(')')
      return null
    }
    const inside = (make: (body: PatternNode) => PatternNode): PatternNode => {
      const body = parseEither()
      flags = before
      return close(make(body))
    }
    if (skip(':')) return inside((body) => body)
    if (skip('>')) return inside((body) => ({ kind: 'atomic', body }))
    if (skip('=')) return inside((body) => ({ kind: 'look', body, back: null, negated: false }))
    if (skip('!')) return inside((body) => ({ kind: 'look', body, back: null, negated: true }))
    if (skip('<=')) return inside((body) => lookBehind(body, false))
    if (skip('<!')) return inside((body) => lookBehind(body, true))
    if (skip('P=')) {
      return { kind: 'again', index: groupIndex(until(')')), ignoreCase: has(regexFlags.IGNORECASE) }
    }
    if (skip('P<')) {
      const name = until('>')
      if (!/^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(name)) fail(`the group name "${name}"`)
      if (names.has(name)) fail(`a second group named "${name}"`)
      const index = ++groupCount
      names.set(name, index)
      return inside((body) => ({ kind: 'group', index, body }))
    }
    if (skip('(')) {
      const index = groupIndex(until(')'))
      const yes = parseSequence()
      const no: PatternNode = skip('|') ? parseSequence() : { kind: 'sequence', items: [] }
      flags = before
      return close({ kind: 'condition', index, yes, no })
    }
    return parseFlags(before)
  }

  let leading = 0
  const parseFlags = (before: number): PatternNode | null => {
    const letters = /([aiLmsux]*)(?:-([imsx]+))?([:)])/y
    letters.lastIndex = at
    const match = letters.exec(pattern)
    if (match === null) return fail('an unknown kind of group')
    const bits = (text: string): number => [...text].reduce((all, one) => all | flagLetters[one]!, 0)
    const opened = at - 2
    at = letters.lastIndex
    flags = (flags | bits(match[1]!)) & ~bits(match[2] ?? '')
    if (match[3] === ')') {
      if (opened !== leading) fail('flags for the whole pattern that do not stand at its start')
      // Several such groups may begin a pattern.
      leading = at
      return null
    }
    const body = parseEither()
    flags = before
    return close(body)
  }

  const lookBehind = (body: PatternNode, negated: boolean): PatternNode => {
    const back = widthOf(body) ?? fail('a look-behind without a fixed width')
    return { kind: 'look', body, back, negated }
  }

  const node = parseEither()
  if (at < pattern.length) fail('a ")" too many')
  return { node, groupCount, groupNames: names, flags: flags | regexFlags.UNICODE }
}

/** The number of characters that every match has; null where they differ. */
function widthOf(node: PatternNode): number | null {
  switch (node.kind) {
    case 'one':
      return 1
    case 'edge':
    case 'look':
      return 0
    case 'sequence':
      return node.items.reduce<number | null>((total, item) => {
        const width = widthOf(item)
        return total === null || width === null ? null : total + width
      }, 0)
    case 'either': {
      const widths = node.branches.map(widthOf)
      return widths.every((width) => width === widths[0]) ? widths[0]! : null
    }
    case 'group':
    case 'atomic':
      return widthOf(node.body)
    case 'repeat': {
      const width = widthOf(node.body)
      return width === null || node.min !== node.max ? null : width * node.min
    }
    case 'again':
    case 'condition':
      return null
  }
}
