import { checkTextLength } from '../limits.ts'
import { unpack } from '../operations/subscript.ts'
import type { FilterExpression, Span, Statement, Target } from '../syntax/template.ts'
import { typeError } from '../template-error.ts'
import { traceChange } from '../trace/trace-change.ts'
import { tracePrinted, traceText } from '../trace/trace-output.ts'
import type { Piece } from '../trace/traced-text.ts'
import { hold, nameValue, tracedValue } from '../trace/tracer.ts'
import { print } from '../values/print.ts'
import { truthy } from '../values/truthy.ts'
import type { Macro, Scope, Value } from '../values/value.ts'
import { evaluate, evaluateArguments, place } from './evaluate.ts'
import { runLoop } from './run-loop.ts'
import { charge, type Runtime } from './runtime.ts'
import { innerScope, lookup } from './scope.ts'

/** Text as it grows. */
export interface Output {
  text: string
  /** Where it was written; null: nobody asks. */
  readonly pieces: Piece[] | null
}

export function createOutput(runtime: Runtime): Output {
  return { text: '', pieces: runtime.tracer === null ? null : [] }
}

/** How a list of statements ended; the loop around sees to `break` and `continue`. */
export type Completion = 'done' | 'break' | 'continue'

export function execute(
  statements: readonly Statement[],
  scope: Scope,
  runtime: Runtime,
  output: Output,
): Completion {
  for (const statement of statements) {
    const completion = executeOne(statement, scope, runtime, output)
    if (completion !== 'done') return completion
  }
  return 'done'
}

function executeOne(statement: Statement, scope: Scope, runtime: Runtime, output: Output): Completion {
  if (++runtime.steps > runtime.stepLimit) charge(runtime, 0)
  switch (statement.kind) {
    case 'text':
      output.text += statement.text
      if (output.pieces !== null) traceText(runtime, output.pieces, statement)
      return 'done'
    case 'output': {
      const value = evaluate(statement.expression, scope, runtime)
      place(runtime, statement.expression)
      write(value, statement.expression, runtime, output)
      return 'done'
    }
    case 'if':
      for (const branch of statement.branches) {
        if (truthy(evaluate(branch.test, scope, runtime))) return execute(branch.body, scope, runtime, output)
      }
      return execute(statement.otherwise, scope, runtime, output)
    case 'for':
      return runLoop(statement, scope, runtime, output, execute, assign)
    case 'set': {
      const value = evaluate(statement.value, scope, runtime)
      place(runtime, statement.target)
      assign(statement.target, value, scope, runtime)
      return 'done'
    }
    case 'set_block': {
      const inner = createOutput(runtime)
      const completion = execute(statement.body, innerScope(scope), runtime, inner)
      if (completion !== 'done') return completion
      const value = applyFilters(statement.filter, inner, scope, runtime)
      assign(statement.target, value, scope, runtime)
      return 'done'
    }
    case 'with': {
      const inner = innerScope(scope)
      for (const { target, value } of statement.bindings) {
        assign(target, evaluate(value, scope, runtime), inner, runtime)
      }
      return execute(statement.body, inner, runtime, output)
    }
    case 'block':
      if (statement.tag === 'macro') {
        const { name, tag, signature, body } = statement
        const macro: Macro = { kind: 'macro', name, tag, signature, body, source: runtime.source, scope }
        scope.variables.set(name, macro)
      }
      return 'done'
    case 'call_block': {
      const { signature, body } = statement
      const caller: Macro = {
        kind: 'macro',
        name: 'caller',
        tag: 'caller',
        signature,
        body,
        source: runtime.source,
        scope,
      }
      const callee = evaluate(statement.call.callee, scope, runtime)
      const args = evaluateArguments(statement.call.arguments, scope, runtime, ['caller', caller])
      place(runtime, statement.call)
      const value = runtime.call(callee, args)
      write(value, statement, runtime, output)
      return 'done'
    }
    case 'filter_block': {
      const inner = createOutput(runtime)
      const completion = execute(statement.body, innerScope(scope), runtime, inner)
      if (completion !== 'done') return completion
      const value = applyFilters(statement.filter, inner, scope, runtime)
      write(value, statement, runtime, output)
      return 'done'
    }
    case 'do':
      evaluate(statement.expression, scope, runtime)
      return 'done'
    case 'break':
    case 'continue':
      return statement.kind
  }
}

function write(value: Value, writtenBy: Span, runtime: Runtime, output: Output): void {
  const printed = print(value)
  output.text += printed
  if (output.pieces !== null) tracePrinted(runtime, output, writtenBy, value, printed)
  checkTextLength(output.text.length)
}

/** Gives names their values: one, an attribute of a namespace, or several at once. */
export function assign(target: Target, value: Value, scope: Scope, runtime: Runtime): void {
  switch (target.kind) {
    case 'name_target':
      scope.variables.set(target.name, value)
      if (runtime.tracer !== null)
        nameValue(runtime.tracer, scope.variables, target.name, tracedValue(runtime.tracer, value))
      return
    case 'tuple_target': {
      place(runtime, target)
      const items = unpack(value, target.items.length)
      target.items.forEach((item, index) => {
        assign(item, items[index]!, scope, runtime)
      })
      return
    }
    case 'attribute_target': {
      place(runtime, target)
      const traced = runtime.tracer === null ? null : tracedValue(runtime.tracer, value)
      const owner = lookup(runtime, scope, target.name)
      if (typeof owner === 'object' && owner !== null && !Array.isArray(owner)) {
        if (owner.kind === 'namespace') {
          owner.attributes.set(target.attribute, value)
          if (traced !== null) hold(runtime.tracer!, traced)
          return
        }
        if (owner.kind === 'undefined') throw owner.fault()
      }
      throw typeError(
        'only attributes of a namespace can be set',
        `Make it with \`{% set ${target.name} = namespace() %}\`; a dict changes with \`{% do ${target.name}.update({…}) %}\`.`,
      )
    }
  }
}

function applyFilters(
  filter: FilterExpression | null,
  output: Output,
  scope: Scope,
  runtime: Runtime,
): Value {
  const { tracer } = runtime
  if (filter === null) {
    if (tracer !== null) tracer.last = output
    return output.text
  }
  const target = filter.target as FilterExpression | null
  const value = applyFilters(target, output, scope, runtime)
  const before = tracer === null ? null : tracedValue(tracer, value)
  const args = evaluateArguments(filter.arguments, scope, runtime)
  place(runtime, filter)
  const result = runtime.applyFilter(filter.name, value, args)
  if (tracer !== null) traceChange(runtime, { name: filter.name, value, before, args, result, span: filter })
  return result
}
