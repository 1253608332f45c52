import type { Runtime } from '../evaluate/runtime.ts'
import type { BinaryExpression, ConstantExpression, Expression } from '../syntax/template.ts'
import type { Scope, Value } from '../values/value.ts'
import { concatenated } from './trace-change.ts'
import { constantPiece } from './trace-output.ts'
import type { TracedText } from './traced-text.ts'
import { type Tracer, tracedValue, untraced } from './tracer.ts'

export function traceConstant(runtime: Runtime, node: ConstantExpression): void {
  const { value } = node
  if (typeof value === 'string')
    runtime.tracer!.last = { text: value, pieces: [constantPiece(runtime, node, value)] }
}

export function traceName(tracer: Tracer, scope: Scope, name: string): void {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    if (!at.variables.has(name)) continue
    tracer.last = tracer.variables.get(at.variables)?.get(name) ?? null
    return
  }
  tracer.last = null
}

/** `ends`: where each part ends in the text. */
export function traceConcat(
  runtime: Runtime,
  nodes: readonly Expression[],
  text: string,
  ends: readonly number[],
  known: readonly (TracedText | null)[],
): void {
  const parts = nodes.map((span, index) => ({
    text: text.slice(ends[index - 1] ?? 0, ends[index]),
    traced: known[index] ?? null,
    span,
  }))
  runtime.tracer!.last = concatenated(runtime, parts)
}

/** `left + right` of two texts; what else operators make of texts comes from the whole expression. */
export function traceSum(
  runtime: Runtime,
  node: BinaryExpression,
  left: Value,
  before: TracedText | null,
  right: Value,
  result: Value,
): void {
  const tracer = runtime.tracer!
  if (typeof left !== 'string' || typeof right !== 'string' || node.operator !== '+') {
    tracer.last = untraced(result)
    return
  }
  tracer.last = concatenated(runtime, [
    { text: left, traced: before, span: node.left },
    { text: right, traced: tracedValue(tracer, right), span: node.right },
  ])
}
