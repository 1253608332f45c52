import {
  DatabaseError,
  type Graph,
  type ModelNode,
  type NodeId,
  type Queryable,
  quoteIdentifier,
  quoteRelation,
} from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'
import type { Shape } from '../lineage/query-lineage.ts'

/** Columns that are never null, by their nodes. */
export type NotNullColumns = ReadonlyMap<NodeId, ReadonlySet<string>>

/** What Postgres can prove it from: version 17 has learnt to. */
const firstVersion = 170_000

/**
 * Asks an empty database which columns of models are never null. In graph order each model becomes a view, is asked about, and
 * then an empty table with what has been found, so that plans stay small. What cannot be made there proves nothing. `enforced`:
 * what the database keeps of the relations themselves.
 */
export async function provenColumns(
  session: Queryable,
  graph: Graph,
  shapes: ReadonlyMap<NodeId, Shape>,
  enforced: NotNullColumns,
): Promise<NotNullColumns> {
  const proven = new Map(enforced)
  const { rows } = await session.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  )
  if (rows[0]!.version < firstVersion) return proven
  const schemas = new Set<string>()
  for (const node of inOrder(graph)) {
    const columns = shapes.get(node.id)?.columns
    if (!('relation' in node) || columns == null) continue
    const { schema } = node.relation
    if (!schemas.has(schema)) await attempt(session, `create schema if not exists ${quoteIdentifier(schema)}`)
    schemas.add(schema)
    const own = new Set(proven.get(node.id))
    if (node.kind === 'model' && isComputedWhole(node))
      for (const name of await provenOf(session, node)) own.add(name)
    if (own.size > 0) proven.set(node.id, own)
    if (isEphemeral(node)) continue
    const list = columns.map(
      ({ name, type }) => `${quoteIdentifier(name)} ${type ?? 'text'}${own.has(name) ? ' not null' : ''}`,
    )
    await attempt(session, `create table ${quoteRelation(node.relation)} (${list.join(', ')})`)
  }
  return proven
}

/** What an incremental model holds may have been written by an earlier form of it. */
function isComputedWhole({ config, late }: ModelNode): boolean {
  return !late && config.materialized !== 'incremental' && config.materialized !== 'ephemeral'
}

/** Nothing that a model prints looks like that. */
const label = 'strata_nullable_'

async function provenOf(session: Queryable, { relation, select }: ModelNode): Promise<readonly string[]> {
  const view = quoteRelation(relation)
  const made = await attempt(session, `create view ${view} as\n${select.full}`)
  if (made === null) return []
  const described = await attempt<never>(session, `select * from ${view} limit 0`)
  const names = described?.fields.map(({ name }) => name) ?? []
  const branches = names.map(
    (name, index) => `select '${label}${index}_' from ${view} where ${quoteIdentifier(name)} is null`,
  )
  const sql = `explain (verbose, format json, costs off) ${[`select 'none'`, ...branches].join(' union all ')}`
  const explained = names.length === 0 ? null : await attempt(session, sql)
  await attempt(session, `drop view ${view}`)
  if (explained === null) return []
  const [row] = explained.rows
  const [{ Plan: plan }] = (row as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN']
  return names.filter((_name, index) => !mayYield(plan, `${label}${index}_`))
}

/** Of what EXPLAIN says of a step. */
interface PlanNode {
  readonly 'Node Type': string
  readonly 'One-Time Filter'?: string
  readonly 'Group Key'?: readonly string[]
  readonly Filter?: string
  readonly Output?: readonly string[]
  readonly Plans?: readonly PlanNode[]
}

/** Whether a row with the label may come out. A branch that yields nothing whatever the tables hold is left out, or filtered by false. */
function mayYield(node: PlanNode, wanted: string): boolean {
  if (isEmpty(node)) return false
  if (node.Output?.some((one) => one.includes(wanted))) return true
  return node.Plans?.some((one) => mayYield(one, wanted)) === true
}

/** Steps that yield a row for each of those below at most, or for each group of them. */
const narrowing =
  /^(?:Subquery Scan|Result|Sort|Incremental Sort|Unique|Limit|Group|Aggregate|WindowAgg|Materialize|Gather|Gather Merge)$/

function isEmpty(node: PlanNode): boolean {
  const { 'Node Type': type, 'One-Time Filter': filter, 'Group Key': keys, Plans: below = [] } = node
  if (type === 'Result' && filter === 'false') return true
  // A count is never null, which the server does not make use of.
  if (type === 'Aggregate' && /^\(count\((?:\*|[\w.]+)\) IS NULL\)$/.test(node.Filter ?? '')) return true
  if (!narrowing.test(type) || below.length !== 1) return false
  // An aggregate over nothing is one row.
  if (type === 'Aggregate' && (keys === undefined || keys.length === 0)) return false
  return isEmpty(below[0]!)
}

async function attempt<Row>(session: Queryable, sql: string) {
  try {
    return await session.query<Row>(sql)
  } catch (error) {
    if (error instanceof DatabaseError) return null
    throw error
  }
}

function inOrder({ nodes }: Graph): Graph['nodes'] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const seen = new Set<NodeId>()
  const ordered: Graph['nodes'][number][] = []
  const visit = (node: Graph['nodes'][number]): void => {
    if (seen.has(node.id)) return
    seen.add(node.id)
    for (const id of node.parents) {
      const parent = byId.get(id)
      if (parent !== undefined) visit(parent)
    }
    ordered.push(node)
  }
  for (const node of nodes) visit(node)
  return ordered
}
