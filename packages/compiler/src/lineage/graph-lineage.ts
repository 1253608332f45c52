import type { Graph, Node, NodeId, RelationName } from '@strata/core'
import type { PackageSources } from '../read/project-sources.ts'
import { relationShapes } from '../resolve/relation-shapes.ts'
import { snapshotSettings } from '../resolve/snapshot-config.ts'
import { sourceColumns } from '../resolve/source-columns.ts'
import { type ParsedSql, parseSql } from '../sql/parse-sql.ts'
import { createFindNode, type FindNode } from './find-node.ts'
import {
  keptLine,
  keptLineageText,
  lineageDigest,
  readKeptLineage,
  type Sighting,
  shapeDigest,
} from './kept-lineage.ts'
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
  /** Where it is written in `select.full`, in UTF-16 units; null: not there. */
  readonly offset: number | null
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
  /** The same, of which the full form has been parsed already. */
  learn(id: NodeId, parsed: ParsedSql): void
  /** Whether the text that was given says something of a node; it need not be true any more. */
  isKept(id: NodeId): boolean
  /** Text that makes the next lineage faster of what was looked at. Null where the one that was given still says all. */
  keep(): string | null
}

export const directKinds = ['direct', 'condition', 'window'] as const satisfies readonly DirectKind[]
export const indirectKinds = ['filter', 'join', 'group', 'order'] as const satisfies readonly IndirectKind[]

const noRows: NodeLineage['rows'] = { filter: [], join: [], group: [], order: [] }

/**
 * Column lineage of a compiled project, by the full form of each SELECT. `loadSqlParser` must have been waited for. `packages`:
 * the project's sources and those of its packages, which have the files of seeds. `keptText`: what `keep` gave before; what is
 * still made of the same is taken from it.
 */
export function graphLineage(
  graph: Graph,
  packages: readonly PackageSources[],
  keptText: string | null = null,
): GraphLineage {
  const kept = readKeptLineage(keptText)
  const lines = new Map<NodeId, string>()
  /** What the resolver looks up for the node that is being resolved. */
  let seen: Map<string, Sighting> | null = null
  const positions = new Map(graph.nodes.map((node, position) => [node.id, position]))
  const known = new Map<NodeId, NodeLineage | null>()
  const findNode = createFindNode(graph.nodes)
  const declaredOf = relationShapes(graph.nodes, packages)
  const columnsOfSource = sourceColumns(graph.nodes)

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
    const { declared } = declaredOf(node.id)
    return declared.length === 0 ? null : declared.map(({ name, dataType }) => ({ name, type: dataType }))
  }

  const find = (name: Parameters<FindNode>[0]): FoundRelation => {
    const node = findNode(name)
    if (node !== null) ensure(node.id)
    seen?.set(JSON.stringify([name.schema, name.name]), [name.schema, name.name, sightOf(node)])
    return node === null
      ? { relation: { schema: name.schema ?? '', name: name.name }, columns: null }
      : { relation: node.relation, columns: shapeOf(node) }
  }

  const sightOf = (node: ReturnType<FindNode>): string =>
    node === null ? '' : `${node.id} ${isOpen(node) ? '+' : ''}${shapeDigest(shapeOf(node))}`

  const isOpen = (node: Node): boolean =>
    node.kind === 'source' ? columnsOfSource(node).landed === null : known.get(node.id)?.columns == null

  const isAsSeen = ([schema, name, found]: Sighting): boolean => {
    const node = findNode({ schema, name })
    if (node !== null) ensure(node.id)
    return sightOf(node) === found
  }

  /** What is declared of a relation that the project does not build need not be all that it has. */
  const findOpen: FindShape = (name) => {
    const found = find(name)
    const node = findNode(name)
    return node !== null && isOpen(node) ? { ...found, columns: null } : found
  }

  const lineageOf = (sql: ParsedSql): QueryLineage => {
    const { lineage, problems } = resolveQuery(sql, find, {})
    if (!problems.some(({ kind }) => kind === 'unknown_column')) return lineage
    const open = resolveQuery(sql, findOpen, {}).lineage
    return open.columns === null ? lineage : open
  }

  const ownOf = (node: Extract<Node, { readonly select: unknown }>): string =>
    lineageDigest([
      node.kind,
      node.select.full,
      node.kind === 'snapshot' ? JSON.stringify(snapshotSettings(node.config)) : null,
    ])

  const resolve = (node: Node, parsed: ParsedSql | null): NodeLineage | null => {
    if (!('select' in node) || node.late) return resolveAnew(node, parsed)
    const own = ownOf(node)
    const before = kept.get(node.id)
    if (before?.own === own && before.seen().every(isAsSeen)) {
      lines.set(node.id, before.line)
      return before.lineage()
    }
    const around = seen
    const mine = new Map<string, Sighting>()
    seen = mine
    const made = resolveAnew(node, parsed)
    seen = around
    if (made !== null) lines.set(node.id, keptLine(own, [...mine.values()], made))
    return made
  }

  const resolveAnew = (node: Node, parsedBefore: ParsedSql | null): NodeLineage | null => {
    if (node.kind === 'source' || node.kind === 'seed') {
      const columns = declaredOf(node.id).declared.map(({ name }) => ({
        name,
        offset: null,
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
    const parsed = parsedBefore ?? parseSql(node.select.full)
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
  const ensure = (id: NodeId, parsed: ParsedSql | null = null): void => {
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
      known.set(node.id, resolve(node, node.id === id ? parsed : null))
    }
  }

  return {
    graph,
    of(id) {
      ensure(id)
      return known.get(id) ?? null
    },
    learn: ensure,
    isKept: (id) => kept.has(id),
    keep() {
      const all = graph.nodes.flatMap(({ id }) => lines.get(id) ?? kept.get(id)?.line ?? [])
      const isSame = all.length === kept.size && [...lines].every(([id, line]) => kept.get(id)?.line === line)
      return isSame ? null : keptLineageText(all)
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
    offset: column.offset,
    direct: column.direct.map(use),
    condition: column.condition.map(use),
    window: column.window.map(use),
  }
}
