import { hash } from 'node:crypto'
import type { Json } from '../json.ts'
import type {
  AnalysisNode,
  Column,
  Constraint,
  DataTestNode,
  ModelNode,
  Node,
  SeedNode,
  SnapshotNode,
  SourceNode,
} from '../node.ts'
import { quoteRelation, type RelationName } from '../relation.ts'
import { artifactId } from './artifact-id.ts'
import type { ArtifactObject } from './artifact-metadata.ts'
import { originalPath, pathBelowFolder } from './artifact-path.ts'
import { referenceLists } from './reference-lists.ts'

type NodeInFile = Exclude<Node, { kind: 'job' }>
type ParsedNode = ModelNode | SeedNode | SnapshotNode | AnalysisNode | DataTestNode

/** What every entry has. */
export function entryHead(node: NodeInFile): ArtifactObject {
  return {
    unique_id: artifactId(node.id),
    name: node.kind === 'source' ? node.fqn.at(-1) : node.name,
    resource_type: node.kind === 'data_test' ? 'test' : node.kind,
    package_name: node.packageName,
    path: pathBelowFolder(node.location.file),
    original_file_path: originalPath(node.location.file),
    fqn: node.fqn,
    description: node.description,
    created_at: 0,
  }
}

export function parents(node: NodeInFile): ArtifactObject {
  return {
    depends_on: { macros: callsOf(node), nodes: node.parents.map(artifactId) },
    ...referenceLists(node),
    metrics: [],
  }
}

export function callsOf(node: Node): readonly string[] {
  return 'macros' in node ? (node.calls ?? node.macros ?? []) : []
}

/** Entries of the section `nodes`. `text`: what the checksum is of; null: the node is no file. */
export function parsedEntry(node: ParsedNode, text: string | null): ArtifactObject {
  return Object.assign(entryHead(node), {
    database: '',
    tags: node.tags,
    meta: node.meta,
    group: node.group,
    docs: docsOf(node.config),
    patch_path:
      node.patchPath === null || node.kind === 'data_test'
        ? null
        : `${node.packageName}://${originalPath(node.patchPath)}`,
    build_path: null,
    relation_name: null,
    columns: {},
    checksum:
      text === null ? { name: 'none', checksum: '' } : { name: 'sha256', checksum: hash('sha256', text) },
    unrendered_config: {},
  })
}

/** Whether the documentation page shows the node, and in which colour. */
function docsOf(config: { readonly [option: string]: unknown }): ArtifactObject {
  const docs = config['docs']
  return { show: true, node_color: null, ...(typeof docs === 'object' ? docs : {}) }
}

export function contractOf(config: { readonly [option: string]: Json }): ArtifactObject {
  const contract = config['contract']
  const enforced =
    typeof contract === 'object' &&
    contract !== null &&
    'enforced' in contract &&
    contract['enforced'] === true
  return { contract: { enforced, alias_types: true, checksum: null } }
}

/** Of a node with columns, and the relation that it builds where it builds one. */
export function relationEntry(
  node: ModelNode | SeedNode | SnapshotNode | AnalysisNode | SourceNode,
  relation: RelationName | null,
): ArtifactObject {
  return {
    schema: relation?.schema ?? '',
    alias: relation?.name ?? node.name,
    relation_name: relation === null ? null : quoteRelation(relation),
    columns: columnsOf(node.columns),
  }
}

function columnsOf(columns: readonly Column[]): ArtifactObject {
  return Object.fromEntries(
    columns.map(({ name, description, quote, constraints, dataType, meta, tags }) => [
      name,
      {
        name,
        description,
        quote: quote ?? null,
        constraints: (constraints ?? []).map(constraintEntry),
        data_type: dataType,
        meta,
        tags,
        // A project has tens of thousands of columns, and few of them say anything here.
        ...(tags.length === 0 && Object.keys(meta).length === 0 ? undefined : { config: { meta, tags } }),
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
