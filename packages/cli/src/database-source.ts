import { ConfigurationError, type Connector, type DatabaseConnector, type Instance } from '@strata/core'
import { describeMissing, missingSettings, resolveInstances } from './configuration/resolve-instances.ts'
import type { Workspace } from './workspace.ts'

/** A database that a source names, whether or not there are jobs yet. */
export interface DatabaseSource {
  readonly connector: DatabaseConnector
  readonly instance: Instance
}

/** `wanted`: name or id of the instance; the first by default. Throws `ConfigurationError`. */
export function databaseSource(
  workspace: Workspace,
  source: string,
  wanted: string | undefined,
): DatabaseSource {
  const connector = connectorOf(workspace, source)
  const declared =
    wanted === undefined
      ? connector.instances[0]
      : connector.instances.find(({ id, name }) => name === wanted || String(id) === wanted)
  if (declared === undefined)
    throw new ConfigurationError({
      code: 'UNKNOWN_INSTANCE',
      message: `${source} has no instance "${wanted}"`,
      hint: `The instances are ${connector.instances.map(({ name }) => name).join(', ')}.`,
    })
  const alone = { ...connector, instances: [declared] }
  const [missing] = missingSettings(alone, workspace.environment)
  const [instance] = resolveInstances(alone, workspace.environment, workspace.directory) ?? []
  if (instance !== undefined) return { connector, instance }
  throw new ConfigurationError({
    code: 'SOURCE_NOT_CONFIGURED',
    message: `${source} has no address: ${missing === undefined ? 'its variables are not set' : describeMissing(missing)}`,
    hint: 'Set them in the environment or in .env.',
  })
}

function connectorOf({ compilation }: Workspace, source: string): DatabaseConnector {
  const { connectors = [] } = compilation.graph
  const connector = connectors.find((one) => one.source === source)
  if (connector !== undefined && isDatabase(connector)) return connector
  if (connector !== undefined)
    throw new ConfigurationError({
      code: 'NOT_A_DATABASE',
      message: `${source} is read by ${connector.kind}, and only a database has a catalog to look at`,
      hint: `Its connector would be of kind mysql or postgres; \`models source probe ${source}\` asks an API.`,
    })
  const databases = connectors.filter(isDatabase).map((one) => one.source)
  throw new ConfigurationError({
    code: 'UNKNOWN_SOURCE',
    message: `no source "${source}" has a connector`,
    hint:
      databases.length > 0
        ? `There is ${databases.join(', ')}.`
        : 'Declare it first, with its connector and without tables: docs/relational-sources.md.',
  })
}

function isDatabase(connector: Connector): connector is DatabaseConnector {
  return connector.kind === 'mysql' || connector.kind === 'postgres'
}
