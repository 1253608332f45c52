import { once } from '../once.ts'
import { hostFunction, hostObject, type TemplateContext, type Value } from '../template/index.ts'
import { contextValue } from './context-value.ts'
import { brokenMacro, builtinPackage, type Macros } from './macros.ts'
import { renderArgument, renderVariable } from './nested-templates.ts'
import { functionsOfDbt, type NodeContextServices, nodeContext } from './node-context.ts'
import { overriddenValue } from './overridden-value.ts'
import type { RenderScope } from './render-scope.ts'

/**
 * What users wrote comes before what Strata has, so that a project may put its own `ref` in the place of ours; the names of
 * one render come before those of the package, and the namespaces of packages last.
 */
export function templateContext(
  scope: RenderScope,
  base: ReadonlyMap<string, Value>,
  macros: Macros,
  services: NodeContextServices,
): TemplateContext {
  const { packageName, names } = scope
  const own = nodeContext(scope, services)
  const made = new Map<string, Value>()
  const overriding = new Set<string>()
  const added = new Map<string, Value>()
  const context: TemplateContext = {
    get(name) {
      if (name === 'context') {
        services.recorder.readVolatile()
        return contextValue(context, added)
      }
      if (name === 'render') return renderFunction
      if (name === 'var') return variable()
      if (scope.overrides !== undefined && !overriding.has(name)) {
        const overridden = overriddenValue(name, scope.overrides, (known) => {
          overriding.add(known)
          try {
            return context.get(known)
          } finally {
            overriding.delete(known)
          }
        })
        if (overridden !== undefined) return overridden
      }
      const given = names?.get(name)
      if (given !== undefined) return given
      const known = made.get(name)
      if (known !== undefined) return known
      const macro = macros.find(packageName, name)
      if (macro !== undefined) return macro
      const factory = own.get(name)
      if (factory !== undefined) {
        const value = factory()
        made.set(name, value)
        return value
      }
      if (name === builtinPackage || name === 'dbt_postgres') return builtinNamespace(own, macros)
      if (volatileNames.has(name)) services.recorder.readVolatile()
      const found =
        base.get(name) ?? macros.findBuiltin(name) ?? macros.namespace(name) ?? macros.findAnywhere(name)
      if (found === undefined && macros.isBroken(packageName, name)) throw brokenMacro(name)
      return found
    },
    keys: () => [...(names?.keys() ?? []), ...own.keys(), ...base.keys(), ...macros.names(packageName)],
  }
  const variable = once(() =>
    services.variable(
      packageName,
      (text) => renderVariable(text, context, services.file),
      scope.overrides?.vars,
    ),
  )
  const renderFunction = hostFunction('render', (args) => renderArgument(args, context))
  return context
}

/** What is another one in every compile. */
const volatileNames = new Set(['run_started_at', 'invocation_id', 'thread_id'])

/** `dbt`: Strata's own macros, and what are macros in dbt and functions here. */
function builtinNamespace(own: ReadonlyMap<string, () => Value>, macros: Macros): Value {
  return hostObject({
    type: 'package dbt',
    attribute: (name) =>
      functionsOfDbt.includes(name) ? own.get(name)?.() : macros.findIn(builtinPackage, name),
    names: () => [...functionsOfDbt, ...macros.names(builtinPackage)],
  })
}
