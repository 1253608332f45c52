import type { AgeLimit, FreshnessCriteria, FreshnessResult } from '../freshness.ts'
import { type ArtifactMetadata, type ArtifactObject, artifactHead } from './artifact-metadata.ts'

/** `target/sources.json` in the shape of dbt's sources v3. */
export function toSources(
  results: readonly FreshnessResult[],
  metadata: ArtifactMetadata,
  elapsedSeconds: number,
): ArtifactObject {
  return {
    metadata: artifactHead('sources', metadata),
    results: results.map(entry),
    elapsed_time: elapsedSeconds,
  }
}

function entry(result: FreshnessResult): ArtifactObject {
  const { id, status, criteria, maxLoadedAt, measuredAt, ageSeconds, startedAt, finishedAt, error } = result
  if (error !== null) return { unique_id: id, error: error.message, status: 'runtime error' }
  return {
    unique_id: id,
    max_loaded_at: maxLoadedAt,
    snapshotted_at: measuredAt,
    max_loaded_at_time_ago_in_s: ageSeconds,
    status,
    criteria: criteriaEntry(criteria),
    adapter_response: {},
    timing: [
      { name: 'compile', started_at: startedAt, completed_at: startedAt },
      { name: 'execute', started_at: startedAt, completed_at: finishedAt },
    ],
    thread_id: 'main',
    execution_time: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000,
  }
}

function criteriaEntry({ warnAfter, errorAfter, filter }: FreshnessCriteria): ArtifactObject {
  const limit = (age: AgeLimit | null) => ({ count: age?.count ?? null, period: age?.period ?? null })
  return { warn_after: limit(warnAfter), error_after: limit(errorAfter), filter }
}
