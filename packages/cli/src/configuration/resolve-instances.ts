import { resolve as resolvePath } from 'node:path'
import {
  ConfigurationError,
  type Connector,
  type Instance,
  type InstanceDeclaration,
  isApi,
  registerSecret,
  type Setting,
} from '@strata/core'
import { splitDatabaseUrl } from './database-address.ts'
import type { Environment } from './environment.ts'

/** Not worth hiding. */
const publicCredentials = new Set(['username', 'client_id'])

/** What keeps an instance from being called. */
export interface MissingSettings {
  readonly instance: string
  /** Environment variables that are not set. */
  readonly variables: readonly string[]
}

/**
 * The instances of a source, or null where nothing is configured. `directory`: the project's folder. Throws `ConfigurationError` where a
 * part is configured, and where an address is none.
 */
export function resolveInstances(
  connector: Connector,
  environment: Environment,
  directory: string,
): readonly Instance[] | null {
  const missing = missingSettings(connector, environment)
  if (missing.length === 0)
    return connector.instances.map((declared) =>
      withAddress(connector, declared, resolve(declared, environment), directory),
    )
  if (isUntouched(connector, environment)) return null
  throw new ConfigurationError({
    code: 'SOURCE_NOT_CONFIGURED',
    message: `${connector.source} is configured in part: ${missing.map(describeMissing).join('; ')}`,
    hint: 'Set every variable that its connector: block names, in the environment or in .env.',
  })
}

/** Whether nobody has begun to configure the source: it reads variables, and none of them is set. */
export function isUntouched(connector: Connector, environment: Environment): boolean {
  const variables = variablesOf(connector)
  return variables.length > 0 && variables.every((name) => !isSet(environment, name))
}

/** The instances that cannot be called yet, and what each of them lacks. */
export function missingSettings(
  { instances }: Connector,
  environment: Environment,
): readonly MissingSettings[] {
  return instances.flatMap((declared) => {
    const variables = variablesOfInstance(declared).filter((name) => !isSet(environment, name))
    return variables.length === 0 ? [] : [{ instance: declared.name, variables }]
  })
}

/** `for south CC_SOUTH_URL and CC_SOUTH_API_KEY are not set` */
export function describeMissing({ instance, variables }: MissingSettings): string {
  return `for ${instance} ${variables.join(' and ')} ${variables.length === 1 ? 'is' : 'are'} not set`
}

/** What to say where sources are neither configured nor may be simulated. `building`: the command can do without them. */
export function notConfigured(
  connectors: readonly Connector[],
  simulatable: readonly string[],
  building: boolean,
): ConfigurationError {
  const names = connectors.map(({ source }) => source)
  const variables = connectors.map((connector) => {
    const of = connectors.length === 1 ? '' : ` for ${connector.source}`
    return `${variablesOf(connector).join(', ')}${of}`
  })
  const simulated = names.filter((name) => simulatable.includes(name)).map((name) => `--simulate ${name}`)
  const remedies = [
    `Set ${variables.join(', or ')}`,
    ...(simulated.length === 0 ? [] : [`land made-up data with ${simulated.join(' ')}`]),
    ...(building ? ['build from what has already landed with --no-extract'] : []),
  ]
  return new ConfigurationError({
    code: 'SOURCE_NOT_CONFIGURED',
    message: `${names.join(' and ')} ${names.length === 1 ? 'has' : 'have'} no ${connectors.every(isApi) ? 'address and key' : 'address, or no password'}`,
    hint: `${remedies.join('; or ')}.`,
  })
}

/** The environment variables that the instances read. */
export function variablesOf({ instances }: Connector): readonly string[] {
  return [...new Set(instances.flatMap(variablesOfInstance))]
}

function isSet(environment: Environment, name: string): boolean {
  return (environment[name] ?? '').trim() !== ''
}

function resolve(declared: InstanceDeclaration, environment: Environment): Instance {
  // A line break at the end of a secret comes from the file that it was read from.
  const read = (setting: Setting): string =>
    'value' in setting ? setting.value : (environment[setting.env] ?? '').trim()
  const readAll = (settings: { readonly [name: string]: Setting }) =>
    Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, read(setting)]))
  const credentials = readAll(declared.credentials)
  for (const [name, value] of Object.entries(credentials))
    if (!publicCredentials.has(name)) registerSecret(value)
  return {
    id: declared.id,
    name: declared.name,
    address: read(declared.address),
    credentials,
    parameters: readAll(declared.parameters),
    simulated: false,
  }
}

/** What the setting holds is made an address of the connector's kind. */
function withAddress(
  connector: Connector,
  declared: InstanceDeclaration,
  instance: Instance,
  directory: string,
): Instance {
  const place = `${connector.source} instance ${declared.name}${'env' in declared.address ? `, in ${declared.address.env}` : ''}`
  switch (connector.kind) {
    case 'mysql':
    case 'postgres': {
      const { address, password } = splitDatabaseUrl(connector.kind, instance.address, place)
      const credentials = { ...(password !== null && { password }), ...instance.credentials }
      return { ...instance, address, credentials }
    }
    case 'csv':
      return { ...instance, address: resolvePath(directory, instance.address) }
    default:
      return { ...instance, address: instance.address.replace(/\/+$/, '') }
  }
}

function variablesOfInstance({ address, credentials, parameters }: InstanceDeclaration): readonly string[] {
  return [address, ...Object.values(credentials), ...Object.values(parameters)].flatMap((setting) =>
    'env' in setting ? [setting.env] : [],
  )
}
