import type {
  AnalysisNode,
  DataTestNode,
  ExposureNode,
  Hook,
  ModelNode,
  Node,
  SeedNode,
  SnapshotNode,
} from '../node.ts'
import { quoteIdentifier } from '../relation.ts'
import type { ArtifactObject } from './artifact-metadata.ts'
import { compiledPath, fileNameOf } from './artifact-path.ts'
import {
  callsOf,
  constraintEntry,
  contractOf,
  entryHead,
  parents,
  parsedEntry,
  relationEntry,
} from './common-entry.ts'
import { sourceEntry } from './source-entry.ts'
import { unitTestEntry } from './unit-test-entry.ts'

/** One node as the manifest has it; also what templates see as `model` and in `graph`. */
export function manifestEntry(node: Node, database = ''): ArtifactObject {
  const entry = entryOf(node)
  if (!('database' in entry)) return entry
  const relation = entry['relation_name']
  // A copy of so many members costs more than making them.
  return Object.assign(
    entry,
    { database },
    database === '' || typeof relation !== 'string'
      ? null
      : { relation_name: `${quoteIdentifier(database)}.${relation}` },
  )
}

function entryOf(node: Node): ArtifactObject {
  switch (node.kind) {
    case 'model':
      return modelEntry(node)
    case 'seed':
      return seedEntry(node)
    case 'snapshot':
      return snapshotEntry(node)
    case 'analysis':
      return analysisEntry(node)
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

/** A node with a template. */
function sqlEntry(node: ModelNode | SnapshotNode | AnalysisNode | DataTestNode): ArtifactObject {
  const compiled = !node.late
  return {
    ...parents(node),
    language: node.location.file.endsWith('.ts') ? 'typescript' : 'sql',
    // As dbt reads files.
    raw_code: node.rawCode.trim(),
    compiled,
    compiled_code: compiled ? node.select.full : null,
    compiled_path: compiled && node.kind !== 'snapshot' ? compiledPath(node) : null,
    extra_ctes: [],
    extra_ctes_injected: true,
  }
}

function modelEntry(node: ModelNode): ArtifactObject {
  const { uniqueKey, pre_hook: _, post_hook: __, ...config } = node.config
  return Object.assign(
    parsedEntry(node, node.rawCode.trim()),
    relationEntry(node, node.config.materialized === 'ephemeral' ? null : node.relation),
    sqlEntry(node),
    contractOf(node.config),
    node.checksum === undefined ? null : { checksum: { name: 'sha256', checksum: node.checksum } },
    {
      schema: node.relation.schema,
      alias: node.relation.name,
      access: node.access,
      constraints: (node.constraints ?? []).map(constraintEntry),
      primary_key: [],
      deprecation_date: node.deprecationDate ?? null,
      time_spine: timeSpineEntry(node),
      version: node.version,
      latest_version: node.latestVersion,
      config: {
        ...relationConfig,
        access: 'protected',
        freshness: null,
        ...config,
        materialized: node.config.materialized,
        unique_key: uniqueKey.length === 0 ? null : uniqueKey.length === 1 ? uniqueKey[0] : uniqueKey,
        ...labels(node),
        ...hooksOf(node),
      },
    },
  )
}

function labels({ tags, meta }: Node): ArtifactObject {
  return { tags, meta }
}

function hooksOf(node: { readonly preHooks: readonly Hook[]; readonly postHooks: readonly Hook[] }) {
  const entry = ({ template, transaction }: Hook) => ({ sql: template, transaction, index: null })
  return { 'pre-hook': node.preHooks.map(entry), 'post-hook': node.postHooks.map(entry) }
}

function timeSpineEntry({ timeSpine }: ModelNode): ArtifactObject | null {
  if (timeSpine === undefined) return null
  return {
    standard_granularity_column: timeSpine.column,
    custom_granularities: timeSpine.customGranularities.map(({ name, column }) => ({
      name,
      column_name: column,
    })),
  }
}

function seedEntry(node: SeedNode): ArtifactObject {
  const { columnTypes, quoteColumns, pre_hook: _, post_hook: __, ...config } = node.config
  return Object.assign(parsedEntry(node, null), relationEntry(node, node.relation), {
    depends_on: { macros: callsOf(node) },
    root_path: null,
    raw_code: '',
    checksum: { name: 'sha256', checksum: node.checksum },
    config: {
      ...relationConfig,
      ...config,
      materialized: 'seed',
      column_types: columnTypes,
      quote_columns: quoteColumns,
      ...labels(node),
      ...hooksOf(node),
    },
  })
}

function snapshotEntry(node: SnapshotNode): ArtifactObject {
  const { pre_hook: _, post_hook: __, ...config } = node.config
  return Object.assign(
    parsedEntry(node, node.rawCode.trim()),
    relationEntry(node, node.relation),
    sqlEntry(node),
    contractOf(node.config),
    {
      config: {
        ...relationConfig,
        target_schema: null,
        target_database: null,
        updated_at: null,
        check_cols: null,
        dbt_valid_to_current: null,
        ...config,
        snapshot_meta_column_names: { ...metaColumns, ...(config['snapshot_meta_column_names'] as object) },
        materialized: 'snapshot',
        ...labels(node),
        ...hooksOf(node),
      },
    },
  )
}

const metaColumns = {
  dbt_valid_to: null,
  dbt_valid_from: null,
  dbt_scd_id: null,
  dbt_updated_at: null,
  dbt_is_deleted: null,
}

function analysisEntry(node: AnalysisNode): ArtifactObject {
  const entry = parsedEntry(node, node.rawCode.trim())
  return Object.assign(entry, relationEntry(node, null), sqlEntry(node), contractOf(node.config), {
    path: `analysis/${String(entry['path'])}`,
    // What dbt says, although it builds none.
    config: { ...relationConfig, materialized: 'view', ...node.config, ...labels(node) },
  })
}

/** With dbt the column and the subject are arguments as well. */
function argumentsEntry(node: DataTestNode): ArtifactObject {
  return {
    ...(node.column === null ? {} : { column_name: node.column }),
    ...node.arguments,
    ...(node.subject === undefined ? {} : { model: node.subject }),
  }
}

function testEntry(node: DataTestNode): ArtifactObject {
  const { warnIf, errorIf, failCalc, ...config } = node.config
  const generic = node.test === 'generic'
  const entry = parsedEntry(node, generic ? null : node.rawCode.trim())
  return Object.assign(
    entry,
    generic ? { path: `${fileNameOf(node.name)}.sql` } : null,
    sqlEntry(node),
    contractOf({}),
    {
      schema: node.storedAs?.schema ?? '',
      alias: node.storedAs?.name ?? node.name,
      config: {
        enabled: true,
        alias: null,
        schema: 'dbt_test__audit',
        database: null,
        group: null,
        store_failures: null,
        store_failures_as: null,
        where: null,
        ...labels(node),
        ...config,
        warn_if: warnIf,
        error_if: errorIf,
        fail_calc: failCalc,
        severity: config.severity === 'error' ? 'ERROR' : config.severity,
        materialized: 'test',
      },
      ...(generic
        ? {
            attached_node: node.attachedTo,
            column_name: node.column,
            test_metadata: {
              name: node.testName,
              kwargs: argumentsEntry(node),
              namespace: node.namespace ?? null,
            },
          }
        : {}),
    },
  )
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
  unique_key: null,
  on_schema_change: 'ignore',
  on_configuration_change: 'apply',
  grants: {},
  packages: [],
  docs: { show: true, node_color: null },
  contract: { enforced: false, alias_types: true },
  event_time: null,
  concurrent_batches: null,
  'pre-hook': [],
  'post-hook': [],
}

function exposureEntry(node: ExposureNode): ArtifactObject {
  const { type, label, url, maturity, owner } = node
  return {
    ...entryHead(node),
    ...parents(node),
    ...labels(node),
    type,
    label,
    url,
    maturity,
    owner: { email: null, ...owner },
    unrendered_config: {},
    config: { enabled: true, ...labels(node), ...node.config },
  }
}
