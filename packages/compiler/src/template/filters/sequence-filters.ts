import { asInteger, asText, bind } from '../evaluate/bind.ts'
import { charge, type Runtime, undefinedValue } from '../evaluate/runtime.ts'
import { checkItems, checkTextLength } from '../limits.ts'
import { arithmetic } from '../operations/arithmetic.ts'
import { TemplateError } from '../template-error.ts'
import { tuple } from '../values/collections.ts'
import { equals } from '../values/equals.ts'
import { given } from '../values/given.ts'
import { hashKey } from '../values/hash-key.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { codePoints, length, pairs } from '../values/iterate.ts'
import { order } from '../values/order.ts'
import { print } from '../values/print.ts'
import { truthy } from '../values/truthy.ts'
import type { Arguments, Value } from '../values/value.ts'
import { attributePath, type FilterTable, foldCase, itemsOf, readPath } from './filter.ts'

/** Jinja's filters about lists and dicts, without those that take the name of another filter or test. */
export const sequenceFilters: FilterTable = {
  list: (value, args, runtime) => {
    bind(args, 'list', [])
    return [...itemsOf(value, runtime)]
  },
  length: count,
  count,
  first: (value, args, runtime) => {
    bind(args, 'first', [])
    return given(itemsOf(value, runtime)[0], () =>
      undefinedValue(runtime, 'first of an empty list is undefined'),
    )
  },
  last: (value, args, runtime) => {
    bind(args, 'last', [])
    return given(itemsOf(value, runtime).at(-1), () =>
      undefinedValue(runtime, 'last of an empty list is undefined'),
    )
  },
  // The same choice whenever the same template is rendered: a plan must not depend on chance.
  random: (value, args, runtime) => {
    bind(args, 'random', [])
    const items = itemsOf(value, runtime)
    return given(items[(runtime.steps * 7919) % Math.max(1, items.length)], () =>
      undefinedValue(runtime, 'a random item of an empty list is undefined'),
    )
  },
  join: (value, args, runtime) => {
    const [separator, attribute] = bind(args, 'join', ['d', 'attribute'])
    const between = separator === undefined ? '' : print(separator)
    const path = attributePath(attribute)
    let text = ''
    itemsOf(value, runtime).forEach((item, index) => {
      const part = print(path.length === 0 ? item : readPath(runtime, item, path))
      text += index === 0 ? part : between + part
      checkTextLength(text.length)
    })
    return text
  },
  reverse: (value, args, runtime) => {
    bind(args, 'reverse', [])
    if (typeof value === 'string') return codePoints(value).reverse().join('')
    return [...itemsOf(value, runtime)].reverse()
  },
  sort: (value, args, runtime) => {
    const [reverse, caseSensitive, attribute] = bind(args, 'sort', ['reverse', 'case_sensitive', 'attribute'])
    const paths =
      typeof attribute === 'string' ? attribute.split(',').map(attributePath) : [attributePath(attribute)]
    const sensitive = caseSensitive !== undefined && truthy(caseSensitive)
    const keyed = itemsOf(value, runtime).map((item) => ({
      item,
      keys: paths.map((path) => foldCase(readPath(runtime, item, path), sensitive)),
    }))
    charge(runtime, keyed.length * 8)
    const sign = reverse !== undefined && truthy(reverse) ? -1 : 1
    keyed.sort((a, b) => {
      for (const [index, key] of a.keys.entries()) {
        const other = b.keys[index]!
        if (!equals(key, other)) return sign * order(key, other)
      }
      return 0
    })
    return keyed.map(({ item }) => item)
  },
  unique: (value, args, runtime) => {
    const [caseSensitive, attribute] = bind(args, 'unique', ['case_sensitive', 'attribute'])
    const path = attributePath(attribute)
    const seen = new Set<ReturnType<typeof hashKey>>()
    return itemsOf(value, runtime).filter((item) => {
      const sensitive = caseSensitive !== undefined && truthy(caseSensitive)
      const key = hashKey(foldCase(readPath(runtime, item, path), sensitive))
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
  },
  min: (value, args, runtime) => extreme('min', value, args, runtime, -1),
  max: (value, args, runtime) => extreme('max', value, args, runtime, 1),
  sum: (value, args, runtime) => {
    const [attribute, start] = bind(args, 'sum', ['attribute', 'start'])
    const path = attributePath(attribute)
    let total: Value = given(start, () => 0)
    for (const item of itemsOf(value, runtime)) total = arithmetic('+', total, readPath(runtime, item, path))
    return total
  },
  batch: (value, args, runtime) => {
    const [size, fill] = bind(args, 'batch', ['linecount', 'fill_with'], 1)
    const lineCount = positive(size)
    const items = itemsOf(value, runtime)
    const rows: Value[] = []
    for (let at = 0; at < items.length; at += lineCount) {
      const row = items.slice(at, at + lineCount)
      if (fill !== undefined && fill !== null) while (row.length < lineCount) row.push(fill)
      rows.push(row)
    }
    return rows
  },
  slice: (value, args, runtime) => {
    const [slices, fill] = bind(args, 'slice', ['slices', 'fill_with'], 1)
    const parts = positive(slices)
    const items = itemsOf(value, runtime)
    const size = Math.floor(items.length / parts)
    const longer = items.length % parts
    const rows: Value[] = []
    let at = 0
    for (let index = 0; index < parts; index++) {
      const end = at + size + (index < longer ? 1 : 0)
      const row = items.slice(at, end)
      if (fill !== undefined && fill !== null && index >= longer) row.push(fill)
      rows.push(row)
      at = end
    }
    return rows
  },
  groupby: (value, args, runtime) => {
    const [attribute, fallback, caseSensitive] = bind(
      args,
      'groupby',
      ['attribute', 'default', 'case_sensitive'],
      1,
    )
    const path = attributePath(attribute)
    const sensitive = caseSensitive !== undefined && truthy(caseSensitive)
    const keyed = itemsOf(value, runtime).map((item) => {
      const shown = readPath(runtime, item, path, fallback)
      return { item, shown, key: foldCase(shown, sensitive) }
    })
    charge(runtime, keyed.length * 8)
    keyed.sort((a, b) => (!isUndefined(a.key) && equals(a.key, b.key) ? 0 : order(a.key, b.key)))
    const groups: { shown: Value; key: Value; items: Value[] }[] = []
    for (const { item, shown, key } of keyed) {
      const last = groups.at(-1)
      if (last !== undefined && equals(last.key, key)) last.items.push(item)
      else groups.push({ shown, key, items: [item] })
    }
    return groups.map(({ shown, items }) => ({ ...tuple([shown, items]), names: ['grouper', 'list'] }))
  },
  items: (value, args) => {
    bind(args, 'items', [])
    return isUndefined(value) ? [] : pairs(value)
  },
  dictsort: (value, args, runtime) => {
    const [caseSensitive, by, reverse] = bind(args, 'dictsort', ['case_sensitive', 'by', 'reverse'])
    const position = { key: 0, value: 1 }[asText(by, 'key')]
    if (position === undefined) throw new TemplateError('dictsort sorts by "key" or by "value"')
    const sensitive = caseSensitive !== undefined && truthy(caseSensitive)
    const sign = reverse !== undefined && truthy(reverse) ? -1 : 1
    if (isUndefined(value)) throw value.fault()
    const keyed = pairs(value).map((pair) => {
      const { items } = pair as { items: readonly Value[] }
      return { pair, key: foldCase(items[position]!, sensitive) }
    })
    charge(runtime, keyed.length * 8)
    return keyed.sort((a, b) => sign * order(a.key, b.key)).map(({ pair }) => pair)
  },
}

function count(value: Value, args: Arguments): Value {
  bind(args, 'length', [])
  return isUndefined(value) ? 0 : length(value)
}

function extreme(what: string, value: Value, args: Arguments, runtime: Runtime, sign: number): Value {
  const [caseSensitive, attribute] = bind(args, what, ['case_sensitive', 'attribute'])
  const path = attributePath(attribute)
  const sensitive = caseSensitive !== undefined && truthy(caseSensitive)
  let best: { item: Value; key: Value } | null = null
  for (const item of itemsOf(value, runtime)) {
    const key = foldCase(readPath(runtime, item, path), sensitive)
    if (best === null || sign * order(key, best.key) > 0) best = { item, key }
  }
  return given(best?.item, () => undefinedValue(runtime, `${what} of an empty list is undefined`))
}

function positive(value: Value | undefined): number {
  const number = asInteger(value, 1)
  if (number < 1) throw new TemplateError('the number of parts must be at least 1')
  checkItems(number)
  return number
}
