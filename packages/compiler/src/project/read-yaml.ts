import { isAlias, isMap, isScalar, isSeq, type Node, Pair, parseDocument, Scalar, visit } from 'yaml'
import { explainYamlError } from './explain-yaml-error.ts'
import { plainScalar } from './plain-scalar.ts'
import type { YamlPlaces } from './yaml-places.ts'

export interface YamlComplaint {
  readonly code: 'BAD_YAML' | 'DUPLICATE_KEY'
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly hint: string
  /** In the text that was parsed. */
  readonly offset: number
}

/** Reads a text by the `yaml` library. `places` is null where it is no YAML. */
export function readYaml(text: string): {
  readonly value: unknown
  readonly places: YamlPlaces | null
  readonly complaints: readonly YamlComplaint[]
} {
  const parsed = parseDocument(text, {
    prettyErrors: false,
    uniqueKeys: false,
    merge: true,
    logLevel: 'error',
    schema: 'failsafe',
    customTags: [
      {
        tag: 'tag:yaml.org,2002:null',
        default: true,
        test: /^/,
        resolve: (plain: string) => plainScalar(plain),
      },
    ],
  })
  const complaints: YamlComplaint[] = [
    // What comes after the first error is mostly its echo.
    ...parsed.errors
      .slice(0, 1)
      .map((error) =>
        syntaxError(error.message, unclosedAt(error.message, parsed.contents, text) ?? error.pos[0], 'error'),
      ),
    // dbt's parser lets a closing bracket stand where it likes.
    ...parsed.warnings
      .filter((warning) => warning.code !== 'BAD_INDENT')
      .map((warning) => syntaxError(warning.message, warning.pos[0], 'warning')),
  ]
  if (parsed.errors.length > 0) return { value: null, places: null, complaints }

  keepKeysAsWritten(parsed.contents)
  addNoLineBreak(parsed.contents, text)
  complaints.push(...duplicateKeys(parsed.contents))
  try {
    const value: unknown = parsed.toJS({ maxAliasCount: 1000 })
    if (holdsItself(value)) {
      const at = text.search(/&\S/)
      complaints.push(syntaxError('an anchor stands for a block that holds its own alias', at, 'error'))
      return { value: null, places: null, complaints }
    }
    return { value, places: placesOf(parsed.contents, value), complaints }
  } catch (error) {
    const { message } = error as Error
    const alias = /^Unresolved alias.*: (\S+)$/.exec(message)?.[1]
    const at =
      alias === undefined ? text.indexOf(/merge/i.test(message) ? '<<' : '*') : text.indexOf(`*${alias}`)
    complaints.push(syntaxError(message, Math.max(at, 0), 'error'))
    return { value: null, places: null, complaints }
  }
}

function holdsItself(value: unknown, around: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (around.includes(value)) return true
  return Object.values(value).some((inner) => holdsItself(inner, [...around, value]))
}

/** A key is a name: `on:` is the key "on", though the value `on` is true. */
function keepKeysAsWritten(root: unknown): void {
  visit(root as Node, {
    Pair: (_, { key }) => {
      if (isScalar(key) && key.type === Scalar.PLAIN && typeof key.value !== 'symbol')
        key.value = key.source ?? key.value
    },
  })
}

/** A block scalar whose last line is ended by the file's end has no line break there, as dbt reads it. */
function addNoLineBreak(root: unknown, text: string): void {
  if (text.slice(text.lastIndexOf('\n') + 1).trim() === '') return
  visit(root as Node, {
    Scalar: (_, scalar) => {
      const block = scalar.type === Scalar.BLOCK_LITERAL || scalar.type === Scalar.BLOCK_FOLDED
      if (!block || typeof scalar.value !== 'string' || (scalar.range?.[1] ?? 0) < text.length) return
      scalar.value = scalar.value.replace(/\n$/, '')
    },
  })
}

function duplicateKeys(root: unknown): YamlComplaint[] {
  const complaints: YamlComplaint[] = []
  visit(root as Node, {
    Map: (_, map) => {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === '<<' || typeof key.value === 'symbol') continue
        if (seen.has(key.value)) {
          complaints.push({
            code: 'DUPLICATE_KEY',
            severity: 'warning',
            message: `the key "${String(key.value)}" stands twice in one block; the last one counts`,
            hint: 'Keep one of them.',
            offset: key.range?.[0] ?? 0,
          })
        }
        seen.add(key.value)
      }
    },
  })
  return complaints
}

/** Walks nodes and values side by side; what came in by an alias or a merge key stands where it was written. */
function placesOf(root: Node | null, value: unknown): YamlPlaces {
  const of = new Map<object, (string | number)[]>()
  const start = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0
  const walk = (node: unknown, current: unknown): void => {
    if (typeof current !== 'object' || current === null || of.has(current)) return
    if (isSeq(node) && Array.isArray(current)) {
      of.set(current, node.items.map(start))
      for (const [index, item] of node.items.entries()) walk(item, current[index])
    } else if (isMap(node)) {
      const offsets: (string | number)[] = []
      of.set(current, offsets)
      for (const pair of node.items) {
        if (!(pair instanceof Pair) || !isScalar(pair.key)) continue
        const key = String(pair.key.value)
        const empty = isScalar(pair.value) && (pair.value.source ?? '') === '' && pair.value.type === 'PLAIN'
        const at = pair.value === null || empty ? start(pair.key) : start(pair.value)
        offsets.push(key, start(pair.key), at)
        walk(pair.value, (current as Record<string, unknown>)[key])
      }
    } else if (isAlias(node)) of.set(current, [])
  }
  walk(root, value)
  return { root: start(root), of }
}

function syntaxError(message: string, offset: number, severity: 'error' | 'warning'): YamlComplaint {
  const { text, hint } = explainYamlError(message.trim())
  return { code: 'BAD_YAML', severity, message: text, hint, offset }
}

/** Where the quote or bracket begins that the parser misses the end of: it complains where it gave up, lines below. */
function unclosedAt(message: string, root: unknown, text: string): number | null {
  if (!/^Missing closing|end with a [\]}]$/.test(message)) return null
  let found: number | null = null
  visit(root as Node, {
    Node: (_, node) => {
      const [start, end] = node.range ?? [0, 0]
      const closing = closings[text[start] ?? '']
      if (closing !== undefined && (end - start < 2 || text[end - 1] !== closing)) found = start
    },
  })
  return found
}

const closings: { readonly [opening: string]: string } = { '[': ']', '{': '}', '"': '"', "'": "'" }
