import { maxCallDepth } from '../limits.ts'
import type { ForStatement, Statement, Target } from '../syntax/template.ts'
import { TemplateError } from '../template-error.ts'
import { iterate } from '../values/iterate.ts'
import { truthy } from '../values/truthy.ts'
import type { Scope, Value } from '../values/value.ts'
import { evaluate, place } from './evaluate.ts'
import { type Completion, createOutput, type Output } from './execute.ts'
import { createCursor } from './loop-cursor.ts'
import { charge, type Runtime } from './runtime.ts'
import { innerScope } from './scope.ts'

type Execute = (
  statements: readonly Statement[],
  scope: Scope,
  runtime: Runtime,
  output: Output,
) => Completion
type Assign = (target: Target, value: Value, scope: Scope, runtime: Runtime) => void

/** A `for` statement: each round has a scope of its own, so that a `set` inside does not last. */
export function runLoop(
  statement: ForStatement,
  scope: Scope,
  runtime: Runtime,
  output: Output,
  execute: Execute,
  assign: Assign,
): Completion {
  const run = (iterable: Value, depth: number, into: Output): void => {
    place(runtime, statement.iterable)
    const items = iterate(iterable)
    const { condition } = statement
    const accepts =
      condition === null
        ? null
        : (item: Value): boolean => {
            const trial = innerScope(scope)
            assign(statement.target, item, trial, runtime)
            return truthy(evaluate(condition, trial, runtime))
          }
    const recurse = statement.recursive ? (children: Value) => runInside(children, depth) : null
    const cursor = createCursor(runtime, items, accepts, depth, recurse)
    let rounds = 0
    for (let item = cursor.next(); item !== undefined; item = cursor.next()) {
      rounds++
      charge(runtime, 1)
      const inner = innerScope(scope)
      inner.variables.set('loop', cursor.loop)
      if (runtime.tracer !== null) runtime.tracer.last = null
      assign(statement.target, item, inner, runtime)
      if (execute(statement.body, inner, runtime, into) === 'break') return
    }
    if (rounds === 0) execute(statement.otherwise, innerScope(scope), runtime, into)
  }

  const runInside = (children: Value, depth: number): Value => {
    if (runtime.frames.length >= maxCallDepth) {
      throw new TemplateError(`a recursive loop that goes deeper than ${maxCallDepth} levels`, {
        code: 'TEMPLATE_RECURSION',
      })
    }
    runtime.frames.push({ name: 'loop', source: runtime.source, at: runtime.at, end: runtime.end })
    const into = createOutput(runtime)
    run(children, depth + 1, into)
    runtime.frames.pop()
    if (runtime.tracer !== null) runtime.tracer.last = into
    return into.text
  }

  run(evaluate(statement.iterable, scope, runtime), 1, output)
  return 'done'
}
