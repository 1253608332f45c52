import { suggest } from '../suggest.ts'
import { TemplateError, typeError } from '../template-error.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { isFloat, isInteger } from '../values/number.ts'
import { typeName } from '../values/type-name.ts'
import type { Arguments, Value } from '../values/value.ts'

/**
 * The arguments of a built-in function in the order of `names`; undefined for those not given, which only those after
 * the first `required` may be.
 */
export function bind(
  args: Arguments,
  what: string,
  names: readonly string[],
  required = 0,
): (Value | undefined)[] {
  const bound: (Value | undefined)[] = [...args.positional]
  if (bound.length > names.length) {
    throw new TemplateError(
      names.length === 0
        ? `${what} takes no arguments`
        : `${what} takes at most ${names.length} argument${names.length === 1 ? '' : 's'}, got ${bound.length}`,
      { code: 'TEMPLATE_ARGUMENTS' },
    )
  }
  for (const [name, value] of args.keyword) {
    const index = names.indexOf(name)
    if (index === -1) {
      throw new TemplateError(`${what} takes no argument named "${name}"`, {
        code: 'TEMPLATE_ARGUMENTS',
        hint: suggest(name, names),
      })
    }
    if (bound[index] !== undefined) {
      throw new TemplateError(`${what} got two values for "${name}"`, { code: 'TEMPLATE_ARGUMENTS' })
    }
    bound[index] = value
  }
  for (let index = 0; index < required; index++) {
    if (bound[index] === undefined) {
      throw new TemplateError(`${what} needs its argument "${names[index]}"`, { code: 'TEMPLATE_ARGUMENTS' })
    }
  }
  return bound
}

export function asText(value: Value | undefined, fallback: string): string {
  if (value === undefined) return fallback
  if (typeof value === 'string') return value
  throw refusal('text', value)
}

export function asInteger(value: Value | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (isInteger(value)) return Number(value)
  if (isFloat(value) && Number.isInteger(value.value)) return value.value
  throw refusal('an integer', value)
}

function refusal(wanted: string, value: Value): TemplateError {
  if (isUndefined(value)) {
    return value.fault()
  }
  return typeError(`${wanted} is needed here, not ${typeName(value)}`)
}
