import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { JsonObject, PreviousState } from '@strata/compiler'
import { artifactId, artifactStatus, ConfigurationError, type Database, type Target } from '@strata/core'
import { type RecordedStep, readKnownRelations, readLastRun } from '@strata/runner'
import { type ResolvedTarget, resolveTarget } from './configuration/resolve-target.ts'
import { connectDatabase } from './database-connection.ts'
import type { SelectionOptions } from './invocation.ts'
import type { Workspace } from './workspace.ts'

/**
 * The earlier state that a selection compares with: what `--state` names; without it the last run of the target, where a
 * selector asks how that ended. Throws `ConfigurationError`.
 */
export async function readPreviousState(
  workspace: Workspace,
  options: SelectionOptions,
): Promise<PreviousState | undefined> {
  const { directory } = workspace
  const name = stateTarget(options)
  if (name !== null) return readDatabaseState(workspace, name)
  if (options.state !== undefined) return readFolder(directory, resolve(directory, options.state))
  if (!asksForResults(workspace, options)) return undefined
  const statuses = await withDatabase(workspace, workspace, readStatuses)
  return { ...noArtifacts, ...(statuses === null ? {} : { statuses }) }
}

/** The target that `--state db:…` names; null: it names none. */
export function stateTarget({ state }: SelectionOptions): string | null {
  return state?.startsWith('db:') ? state.slice('db:'.length) || 'default' : null
}

/** Another target of the project, as this one's environment has it. Throws `ConfigurationError`. */
export function otherTarget({ project, environment }: Workspace, name: string): ResolvedTarget {
  return resolveTarget(project, name, environment, undefined)
}

/** Works on the database of a target, on connections of their own. */
export async function withDatabase<T>(
  workspace: Workspace,
  resolved: ResolvedTarget,
  work: (database: Database, target: Target) => Promise<T>,
): Promise<T> {
  const connection = await connectDatabase({ ...resolved, directory: workspace.directory })
  try {
    return await work(connection.database, resolved.target)
  } finally {
    await connection.close()
  }
}

export function readManifest(workspace: Workspace, state: string): JsonObject | null {
  return readArtifact(join(resolve(workspace.directory, state), 'manifest.json'))
}

async function readDatabaseState(workspace: Workspace, name: string): Promise<PreviousState> {
  const resolved = otherTarget(workspace, name)
  const { graph } =
    resolved.target.prefix === workspace.target.prefix && name === workspace.target.name
      ? workspace.compilation
      : workspace.compileAgain({ target: resolved })
  const { target } = resolved
  return withDatabase(workspace, resolved, async (database) => {
    const relations = await readKnownRelations(database, target)
    if (relations.size === 0) throw nothingBuilt(name)
    const statuses = await readStatuses(database, target)
    return {
      ...noArtifacts,
      database: { target, graph, relations },
      ...(statuses === null ? {} : { statuses }),
    }
  })
}

const noArtifacts = { manifest: null, runResults: null, sources: null, currentSources: null }

/** Null: there has been no run. */
async function readStatuses(database: Database, target: Target): Promise<ReadonlyMap<string, string> | null> {
  const last = await readLastRun(database, target)
  return last === null ? null : new Map(last.steps.map((step) => [artifactId(step.id), statusOf(step)]))
}

/** In the words of artifacts, and of a killed run. */
function statusOf({ kind, status, counts }: RecordedStep): string {
  return status === 'interrupted' || status === 'running'
    ? 'interrupted'
    : artifactStatus({ kind, status, counts })
}

function asksForResults({ compilation }: Workspace, options: SelectionOptions): boolean {
  const words = [...(options.select ?? []), ...(options.exclude ?? [])]
  if (words.some((word) => /\bresult:/.test(word))) return true
  const usesSelectors =
    options.selector !== undefined || words.length === 0 || words.some((word) => /\bselector:/.test(word))
  return usesSelectors && /"result"|\bresult:/.test(JSON.stringify(compilation.selectors))
}

function readFolder(directory: string, folder: string): PreviousState {
  return {
    manifest: readArtifact(join(folder, 'manifest.json')),
    runResults: readArtifact(join(folder, 'run_results.json')),
    sources: readArtifact(join(folder, 'sources.json')),
    currentSources: readArtifact(join(directory, 'target', 'sources.json')),
  }
}

export function readArtifact(path: string): JsonObject | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  try {
    return JSON.parse(text) as JsonObject
  } catch (cause) {
    throw new ConfigurationError({
      code: 'BAD_ARTIFACT',
      message: `${path} is no JSON: ${(cause as Error).message}`,
      hint: 'Let --state name a folder with the artifacts of a finished run.',
      cause,
    })
  }
}

function nothingBuilt(name: string): ConfigurationError {
  return new ConfigurationError({
    code: 'NO_STATE',
    message: `nothing that the target "${name}" built is known in its database`,
    hint: `Build it first, with models run --target ${name}, or name another target.`,
  })
}
