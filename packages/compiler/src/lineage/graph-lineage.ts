import type { DeclaredColumn, Graph, Node, NodeId, RelationName } from '@strata/core'
import { bronzeColumns } from '@strata/core'
import type { PackageSources } from '../read/project-sources.ts'
import { relationShapes } from '../resolve/relation-shapes.ts'
import { snapshotSettings } from '../resolve/snapshot-config.ts'
import { type ParsedSql, parseSql } from '../sql/parse-sql.ts'
import { createFindNode, type FindNode } from './find-node.ts'
import type {
  ColumnUse,
  FindShape,
  FoundRelation,
  IndirectKind,
  OutputColumn,
  QueryLineage,
  ShapeColumn,
} from './query-lineage.ts'
import { resolveQuery } from './resolve-query.ts'
import { snapshotColumns } from './snapshot-columns.ts'
import { withoutEphemerals } from './without-ephemerals.ts'

/** A column that something in the project reads. */
export interface NodeUse extends ColumnUse {
  /** Whose column it is; null: a relation of which the project knows nothing. */
  readonly node: NodeId | null
}

export type DirectKind = 'direct' | 'condition' | 'window'

export interface ColumnLineage extends Readonly<Record<DirectKind, readonly NodeUse[]>> {
  readonly name: string
}

/** Where the columns of a node come from, one step up. */
export interface NodeLineage {
  readonly id: NodeId
  /** Null: they are not known; see `unknown`. Sources and seeds have columns that come from nothing. */
  readonly columns: readonly ColumnLineage[] | null
  /** What decides which rows there are. */
  readonly rows: Readonly<Record<IndirectKind, readonly NodeUse[]>>
  /** Nodes that its SQL reads. */
  readonly reads: readonly NodeId[]
  /** Why the columns are not known: the template asks the database, the SQL cannot be parsed, or all columns of an unknown relation are read. */
  readonly unknown: 'late' | 'syntax' | 'columns' | null
}

export interface GraphLineage {
  readonly graph: Graph
  /** Null for what has no columns: jobs, exposures, unit tests. Each is looked at when it is first asked for, and its parents with it. */
  of(id: NodeId): NodeLineage | null
}

export const directKinds = ['direct', 'condition', 'window'] as const satisfies readonly DirectKind[]
export const indirectKinds = ['filter', 'join', 'group', 'order'] as const satisfies readonly IndirectKind[]

const noRows: NodeLineage['rows'] = { filter: [], join: [], group: [], order: [] }

/**
 * Column lineage of a compiled project, by the full form of each SELECT. `loadSqlParser` must have been waited for. `packages`:
 * the project's sources and those of its packages, which have the files of seeds.
 */
export function graphLineage(graph: Graph, packages: readonly PackageSources[]): GraphLineage {
  const positions = new Map(graph.nodes.map((node, position) => [node.id, position]))
  const known = new Map<NodeId, NodeLineage | null>()
  const findNode = createFindNode(graph.nodes)
  const declaredOf = relationShapes(graph.nodes, packages)
  const jobs = new Map(
    graph.nodes.flatMap((node) => (node.kind === 'job' ? [[node.id, node.job] as const] : [])),
  )

  const declaredColumns = (node: Node): readonly DeclaredColumn[] => {
    const { declared } = declaredOf(node.id)
    const job = node.parents.map((parent) => jobs.get(parent)).find((one) => one !== undefined)
    if (node.kind !== 'source' || job === undefined) return declared
    const landed = bronzeColumns(job).map(({ name, type }) => ({ name, dataType: type }))
    const names = new Set(landed.map(({ name }) => name))
    return [...landed, ...declared.filter(({ name }) => !names.has(name))]
  }

  /** One array for a relation: the resolver keeps what it makes of it. */
  const shapes = new Map<NodeId, readonly ShapeColumn[] | null>()
  const shapeOf = (node: Node): readonly ShapeColumn[] | null => {
    const found = shapes.get(node.id)
    if (found !== undefined) return found
    const of = known.get(node.id)
    const columns = of?.columns?.map(({ name }) => ({ name, type: null })) ?? declaredShape(node)
    if (of != null) shapes.set(node.id, columns)
    return columns
  }
  const declaredShape = (node: Node): readonly ShapeColumn[] | null => {
    const declared = declaredColumns(node)
    return declared.length === 0 ? null : declared.map(({ name, dataType }) => ({ name, type: dataType }))
  }

  const find = (name: Parameters<FindNode>[0]): FoundRelation => {
    const node = findNode(name)
    if (node === null) return { relation: { schema: name.schema ?? '', name: name.name }, columns: null }
    ensure(node.id)
    return { relation: node.relation, columns: shapeOf(node) }
  }

  /** What is declared of a relation that the project does not build need not be all that it has. */
  const findOpen: FindShape = (name) => {
    const found = find(name)
    const node = findNode(name)
    const isOnlyDeclared = node !== null && (node.kind === 'source' || known.get(node.id)?.columns == null)
    return isOnlyDeclared && !node.parents.some((parent) => jobs.has(parent))
      ? { ...found, columns: null }
      : found
  }

  const lineageOf = (sql: ParsedSql): QueryLineage => {
    const { lineage, problems } = resolveQuery(sql, find, {})
    if (!problems.some(({ kind }) => kind === 'unknown_column')) return lineage
    const open = resolveQuery(sql, findOpen, {}).lineage
    return open.columns === null ? lineage : open
  }

  const resolve = (node: Node): NodeLineage | null => {
    if (node.kind === 'source' || node.kind === 'seed') {
      const columns = declaredColumns(node).map(({ name }) => ({
        name,
        direct: [],
        condition: [],
        window: [],
      }))
      const isKnown = columns.length > 0
      return {
        id: node.id,
        columns: isKnown ? columns : null,
        rows: noRows,
        reads: [],
        unknown: isKnown ? null : 'columns',
      }
    }
    if (!('select' in node)) return null
    const unknown = (why: NodeLineage['unknown']): NodeLineage => ({
      id: node.id,
      columns: null,
      rows: noRows,
      reads: [],
      unknown: why,
    })
    if (node.late) return unknown('late')
    const parsed = parseSql(node.select.full)
    if (parsed.kind === 'syntax_error') return unknown('syntax')
    const lineage = lineageOf(withoutEphemerals(parsed, findNode))
    const use = usesOf(findNode)
    const columns = lineage.columns?.map((column) => toColumn(column, use)) ?? null
    return {
      id: node.id,
      columns:
        columns === null || node.kind !== 'snapshot'
          ? columns
          : [...columns, ...snapshotColumns(columns, snapshotSettings(node.config))],
      rows: {
        filter: lineage.indirect.filter.map(use),
        join: lineage.indirect.join.map(use),
        group: lineage.indirect.group.map(use),
        order: lineage.indirect.order.map(use),
      },
      reads: [...new Set(lineage.reads.flatMap((relation) => findNode(relation)?.id ?? []))],
      unknown: columns === null ? 'columns' : null,
    }
  }

  /** A graph may be deeper than the stack: what a node stands on comes first, in the order of the graph. */
  const ensure = (id: NodeId): void => {
    if (known.has(id)) return
    const wanted = new Set<number>()
    const left = [id]
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const position = positions.get(next)
      if (position === undefined || wanted.has(position) || known.has(next)) continue
      wanted.add(position)
      left.push(...graph.nodes[position]!.parents)
    }
    for (const position of [...wanted].sort((a, b) => a - b)) {
      const node = graph.nodes[position]!
      // What leads back to itself by a name that is written into SQL has no columns yet.
      if (known.has(node.id)) continue
      known.set(node.id, null)
      known.set(node.id, resolve(node))
    }
  }

  return {
    graph,
    of(id) {
      ensure(id)
      return known.get(id) ?? null
    },
  }
}

function usesOf(findNode: FindNode): (use: ColumnUse) => NodeUse {
  const nodes = new Map<RelationName, NodeId | null>()
  return (use) => {
    let node = nodes.get(use.relation)
    if (node === undefined) {
      node = findNode(use.relation)?.id ?? null
      nodes.set(use.relation, node)
    }
    return { ...use, node }
  }
}

function toColumn(column: OutputColumn, use: (of: ColumnUse) => NodeUse): ColumnLineage {
  return {
    name: column.name,
    direct: column.direct.map(use),
    condition: column.condition.map(use),
    window: column.window.map(use),
  }
}
