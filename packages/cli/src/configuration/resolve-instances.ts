import { ConfigurationError, type Connector, type Instance, registerSecret, type Setting } from '@strata/core'
import type { Environment } from './environment.ts'

/** The instances of a source, or null where nothing is configured and the simulator may stand in. */
export function resolveInstances(connector: Connector, environment: Environment): readonly Instance[] | null {
  const missing: string[] = []
  const read = (setting: Setting): string => {
    if ('value' in setting) return setting.value
    const value = environment[setting.env]
    if (value === undefined || value === '') missing.push(setting.env)
    return value ?? ''
  }
  const instances = connector.instances.map((declared): Instance => {
    const secret = read(declared.secret)
    registerSecret(secret)
    return {
      id: declared.id,
      name: declared.name,
      baseUrl: read(declared.baseUrl).replace(/\/+$/, ''),
      secret,
      simulated: false,
    }
  })
  if (missing.length === 0) return instances

  const variables = connector.instances.flatMap((declared) =>
    [declared.baseUrl, declared.secret].flatMap((setting) => ('env' in setting ? [setting.env] : [])),
  )
  if (missing.length === variables.length) return null
  throw new ConfigurationError({
    code: 'SOURCE_NOT_CONFIGURED',
    message: `${connector.source} is configured in part: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
    hint: 'Set every variable that its connector: block names, in the environment or in .env.',
  })
}

/** What to say where a source is neither configured nor may be simulated. */
export function notConfigured(connector: Connector): ConfigurationError {
  const variables = connector.instances.flatMap((declared) =>
    [declared.baseUrl, declared.secret].flatMap((setting) => ('env' in setting ? [setting.env] : [])),
  )
  return new ConfigurationError({
    code: 'SOURCE_NOT_CONFIGURED',
    message: `${connector.source} has no address and key`,
    hint:
      `Set ${variables.join(', ')}; or land made-up data with --simulate ${connector.source}; or build from what has ` +
      'already landed with --no-extract.',
  })
}
