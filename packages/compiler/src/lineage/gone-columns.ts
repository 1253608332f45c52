import type { Node, NodeId } from '@strata/core'
import { type ParsedSql, parseSql } from '../sql/parse-sql.ts'
import type { ImpactTarget } from './column-impact.ts'
import { createFindNode } from './find-node.ts'
import type { GraphLineage } from './graph-lineage.ts'
import type { FindShape, ResolvedQuery } from './query-lineage.ts'
import { resolveQuery } from './resolve-query.ts'
import { withoutEphemerals } from './without-ephemerals.ts'

/** What becomes of a graph when a column is gone: which SQL fails, and which only yields a column less (`select *`). */
export interface GoneColumns {
  /**
   * Where the full form of a node names what is gone, in UTF-16 units; empty: it does not fail. To be asked for nodes in graph
   * order.
   */
  look(node: Node): readonly number[]
  /** Columns that are gone by now, that which was asked for first. */
  all(): readonly ImpactTarget[]
  has(node: NodeId | null, column: string): boolean
}

export function goneColumns(lineage: GraphLineage, target: ImpactTarget): GoneColumns {
  const gone = new Map<NodeId, Set<string>>([[target.node, new Set([target.column])]])
  const findNode = createFindNode(lineage.graph.nodes)

  const shapes = (isGone: boolean): FindShape => {
    return (name) => {
      const node = findNode(name)
      if (node === null) return { relation: { schema: name.schema ?? '', name: name.name }, columns: null }
      const names = lineage.of(node.id)?.columns?.map((column) => column.name) ?? null
      const dropped = gone.get(node.id)
      if (dropped === undefined)
        return { relation: node.relation, columns: names?.map((one) => ({ name: one, type: null })) ?? null }
      // A source has columns that it does not declare.
      const all = [...new Set([...(names ?? []), ...dropped])]
      const left = isGone ? all.filter((one) => !dropped.has(one)) : all
      return { relation: node.relation, columns: left.map((one) => ({ name: one, type: null })) }
    }
  }

  return {
    look(node) {
      if (node.id === target.node || !('select' in node) || node.late) return []
      if (!node.parents.some((id) => gone.has(id))) return []
      const parsed = parseSql(node.select.full)
      if (parsed.kind === 'syntax_error') return []
      const sql: ParsedSql = withoutEphemerals(parsed, findNode)
      const before = resolveQuery(sql, shapes(false))
      const after = resolveQuery(sql, shapes(true))
      const known = new Set(before.problems.map(({ start }) => start))
      const failing = after.problems.filter(({ start }) => !known.has(start)).map(({ start }) => start)
      if (failing.length > 0) return failing
      const lost = lostColumns(before, after)
      if (lost.length > 0) gone.set(node.id, new Set(lost))
      return []
    },
    all: () =>
      [...gone].flatMap(([node, columns]) =>
        [...columns].map((column) => (node === target.node ? target : { node, column, path: [] })),
      ),
    has: (node, column) => node !== null && gone.get(node)?.has(column) === true,
  }
}

function lostColumns(before: ResolvedQuery, after: ResolvedQuery): readonly string[] {
  if (before.lineage.columns === null || after.lineage.columns === null) return []
  const left = new Set(after.lineage.columns.map(({ name }) => name))
  return before.lineage.columns.map(({ name }) => name).filter((name) => !left.has(name))
}
