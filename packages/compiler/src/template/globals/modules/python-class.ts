import { TemplateError } from '../../template-error.ts'
import { hostFunction, hostObject } from '../../values/host.ts'
import type { HostArguments, HostObject, Value } from '../../values/value.ts'

export interface ClassDefinition<T extends object> {
  /** `datetime.date` */
  readonly name: string
  readonly construct: (args: HostArguments) => Value
  readonly statics?: { readonly [name: string]: Value | ((args: HostArguments) => Value) }
  readonly fields?: { readonly [name: string]: (self: T) => Value }
  readonly methods?: { readonly [name: string]: (self: T, args: HostArguments) => Value }
  /** `instance[key]` */
  readonly item?: (self: T, key: Value) => Value | undefined
  /** Attributes that only some instances have. */
  readonly attribute?: (self: T, name: string) => Value | undefined
  readonly text: (self: T) => string
  readonly repr?: (self: T) => string
  readonly identity?: (self: T) => string
  readonly format?: (self: T, specification: string) => string
  readonly truthy?: (self: T) => boolean
  readonly operate?: (self: T, ...rest: Parameters<NonNullable<HostObject['operate']>>) => Value | undefined
  readonly order?: (self: T, other: Value) => number | undefined
}

/** A class of Python's library: a value that constructs, and what its instances can do. */
export interface PythonClass<T extends object> {
  readonly value: HostObject
  readonly create: (data: T) => HostObject
  /** What an instance was made of; undefined for any other value. */
  readonly read: (value: Value) => T | undefined
}

export function pythonClass<T extends object>(definition: ClassDefinition<T>): PythonClass<T> {
  const { name, construct, item, repr, identity, truthy, format, operate, order } = definition
  const methods = new Map(Object.entries(definition.methods ?? {}))
  const fields = new Map(Object.entries(definition.fields ?? {}))
  const statics = new Map(
    Object.entries(definition.statics ?? {}).map(([key, entry]): [string, () => Value] => [
      key,
      typeof entry === 'function' ? () => hostFunction(key, entry) : () => entry,
    ]),
  )
  const instances = new WeakMap<HostObject, T>()
  const read = (value: Value): T | undefined =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'object'
      ? instances.get(value)
      : undefined

  const create = (self: T): HostObject => {
    const made = hostObject({
      type: name,
      attribute(key) {
        const field = fields.get(key)
        if (field !== undefined) return field(self)
        const method = methods.get(key)
        if (method !== undefined) return hostFunction(key, (args) => method(self, args))
        return statics.get(key)?.() ?? definition.attribute?.(self, key)
      },
      names: () => [...fields.keys(), ...methods.keys(), ...statics.keys()],
      text: () => definition.text(self),
      ...(item === undefined ? {} : { item: (key: Value) => item(self, key) }),
      ...(repr === undefined ? {} : { repr: () => repr(self) }),
      ...(identity === undefined ? {} : { identity: identity(self) }),
      ...(truthy === undefined ? {} : { truthy: () => truthy(self) }),
      ...(format === undefined ? {} : { format: (specification: string) => format(self, specification) }),
      ...(operate === undefined ? {} : { operate: (...rest) => operate(self, ...rest) }),
      ...(order === undefined ? {} : { order: (other: Value) => order(self, other) }),
    })
    instances.set(made, self)
    return made
  }

  /** `datetime.strftime(moment, '%Y')`: a method asked of the class takes the instance first. */
  const unbound = (key: string): Value | undefined => {
    const method = methods.get(key)
    if (method === undefined) return undefined
    return hostFunction(key, (args) => {
      const [first, ...positional] = args.positional
      const self = first === undefined ? undefined : read(first)
      if (self === undefined) {
        throw new TemplateError(`${name}.${key}() needs a ${name} first`, { code: 'TEMPLATE_ARGUMENTS' })
      }
      return method(self, {
        positional,
        keyword: args.keyword,
        location: args.location,
        call: args.call,
        charge: args.charge,
      })
    })
  }

  const value = hostObject({
    type: 'class',
    attribute: (key) => statics.get(key)?.() ?? unbound(key),
    names: () => [...statics.keys(), ...methods.keys()],
    text: () => `<class '${name}'>`,
    call: construct,
  })
  return { value, create, read }
}
