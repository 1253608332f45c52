import type { Json } from './json.ts'
import type {
  AnalysisNode,
  Column,
  DataTestNode,
  ExposureNode,
  Graph,
  ModelNode,
  Node,
  SeedNode,
  SnapshotNode,
  SourceNode,
  UnitTestNode,
} from './node.ts'
import { quoteRelation, type RelationName } from './relation.ts'
import type { RunResult, StepResult } from './result.ts'

export interface ArtifactMetadata {
  readonly generatedAt: string
  readonly invocationId: string
  readonly strataVersion: string
  /** Name of the database that relations stand in; empty where it is not known. */
  readonly database?: string
}

type JsonObject = { readonly [key: string]: unknown }

/** `target/manifest.json` in the shape of dbt's manifest v12, with `jobs` of our own beside it. */
export function toManifest(graph: Graph, metadata: ArtifactMetadata): JsonObject {
  const byKind = (...kinds: readonly Node['kind'][]) =>
    keyed(
      graph.nodes
        .filter((node) => kinds.includes(node.kind))
        .map((node) => manifestEntry(node, metadata.database)),
    )
  const children = new Map<string, string[]>(graph.nodes.map((node) => [artifactId(node.id), []]))
  for (const node of graph.nodes)
    for (const parent of node.parents) children.get(artifactId(parent))?.push(artifactId(node.id))
  const members = (group: string) =>
    graph.nodes.filter((node) => node.kind === 'model' && node.group === group).map((node) => node.id)
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
    nodes: byKind('model', 'seed', 'snapshot', 'analysis', 'data_test'),
    sources: byKind('source'),
    jobs: byKind('job'),
    macros: keyed(
      graph.macros.map((macro) => ({
        unique_id: macro.id,
        name: macro.name,
        package_name: macro.packageName,
        resource_type: 'macro',
        path: macro.location.file,
        original_file_path: macro.location.file,
        macro_sql: macro.text,
      })),
    ),
    docs: {},
    exposures: byKind('exposure'),
    metrics: {},
    groups: keyed(
      graph.groups.map((group) => ({
        unique_id: `group.${group.packageName}.${group.name}`,
        name: group.name,
        package_name: group.packageName,
        resource_type: 'group',
        path: group.location.file,
        original_file_path: group.location.file,
        owner: group.owner,
      })),
    ),
    selectors: {},
    disabled: {},
    parent_map: Object.fromEntries(
      graph.nodes.map((node) => [artifactId(node.id), node.parents.map(artifactId)]),
    ),
    child_map: Object.fromEntries(children),
    group_map: Object.fromEntries(graph.groups.map((group) => [group.name, members(group.name)])),
    saved_queries: {},
    semantic_models: {},
    functions: {},
    unit_tests: byKind('unit_test'),
  }
}

function keyed(entries: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(entries.map((entry) => [entry['unique_id'], entry]))
}

/** One node as the manifest has it; also what templates see as `model` and in `graph`. */
export function manifestEntry(node: Node, database = ''): JsonObject {
  const entry = entryOf(node)
  return 'database' in entry ? { ...entry, database } : entry
}

function entryOf(node: Node): JsonObject {
  switch (node.kind) {
    case 'model':
      return modelEntry(node)
    case 'seed':
      return seedEntry(node)
    case 'snapshot':
    case 'analysis':
      return {
        ...relationEntry(node, node.kind === 'snapshot' ? node.relation : null),
        ...sqlEntry(node),
        config: { ...relationConfig, materialized: node.kind, ...node.config },
      }
    case 'data_test':
      return testEntry(node)
    case 'source':
      return sourceEntry(node)
    case 'exposure':
      return exposureEntry(node)
    case 'unit_test':
      return unitTestEntry(node)
    case 'job':
      return { unique_id: node.id, ...node.job }
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
  const hasSql = node !== undefined && (node.kind === 'model' || node.kind === 'data_test') && !node.late
  const compiled = hasSql ? node.select.full : null
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
    // dbt counts no failures of a test that passes, whatever rows it found.
    failures: artifactStatus(step) === 'pass' ? 0 : (step.counts.failures ?? null),
    compiled: compiled !== null,
    compiled_code: compiled,
    relation_name:
      node !== undefined && (node.kind === 'model' || node.kind === 'seed')
        ? quoteRelation(node.relation)
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

function common(node: Exclude<Node, { kind: 'job' }>): JsonObject {
  return {
    unique_id: artifactId(node.id),
    name: node.kind === 'source' ? node.fqn.at(-1) : node.name,
    resource_type: node.kind === 'data_test' ? 'test' : node.kind,
    package_name: node.packageName,
    path: pathInPackage(node.location.file).replace(/^[^/]+\//, ''),
    original_file_path: pathInPackage(node.location.file),
    patch_path: node.patchPath === null ? null : `${node.packageName}://${pathInPackage(node.patchPath)}`,
    fqn: node.fqn,
    description: node.description,
    tags: node.tags,
    meta: node.meta,
    group: node.group,
    depends_on: { macros: 'macros' in node ? node.macros : [], nodes: node.parents.map(artifactId) },
    refs: [],
    sources: [],
    metrics: [],
    docs: { show: true, node_color: null },
    columns: {},
    checksum: { name: 'none', checksum: '' },
    unrendered_config: {},
    created_at: 0,
    contract: { enforced: isEnforced(node), alias_types: true, checksum: null },
  }
}

function isEnforced(node: Node): boolean {
  const contract = 'config' in node ? (node.config as { readonly [option: string]: Json })['contract'] : null
  return (
    typeof contract === 'object' &&
    contract !== null &&
    'enforced' in contract &&
    contract['enforced'] === true
  )
}

/** Relative to the folder of its package. */
function pathInPackage(file: string): string {
  return file.replace(/^dbt_packages\/[^/]+\//, '')
}

/** A node with columns, and the relation that it builds where it builds one. */
function relationEntry(
  node: ModelNode | SeedNode | SnapshotNode | AnalysisNode | SourceNode,
  relation: RelationName | null,
): JsonObject {
  return {
    ...common(node),
    database: '',
    schema: relation?.schema ?? '',
    alias: relation?.name ?? node.name,
    relation_name: relation === null ? null : quoteRelation(relation),
    columns: columnsOf(node.columns),
  }
}

/** A node with a template. */
function sqlEntry(node: ModelNode | SnapshotNode | AnalysisNode | DataTestNode): JsonObject {
  const compiled = !node.late
  return {
    language: node.location.file.endsWith('.ts') ? 'typescript' : 'sql',
    raw_code: node.rawCode,
    compiled,
    compiled_code: compiled ? node.select.full : null,
  }
}

function columnsOf(columns: readonly Column[]): JsonObject {
  return Object.fromEntries(
    columns.map((column) => [
      column.name,
      {
        name: column.name,
        description: column.description,
        quote: null,
        constraints: [],
        data_type: column.dataType,
        meta: column.meta,
        tags: column.tags,
      },
    ]),
  )
}

function modelEntry(node: ModelNode): JsonObject {
  const { uniqueKey, ...config } = node.config
  return {
    ...relationEntry(node, node.config.materialized === 'ephemeral' ? null : node.relation),
    ...sqlEntry(node),
    schema: node.relation.schema,
    alias: node.relation.name,
    access: node.access,
    constraints: [],
    primary_key: [],
    extra_ctes: [],
    extra_ctes_injected: true,
    deprecation_date: null,
    version: node.version,
    latest_version: node.latestVersion,
    config: {
      ...relationConfig,
      ...config,
      materialized: node.config.materialized,
      unique_key: uniqueKey.length === 0 ? null : uniqueKey.length === 1 ? uniqueKey[0] : uniqueKey,
      tags: node.tags,
      meta: node.meta,
      'pre-hook': node.preHooks.map(({ template, transaction }) => ({ sql: template, transaction })),
      'post-hook': node.postHooks.map(({ template, transaction }) => ({ sql: template, transaction })),
    },
  }
}

function seedEntry(node: SeedNode): JsonObject {
  const { columnTypes, quoteColumns, ...config } = node.config
  return {
    ...relationEntry(node, node.relation),
    root_path: null,
    raw_code: '',
    checksum: { name: 'sha256', checksum: node.checksum },
    config: {
      ...relationConfig,
      ...config,
      materialized: 'seed',
      column_types: columnTypes,
      quote_columns: quoteColumns,
      tags: node.tags,
      meta: node.meta,
    },
  }
}

function testEntry(node: DataTestNode): JsonObject {
  const { warnIf, errorIf, failCalc, ...config } = node.config
  return {
    ...common(node),
    ...sqlEntry(node),
    database: '',
    schema: '',
    alias: node.name,
    config: {
      enabled: true,
      alias: null,
      schema: 'dbt_test__audit',
      full_refresh: null,
      database: null,
      store_failures: null,
      store_failures_as: null,
      where: null,
      tags: node.tags,
      meta: node.meta,
      ...config,
      warn_if: warnIf,
      error_if: errorIf,
      fail_calc: failCalc,
      materialized: 'test',
    },
    attached_node: node.attachedTo,
    column_name: node.column,
    ...(node.test === 'generic'
      ? { test_metadata: { name: node.testName, kwargs: node.arguments, namespace: null } }
      : {}),
  }
}

function sourceEntry(node: SourceNode): JsonObject {
  return {
    ...relationEntry(node, node.relation),
    identifier: node.relation.name,
    source_name: node.sourceName,
    loader: node.loader ?? '',
    loaded_at_field: node.loadedAtField,
    freshness: freshnessEntry(node.freshness),
    external: null,
    source_description: '',
    source_meta: {},
    config: { enabled: true, event_time: null, ...node.config, freshness: freshnessEntry(node.freshness) },
  }
}

/** dbt's form, in which every part is there. */
function freshnessEntry(freshness: Json): Json {
  if (typeof freshness !== 'object' || freshness === null || Array.isArray(freshness)) return null
  const given = freshness as { readonly [key: string]: Json }
  const nothing = { count: null, period: null }
  return {
    warn_after: given['warn_after'] ?? nothing,
    error_after: given['error_after'] ?? nothing,
    filter: given['filter'] ?? null,
  }
}

/** What dbt's configuration of a node that builds a relation says where nothing was said. */
const relationConfig = {
  enabled: true,
  alias: null,
  schema: null,
  database: null,
  group: null,
  incremental_strategy: null,
  batch_size: null,
  lookback: 1,
  begin: null,
  persist_docs: {},
  quoting: {},
  column_types: {},
  full_refresh: null,
  on_schema_change: 'ignore',
  on_configuration_change: 'apply',
  grants: {},
  packages: [],
  docs: { show: true, node_color: null },
  contract: { enforced: false, alias_types: true },
  event_time: null,
  concurrent_batches: null,
  access: 'protected',
  freshness: null,
}

function exposureEntry(node: ExposureNode): JsonObject {
  const { type, label, url, maturity, owner } = node
  return { ...common(node), type, label, url, maturity, owner, config: { enabled: true, ...node.config } }
}

function unitTestEntry(node: UnitTestNode): JsonObject {
  return {
    ...common(node),
    model: node.model.split('.').slice(2).join('.'),
    ...node.definition,
    config: node.config,
  }
}
