import {
  ConfigurationError,
  type DatabaseConnector,
  databaseConnectorDefaults,
  type Instance,
  type Setting,
} from '@strata/core'
import { parse } from 'yaml'
import { describeMissing, missingSettings, resolveInstances } from './configuration/resolve-instances.ts'
import { jobsOf } from './selected-jobs.ts'
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

function connectorOf({ compilation, sources }: Workspace, source: string): DatabaseConnector {
  const jobs = jobsOf(compilation.graph.nodes)
  const connector =
    jobs.find(({ job }) => job.source === source)?.connector ?? withoutJobs(sources.properties, source)
  if (connector !== null && isDatabase(connector)) return connector
  if (connector !== null)
    throw new ConfigurationError({
      code: 'NOT_A_DATABASE',
      message: `${source} is read by ${connector.kind}, and only a database has a catalog to look at`,
      hint: `Its connector would be of kind mysql or postgres; \`models source probe ${source}\` asks an API.`,
    })
  const databases = jobs.flatMap(({ job, connector: of }) => (isDatabase(of) ? [job.source] : []))
  throw new ConfigurationError({
    code: 'UNKNOWN_SOURCE',
    message: `no source "${source}" has a connector`,
    hint:
      databases.length > 0
        ? `There is ${[...new Set(databases)].join(', ')}.`
        : 'Declare it first, with its connector and without tables: docs/relational-sources.md.',
  })
}

function isDatabase(connector: { readonly kind: string }): connector is DatabaseConnector {
  return connector.kind === 'mysql' || connector.kind === 'postgres'
}

interface DeclaredSource {
  readonly name?: string
  readonly connector?: {
    readonly kind: string
    readonly time_zone?: string | null
    readonly timeout?: number
    readonly concurrency?: number
    readonly instances: readonly {
      readonly id: number
      readonly name: string
      readonly url: string | { readonly env: string }
      readonly password?: { readonly env: string }
    }[]
  }
}

/**
 * The graph knows a connector by its jobs, and a source that is about to be analyzed has none: its block, which has passed the project's schema,
 * is read as it stands.
 */
function withoutJobs(
  files: Workspace['sources']['properties'],
  source: string,
): DatabaseConnector | { readonly kind: string } | null {
  for (const { text } of files) {
    if (!text.includes(source)) continue
    const { sources = [] } = (parse(text) ?? {}) as { readonly sources?: readonly DeclaredSource[] }
    const connector = (sources ?? []).find((one) => one.name === source)?.connector
    if (!connector) continue
    const { kind } = connector
    if (kind !== 'mysql' && kind !== 'postgres') return { kind }
    return {
      source,
      kind,
      timeZone: connector.time_zone ?? null,
      timeoutSeconds: connector.timeout ?? databaseConnectorDefaults.timeoutSeconds,
      concurrency: connector.concurrency ?? databaseConnectorDefaults.concurrency,
      instances: connector.instances.map(({ id, name, url, password }) => ({
        id,
        name,
        address: typeof url === 'string' ? { value: url } : url,
        credentials: (password === undefined ? {} : { password }) as { readonly [name: string]: Setting },
        parameters: {},
      })),
    }
  }
  return null
}
