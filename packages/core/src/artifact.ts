import type { DataTestNode, Graph, ModelNode, Node, SourceNode } from './node.ts'
import type { RunResult, StepResult } from './result.ts'

export interface ArtifactMetadata {
  readonly generatedAt: string
  readonly invocationId: string
  readonly strataVersion: string
}

type JsonObject = { readonly [key: string]: unknown }

/** `target/manifest.json` in the shape of dbt's manifest v12, with `jobs` of our own beside it. */
export function toManifest(graph: Graph, metadata: ArtifactMetadata): JsonObject {
  const of = <K extends Node['kind']>(kind: K) =>
    graph.nodes.filter((node): node is Extract<Node, { kind: K }> => node.kind === kind)
  const named = (nodes: readonly Node[]): [string, Node][] => nodes.map((node) => [artifactId(node.id), node])
  const built = [...of('model').map(modelEntry), ...of('data_test').map(testEntry)]
  const children = new Map<string, string[]>(named(graph.nodes).map(([id]) => [id, []]))
  for (const node of graph.nodes)
    for (const parent of node.parents) children.get(artifactId(parent))?.push(artifactId(node.id))
  return {
    metadata: {
      dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json',
      dbt_version: '1.12.3',
      generated_at: metadata.generatedAt,
      invocation_id: metadata.invocationId,
      project_name: graph.projectName,
      adapter_type: 'postgres',
      generator: `strata ${metadata.strataVersion}`,
    },
    nodes: Object.fromEntries(built.map((entry) => [entry['unique_id'], entry])),
    sources: Object.fromEntries(
      of('source')
        .map(sourceEntry)
        .map((entry) => [entry['unique_id'], entry]),
    ),
    jobs: Object.fromEntries(of('job').map((node) => [node.id, { unique_id: node.id, ...node.job }])),
    macros: {},
    docs: {},
    exposures: {},
    metrics: {},
    groups: {},
    selectors: {},
    disabled: {},
    parent_map: Object.fromEntries(
      named(graph.nodes).map(([id, node]) => [id, node.parents.map(artifactId)]),
    ),
    child_map: Object.fromEntries(children),
    group_map: {},
    saved_queries: {},
    semantic_models: {},
    unit_tests: {},
  }
}

/** `target/run_results.json` in the shape of dbt's run results v6. */
export function toRunResults(result: RunResult, graph: Graph, metadata: ArtifactMetadata): JsonObject {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  return {
    metadata: {
      dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json',
      dbt_version: '1.12.3',
      generated_at: metadata.generatedAt,
      invocation_id: metadata.invocationId,
      generator: `strata ${metadata.strataVersion}`,
    },
    results: result.results.map((step) => resultEntry(step, byId.get(step.id))),
    elapsed_time: (Date.parse(result.finishedAt) - Date.parse(result.startedAt)) / 1000,
    args: { which: result.command, target: result.target },
  }
}

function resultEntry(step: StepResult, node: Node | undefined): JsonObject {
  const compiled =
    node !== undefined && (node.kind === 'model' || node.kind === 'data_test') ? node.select.full : null
  return {
    unique_id: artifactId(step.id),
    status: artifactStatus(step),
    timing:
      step.startedAt === null
        ? []
        : [{ name: 'execute', started_at: step.startedAt, completed_at: step.finishedAt }],
    thread_id: 'main',
    execution_time: step.milliseconds / 1000,
    adapter_response: { rows_affected: step.counts.rows ?? step.counts.fetched ?? null, counts: step.counts },
    message: step.failure?.message ?? step.message,
    failures: step.counts.failures ?? null,
    compiled: compiled !== null,
    compiled_code: compiled,
    relation_name:
      node !== undefined && node.kind === 'model'
        ? `"${node.relation.schema}"."${node.relation.name}"`
        : null,
    strata: {
      action: step.action,
      code: step.failure?.code ?? null,
      because: step.because,
      stale_because: step.staleBecause,
    },
  }
}

/** dbt's words: a test passes, fails or warns; anything else succeeds, errs or is skipped. */
function artifactStatus(step: StepResult): string {
  if (step.status === 'skipped' || step.status === 'cancelled') return 'skipped'
  if (step.kind !== 'data_test') return step.status === 'failed' ? 'error' : 'success'
  if (step.status === 'success') return 'pass'
  if (step.status === 'warned') return 'warn'
  return step.counts.failures === undefined ? 'error' : 'fail'
}

/** dbt calls a data test `test.…`. */
function artifactId(id: string): string {
  return id.replace(/^data_test\./, 'test.')
}

function common(node: ModelNode | DataTestNode | SourceNode): JsonObject {
  return {
    unique_id: artifactId(node.id),
    name: node.kind === 'model' ? node.name : node.fqn.at(-1),
    resource_type: node.kind === 'data_test' ? 'test' : node.kind,
    package_name: node.packageName,
    path: node.location.file,
    original_file_path: node.location.file,
    fqn: node.fqn,
    description: node.description,
    tags: node.tags,
    meta: node.meta,
  }
}

function columnsOf(node: ModelNode | SourceNode): JsonObject {
  return Object.fromEntries(
    node.columns.map((column) => [
      column.name,
      {
        name: column.name,
        description: column.description,
        data_type: column.dataType,
        meta: column.meta,
        tags: column.tags,
      },
    ]),
  )
}

function dependsOn(node: Node): JsonObject {
  return { macros: [], nodes: node.parents.map(artifactId) }
}

function modelEntry(node: ModelNode): JsonObject {
  return {
    ...common(node),
    database: '',
    schema: node.relation.schema,
    alias: node.relation.name,
    relation_name: `"${node.relation.schema}"."${node.relation.name}"`,
    language: 'sql',
    raw_code: node.rawCode,
    compiled: true,
    compiled_code: node.select.full,
    config: { ...node.config, unique_key: node.config.uniqueKey },
    columns: columnsOf(node),
    depends_on: dependsOn(node),
  }
}

function testEntry(node: DataTestNode): JsonObject {
  return {
    ...common(node),
    database: '',
    schema: '',
    alias: node.name,
    language: 'sql',
    raw_code: node.rawCode,
    compiled: true,
    compiled_code: node.select.full,
    config: { severity: node.severity },
    attached_node: node.attachedTo,
    column_name: node.column,
    depends_on: dependsOn(node),
  }
}

function sourceEntry(node: SourceNode): JsonObject {
  return {
    ...common(node),
    database: '',
    schema: node.relation.schema,
    identifier: node.relation.name,
    relation_name: `"${node.relation.schema}"."${node.relation.name}"`,
    source_name: node.sourceName,
    loader: '',
    columns: columnsOf(node),
    config: { enabled: true },
  }
}
