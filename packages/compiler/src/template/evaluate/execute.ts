import { checkTextLength } from '../limits.ts'
import { unpack } from '../operations/subscript.ts'
import type { FilterExpression, Statement, Target } from '../syntax/template.ts'
import { typeError } from '../template-error.ts'
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
      return 'done'
    case 'output': {
      const value = evaluate(statement.expression, scope, runtime)
      place(runtime, statement.expression)
      output.text += print(value)
      checkTextLength(output.text.length)
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
      const inner: Output = { text: '' }
      const completion = execute(statement.body, innerScope(scope), runtime, inner)
      if (completion !== 'done') return completion
      const value = applyFilters(statement.filter, inner.text, scope, runtime)
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
      output.text += print(value)
      checkTextLength(output.text.length)
      return 'done'
    }
    case 'filter_block': {
      const inner: Output = { text: '' }
      const completion = execute(statement.body, innerScope(scope), runtime, inner)
      if (completion !== 'done') return completion
      output.text += print(applyFilters(statement.filter, inner.text, scope, runtime))
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

/** Gives names their values: one, an attribute of a namespace, or several at once. */
export function assign(target: Target, value: Value, scope: Scope, runtime: Runtime): void {
  switch (target.kind) {
    case 'name_target':
      scope.variables.set(target.name, value)
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
      const owner = lookup(runtime, scope, target.name)
      if (typeof owner === 'object' && owner !== null && !Array.isArray(owner)) {
        if (owner.kind === 'namespace') {
          owner.attributes.set(target.attribute, value)
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

function applyFilters(filter: FilterExpression | null, text: string, scope: Scope, runtime: Runtime): Value {
  if (filter === null) return text
  const target = filter.target as FilterExpression | null
  const value = applyFilters(target, text, scope, runtime)
  const args = evaluateArguments(filter.arguments, scope, runtime)
  place(runtime, filter)
  return runtime.applyFilter(filter.name, value, args)
}
