import type {
  AnalysisNode,
  DataTestNode,
  ExposureNode,
  ModelNode,
  Node,
  SeedNode,
  SnapshotNode,
  UnitTestNode,
} from '../node.ts'
import type { ArtifactObject } from './artifact-metadata.ts'
import { commonEntry, constraintEntry, relationEntry } from './common-entry.ts'
import { sourceEntry } from './source-entry.ts'

/** One node as the manifest has it; also what templates see as `model` and in `graph`. */
export function manifestEntry(node: Node, database = ''): ArtifactObject {
  const entry = entryOf(node)
  return 'database' in entry ? { ...entry, database } : entry
}

function entryOf(node: Node): ArtifactObject {
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

/** A node with a template. */
function sqlEntry(node: ModelNode | SnapshotNode | AnalysisNode | DataTestNode): ArtifactObject {
  const compiled = !node.late
  return {
    language: node.location.file.endsWith('.ts') ? 'typescript' : 'sql',
    // As dbt reads files.
    raw_code: node.rawCode.trim(),
    compiled,
    compiled_code: compiled ? node.select.full : null,
  }
}

function modelEntry(node: ModelNode): ArtifactObject {
  const { uniqueKey, ...config } = node.config
  return {
    ...relationEntry(node, node.config.materialized === 'ephemeral' ? null : node.relation),
    ...sqlEntry(node),
    ...(node.checksum === undefined ? {} : { checksum: { name: 'sha256', checksum: node.checksum } }),
    schema: node.relation.schema,
    alias: node.relation.name,
    access: node.access,
    constraints: (node.constraints ?? []).map(constraintEntry),
    primary_key: [],
    extra_ctes: [],
    extra_ctes_injected: true,
    deprecation_date: node.deprecationDate ?? null,
    time_spine: timeSpineEntry(node),
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
  return {
    ...commonEntry(node),
    ...sqlEntry(node),
    database: '',
    schema: node.storedAs?.schema ?? '',
    alias: node.storedAs?.name ?? node.name,
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
      ? {
          test_metadata: {
            name: node.testName,
            kwargs: argumentsEntry(node),
            namespace: node.namespace ?? null,
          },
        }
      : {}),
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

function exposureEntry(node: ExposureNode): ArtifactObject {
  const { type, label, url, maturity, owner } = node
  return {
    ...commonEntry(node),
    type,
    label,
    url,
    maturity,
    owner,
    config: { enabled: true, ...node.config },
  }
}

function unitTestEntry(node: UnitTestNode): ArtifactObject {
  return {
    ...commonEntry(node),
    model: node.model.split('.').slice(2).join('.'),
    ...node.definition,
    config: node.config,
  }
}
