import { globals } from '../globals/globals.ts'
import { suggest } from '../suggest.ts'
import type { Scope, TemplateContext, Value } from '../values/value.ts'
import { type Runtime, undefinedValue } from './runtime.ts'

export function rootScope(context: TemplateContext): Scope {
  return { variables: new Map(), parent: null, context }
}

export function innerScope(parent: Scope): Scope {
  return { variables: new Map(), parent, context: parent.context }
}

/** A name: of the blocks around, then of the context, then of every template. */
export function lookup(runtime: Runtime, scope: Scope, name: string): Value {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const value = at.variables.get(name)
    if (value !== undefined) return value
  }
  const value = scope.context.get(name)
  if (value !== undefined) return value
  const builtIn = globals.get(name)
  if (builtIn !== undefined) return builtIn
  return undefinedValue(
    runtime,
    `'${name}' is undefined`,
    () =>
      suggest(name, namesInSight(scope)) ??
      `Set it before ({% set ${name} = … %}), or write var('${name}') for a variable of the project.`,
  )
}

function namesInSight(scope: Scope): string[] {
  const names: string[] = []
  for (let at: Scope | null = scope; at !== null; at = at.parent) names.push(...at.variables.keys())
  return [...names, ...scope.context.keys(), ...globals.keys()]
}
