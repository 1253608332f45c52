import { ConfigurationError } from '@strata/core'
import type { SimulatedInstance } from './start-simulator.ts'

interface CheckedOptions {
  readonly seed: number
  readonly scale: number
  readonly port: number
  readonly instances: readonly SimulatedInstance[]
  readonly collections: { readonly [path: string]: unknown }
}

/** Throws `ConfigurationError` for options that do not fit. */
export function checkOptions({ seed, scale, port, instances, collections }: CheckedOptions): void {
  if (!Number.isSafeInteger(seed)) throw invalid(`The simulator's seed is ${seed}.`, 'Give a whole number.')
  if (!(scale > 0 && scale <= 100_000)) {
    throw invalid(
      `The simulator's scale is ${scale}.`,
      'Give a number above 0 and up to 100000; 1 is a thousand patients.',
    )
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalid(
      `The simulator's port is ${port}.`,
      'Give a whole number from 0 to 65535; 0 takes any that is free.',
    )
  }
  for (const path of Object.keys(collections)) {
    if (/^\/[^?#\s]+$/.test(path)) continue
    throw invalid(
      `A collection is to be served at ${JSON.stringify(path)}.`,
      'Give a path below the instance, such as "/api/v1/things/odata".',
    )
  }
  for (const { name } of instances) {
    if (!/^[a-z][a-z0-9-]*$/.test(name)) {
      throw invalid(
        `A simulated instance is named ${JSON.stringify(name)}.`,
        'Use lower-case letters, digits and "-".',
      )
    }
  }
  const ids = new Set(instances.map((instance) => instance.id))
  const names = new Set(instances.map((instance) => instance.name))
  if (instances.length === 0 || ids.size < instances.length || names.size < instances.length) {
    throw invalid('The simulated instances are none, or share an id or a name.', 'Give each its own.')
  }
}

function invalid(message: string, hint: string): ConfigurationError {
  return new ConfigurationError({ code: 'SIMULATOR_OPTION_INVALID', message, hint })
}
