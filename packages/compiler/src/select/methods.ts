import { ConfigurationError } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { changeMethods } from './change-methods.ts'
import type { Method } from './method.ts'
import { nameMethods } from './name-methods.ts'
import { propertyMethods } from './property-methods.ts'
import type { Criterion } from './selection-tree.ts'

const methods: { readonly [method: string]: Method } = {
  ...nameMethods,
  ...propertyMethods,
  ...changeMethods,
}

/** The method of a criterion; `selector:` is none of them. Throws `ConfigurationError` for an unknown one. */
export function methodOf(criterion: Criterion): Method {
  const { method: name, argument, value } = criterion
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (method === undefined) {
    const names = [...Object.keys(methods), 'selector']
    throw new ConfigurationError({
      code: 'UNKNOWN_SELECTOR_METHOD',
      message: `there is no selector method "${name}:"`,
      hint: didYouMean(name, names) ?? `The methods are ${names.join(', ')}.`,
    })
  }
  if (argument !== '' && method.takesArgument !== true) {
    throw new ConfigurationError({
      code: 'UNKNOWN_SELECTOR_METHOD',
      message: `there is no selector method "${name}.${argument}:"`,
      hint: `Write ${name}:${name === 'state' ? `${argument}, or ${value}.${argument}` : value} after the word alone.`,
    })
  }
  return method
}
