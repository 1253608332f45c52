import type { Json } from '../json.ts'
import type {
  AnalysisNode,
  Column,
  Constraint,
  ModelNode,
  Node,
  SeedNode,
  SnapshotNode,
  SourceNode,
} from '../node.ts'
import { quoteRelation, type RelationName } from '../relation.ts'
import { artifactId } from './artifact-id.ts'
import type { ArtifactObject } from './artifact-metadata.ts'

export function commonEntry(node: Exclude<Node, { kind: 'job' }>): ArtifactObject {
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
    depends_on: { macros: callsOf(node), nodes: node.parents.map(artifactId) },
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

function callsOf(node: Node): readonly string[] {
  return 'macros' in node ? (node.calls ?? node.macros ?? []) : []
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
export function relationEntry(
  node: ModelNode | SeedNode | SnapshotNode | AnalysisNode | SourceNode,
  relation: RelationName | null,
): ArtifactObject {
  return {
    ...commonEntry(node),
    database: '',
    schema: relation?.schema ?? '',
    alias: relation?.name ?? node.name,
    relation_name: relation === null ? null : quoteRelation(relation),
    columns: columnsOf(node.columns),
  }
}

function columnsOf(columns: readonly Column[]): ArtifactObject {
  return Object.fromEntries(
    columns.map((column) => [
      column.name,
      {
        name: column.name,
        description: column.description,
        quote: column.quote ?? null,
        constraints: (column.constraints ?? []).map(constraintEntry),
        data_type: column.dataType,
        meta: column.meta,
        tags: column.tags,
      },
    ]),
  )
}

export function constraintEntry(constraint: Constraint): ArtifactObject {
  const { type, name, expression, columns, warnUnenforced, warnUnsupported, to, toColumns } = constraint
  return {
    type,
    name,
    expression,
    warn_unenforced: warnUnenforced,
    warn_unsupported: warnUnsupported,
    to,
    to_columns: toColumns,
    ...(columns === undefined ? {} : { columns }),
  }
}
