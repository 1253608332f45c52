import { dictMethods } from '../methods/dict-methods.ts'
import { listMethods, tupleMethods } from '../methods/list-methods.ts'
import type { Method } from '../methods/method.ts'
import { floatMethods, integerMethods, numberAttribute } from '../methods/number-methods.ts'
import { setMethods } from '../methods/set-methods.ts'
import { stringMethods } from '../methods/string-methods.ts'
import { itemOf } from '../operations/subscript.ts'
import { suggest } from '../suggest.ts'
import { TemplateError } from '../template-error.ts'
import { given } from '../values/given.ts'
import { isInteger, isNumber } from '../values/number.ts'
import { print } from '../values/print.ts'
import { typeName } from '../values/type-name.ts'
import type { Macro, Undefined, Value } from '../values/value.ts'
import { type Runtime, undefinedValue } from './runtime.ts'

const noMethods: ReadonlyMap<string, Method> = new Map()

/** The method of that name that values of this type have. */
export function methodOf(target: Value, name: string): Method | undefined {
  return methodsOf(target).get(name)
}

function methodsOf(target: Value): ReadonlyMap<string, Method> {
  if (typeof target === 'string') return stringMethods
  if (isInteger(target)) return integerMethods
  if (typeof target !== 'object' || target === null) return noMethods
  if (Array.isArray(target)) return listMethods
  switch (target.kind) {
    case 'dict':
      return dictMethods
    case 'tuple':
      return tupleMethods
    case 'set':
      return setMethods
    case 'float':
      return floatMethods
    default:
      return noMethods
  }
}

/** `target.name`: an attribute or method, or else the item under that name. */
export function attributeOf(runtime: Runtime, target: Value, name: string): Value {
  return given(findAttribute(runtime, target, name), () =>
    given(itemOf(target, name), () => missing(runtime, target, name)),
  )
}

/** `target[key]`: the item, or else the attribute or method of that name. */
export function subscriptOf(runtime: Runtime, target: Value, key: Value): Value {
  if (
    typeof target === 'object' &&
    target !== null &&
    !Array.isArray(target) &&
    target.kind === 'undefined'
  ) {
    throw target.fault()
  }
  const item = itemOf(target, key)
  if (item !== undefined) return item
  if (typeof key === 'string')
    return given(findAttribute(runtime, target, key), () => missing(runtime, target, key))
  return undefinedValue(runtime, `${typeName(target)} has no item ${print(key)}`)
}

function findAttribute(runtime: Runtime, target: Value, name: string): Value | undefined {
  const method = methodOf(target, name)
  if (method !== undefined) {
    return { kind: 'function', name, call: (args) => method(target, args, runtime) }
  }
  if (isNumber(target)) return numberAttribute(target, name)
  if (typeof target !== 'object' || target === null || Array.isArray(target)) return undefined
  switch (target.kind) {
    case 'object':
    case 'loop':
      return target.attribute(name)
    case 'namespace':
      return target.attributes.get(name)
    case 'undefined':
      throw missingHolder(target)
    case 'tuple':
      return target.names === undefined ? undefined : target.items[target.names.indexOf(name)]
    case 'macro':
      return macroAttribute(target, name)
    default:
      return undefined
  }
}

/** A name that is asked for an attribute may be that of a package. */
function missingHolder({ fault, message }: Undefined): TemplateError {
  const { code, hint, location, related } = fault()
  const name = /^'(\w+)' is undefined$/.exec(message)?.[1]
  if (name === undefined || hint?.startsWith('Did you mean')) return fault()
  return new TemplateError(message, {
    code,
    hint: `If ${name} is a package, install it with \`models deps\`; else set it before ({% set ${name} = … %}).`,
    location,
    related,
  })
}

function macroAttribute({ name: own, signature }: Macro, name: string): Value | undefined {
  switch (name) {
    case 'name':
      return own
    case 'arguments':
      return { kind: 'tuple', items: signature.parameters.map((parameter) => parameter.name) }
    case 'catch_varargs':
      return signature.usesVarargs
    case 'catch_kwargs':
      return signature.usesKwargs
    case 'caller':
      return signature.usesCaller
    default:
      return undefined
  }
}

function missing(runtime: Runtime, target: Value, name: string): Value {
  return undefinedValue(runtime, `${typeName(target)} has no attribute "${name}"`, () =>
    suggest(name, knownNames(target)),
  )
}

function knownNames(target: Value): Iterable<string> {
  const methods = [...methodsOf(target).keys()]
  if (typeof target !== 'object' || target === null || Array.isArray(target)) return methods
  switch (target.kind) {
    case 'dict':
      return [...methods, ...Array.from(target.entries.values(), ([key]) => print(key))]
    case 'object':
      return target.names()
    case 'namespace':
      return target.attributes.keys()
    case 'loop':
      return [
        'index',
        'index0',
        'first',
        'last',
        'length',
        'revindex',
        'revindex0',
        'previtem',
        'nextitem',
        'cycle',
      ]
    default:
      return methods
  }
}
