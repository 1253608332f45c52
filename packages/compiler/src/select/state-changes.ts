import { ConfigurationError, type Graph } from '@strata/core'
import { once } from '../once.ts'
import { compareManifests, type ManifestComparison } from './compare-manifests.ts'
import { compareWithDatabase } from './compare-with-database.ts'
import { asObject, type JsonObject, type PreviousState } from './previous-state.ts'

/** What changed since an earlier run. Each is read when a selector asks, and throws `ConfigurationError` where its artifact is missing. */
export interface StateChanges {
  manifest(): ManifestComparison
  /** The status of each node in the earlier run, by artifact id. */
  statuses(): ReadonlyMap<string, string>
  /** The artifact ids of sources that have newer rows than in the earlier state. */
  fresherSources(): ReadonlySet<string>
  /** How fresh each source was found then, by artifact id. */
  sourceStatuses(): ReadonlyMap<string, string>
}

export function stateChanges(graph: Graph, previous: PreviousState | undefined): StateChanges {
  const manifest = once(() =>
    previous?.database !== undefined
      ? compareWithDatabase(previous.database)
      : compareManifests(graph, required(previous?.manifest, 'state', 'manifest.json of an earlier run')),
  )
  const statuses = once(() => {
    if (previous?.statuses !== undefined) return previous.statuses
    const results = required(previous?.runResults, 'result', 'run_results.json of an earlier run')
    return new Map(
      resultsOf(results).map((result) => [String(result['unique_id']), String(result['status'])]),
    )
  })
  const fresherSources = once(() => {
    const before = loadedAt(
      required(previous?.sources, 'source_status', 'sources.json of an earlier `source freshness`'),
    )
    if (!previous?.currentSources) {
      throw new ConfigurationError({
        code: 'NO_STATE',
        message: 'source_status: compares with the freshness of now, and that has not been measured',
        hint: 'Run `models source freshness` first; it writes target/sources.json.',
      })
    }
    const now = loadedAt(previous.currentSources)
    return new Set([...now].filter(([id, time]) => time > (before.get(id) ?? -1)).map(([id]) => id))
  })
  const sourceStatuses = once(() => {
    const measured = required(
      previous?.sources,
      'source_status',
      'sources.json of an earlier `source freshness`',
    )
    return new Map(
      resultsOf(measured).map((result) => [String(result['unique_id']), String(result['status'])]),
    )
  })
  return { manifest, statuses, fresherSources, sourceStatuses }
}

function required(artifact: JsonObject | null | undefined, method: string, what: string): JsonObject {
  if (artifact !== null && artifact !== undefined) return artifact
  throw new ConfigurationError({
    code: 'NO_STATE',
    message: `${method}: needs the ${what}, and there is none`,
    hint: 'Give the folder with the artifacts to compare with, --state path/to/target, or a target, --state db:default.',
  })
}

function resultsOf(artifact: JsonObject): readonly JsonObject[] {
  const results = artifact['results']
  return Array.isArray(results) ? results.map(asObject).filter((result) => result !== null) : []
}

/** Milliseconds of the newest row of each source. A source that could not be measured is left out. */
function loadedAt(artifact: JsonObject): ReadonlyMap<string, number> {
  const times = resultsOf(artifact).map(
    (result) => [String(result['unique_id']), Date.parse(String(result['max_loaded_at']))] as const,
  )
  return new Map(times.filter(([, time]) => !Number.isNaN(time)))
}
