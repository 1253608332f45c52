import type { Graph } from '../graph.ts'
import type { Node } from '../node.ts'
import { quoteRelation } from '../relation.ts'
import { renderDifference } from '../render-difference.ts'
import type { RunResult, StepResult } from '../result.ts'
import { artifactId } from './artifact-id.ts'
import { type ArtifactMetadata, type ArtifactObject, artifactHead } from './artifact-metadata.ts'

/** `target/run_results.json` in the shape of dbt's run results v6. */
export function toRunResults(result: RunResult, graph: Graph, metadata: ArtifactMetadata): ArtifactObject {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  return {
    metadata: artifactHead('run-results', metadata, { strata_run_id: result.runId }),
    results: result.results.map((step) => resultEntry(step, byId.get(step.id))),
    elapsed_time: (Date.parse(result.finishedAt) - Date.parse(result.startedAt)) / 1000,
    args: { ...result.arguments, which: result.command, target: result.target },
  }
}

function resultEntry(step: StepResult, node: Node | undefined): ArtifactObject {
  const hasSql =
    node !== undefined &&
    (node.kind === 'model' || node.kind === 'snapshot' || node.kind === 'data_test') &&
    !node.late
  const compiled = hasSql ? node.select.full : null
  return {
    unique_id: artifactId(step.id),
    status: artifactStatus(step),
    timing: timingOf(step),
    thread_id: 'main',
    execution_time: step.milliseconds / 1000,
    // The one member that may hold anything: what else is known of a step stands here.
    adapter_response: {
      rows_affected: step.counts.rows ?? step.counts.fetched ?? null,
      counts: step.counts,
      action: step.action,
      error_code: step.failure?.code ?? null,
      because: step.because,
      stale_because: step.staleBecause,
    },
    message: messageOf(step),
    // dbt counts no failures of a test that passes, whatever rows it found.
    failures: artifactStatus(step) === 'pass' ? 0 : (step.counts.failures ?? null),
    batch_results: step.batches ?? null,
    compiled: compiled !== null,
    compiled_code: compiled,
    relation_name:
      node !== undefined && (node.kind === 'model' || node.kind === 'seed' || node.kind === 'snapshot')
        ? quoteRelation(node.relation)
        : null,
  }
}

/** With the rows that a unit test found to differ, as dbt has them there. */
function messageOf({ failure, message }: StepResult): string {
  const tables = (failure?.differences ?? []).map((one) => `\n\n${renderDifference(one).join('\n')}`)
  return [failure?.message ?? message, ...tables].join('')
}

/** dbt's words: a test passes, fails or warns; anything else succeeds, errs or is skipped. */
export function artifactStatus(step: Pick<StepResult, 'kind' | 'status' | 'counts' | 'batches'>): string {
  if (step.status === 'skipped' || step.status === 'cancelled') return 'skipped'
  if (step.kind !== 'data_test' && step.kind !== 'unit_test')
    return step.status !== 'failed'
      ? 'success'
      : step.batches?.successful.length
        ? 'partial success'
        : 'error'
  if (step.status === 'success') return 'pass'
  if (step.status === 'warned') return 'warn'
  return step.counts.failures === undefined ? 'error' : 'fail'
}

/** Hooks and tools look for both of dbt's stages. The SQL was finished before the step began. */
function timingOf({ startedAt, finishedAt }: StepResult): readonly ArtifactObject[] {
  if (startedAt === null) return []
  return [
    { name: 'compile', started_at: startedAt, completed_at: startedAt },
    { name: 'execute', started_at: startedAt, completed_at: finishedAt },
  ]
}
