import { TemplateError } from '../template-error.ts'
import { equals } from '../values/equals.ts'
import { given } from '../values/given.ts'
import { hostFunction } from '../values/host.ts'
import type { Loop, Value } from '../values/value.ts'
import { type Runtime, undefinedValue } from './runtime.ts'

export interface LoopCursor {
  readonly loop: Loop
  /** The next item that the loop's condition accepts; undefined at the end. */
  readonly next: () => Value | undefined
}

/**
 * Goes through the items of a loop. The condition is asked as late as can be, since the body may change what it sees;
 * only `loop.last`, `loop.length` and the like look ahead.
 */
export function createCursor(
  runtime: Runtime,
  items: readonly Value[],
  accepts: ((item: Value) => boolean) | null,
  depth: number,
  recurse: Loop['recurse'],
): LoopCursor {
  let position = 0
  let index = -1
  let previous: Value | undefined
  let present: Value | undefined
  let changedBefore: readonly Value[] | undefined
  const ahead: Value[] = []

  const pull = (): Value | undefined => {
    while (position < items.length) {
      const item = items[position++]!
      if (accepts === null || accepts(item)) return item
    }
    return undefined
  }
  const lookAhead = (): Value | undefined => {
    if (ahead.length === 0) {
      const item = pull()
      if (item !== undefined) ahead.push(item)
    }
    return ahead[0]
  }
  const remaining = (): number => {
    if (accepts === null) return ahead.length + items.length - position
    for (let item = pull(); item !== undefined; item = pull()) ahead.push(item)
    return ahead.length
  }

  const attribute = (name: string): Value | undefined => {
    switch (name) {
      case 'index':
        return index + 1
      case 'index0':
        return index
      case 'first':
        return index === 0
      case 'last':
        return lookAhead() === undefined
      case 'length':
        return index + 1 + remaining()
      case 'revindex':
        return remaining() + 1
      case 'revindex0':
        return remaining()
      case 'previtem':
        return given(previous, () => undefinedValue(runtime, 'there is no previous item'))
      case 'nextitem':
        return given(lookAhead(), () => undefinedValue(runtime, 'there is no next item'))
      case 'depth':
        return depth
      case 'depth0':
        return depth - 1
      case 'cycle':
        return hostFunction('cycle', ({ positional }) => {
          if (positional.length === 0) throw new TemplateError('loop.cycle() needs at least one item')
          return positional[index % positional.length]!
        })
      case 'changed':
        return hostFunction('changed', ({ positional }) => {
          const before = changedBefore
          changedBefore = positional
          return before === undefined || !equals([...before], [...positional])
        })
      default:
        return undefined
    }
  }

  return {
    loop: { kind: 'loop', attribute, recurse },
    next() {
      const item = ahead.length > 0 ? ahead.shift() : pull()
      previous = present
      present = item
      index++
      return item
    },
  }
}
