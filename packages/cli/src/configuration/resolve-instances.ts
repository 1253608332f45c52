import { ConfigurationError, type Connector, type Instance, registerSecret, type Setting } from '@strata/core'
import type { Environment } from './environment.ts'

/** Not worth hiding. */
const publicCredentials = new Set(['username', 'client_id'])

/** The instances of a source, or null where nothing is configured and the simulator may stand in. */
export function resolveInstances(connector: Connector, environment: Environment): readonly Instance[] | null {
  const missing: string[] = []
  const read = (setting: Setting): string => {
    if ('value' in setting) return setting.value
    const value = environment[setting.env]
    if (value === undefined || value === '') missing.push(setting.env)
    return value ?? ''
  }
  const readAll = (settings: { readonly [name: string]: Setting }) =>
    Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, read(setting)]))
  const instances = connector.instances.map((declared): Instance => {
    const credentials = readAll(declared.credentials)
    for (const [name, value] of Object.entries(credentials))
      if (!publicCredentials.has(name)) registerSecret(value)
    return {
      id: declared.id,
      name: declared.name,
      baseUrl: read(declared.baseUrl).replace(/\/+$/, ''),
      credentials,
      parameters: readAll(declared.parameters),
      simulated: false,
    }
  })
  if (missing.length === 0) return instances

  const variables = variablesOf(connector)
  if (missing.length === variables.length) return null
  throw new ConfigurationError({
    code: 'SOURCE_NOT_CONFIGURED',
    message: `${connector.source} is configured in part: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
    hint: 'Set every variable that its connector: block names, in the environment or in .env.',
  })
}

/** What to say where a source is neither configured nor may be simulated. */
export function notConfigured(connector: Connector): ConfigurationError {
  const variables = variablesOf(connector)
  return new ConfigurationError({
    code: 'SOURCE_NOT_CONFIGURED',
    message: `${connector.source} has no address and key`,
    hint:
      `Set ${variables.join(', ')}; or land made-up data with --simulate ${connector.source}; or build from what has ` +
      'already landed with --no-extract.',
  })
}

/** The environment variables that the instances read. */
function variablesOf(connector: Connector): readonly string[] {
  return connector.instances.flatMap(({ baseUrl, credentials, parameters }) =>
    [baseUrl, ...Object.values(credentials), ...Object.values(parameters)].flatMap((setting) =>
      'env' in setting ? [setting.env] : [],
    ),
  )
}
