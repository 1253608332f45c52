import { type JsonObject, readsOf } from '@strata/compiler'
import {
  ConfigurationError,
  type Database,
  type Graph,
  type Node,
  type NodeId,
  type RelationName,
} from '@strata/core'
import { readKnownRelations, relationsThere } from '@strata/runner'
import type { SelectionOptions } from './invocation.ts'
import { otherTarget, readManifest, stateTarget, withDatabase } from './previous-state.ts'
import type { Workspace } from './workspace.ts'

/**
 * The workspace in which references to what is neither selected nor built in this target lead to where the deferred state
 * has it; as it is without `--defer`. Throws `ConfigurationError`.
 */
export async function deferReferences(
  workspace: Workspace,
  nodes: readonly Node[],
  options: SelectionOptions,
): Promise<Workspace> {
  if (options.defer !== true) return workspace
  const { state } = options
  if (state === undefined) throw withoutState()
  const { graph } = workspace.compilation
  const wanted = readsOf(graph, nodes)
  if (wanted.length === 0) return workspace
  const missing =
    options.favorState === true
      ? wanted
      : await withDatabase(workspace, workspace, (database) => notThere(database, wanted))
  if (missing.length === 0) return workspace
  const places = await deferredPlaces(workspace, options)
  const deferred = new Map(
    missing.flatMap(({ id }): [NodeId, RelationName][] => {
      const place = places.get(id)
      return place === undefined ? [] : [[id, place]]
    }),
  )
  return deferred.size === 0 ? workspace : { ...workspace, compilation: workspace.compileAgain({ deferred }) }
}

/** The nodes of another graph of the same project. */
export function sameNodes(graph: Graph, nodes: readonly Node[]): readonly Node[] {
  const ids = new Set(nodes.map((node) => node.id))
  return graph.nodes.filter((node) => ids.has(node.id))
}

type Wanted = ReturnType<typeof readsOf>[number]

async function notThere(database: Database, wanted: readonly Wanted[]): Promise<readonly Wanted[]> {
  const there = await relationsThere(
    database,
    wanted.map(({ relation }) => relation),
  )
  return wanted.filter((_, index) => there[index] !== true)
}

async function deferredPlaces(
  workspace: Workspace,
  options: SelectionOptions,
): Promise<ReadonlyMap<NodeId, RelationName>> {
  const name = stateTarget(options)
  if (name === null) return placesInManifest(workspace, options.state!)
  const other = otherTarget(workspace, name)
  if (other.databaseUrl !== workspace.databaseUrl) throw otherDatabase(`the target "${name}"`)
  const known = await withDatabase(workspace, other, readKnownRelations)
  return new Map([...known].map(([id, { relation }]) => [id, relation]))
}

function placesInManifest(workspace: Workspace, state: string): ReadonlyMap<NodeId, RelationName> {
  const manifest = readManifest(workspace, state)
  if (manifest === null) throw noManifest(state)
  const own = workspace.target.database
  return new Map(
    Object.entries(manifest['nodes'] as JsonObject).flatMap(([id, value]): [NodeId, RelationName][] => {
      const {
        relation_name: whole,
        database,
        schema,
        alias,
        name,
      } = value as { readonly [key: string]: string | null }
      if (typeof whole !== 'string' || whole === '') return []
      if (database && own !== '' && database !== own)
        throw otherDatabase(`${state}, where ${id} is in "${database}",`)
      return [[id, { schema: schema ?? '', name: alias ?? name ?? '' }]]
    }),
  )
}

function withoutState(): ConfigurationError {
  return new ConfigurationError({
    code: 'NO_STATE',
    message: '--defer needs a state to defer to',
    hint: 'Name a target, --state db:default, or a folder with a manifest.json: --state path/to/target.',
  })
}

function noManifest(state: string): ConfigurationError {
  return new ConfigurationError({
    code: 'NO_STATE',
    message: `there is no manifest.json in ${state}`,
    hint: 'Let --state name a folder with the artifacts of an earlier run, or a target: --state db:default.',
  })
}

function otherDatabase(what: string): ConfigurationError {
  return new ConfigurationError({
    code: 'OTHER_DATABASE',
    message: `${what} is not in the database of this target, and a query cannot reach from one into the other`,
    hint: 'Defer to a target in the same database.',
  })
}
