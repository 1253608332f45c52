import { asInteger, asText, bind } from '../../evaluate/bind.ts'
import { checkItems, checkTextLength } from '../../limits.ts'
import { TemplateError, typeError } from '../../template-error.ts'
import { dict, tuple } from '../../values/collections.ts'
import { hostFunction, hostObject } from '../../values/host.ts'
import { isUndefined } from '../../values/is-undefined.ts'
import { isInteger } from '../../values/number.ts'
import { repr } from '../../values/print.ts'
import { typeName } from '../../values/type-name.ts'
import type { HostArguments, HostObject, Value } from '../../values/value.ts'
import { expandReplacement } from './expand-replacement.ts'
import { createMatcher, createSubject, type Positions, type Search, type Subject } from './match-pattern.ts'
import { parsePattern } from './parse-pattern.ts'
import { type ParsedPattern, regexFlags } from './pattern-syntax.ts'
import { pythonClass } from './python-class.ts'

interface Compiled extends ParsedPattern {
  readonly text: string
}

interface Found {
  readonly pattern: Compiled
  readonly subject: Subject
  readonly positions: Positions
  readonly from: number
  readonly to: number
}

type Action = (pattern: Compiled, args: HostArguments, what: string) => Value

/** What both the module and a compiled pattern have. */
const actions: { readonly [name: string]: Action } = {
  match: (pattern, args, what) => findOne(pattern, args, what, 'match'),
  search: (pattern, args, what) => findOne(pattern, args, what, 'search'),
  fullmatch: (pattern, args, what) => findOne(pattern, args, what, 'full'),
  findall: (pattern, args, what) =>
    [...findAll(pattern, args, what)].map((found): Value => {
      const groups = groupsOf(found, '')
      return groups.length === 0 ? groupText(found, 0)! : groups.length === 1 ? groups[0]! : tuple(groups)
    }),
  finditer: (pattern, args, what) => [...findAll(pattern, args, what)].map((found) => matches.create(found)),
  sub: (pattern, args, what) => substitute(pattern, args, what).text,
  subn(pattern, args, what) {
    const { text, count } = substitute(pattern, args, what)
    return tuple([text, count])
  },
  split(pattern, args, what) {
    const [string, limit] = bind(args, what, ['string', 'maxsplit'], 1)
    const most = asInteger(limit, 0)
    const parts: Value[] = []
    let at = 0
    let splits = 0
    const subject = createSubject(subjectText(string!, what))
    for (const found of scan(pattern, subject, args, 0, subject.length)) {
      if (most > 0 && splits++ >= most) break
      parts.push(subject.slice(at, found.positions[0]!), ...groupsOf(found, null))
      at = found.positions[1]!
    }
    parts.push(subject.slice(at, subject.length))
    return parts
  },
}

const patterns = pythonClass<Compiled>({
  name: 're.Pattern',
  construct: () => {
    throw new TemplateError('a pattern is made by re.compile()')
  },
  fields: {
    pattern: ({ text }) => text,
    flags: ({ flags }) => flags,
    groups: ({ groupCount }) => groupCount,
    groupindex: ({ groupNames }) => dict(groupNames),
  },
  methods: Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [
      name,
      (self: Compiled, args: HostArguments) => action(self, args, `${name}()`),
    ]),
  ),
  text: patternText,
  identity: ({ text, flags }) => `${flags} ${text}`,
})

const matches = pythonClass<Found>({
  name: 're.Match',
  construct: () => {
    throw new TemplateError('a match is made by re.match() and re.search()')
  },
  fields: {
    string: ({ subject }) => subject.text,
    re: ({ pattern }) => patterns.create(pattern),
    pos: ({ from }) => from,
    endpos: ({ to }) => to,
    lastindex: lastIndex,
    lastgroup: (found) => {
      const last = lastIndex(found)
      return [...found.pattern.groupNames].find(([, index]) => index === last)?.[0] ?? null
    },
  },
  methods: {
    group(found, args) {
      const wanted = args.positional.length === 0 ? [0] : args.positional
      const texts = wanted.map((group) => groupText(found, groupNumber(found, group)))
      return texts.length === 1 ? texts[0]! : tuple(texts)
    },
    groups(found, args) {
      const [fallback] = bind(args, 'groups()', ['default'])
      return tuple(groupsOf(found, fallback ?? null))
    },
    groupdict(found, args) {
      const [fallback] = bind(args, 'groupdict()', ['default'])
      const groups = groupsOf(found, fallback ?? null)
      return dict([...found.pattern.groupNames].map(([name, index]) => [name, groups[index - 1]!]))
    },
    start: (found, args) => spanOf(found, args, 'start()')[0],
    end: (found, args) => spanOf(found, args, 'end()')[1],
    span: (found, args) => tuple(spanOf(found, args, 'span()')),
    expand(found, args) {
      const [template] = bind(args, 'expand()', ['template'], 1)
      return expand(asText(template, ''), found)
    },
  },
  item: (found, key) => (hasGroup(found, key) ? groupText(found, groupNumber(found, key)) : undefined),
  text: (found) =>
    `<re.Match object; span=(${found.positions[0]}, ${found.positions[1]}), match=${repr(groupText(found, 0))}>`,
})

const flagNames: readonly (readonly [string, number])[] = Object.entries(regexFlags).flatMap(
  ([name, bit]) => [
    [name, bit] as const,
    [name === 'DOTALL' ? 'S' : name === 'VERBOSE' ? 'X' : name[0]!, bit] as const,
  ],
)

/** Python's `re`. Flags are integers: several are added (`re.I + re.M`), since Jinja has no `|` for them. */
export const reModule: HostObject = hostObject({
  type: 'module',
  attributes: {
    ...Object.fromEntries(flagNames),
    NOFLAG: 0,
    compile: hostFunction('compile', (args) => {
      const [pattern, flags] = bind(args, 'compile()', ['pattern', 'flags'], 1)
      return patterns.create(compile(pattern!, flags))
    }),
    escape: hostFunction('escape', (args) => {
      const [pattern] = bind(args, 'escape()', ['pattern'], 1)
      return asText(pattern, '').replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, '\\$&')
    }),
    purge: hostFunction('purge', () => null),
    ...Object.fromEntries(
      Object.entries(actions).map(([name, action]) => [name, moduleFunction(name, action)]),
    ),
  },
})

/** `re.sub(pattern, …, flags=0)`: the function of a pattern, with the pattern before its arguments and flags after. */
function moduleFunction(name: string, action: Action): Value {
  const own = name === 'split' ? 2 : name === 'sub' || name === 'subn' ? 3 : 1
  return hostFunction(name, (args) => {
    const keyword = new Map(args.keyword)
    const pattern = args.positional[0] ?? keyword.get('pattern')
    const flags = args.positional[own + 1] ?? keyword.get('flags')
    if (pattern === undefined) throw new TemplateError(`${name}() needs its argument "pattern"`)
    if (args.positional.length > own + 2)
      throw new TemplateError(`${name}() takes at most ${own + 2} arguments`)
    const positional = args.positional.slice(1, own + 1)
    keyword.delete('pattern')
    keyword.delete('flags')
    const { location, call, charge } = args
    return action(compile(pattern, flags), { positional, keyword, location, call, charge }, `${name}()`)
  })
}

const cache = new Map<string, Compiled>()

function compile(pattern: Value, flags: Value | undefined): Compiled {
  const known = patterns.read(pattern)
  if (known !== undefined) return known
  const text = asText(pattern, '')
  const bits = asInteger(flags, 0)
  const key = `${bits} ${text}`
  const cached = cache.get(key)
  if (cached !== undefined) return cached
  checkTextLength(text.length * 100)
  const compiled: Compiled = { ...parsePattern(text, bits), text }
  if (cache.size >= 256) cache.clear()
  cache.set(key, compiled)
  return compiled
}

function findOne(pattern: Compiled, args: HostArguments, what: string, mode: Search['mode']): Value {
  const { subject, from, to } = bindSubject(args, what)
  const positions = createMatcher(pattern, args.charge).run(subject, { from, to, mode })
  return positions === null ? null : matches.create({ pattern, subject, positions, from, to })
}

function findAll(pattern: Compiled, args: HostArguments, what: string): Iterable<Found> {
  const { subject, from, to } = bindSubject(args, what)
  return scan(pattern, subject, args, from, to)
}

function bindSubject(args: HostArguments, what: string): { subject: Subject; from: number; to: number } {
  const [string, start, end] = bind(args, what, ['string', 'pos', 'endpos'], 1)
  const subject = createSubject(subjectText(string!, what))
  const from = Math.min(Math.max(0, asInteger(start, 0)), subject.length)
  return { subject, from, to: Math.min(Math.max(0, asInteger(end, subject.length)), subject.length) }
}

/** Match after match. An empty one may follow a match at its end, but none comes twice at one place. */
function* scan(
  pattern: Compiled,
  subject: Subject,
  args: HostArguments,
  start: number,
  to: number,
): Generator<Found> {
  const matcher = createMatcher(pattern, args.charge)
  let from = start
  let advance = false
  let count = 0
  for (;;) {
    const positions = matcher.run(subject, { from, to, mode: 'search', advance })
    if (positions === null) return
    checkItems(++count)
    yield { pattern, subject, positions, from: start, to }
    from = positions[1]!
    advance = positions[0] === positions[1]
  }
}

function substitute(pattern: Compiled, args: HostArguments, what: string): { text: string; count: number } {
  const [replacement, string, limit] = bind(args, what, ['repl', 'string', 'count'], 2)
  const most = asInteger(limit, 0)
  const subject = createSubject(subjectText(string!, what))
  let text = ''
  let at = 0
  let count = 0
  for (const found of scan(pattern, subject, args, 0, subject.length)) {
    if (most > 0 && count >= most) break
    count++
    const inserted =
      typeof replacement === 'string'
        ? expand(replacement, found)
        : asText(args.call(replacement!, [matches.create(found)]), '')
    text += subject.slice(at, found.positions[0]!) + inserted
    checkTextLength(text.length)
    at = found.positions[1]!
  }
  return { text: text + subject.slice(at, subject.length), count }
}

function expand(template: string, found: Found): string {
  return expandReplacement(template, (group) => groupText(found, groupNumber(found, group)) ?? '')
}

function groupNumber(found: Found, group: Value): number {
  const { groupCount, groupNames } = found.pattern
  const index =
    typeof group === 'string' ? groupNames.get(group) : isInteger(group) ? Number(group) : undefined
  if (index === undefined || index < 0 || index > groupCount) {
    throw new TemplateError(`this match has no group ${repr(group)}`)
  }
  return index
}

function hasGroup({ pattern }: Found, key: Value): boolean {
  return typeof key === 'string'
    ? pattern.groupNames.has(key)
    : isInteger(key) && Number(key) >= 0 && Number(key) <= pattern.groupCount
}

function groupText({ subject, positions }: Found, index: number): string | null {
  const start = positions[index * 2]!
  return start < 0 ? null : subject.slice(start, positions[index * 2 + 1]!)
}

function groupsOf(found: Found, fallback: Value): Value[] {
  return Array.from({ length: found.pattern.groupCount }, (_, index) => {
    const text = groupText(found, index + 1)
    return text === null ? fallback : text
  })
}

function spanOf(found: Found, args: HostArguments, what: string): readonly [number, number] {
  const [group] = bind(args, what, ['group'])
  const index = groupNumber(found, group ?? 0)
  return [found.positions[index * 2]!, found.positions[index * 2 + 1]!]
}

function lastIndex({ positions }: Found): number | null {
  let last: number | null = null
  for (let index = 1; index * 2 < positions.length; index++) {
    const end = positions[index * 2 + 1]!
    if (end >= 0 && (last === null || end > positions[last * 2 + 1]!)) last = index
  }
  return last
}

function patternText({ text, flags }: Compiled): string {
  const named = Object.entries(regexFlags)
    .filter(([name, bit]) => name !== 'UNICODE' && (flags & bit) !== 0)
    .map(([name]) => `re.${name}`)
  return `re.compile(${repr(text)}${named.length === 0 ? '' : `, ${named.join('|')}`})`
}

function subjectText(value: Value, what: string): string {
  if (typeof value === 'string') return value
  if (isUndefined(value)) throw value.fault()
  throw typeError(
    `${what} looks through text, not ${typeName(value)}`,
    'Make it text first: `value | string`.',
  )
}
