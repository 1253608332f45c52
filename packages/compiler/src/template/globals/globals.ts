import { createHash } from 'node:crypto'
import { StrataError } from '@strata/core'
import { asInteger, asText, bind } from '../evaluate/bind.ts'
import { checkItems, maxRange } from '../limits.ts'
import { pairsOf } from '../methods/dict-methods.ts'
import { TemplateError } from '../template-error.ts'
import { dict, setEntry, setOf, tuple } from '../values/collections.ts'
import { hostFunction, hostObject } from '../values/host.ts'
import { iterate, tryIterate } from '../values/iterate.ts'
import { print } from '../values/print.ts'
import { truthy } from '../values/truthy.ts'
import type { HostArguments, Value } from '../values/value.ts'
import { toJsonText } from './json-text.ts'
import { parseJson } from './parse-json.ts'
import { ReturnSignal } from './return-signal.ts'
import { parseYaml } from './yaml/from-yaml.ts'
import { toYamlText } from './yaml/to-yaml.ts'

type GlobalFunction = (args: HostArguments) => Value

const table: { readonly [name: string]: GlobalFunction } = {
  range(args) {
    const [first, second, third] = bind(args, 'range()', ['start', 'stop', 'step'], 1)
    const start = second === undefined ? 0 : asInteger(first, 0)
    const stop = asInteger(second === undefined ? first : second, 0)
    const step = asInteger(third, 1)
    if (step === 0) throw new TemplateError('the step of range() cannot be zero')
    const count = Math.max(0, Math.ceil((stop - start) / step))
    if (count > maxRange) {
      throw new TemplateError(`range() of ${count} numbers; the limit is ${maxRange}`, {
        code: 'TEMPLATE_SIZE_LIMIT',
        hint: 'Make many rows with generate_series() in SQL.',
      })
    }
    return Array.from({ length: count }, (_, index) => start + index * step)
  },
  dict(args) {
    const [pairs] = bind({ positional: args.positional, keyword: new Map() }, 'dict()', ['pairs'])
    const result = dict(pairs === undefined ? [] : pairsOf(pairs))
    for (const [name, value] of args.keyword) setEntry(result, name, value)
    return result
  },
  namespace(args) {
    const [pairs] = bind({ positional: args.positional, keyword: new Map() }, 'namespace()', ['pairs'])
    const attributes = new Map<string, Value>()
    for (const [name, value] of pairs === undefined ? [] : pairsOf(pairs)) attributes.set(print(name), value)
    for (const [name, value] of args.keyword) attributes.set(name, value)
    return { kind: 'namespace', attributes }
  },
  set(args) {
    const [items, fallback] = bind(args, 'set()', ['value', 'default'])
    if (items === undefined) return setOf([])
    return orDefault(() => setOf(iterate(items)), fallback)
  },
  set_strict(args) {
    const [items] = bind(args, 'set_strict()', ['value'], 1)
    return setOf(iterate(items!))
  },
  zip(args) {
    const fallback = args.keyword.get('default')
    const lists = args.positional.map(tryIterate)
    if (lists.some((list) => list === null)) return fallback ?? null
    return zip(lists as (readonly Value[])[])
  },
  zip_strict: (args) => zip(args.positional.map(iterate)),
  tojson(args) {
    const [value, fallback, sortKeys] = bind(args, 'tojson()', ['value', 'default', 'sort_keys'], 1)
    const options = { sortKeys: sortKeys !== undefined && truthy(sortKeys), indent: null }
    return orDefault(() => toJsonText(value!, options), fallback)
  },
  fromjson(args) {
    const [text, fallback] = bind(args, 'fromjson()', ['string', 'default'], 1)
    return orDefault(() => parseJson(print(text!)), fallback)
  },
  toyaml(args) {
    const [value, fallback, sortKeys] = bind(args, 'toyaml()', ['value', 'default', 'sort_keys'], 1)
    return orDefault(() => toYamlText(value!, sortKeys !== undefined && truthy(sortKeys)), fallback)
  },
  fromyaml(args) {
    const [text, fallback] = bind(args, 'fromyaml()', ['value', 'default'], 1)
    return orDefault(() => parseYaml(asText(text, '')), fallback)
  },
  local_md5(args) {
    const [value] = bind(args, 'local_md5()', ['value'], 1)
    return createHash('md5').update(asText(value, ''), 'utf8').digest('hex')
  },
  diff_of_two_dicts(args) {
    const [first, second] = bind(args, 'diff_of_two_dicts()', ['dict_a', 'dict_b'], 2)
    const removed = new Map(
      pairsOf(second!).map(([key, values]) => [
        asText(key, '').toLowerCase(),
        new Set(iterate(values).map((value) => asText(value, '').toLowerCase())),
      ]),
    )
    const result = dict()
    for (const [key, values] of pairsOf(first!)) {
      const gone = removed.get(asText(key, '').toLowerCase())
      if (gone === undefined) {
        setEntry(result, key, values)
        continue
      }
      const left = iterate(values).filter((value) => !gone.has(asText(value, '').toLowerCase()))
      if (left.length > 0) setEntry(result, key, left)
    }
    return result
  },
  cycler(args) {
    bind({ positional: [], keyword: args.keyword }, 'cycler()', [])
    const items = args.positional
    if (items.length === 0)
      throw new TemplateError('cycler() needs at least one item', { code: 'TEMPLATE_ARGUMENTS' })
    let position = 0
    const next = hostFunction('next', () => items[position++ % items.length]!)
    const reset = hostFunction('reset', () => {
      position = 0
      return null
    })
    return hostObject({
      type: 'cycler',
      attribute: (name) =>
        name === 'next'
          ? next
          : name === 'reset'
            ? reset
            : name === 'current'
              ? items[position % items.length]
              : undefined,
      names: () => ['next', 'reset', 'current'],
    })
  },
  joiner(args) {
    const [separator] = bind(args, 'joiner()', ['sep'])
    let used = false
    return hostFunction('joiner', () => {
      const text = used ? (separator ?? ', ') : ''
      used = true
      return text
    })
  },
  return(args) {
    const [value] = bind(args, 'return()', ['value'])
    throw new ReturnSignal(value ?? null)
  },
}

/** What every template sees, after its own names and those of its context. */
export const globals: ReadonlyMap<string, Value> = new Map(
  Object.entries(table).map(([name, call]): [string, Value] => [name, hostFunction(name, call)]),
)

function zip(lists: readonly (readonly Value[])[]): Value {
  const count = lists.length === 0 ? 0 : Math.min(...lists.map((list) => list.length))
  checkItems(count * lists.length)
  return Array.from({ length: count }, (_, index) => tuple(lists.map((list) => list[index]!)))
}

/** dbt's lenient functions give their default (none, unless told) where the strict ones fail. */
function orDefault(make: () => Value, fallback: Value | undefined): Value {
  try {
    return make()
  } catch (error) {
    if (error instanceof StrataError) return fallback ?? null
    throw error
  }
}
