import { checkTextLength } from '../limits.ts'
import { pairsOf } from '../methods/dict-methods.ts'
import { arithmetic, negate } from '../operations/arithmetic.ts'
import { slice } from '../operations/subscript.ts'
import type {
  CallArguments,
  CallExpression,
  CompareExpression,
  CompareOperator,
  Expression,
} from '../syntax/template.ts'
import { typeError } from '../template-error.ts'
import { traceChange } from '../trace/trace-change.ts'
import { traceConcat, traceConstant, traceName, traceSum } from '../trace/trace-expression.ts'
import type { TracedText } from '../trace/traced-text.ts'
import { hold, noteArguments, type TracedArguments, tracedValue } from '../trace/tracer.ts'
import { dict, tuple } from '../values/collections.ts'
import { contains } from '../values/contains.ts'
import { equals } from '../values/equals.ts'
import { given } from '../values/given.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { iterate } from '../values/iterate.ts'
import { isNumber } from '../values/number.ts'
import { order } from '../values/order.ts'
import { print } from '../values/print.ts'
import { truthy } from '../values/truthy.ts'
import { typeName } from '../values/type-name.ts'
import type { Arguments, Scope, Value } from '../values/value.ts'
import { methodOf } from './attribute-of.ts'
import {
  charge,
  chargeSize,
  noArguments,
  noKeywords,
  type Runtime,
  silentUndefined,
  undefinedValue,
} from './runtime.ts'
import { lookup } from './scope.ts'

/** The value of an expression. Throws `TemplateError`; `runtime` then knows the place. */
export function evaluate(node: Expression, scope: Scope, runtime: Runtime): Value {
  if (++runtime.steps > runtime.stepLimit) charge(runtime, 0)
  switch (node.kind) {
    case 'constant':
      if (runtime.tracer !== null) traceConstant(runtime, node)
      return node.value
    case 'name':
      runtime.at = node.at
      runtime.end = node.end
      if (runtime.tracer !== null) traceName(runtime.tracer, scope, node.name)
      return lookup(runtime, scope, node.name)
    case 'call':
      return evaluateCall(node, scope, runtime)
    case 'attribute': {
      const target = evaluate(node.target, scope, runtime)
      runtime.at = node.nameAt
      runtime.end = node.end
      if (runtime.tracer !== null) runtime.tracer.last = null
      return runtime.attribute(target, node.name)
    }
    case 'subscript': {
      const target = evaluate(node.target, scope, runtime)
      const index = evaluate(node.index, scope, runtime)
      runtime.at = node.index.at
      runtime.end = node.index.end
      if (runtime.tracer !== null) runtime.tracer.last = null
      return runtime.subscript(target, index)
    }
    case 'slice': {
      const target = evaluate(node.target, scope, runtime)
      const [start, stop, step] = [node.start, node.stop, node.step].map((bound) =>
        bound === null ? null : evaluate(bound, scope, runtime),
      )
      place(runtime, node)
      if (isUndefined(target)) throw target.fault()
      if (runtime.tracer !== null) runtime.tracer.last = null
      return given(slice(target, start!, stop!, step!), () =>
        undefinedValue(runtime, `${typeName(target)} cannot be sliced`),
      )
    }
    case 'filter': {
      const value = evaluate(node.target!, scope, runtime)
      const before = runtime.tracer === null ? null : tracedValue(runtime.tracer, value)
      const args = evaluateArguments(node.arguments, scope, runtime)
      runtime.at = node.nameAt
      runtime.end = node.end
      const result = runtime.applyFilter(node.name, value, args)
      if (runtime.tracer !== null)
        traceChange(runtime, { name: node.name, value, before, args, result, span: node })
      return result
    }
    case 'test': {
      const value = evaluate(node.target, scope, runtime)
      const args = evaluateArguments(node.arguments, scope, runtime)
      runtime.at = node.nameAt
      runtime.end = node.end
      return runtime.applyTest(node.name, value, args) !== node.negated
    }
    case 'concat': {
      let text = ''
      const parts: (TracedText | null)[] = []
      const ends: number[] = []
      for (const part of node.parts) {
        const value = evaluate(part, scope, runtime)
        place(runtime, part)
        if (runtime.tracer !== null) parts.push(tracedValue(runtime.tracer, value))
        text += print(value)
        if (runtime.tracer !== null) ends.push(text.length)
      }
      checkTextLength(text.length)
      chargeSize(runtime, text)
      if (runtime.tracer !== null) traceConcat(runtime, node.parts, text, ends, parts)
      return text
    }
    case 'and': {
      const left = evaluate(node.left, scope, runtime)
      return truthy(left) ? evaluate(node.right, scope, runtime) : left
    }
    case 'or': {
      const left = evaluate(node.left, scope, runtime)
      return truthy(left) ? left : evaluate(node.right, scope, runtime)
    }
    case 'conditional':
      if (truthy(evaluate(node.test, scope, runtime))) return evaluate(node.whenTrue, scope, runtime)
      if (node.otherwise !== null) return evaluate(node.otherwise, scope, runtime)
      place(runtime, node)
      return silentUndefined(runtime, 'the condition of this "if" is false and there is no "else"')
    case 'compare':
      return evaluateCompare(node, scope, runtime)
    case 'unary': {
      const operand = evaluate(node.operand, scope, runtime)
      if (node.operator === 'not') return !truthy(operand)
      place(runtime, node)
      if (node.operator === '-') return negate(operand)
      if (isNumber(operand)) return operand
      throw typeError('"+" before a value works on numbers')
    }
    case 'binary': {
      const left = evaluate(node.left, scope, runtime)
      const before = runtime.tracer === null ? null : tracedValue(runtime.tracer, left)
      const right = evaluate(node.right, scope, runtime)
      runtime.at = node.operatorAt
      runtime.end = node.operatorAt + node.operator.length
      const result = arithmetic(node.operator, left, right)
      if (typeof result === 'object' || typeof result === 'string') chargeSize(runtime, result)
      if (runtime.tracer !== null) traceSum(runtime, node, left, before, right, result)
      return result
    }
    case 'list':
      return node.items.map((item) => evaluateHeld(item, scope, runtime))
    case 'tuple':
      return tuple(node.items.map((item) => evaluateHeld(item, scope, runtime)))
    case 'dict':
      return dict(
        node.pairs.map(({ key, value }): [Value, Value] => {
          const name = evaluateHeld(key, scope, runtime)
          const item = evaluateHeld(value, scope, runtime)
          place(runtime, key)
          return [name, item]
        }),
      )
  }
}

/** What becomes part of a list or a dict. */
function evaluateHeld(node: Expression, scope: Scope, runtime: Runtime): Value {
  const value = evaluate(node, scope, runtime)
  if (runtime.tracer !== null) hold(runtime.tracer, tracedValue(runtime.tracer, value))
  return value
}

export function place(runtime: Runtime, node: { readonly at: number; readonly end: number }): void {
  runtime.at = node.at
  runtime.end = node.end
}

function evaluateCall(node: CallExpression, scope: Scope, runtime: Runtime): Value {
  const { callee } = node
  if (callee.kind === 'attribute') {
    const target = evaluate(callee.target, scope, runtime)
    const method = methodOf(target, callee.name)
    if (method !== undefined) {
      const before = runtime.tracer === null ? null : tracedValue(runtime.tracer, target)
      const args = evaluateArguments(node.arguments, scope, runtime)
      runtime.at = callee.nameAt
      runtime.end = node.end
      const result = method(target, args, runtime)
      if (runtime.tracer !== null)
        traceChange(runtime, { name: callee.name, value: target, before, args, result, span: node })
      return result
    }
    runtime.at = callee.nameAt
    runtime.end = callee.end
    const value = runtime.attribute(target, callee.name)
    const args = evaluateArguments(node.arguments, scope, runtime)
    place(runtime, node)
    return runtime.call(value, args)
  }
  const value = evaluate(callee, scope, runtime)
  const args = evaluateArguments(node.arguments, scope, runtime)
  place(runtime, node)
  return runtime.call(value, args)
}

/** Evaluates the arguments of a call, `extra` (the `caller` of a call block) among the named ones. */
export function evaluateArguments(
  args: CallArguments,
  scope: Scope,
  runtime: Runtime,
  extra?: readonly [string, Value],
): Arguments {
  const { spread, spreadKeyword } = args
  if (args.positional.length === 0 && args.keyword.length === 0 && !spread && !spreadKeyword && !extra) {
    return noArguments
  }
  const { tracer } = runtime
  const traced: TracedArguments | null = tracer === null ? null : { positional: [], keyword: new Map() }
  const positional = args.positional.map((argument) => {
    const value = evaluate(argument, scope, runtime)
    if (traced !== null) traced.positional.push(tracedValue(tracer!, value))
    return value
  })
  if (spread !== null) {
    const items = evaluate(spread, scope, runtime)
    place(runtime, spread)
    positional.push(...iterate(items))
  }
  if (args.keyword.length === 0 && spreadKeyword === null && extra === undefined) {
    const evaluated = { positional, keyword: noKeywords }
    if (traced !== null) noteArguments(tracer!, evaluated, traced)
    return evaluated
  }
  const keyword = new Map<string, Value>()
  for (const argument of args.keyword) {
    const value = evaluate(argument.value, scope, runtime)
    keyword.set(argument.name, value)
    const known = traced === null ? null : tracedValue(tracer!, value)
    if (known !== null) traced!.keyword.set(argument.name, known)
  }
  if (spreadKeyword !== null) {
    const options = evaluate(spreadKeyword, scope, runtime)
    place(runtime, spreadKeyword)
    for (const [name, value] of pairsOf(options)) {
      if (typeof name !== 'string') throw typeError('the names of arguments after "**" are text')
      keyword.set(name, value)
    }
  }
  if (extra !== undefined) keyword.set(extra[0], extra[1])
  const evaluated = { positional, keyword }
  if (traced !== null) noteArguments(tracer!, evaluated, traced)
  return evaluated
}

function evaluateCompare(node: CompareExpression, scope: Scope, runtime: Runtime): Value {
  let left = evaluate(node.first, scope, runtime)
  for (const { operator, operatorAt, operand } of node.rest) {
    const right = evaluate(operand, scope, runtime)
    runtime.at = operatorAt
    runtime.end = operand.end
    chargeSize(runtime, left)
    if (operator === 'in' || operator === 'not in') chargeSize(runtime, right)
    if (!holds(operator, left, right)) return false
    left = right
  }
  return true
}

function holds(operator: CompareOperator, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return equals(left, right)
    case '!=':
      return !equals(left, right)
    case '<':
      return order(left, right) < 0
    case '<=':
      return order(left, right) <= 0
    case '>':
      return order(left, right) > 0
    case '>=':
      return order(left, right) >= 0
    case 'in':
      return contains(right, left)
    case 'not in':
      return !contains(right, left)
  }
}
