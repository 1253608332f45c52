import type { Value } from './value.ts'

/** The value, or what `otherwise` makes where there is none. Unlike `??`, it keeps a None. */
export function given(value: Value | undefined, otherwise: () => Value): Value {
  return value === undefined ? otherwise() : value
}
