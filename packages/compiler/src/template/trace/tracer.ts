import type { Arguments, Value } from '../values/value.ts'
import type { TracedText, Via } from './traced-text.ts'

/**
 * What is known of where texts were written, while one template is rendered. The values themselves stay plain texts: what is
 * noted of one holds only for the very same text, so that nothing that is missed here can tell a wrong place.
 */
export interface Tracer {
  /** Of the expression that was evaluated last. */
  last: TracedText | null
  /** Of the call whose arguments were evaluated last. */
  lastArguments: TracedArguments | null
  /** Of variables, by the map that they stand in. */
  readonly variables: WeakMap<ReadonlyMap<string, Value>, Map<string, TracedText>>
  readonly arguments: WeakMap<Arguments, TracedArguments>
  /** What was put into lists and dicts; null: the same text from several places. */
  readonly held: Map<string, TracedText | null>
  /** The calls that a frame stands for. */
  readonly calls: WeakMap<object, Via>
}

export interface TracedArguments {
  readonly positional: (TracedText | null)[]
  readonly keyword: Map<string, TracedText>
}

export function createTracer(): Tracer {
  return {
    last: null,
    lastArguments: null,
    variables: new WeakMap(),
    arguments: new WeakMap(),
    held: new Map(),
    calls: new WeakMap(),
  }
}

/** What is known of a value that was evaluated just now. */
export function tracedValue(tracer: Tracer, value: Value): TracedText | null {
  if (typeof value !== 'string') return null
  if (tracer.last?.text === value) return tracer.last
  return tracer.held.get(value) ?? null
}

/** A text that a function made: where its parts come from is not known, even where the same text stands somewhere. */
export function untraced(value: Value): TracedText | null {
  return typeof value === 'string' ? { text: value, pieces: null } : null
}

/** Notes what a value was that is put into a list or a dict. */
export function hold(tracer: Tracer, traced: TracedText | null): void {
  if (traced === null || traced.pieces === null) return
  const known = tracer.held.get(traced.text)
  const isOther = known !== undefined && !(known !== null && isSamePlace(known, traced))
  tracer.held.set(traced.text, isOther ? null : traced)
}

export function noteArguments(tracer: Tracer, args: Arguments, traced: TracedArguments): void {
  tracer.arguments.set(args, traced)
  tracer.lastArguments = traced
}

/** Notes what a value was that is given a name. */
export function nameValue(
  tracer: Tracer,
  variables: ReadonlyMap<string, Value>,
  name: string,
  traced: TracedText | null,
): void {
  let named = tracer.variables.get(variables)
  if (traced === null) {
    named?.delete(name)
    return
  }
  if (named === undefined) {
    named = new Map()
    tracer.variables.set(variables, named)
  }
  named.set(name, traced)
}

function isSamePlace({ pieces: first }: TracedText, { pieces: second }: TracedText): boolean {
  if (first === null || second === null || first.length !== second.length) return false
  return first.every(({ place: one, length }, index) => {
    const { place: other, length: otherLength } = second[index]!
    return length === otherLength && one?.source === other?.source && one?.at === other?.at
  })
}
