import { type HostArguments, hostFunction, TemplateError, type Value } from '../template/index.ts'
import type { AdapterHost } from './adapter-host.ts'
import { bindArguments } from './bind-arguments.ts'

/** A method of `adapter`: what it takes, what it does, and what it gives while nothing may be asked. */
export interface AdapterMethod {
  readonly parameters: readonly string[]
  /** How many of them must be given. Default: all. */
  readonly required?: number
  /** The stand-in while `execute` is false; left out: the method asks nothing and works all the same. */
  readonly standIn?: () => Value
  call(host: AdapterHost, given: readonly (Value | undefined)[], args: HostArguments): Value
}

export type AdapterMethods = { readonly [name: string]: AdapterMethod }

export function methodValue(host: AdapterHost, name: string, method: AdapterMethod): Value {
  const { parameters, required = parameters.length } = method
  return hostFunction(name, (args) => {
    if (!host.execute && method.standIn !== undefined) return method.standIn()
    return method.call(host, bindArguments(args, `adapter.${name}`, parameters, required), args)
  })
}

/** A method that has nothing to do here. */
export function noEffect(result: Value = null): AdapterMethods[string] {
  return { parameters: ['first', 'second', 'third'], required: 0, call: () => result }
}

/** A method of dbt's adapter that Strata does not have, and what is to be done instead. */
export function unsupported(name: string, hint: string): AdapterMethods[string] {
  return {
    parameters: [],
    standIn: () => null,
    call() {
      throw new TemplateError(`adapter.${name}() is not supported`, { code: 'TEMPLATE_UNSUPPORTED', hint })
    },
  }
}
