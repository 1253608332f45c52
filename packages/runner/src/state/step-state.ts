import {
  displayRelation,
  type EdgeFacts,
  type Json,
  type ModelStep,
  type NodeId,
  type Queryable,
  type RelationKind,
  type StepState,
} from '@strata/core'
import { edgeReading, type ReadingRow, readingColumns, readingDoubt } from './edge-reading.ts'
import { readRelationRows } from './relation-rows.ts'

/** What a step that builds a relation is to its lock, its state and its record: a model or a seed. */
export type RelationStep = Pick<ModelStep, 'id' | 'name' | 'relation' | 'fingerprint'> &
  Partial<
    Pick<ModelStep, 'increments' | 'preHooks' | 'postHooks' | 'select' | 'plannedFingerprint' | 'contract'>
  > & {
    readonly config?: { readonly [option: string]: Json }
  }

/** What is stored about a step's relation, held against the catalog. */
export interface StoredState extends StepState {
  readonly oid: string | null
  /** Its row-level policies apply to us: rows may be there that we do not see. */
  readonly hidesRows: boolean
  /** This target has relations that were renamed away and wait to be dropped. */
  readonly hasRetired: boolean
}

/**
 * Reads the state of models and seeds in two statements, however many they are. `definitionHash` of the relation is left null:
 * it depends on the search path, which the caller rules.
 */
export async function readStoredStates(
  queryable: Queryable,
  key: string,
  steps: readonly RelationStep[],
): Promise<ReadonlyMap<NodeId, StoredState>> {
  const edges = await readEdges(queryable, key, steps)
  const rows = await readRelationRows(queryable, key, steps)
  return new Map(
    rows.map(({ state }, place) => {
      const step = steps[place]!
      return [step.id, stateOf(state, key, edges.get(step.id) ?? [])]
    }),
  )
}

/** What `strata.relation_state(target, schema, name)` returns. */
export interface RelationRow {
  readonly oid: string | null
  readonly relkind: string | null
  readonly target: string | null
  readonly fingerprint: string | null
  readonly definition_hash: string | null
  /** The catalog's relation is the one that was recorded. */
  readonly same: boolean | null
  /** The record was written in this database, and did not come out of a dump. */
  readonly native: boolean | null
  readonly hides_rows: boolean
  readonly has_retired: boolean
}

const restored = 'its state was restored from a copy'

export function stateOf(row: RelationRow, key: string, edges: readonly EdgeFacts[]): StoredState {
  const common = { oid: row.oid, edges, hidesRows: row.hides_rows, hasRetired: row.has_retired }
  if (row.oid === null) {
    return { ...common, relation: null, fingerprint: null, definitionHash: null, doubt: null, foreign: false }
  }
  const relation = { kind: relationKind(row.relkind), definitionHash: null }
  const doubted = (doubt: string | null, foreign = false): StoredState => ({
    ...common,
    relation,
    fingerprint: null,
    definitionHash: null,
    doubt,
    foreign,
  })
  // After a restore the oids are others, so that only the name can tell that the relation is ours.
  if (row.target === null || (row.native && !row.same)) return doubted(null, true)
  if (!row.native) return doubted(restored)
  if (row.target !== key) return { ...doubted(`it was built by target ${row.target}`), builtBy: row.target }
  const { fingerprint, definition_hash: definitionHash } = row
  return { ...common, relation, fingerprint, definitionHash, doubt: null, foreign: false }
}

function relationKind(relkind: string | null): RelationKind {
  if (relkind === 'r' || relkind === 'p') return 'table'
  if (relkind === 'v') return 'view'
  return relkind === 'm' ? 'materialized_view' : 'other'
}

interface EdgeRow extends ReadingRow {
  readonly place: number
  readonly snapshot: string | null
  readonly native: boolean | null
  readonly same: boolean | null
  /** The watermark was written with the relation that now has the model's name. */
  readonly own: boolean | null
  readonly source_oid: string | null
  /** The source's former rows are kept. */
  readonly keeps: boolean
  /** All of them that the watermark has not seen are there. */
  readonly whole: boolean | null
  readonly former_columns: readonly string[] | null
}

export async function readEdges(
  queryable: Queryable,
  key: string,
  steps: readonly RelationStep[],
): Promise<ReadonlyMap<NodeId, readonly EdgeFacts[]>> {
  const wanted = steps.flatMap((step) => (step.increments ?? []).map((edge) => ({ step, edge })))
  if (wanted.length === 0) return new Map()
  const { rows } = await queryable.query<EdgeRow>({
    text: `select w.place::int as place, m.snapshot::text as snapshot, m.xmin = m.written_by::xid as native,
  m.source_oid = c.oid as same, m.relation_oid = own.oid as own, c.oid::text as source_oid,
  coalesce(strata.keeps_former_rows(c.oid), false) as keeps,
  pg_visible_in_snapshot(f.since, m.snapshot) and (f.pruned is null or f.pruned <= pg_snapshot_xmin(m.snapshot)) as whole,
  (select pg_catalog.array_agg(a.attname::text order by a.attnum) from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as former_columns,
  ${readingColumns}
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) with ordinality
  as w (node, parent, schema_name, relation_name, own_schema, own_name, way, place)
left join pg_namespace n on n.nspname = w.schema_name
left join pg_class c on c.relnamespace = n.oid and c.relname = w.relation_name
left join pg_namespace own_n on own_n.nspname = w.own_schema
left join pg_class own on own.relnamespace = own_n.oid and own.relname = w.own_name
left join strata.watermarks m on m.target = $1 and m.node = w.node and m.parent = w.parent
left join strata.former f on f.relation_oid = c.oid
order by place`,
    values: [
      key,
      wanted.map(({ step }) => step.id),
      wanted.map(({ edge }) => edge.parent),
      wanted.map(({ edge }) => edge.relation.schema),
      wanted.map(({ edge }) => edge.relation.name),
      wanted.map(({ step }) => step.relation.schema),
      wanted.map(({ step }) => step.relation.name),
      wanted.map(({ edge }) => edge.by?.kind ?? null),
    ],
  })
  const found = new Map<NodeId, EdgeFacts[]>()
  for (const row of rows) {
    const { step, edge } = wanted[row.place - 1]!
    const source = displayRelation(edge.relation)
    const by = edgeReading(edge, row)
    const doubt = doubtOf(row, source, needsFormerRows(step)) ?? readingDoubt(edge, row, source)
    const facts: EdgeFacts = {
      parent: edge.parent,
      relation: edge.relation,
      sourceOid: row.source_oid,
      from: doubt === null ? row.snapshot : null,
      doubt,
      former:
        by === undefined && row.keeps && row.former_columns !== null
          ? {
              relation: { schema: 'strata', name: `former_${row.source_oid}` },
              columns: row.former_columns,
            }
          : null,
      ...(by === undefined ? {} : { by }),
    }
    found.set(step.id, [...(found.get(step.id) ?? []), facts])
  }
  return found
}

/** Whether rows that leave a source have to leave the relation: without a key nothing tells which they are. */
export function needsFormerRows({ config, increments = [] }: RelationStep): boolean {
  const { uniqueKey } = config ?? {}
  return (
    (Array.isArray(uniqueKey) && uniqueKey.length > 0) ||
    increments.some((edge) => (edge.keys ?? []).length > 0 || edge.eventTime !== undefined)
  )
}

function doubtOf(row: EdgeRow, source: string, needsFormer: boolean): string | null {
  if (row.snapshot === null) return `how far ${source} was read is not known`
  if (!row.native) return restored
  if (!row.same) return `${source} was replaced`
  if (needsFormer && row.keeps && !row.whole && row.columns === null && row.tables === null)
    return `not all rows that left ${source} are known`
  return row.own ? null : 'the model was built under another name since'
}
