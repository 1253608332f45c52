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

interface CursorState {
  readonly runtime: Runtime
  readonly items: readonly Value[]
  readonly accepts: ((item: Value) => boolean) | null
  readonly depth: number
  readonly ahead: Value[]
  position: number
  index: number
  previous: Value | undefined
  present: Value | undefined
  changedBefore: readonly Value[] | undefined
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
  const state: CursorState = {
    runtime,
    items,
    accepts,
    depth,
    ahead: [],
    position: 0,
    index: -1,
    previous: undefined,
    present: undefined,
    changedBefore: undefined,
  }
  return {
    loop: { kind: 'loop', attribute: (name) => attributeOf(state, name), recurse },
    next: () => next(state),
  }
}

function next(state: CursorState): Value | undefined {
  const item = state.ahead.length > 0 ? state.ahead.shift() : pull(state)
  state.previous = state.present
  state.present = item
  state.index++
  return item
}

function pull(state: CursorState): Value | undefined {
  const { items, accepts } = state
  while (state.position < items.length) {
    const item = items[state.position++]!
    if (accepts === null || accepts(item)) return item
  }
  return undefined
}

function lookAhead(state: CursorState): Value | undefined {
  if (state.ahead.length === 0) {
    const item = pull(state)
    if (item !== undefined) state.ahead.push(item)
  }
  return state.ahead[0]
}

function remaining(state: CursorState): number {
  const { accepts, ahead, items } = state
  if (accepts === null) return ahead.length + items.length - state.position
  for (let item = pull(state); item !== undefined; item = pull(state)) ahead.push(item)
  return ahead.length
}

function attributeOf(state: CursorState, name: string): Value | undefined {
  const { index, depth, runtime } = state
  switch (name) {
    case 'index':
      return index + 1
    case 'index0':
      return index
    case 'first':
      return index === 0
    case 'last':
      return lookAhead(state) === undefined
    case 'length':
      return index + 1 + remaining(state)
    case 'revindex':
      return remaining(state) + 1
    case 'revindex0':
      return remaining(state)
    case 'previtem':
      return given(state.previous, () => undefinedValue(runtime, 'there is no previous item'))
    case 'nextitem':
      return given(lookAhead(state), () => undefinedValue(runtime, 'there is no next item'))
    case 'depth':
      return depth
    case 'depth0':
      return depth - 1
    case 'cycle':
      return hostFunction('cycle', ({ positional }) => {
        if (positional.length === 0) throw new TemplateError('loop.cycle() needs at least one item')
        return positional[state.index % positional.length]!
      })
    case 'changed':
      return hostFunction('changed', ({ positional }) => {
        const before = state.changedBefore
        state.changedBefore = positional
        return before === undefined || !equals([...before], [...positional])
      })
    default:
      return undefined
  }
}
