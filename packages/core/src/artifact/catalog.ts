import type { Graph } from '../graph.ts'
import type { Node } from '../node.ts'
import type { RelationName } from '../relation.ts'
import { type ArtifactMetadata, type ArtifactObject, artifactHead } from './artifact-metadata.ts'

/** A relation as it is in the database. */
export interface CatalogRelation extends RelationName {
  /** `BASE TABLE`, `VIEW` or `MATERIALIZED VIEW`. */
  readonly type: string
  readonly owner: string
  readonly comment: string | null
  readonly columns: readonly CatalogColumn[]
  /** The planner's estimate; null: there is none. */
  readonly rows: number | null
  /** With indexes and what is stored apart; null: it stores nothing. */
  readonly bytes: number | null
  /** When its statistics were last taken, an ISO time in UTC; null: never. */
  readonly analyzedAt: string | null
}

export interface CatalogColumn {
  readonly name: string
  readonly type: string
  /** Its number in the table: those of dropped columns are left out. */
  readonly index: number
  readonly comment: string | null
}

/** Nodes with a relation that may be in the database. */
export type CatalogNode = Extract<Node, { readonly kind: 'model' | 'seed' | 'snapshot' | 'source' }>

export function catalogNodes(nodes: Graph['nodes']): readonly CatalogNode[] {
  return nodes.filter(
    (node): node is CatalogNode =>
      node.kind === 'source' ||
      node.kind === 'seed' ||
      node.kind === 'snapshot' ||
      (node.kind === 'model' && node.config.materialized !== 'ephemeral'),
  )
}

/** `target/catalog.json` in the shape of dbt's catalog v1. Nodes whose relation is not there are left out. */
export function toCatalog(
  nodes: readonly CatalogNode[],
  relations: readonly CatalogRelation[],
  metadata: ArtifactMetadata,
): ArtifactObject {
  const byName = new Map(relations.map((relation) => [nameKey(relation), relation]))
  const entries = (section: readonly CatalogNode[]) =>
    Object.fromEntries(
      section.flatMap((node) => {
        const relation = byName.get(nameKey(node.relation))
        return relation === undefined
          ? []
          : [[node.id, relationEntry(node.id, relation, metadata.database ?? null)]]
      }),
    )
  return {
    metadata: artifactHead('catalog', metadata),
    nodes: entries(nodes.filter(({ kind }) => kind !== 'source')),
    sources: entries(nodes.filter(({ kind }) => kind === 'source')),
    errors: null,
  }
}

function nameKey({ schema, name }: RelationName): string {
  return JSON.stringify([schema, name])
}

function relationEntry(id: string, relation: CatalogRelation, database: string | null): ArtifactObject {
  const { schema, name, type, owner, comment, columns } = relation
  return {
    metadata: { type, schema, name, database, comment, owner },
    columns: Object.fromEntries(columns.map((column) => [column.name, column])),
    stats: statistics(relation),
    unique_id: id,
  }
}

function statistics({ rows, bytes, analyzedAt }: CatalogRelation): ArtifactObject {
  const known = [
    ['row_count', 'Row Count', rows, 'About how many rows there are, by the last statistics'],
    ['bytes', 'Approximate Size', bytes, 'What the relation takes on disk, with its indexes, in bytes'],
    ['last_analyzed', 'Last Analyzed', analyzedAt, 'When statistics were last taken, in UTC'],
  ].flatMap(([id, label, value, description]) =>
    value === null ? [] : [{ id, label, value, include: true, description }],
  )
  const any = {
    id: 'has_stats',
    label: 'Has Stats?',
    value: known.length > 0,
    include: false,
    description: 'Whether any of these is known',
  }
  return Object.fromEntries([...known, any].map((one) => [one.id, one]))
}
