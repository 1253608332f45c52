import type { Output } from '../evaluate/execute.ts'
import type { Runtime } from '../evaluate/runtime.ts'
import { locate } from '../syntax/locate.ts'
import type { ConstantExpression, Span, TextStatement } from '../syntax/template.ts'
import type { Value } from '../values/value.ts'
import type { Piece, Place, Via } from './traced-text.ts'
import { tracedValue } from './tracer.ts'

/** Notes where a text of the template itself stands. */
export function traceText(runtime: Runtime, pieces: Piece[], { text, at, end }: TextStatement): void {
  const { source } = runtime
  const via = callsAround(runtime)
  if (source.text.startsWith(text, at)) {
    pieces.push({ length: text.length, place: { source, at, end, exact: true, via } })
    return
  }
  // Other line endings have become line feeds.
  let from = at
  for (const line of text.match(/[^\n]*\n|[^\n]+/g) ?? []) {
    pieces.push({ length: line.length, place: { source, at: from, end, exact: true, via } })
    from += line.length
    if (line.endsWith('\n') && source.text.startsWith('\r\n', from - 1)) from++
  }
}

/** Notes where what an expression printed was written: where the text itself stands, or else where the expression does. */
export function tracePrinted(
  runtime: Runtime,
  output: Output,
  expression: Span,
  value: Value,
  printed: string,
): void {
  const { pieces } = output
  if (pieces === null || printed === '') return
  const known = value === printed ? tracedValue(runtime.tracer!, value) : null
  const own = expressionPiece(runtime, expression, printed.length)
  if (known?.pieces == null) {
    pieces.push(own)
    return
  }
  for (const { length, place } of known.pieces)
    pieces.push({ length, place: place === null ? own.place : printedAt(runtime, expression, place) })
}

/** Text that an expression made. */
export function expressionPiece(runtime: Runtime, { at, end }: Span, length: number): Piece {
  const { source } = runtime
  return { length, place: { source, at, end, exact: false, via: callsAround(runtime) } }
}

/** A text in quotes, which stands where it is written unless something in it is escaped. */
export function constantPiece(runtime: Runtime, { at, end }: ConstantExpression, text: string): Piece {
  const { source } = runtime
  if (end - at !== text.length + 2 || !source.text.startsWith(text, at + 1))
    return expressionPiece(runtime, { at, end }, text.length)
  const place = { source, at: at + 1, end: end - 1, exact: true, via: callsAround(runtime) }
  return { length: text.length, place }
}

/** The calls that are being made, innermost first. */
function callsAround(runtime: Runtime): Via | null {
  const { frames, tracer } = runtime
  let via: Via | null = null
  for (const frame of frames) {
    const known = tracer!.calls.get(frame)
    if (known === undefined) {
      const { name, source, at, end } = frame
      const span = { source, at, end }
      via = {
        message: `in ${name}, called here`,
        location: () => locate(source, at, end),
        span,
        next: via,
      }
      tracer!.calls.set(frame, via)
    } else via = known
  }
  return via
}

/** What was written elsewhere came here by a variable or an argument. */
function printedAt(runtime: Runtime, expression: Span, place: Place): Place {
  if (isWithin(runtime, expression, place)) return place
  for (let one = place.via; one !== null; one = one.next)
    if (one.span !== null && isWithin(runtime, expression, one.span)) return place
  const { source } = runtime
  const { at, end } = expression
  const here: Via = {
    message: 'printed here',
    location: () => locate(source, at, end),
    span: { source, at, end },
    next: callsAround(runtime),
  }
  return { ...place, via: withLast(place.via, here) }
}

function isWithin(
  { source }: Runtime,
  { at, end }: Span,
  inner: Span & { readonly source: Runtime['source'] },
): boolean {
  return inner.source === source && inner.at >= at && inner.at < end
}

function withLast(via: Via | null, last: Via): Via {
  return via === null ? last : { ...via, next: withLast(via.next, last) }
}
