import { didYouMean } from '../project/near-misses.ts'
import {
  type Arguments,
  type HostObject,
  print,
  TemplateError,
  truthy,
  typeName,
  type Value,
} from '../template/index.ts'

/**
 * The arguments of a method in the order of `names`; undefined for those not given, which only those after the first
 * `required` may be. Throws `TemplateError` for any other.
 */
export function bindArguments(
  args: Arguments,
  caller: string,
  names: readonly string[],
  required = 0,
): readonly (Value | undefined)[] {
  const refuse = (message: string, hint?: string): never => {
    throw new TemplateError(message, { code: 'TEMPLATE_ARGUMENTS', hint })
  }
  if (args.positional.length > names.length) {
    refuse(`${caller}() takes at most ${names.length} arguments, got ${args.positional.length}`)
  }
  const bound: (Value | undefined)[] = [...args.positional]
  for (const [name, value] of args.keyword) {
    const index = names.indexOf(name)
    if (index === -1) refuse(`${caller}() takes no argument named "${name}"`, didYouMean(name, names))
    if (bound[index] !== undefined) refuse(`${caller}() got two values for "${name}"`)
    bound[index] = value
  }
  for (let index = 0; index < required; index++) {
    if (bound[index] === undefined) refuse(`${caller}() needs its argument "${names[index]}"`)
  }
  return bound
}

export function isObject(value: Value | undefined): value is HostObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'object'
}

export function isUndefined(value: Value | undefined): boolean {
  return (
    value === undefined ||
    (typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'undefined')
  )
}

/** A text, where None and undefined values stand for none. */
export function optionalText(value: Value | undefined): string | null {
  if (value === undefined || value === null || isUndefined(value)) return null
  return print(value)
}

/** A text that must be there. Throws `TemplateError`. */
export function requiredText(value: Value | undefined, caller: string, name: string): string {
  const text = optionalText(value)
  if (text !== null) return text
  throw new TemplateError(`${caller}() needs its argument "${name}" as a text, not ${typeOf(value)}`, {
    code: 'TEMPLATE_ARGUMENTS',
  })
}

/** Whether a flag is set; undefined where it was not given. */
export function optionalFlag(value: Value | undefined): boolean | undefined {
  return value === undefined || value === null || isUndefined(value) ? undefined : truthy(value)
}

export function typeOf(value: Value | undefined): string {
  return value === undefined ? 'nothing' : typeName(value)
}
