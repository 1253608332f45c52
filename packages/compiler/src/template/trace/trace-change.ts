import type { Runtime } from '../evaluate/runtime.ts'
import type { Span } from '../syntax/template.ts'
import type { Arguments, Value } from '../values/value.ts'
import { expressionPiece } from './trace-output.ts'
import { type Piece, slicePieces, type TracedText } from './traced-text.ts'
import { hold, tracedValue, untraced } from './tracer.ts'

/** A filter or method that was applied to a value. */
export interface Change {
  readonly name: string
  readonly value: Value
  /** What is known of `value`. */
  readonly before: TracedText | null
  readonly args: Arguments
  readonly result: Value
  /** Where it stands: the place of what it adds. */
  readonly span: Span
}

/** Notes what is known of the result of a filter or method: texts that it only cuts, moves or joins stay what they were. */
export function traceChange(runtime: Runtime, change: Change): void {
  const tracer = runtime.tracer!
  const { name, value, before, args, result } = change
  const given = tracer.arguments.get(args)
  if (typeof value !== 'string') {
    // What a list or a dict gives back was held when it was put there.
    tracer.last = name === 'join' ? joined(runtime, change, value, args.positional[0] ?? '') : null
    for (const one of given?.positional ?? []) hold(tracer, one)
    for (const one of given?.keyword.values() ?? []) hold(tracer, one)
    return
  }
  tracer.last = null
  if (typeof result !== 'string') return
  const known = [before, ...(given?.positional ?? []), ...(given?.keyword.values() ?? [])]
  tracer.last =
    known.find((one) => one?.text === result) ??
    (name === 'join' ? joined(runtime, change, args.positional[0] ?? null, value) : null) ??
    (before?.pieces == null ? null : changed(runtime, change, before.text, before.pieces)) ??
    untraced(result)
}

/** Parts whose place is not known were made where `span` says. */
export function concatenated(
  runtime: Runtime,
  parts: readonly { readonly text: string; readonly traced: TracedText | null; readonly span: Span }[],
): TracedText {
  const pieces = parts.flatMap(({ text, traced, span }) =>
    text === '' ? [] : (traced?.pieces ?? [expressionPiece(runtime, span, text.length)]),
  )
  return { text: parts.map(({ text }) => text).join(''), pieces }
}

function changed(
  runtime: Runtime,
  { name, args, result, span }: Change,
  text: string,
  pieces: readonly Piece[],
): TracedText | null {
  const made = result as string
  const cut = (from: number, to: number) => slicePieces(pieces, from, to)
  const added = (length: number) => (length > 0 ? [expressionPiece(runtime, span, length)] : [])
  const rebuilt = (parts: readonly Piece[]): TracedText | null => {
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    return length === made.length ? { text: made, pieces: parts } : null
  }
  switch (name) {
    case 'trim':
    case 'strip':
    case 'lstrip':
    case 'rstrip': {
      const from = text.indexOf(made)
      return from < 0 ? null : rebuilt(cut(from, from + made.length))
    }
    case 'indent': {
      const lines = made.split('\n')
      let from = 0
      const parts = (text.match(/.*(?:\r\n|\r|\n)|.+$/g) ?? []).flatMap((row, index) => {
        const ending = /[\r\n]*$/.exec(row)![0].length
        const content = row.length - ending
        const start = from
        from += row.length
        return [
          ...added((lines[index]?.length ?? 0) - content),
          ...cut(start, start + content + Math.min(1, ending)),
        ]
      })
      return rebuilt(parts)
    }
    case 'replace': {
      const [old, replacement] = args.positional
      if (typeof old !== 'string' || typeof replacement !== 'string' || old === '') return null
      let from = 0
      const parts = text.split(old).flatMap((part, index) => {
        const start = from
        from += part.length + old.length
        return [...(index === 0 ? [] : added(replacement.length)), ...cut(start, start + part.length)]
      })
      return text.replaceAll(old, replacement) === made ? rebuilt(parts) : null
    }
    default:
      return null
  }
}

/** Of a list of texts. */
function joined(
  runtime: Runtime,
  { result, args, before, span }: Change,
  list: Value,
  separator: Value,
): TracedText | null {
  const items = Array.isArray(list)
    ? list
    : typeof list === 'object' && list?.kind === 'tuple'
      ? list.items
      : null
  const tracer = runtime.tracer!
  if (items === null || typeof separator !== 'string' || typeof result !== 'string') return untraced(result)
  const given = [before, tracer.arguments.get(args)?.positional[0]].find((one) => one?.text === separator)
  tracer.last = null
  const parts = items.flatMap((item, index) => {
    const own = {
      text: typeof item === 'object' ? '' : String(item),
      traced: tracedValue(tracer, item),
      span,
    }
    return index === 0 ? [own] : [{ text: separator, traced: given ?? null, span }, own]
  })
  const whole = concatenated(runtime, parts)
  return whole.text === result ? whole : untraced(result)
}
