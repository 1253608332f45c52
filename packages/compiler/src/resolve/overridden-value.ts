import type { Json } from '@strata/core'
import { fromJson, type HostObject, hostFunction, hostObject, type Value } from '../template/index.ts'
import { builtinPackage } from './macros.ts'
import type { ScopeOverrides } from './render-scope.ts'

type Usual = (name: string) => Value | undefined

/** What a name means where something of it is overridden; undefined: what it always means. */
export function overriddenValue(name: string, overrides: ScopeOverrides, usual: Usual): Value | undefined {
  const { macros, values, environment } = overrides
  const value = values.get(name)
  if (value !== undefined) return value
  const macro = macroOverride(name, macros)
  if (macro !== undefined) return isCallable(usual(name)) ? returning(name, macro) : fromJson(macro)
  if (name === 'env_var' && Object.keys(environment).length > 0) return environmentValue(environment, usual)
  return namespaceValue(name, macros, usual)
}

/** In dbt a macro of its own is overridden under its name and under `dbt.`. */
function macroOverride(name: string, macros: ScopeOverrides['macros']): Json | undefined {
  if (Object.hasOwn(macros, name)) return macros[name]
  const own = `${builtinPackage}.${name}`
  return Object.hasOwn(macros, own) ? macros[own] : undefined
}

function returning(name: string, value: Json): Value {
  return hostFunction(name, () => fromJson(value))
}

/** A package, of which some macros are overridden. */
function namespaceValue(name: string, macros: ScopeOverrides['macros'], usual: Usual): Value | undefined {
  const prefix = `${name}.`
  const own = Object.keys(macros).filter((key) => key.startsWith(prefix))
  if (own.length === 0 && name !== builtinPackage) return undefined
  const namespace = usual(name)
  const known = isObject(namespace) ? namespace : null
  const find = (key: string): Value | undefined => {
    const usually = known?.attribute(key)
    if (Object.hasOwn(macros, prefix + key)) return returning(key, macros[prefix + key]!)
    const isOverridden = name === builtinPackage && usually !== undefined && Object.hasOwn(macros, key)
    return isOverridden ? returning(key, macros[key]!) : usually
  }
  return hostObject({
    type: `package ${name}`,
    mapping: true,
    attribute: find,
    item: (key) => (typeof key === 'string' ? find(key) : undefined),
    names: () => [...(known?.names() ?? []), ...own.map((key) => key.slice(prefix.length))],
  })
}

function environmentValue(environment: ScopeOverrides['environment'], usual: Usual): Value {
  return hostFunction('env_var', (args) => {
    const name = args.positional[0] ?? args.keyword.get('name') ?? args.keyword.get('var')
    if (typeof name === 'string' && Object.hasOwn(environment, name)) return fromJson(environment[name]!)
    return args.call(usual('env_var')!, args.positional, args.keyword)
  })
}

/** What is not known is a macro that only the test has. */
function isCallable(value: Value | undefined): boolean {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return (
    value.kind === 'macro' || value.kind === 'function' || (value.kind === 'object' && value.call !== null)
  )
}

function isObject(value: Value | undefined): value is HostObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'object'
}
