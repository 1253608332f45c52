import { asInteger, bind } from '../../evaluate/bind.ts'
import { checkItems } from '../../limits.ts'
import { arithmetic } from '../../operations/arithmetic.ts'
import { TemplateError } from '../../template-error.ts'
import { tuple } from '../../values/collections.ts'
import { equals } from '../../values/equals.ts'
import { hostFunction, hostObject } from '../../values/host.ts'
import { iterate } from '../../values/iterate.ts'
import { truthy } from '../../values/truthy.ts'
import type { HostArguments, HostObject, Value } from '../../values/value.ts'

/** What has no end in Python ends here after so many items; `islice` and `zip` take fewer. */
const endless = 10_000

const table: { readonly [name: string]: (args: HostArguments) => Value } = {
  chain: (args) => joined(args.positional, args),
  combinations: (args) => choose(args, 'combinations()', (last, index) => index > last),
  combinations_with_replacement: (args) =>
    choose(args, 'combinations_with_replacement()', (last, index) => index >= last),
  permutations(args) {
    const [items, size] = bind(args, 'permutations()', ['iterable', 'r'], 1)
    const pool = iterate(items!)
    const length = size === undefined || size === null ? pool.length : asInteger(size, 0)
    return pick(pool, length, args, (chosen, index) => !chosen.includes(index))
  },
  product(args) {
    const repeat = asInteger(args.keyword.get('repeat'), 1)
    checkItems(repeat * 1000)
    const pools = Array.from({ length: repeat }, () => args.positional.map(iterate)).flat()
    let rows: Value[][] = [[]]
    for (const pool of pools) {
      const count = rows.length * pool.length
      checkItems(count * pools.length)
      args.charge(count)
      rows = rows.flatMap((row) => pool.map((item) => [...row, item]))
    }
    return rows.map(tuple)
  },
  islice(args) {
    const [items, first, second, third] = bind(args, 'islice()', ['iterable', 'start', 'stop', 'step'], 2)
    const all = iterate(items!)
    const bound = (value: Value | undefined, fallback: number): number =>
      value === null ? fallback : asInteger(value, fallback)
    const start = second === undefined ? 0 : bound(first, 0)
    const stop = bound(second === undefined ? first : second, all.length)
    const step = bound(third, 1)
    if (start < 0 || stop < 0 || step < 1) {
      throw new TemplateError('islice() counts from the start, in steps of at least 1')
    }
    return all.slice(start, stop).filter((_, index) => index % step === 0)
  },
  accumulate(args) {
    const [items, combine, initial] = bind(args, 'accumulate()', ['iterable', 'func', 'initial'], 1)
    const totals: Value[] = initial === undefined || initial === null ? [] : [initial]
    for (const item of iterate(items!)) {
      const last = totals.at(-1)
      if (last === undefined) totals.push(item)
      else if (combine === undefined || combine === null) totals.push(arithmetic('+', last, item))
      else totals.push(args.call(combine, [last, item]))
    }
    return totals
  },
  groupby(args) {
    const [items, key] = bind(args, 'groupby()', ['iterable', 'key'], 1)
    const groups: { readonly key: Value; readonly items: Value[] }[] = []
    for (const item of iterate(items!)) {
      const own = key === undefined || key === null ? item : args.call(key, [item])
      const last = groups.at(-1)
      if (last !== undefined && equals(last.key, own)) last.items.push(item)
      else groups.push({ key: own, items: [item] })
    }
    return groups.map((group) => tuple([group.key, group.items]))
  },
  zip_longest(args) {
    const fill = args.keyword.get('fillvalue')
    const lists = args.positional.map(iterate)
    const count = Math.max(0, ...lists.map((list) => list.length))
    checkItems(count * lists.length)
    args.charge(count)
    return Array.from({ length: count }, (_, index) =>
      tuple(lists.map((list) => (index < list.length ? list[index]! : (fill ?? null)))),
    )
  },
  compress(args) {
    const [data, selectors] = bind(args, 'compress()', ['data', 'selectors'], 2)
    const chosen = iterate(selectors!)
    return iterate(data!).filter((_, index) => index < chosen.length && truthy(chosen[index]!))
  },
  starmap(args) {
    const [call, rows] = bind(args, 'starmap()', ['function', 'iterable'], 2)
    return iterate(rows!).map((row) => args.call(call!, iterate(row)))
  },
  tee(args) {
    const [items, count] = bind(args, 'tee()', ['iterable', 'n'], 1)
    const copies = asInteger(count, 2)
    const all = iterate(items!)
    checkItems(copies * Math.max(1, all.length))
    return tuple(Array.from({ length: Math.max(0, copies) }, () => [...all]))
  },
  count(args) {
    const [start, step] = bind(args, 'count()', ['start', 'step'])
    args.charge(endless)
    const from = start ?? 0
    const by = step ?? 1
    return Array.from({ length: endless }, (_, index) => arithmetic('+', from, arithmetic('*', by, index)))
  },
  cycle(args) {
    const [items] = bind(args, 'cycle()', ['iterable'], 1)
    const all = iterate(items!)
    args.charge(endless)
    return all.length === 0 ? [] : Array.from({ length: endless }, (_, index) => all[index % all.length]!)
  },
  repeat(args) {
    const [item, times] = bind(args, 'repeat()', ['object', 'times'], 1)
    const count = Math.max(0, asInteger(times, endless))
    checkItems(count)
    args.charge(count)
    return Array.from({ length: count }, () => item!)
  },
  takewhile: (args) => whileTrue(args, 'takewhile()', (items, end) => items.slice(0, end)),
  dropwhile: (args) => whileTrue(args, 'dropwhile()', (items, end) => items.slice(end)),
  filterfalse(args) {
    const [predicate, items] = bind(args, 'filterfalse()', ['predicate', 'iterable'], 2)
    return iterate(items!).filter(
      (item) => !truthy(predicate === null ? item : args.call(predicate!, [item])),
    )
  },
}

/** Python's itertools, as lists. */
export const itertoolsModule: HostObject = hostObject({
  type: 'module',
  attributes: {
    ...Object.fromEntries(Object.entries(table).map(([name, call]) => [name, hostFunction(name, call)])),
    chain: hostObject({
      type: 'class',
      call: table['chain']!,
      attributes: {
        from_iterable: hostFunction('from_iterable', (args) => {
          const [lists] = bind(args, 'from_iterable()', ['iterable'], 1)
          return joined(iterate(lists!), args)
        }),
      },
    }),
  },
})

function joined(lists: readonly Value[], args: HostArguments): Value {
  const all: Value[] = []
  for (const list of lists) {
    const items = iterate(list)
    checkItems(all.length + items.length)
    args.charge(items.length)
    for (const item of items) all.push(item)
  }
  return all
}

/** Rows of `size` items, each index behind the one before it as `follows` says. */
function choose(args: HostArguments, what: string, follows: (last: number, index: number) => boolean): Value {
  const [items, size] = bind(args, what, ['iterable', 'r'], 2)
  return pick(iterate(items!), asInteger(size, 0), args, (chosen, index) =>
    chosen.length === 0 ? true : follows(chosen.at(-1)!, index),
  )
}

function pick(
  pool: readonly Value[],
  size: number,
  args: HostArguments,
  allows: (chosen: readonly number[], index: number) => boolean,
): Value {
  if (size < 0) throw new TemplateError('the length of a row cannot be negative')
  const rows: Value[] = []
  const chosen: number[] = []
  const go = (): void => {
    args.charge(1)
    if (chosen.length === size) {
      checkItems((rows.length + 1) * Math.max(1, size))
      rows.push(tuple(chosen.map((index) => pool[index]!)))
      return
    }
    for (let index = 0; index < pool.length; index++) {
      if (!allows(chosen, index)) continue
      chosen.push(index)
      go()
      chosen.pop()
    }
  }
  if (size <= pool.length || allows([0], 0)) go()
  return rows
}

function whileTrue(
  args: HostArguments,
  what: string,
  cut: (items: readonly Value[], end: number) => Value[],
): Value {
  const [predicate, iterable] = bind(args, what, ['predicate', 'iterable'], 2)
  const items = iterate(iterable!)
  const end = items.findIndex((item) => !truthy(args.call(predicate!, [item])))
  return cut(items, end === -1 ? items.length : end)
}
