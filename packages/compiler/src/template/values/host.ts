import type { HostFunction, HostObject, Value } from './value.ts'

/** A function that templates can call. What it throws as `TemplateError` becomes a diagnostic at the call. */
export function hostFunction(name: string, call: HostFunction['call']): HostFunction {
  return { kind: 'function', name, call }
}

export interface HostObjectDefinition {
  /** Shown in error messages: `relation`. */
  readonly type: string
  /** Exactly what templates can reach by `.name`. Methods are host functions. */
  readonly attributes?: { readonly [name: string]: Value }
  /** Further attributes that are made when asked for; `names` lists them for near misses. */
  readonly attribute?: (name: string) => Value | undefined
  readonly names?: () => Iterable<string>
  /** What it prints. Without it, `<type>`. */
  readonly text?: () => string
  /** `object[key]`, where there is no attribute of that name. */
  readonly item?: (key: Value) => Value | undefined
  readonly iterate?: () => readonly Value[]
  readonly call?: HostFunction['call']
  readonly truthy?: () => boolean
  readonly identity?: string
  /** `object is mapping` */
  readonly mapping?: boolean
  /** How it shows inside of a list, where that is not its text. */
  readonly repr?: () => string
  readonly format?: (specification: string) => string
  readonly operate?: NonNullable<HostObject['operate']>
  readonly order?: NonNullable<HostObject['order']>
}

/** An object with explicit attributes and an explicit text; nothing else of it can be reached. */
export function hostObject(definition: HostObjectDefinition): HostObject {
  const attributes = new Map(Object.entries(definition.attributes ?? {}))
  const { attribute, names } = definition
  return {
    kind: 'object',
    type: definition.type,
    attribute: (name) => (attributes.has(name) ? attributes.get(name) : attribute?.(name)),
    names: () => [...attributes.keys(), ...(names?.() ?? [])],
    text: definition.text ?? null,
    item: definition.item ?? null,
    iterate: definition.iterate ?? null,
    call: definition.call ?? null,
    truthy: definition.truthy ?? null,
    identity: definition.identity ?? null,
    mapping: definition.mapping ?? false,
    repr: definition.repr ?? null,
    format: definition.format ?? null,
    operate: definition.operate ?? null,
    order: definition.order ?? null,
  }
}
