import type { Node, NodeId } from '@strata/core'
import { goneColumns } from './gone-columns.ts'
import {
  type DirectKind,
  directKinds,
  type GraphLineage,
  indirectKinds,
  type NodeLineage,
  type NodeUse,
} from './graph-lineage.ts'
import { type LocateInFull, type Mention, mentionsOf } from './mentions.ts'
import type { IndirectKind } from './query-lineage.ts'

export interface ImpactTarget {
  readonly node: NodeId
  readonly column: string
  /** A part of a JSON column; empty: the column. */
  readonly path: readonly string[]
}

/** A column whose values come from, or are decided by, the one that was asked for. */
export interface ChangedColumn {
  readonly node: NodeId
  readonly column: string
  /** How it uses what changes, of all ways. */
  readonly kinds: readonly DirectKind[]
  /** Steps from the column that was asked for. */
  readonly distance: number
  /** The columns of parents that it has it from. */
  readonly from: readonly { readonly node: NodeId; readonly column: string }[]
}

/** A node that may have other rows. */
export interface ChangedRows {
  readonly node: NodeId
  /** How it uses columns that change; empty: it reads a node that has other rows. */
  readonly kinds: readonly IndirectKind[]
  readonly distance: number
  readonly from: readonly { readonly node: NodeId; readonly column: string | null }[]
}

export interface ColumnImpact {
  readonly target: ImpactTarget
  /** What names the column itself: without it, that fails. */
  readonly mentions: readonly Mention[]
  readonly columns: readonly ChangedColumn[]
  readonly rows: readonly ChangedRows[]
  /** Tests that look at columns further down that change. */
  readonly tests: readonly {
    readonly node: NodeId
    readonly columns: readonly { node: NodeId; column: string }[]
  }[]
  /** Exposures, and what of theirs changes. */
  readonly exposures: readonly { readonly node: NodeId; readonly through: readonly NodeId[] }[]
}

/** Paths into a column that change, by column; an empty path is all of it. */
type Changed = Map<string, readonly (readonly string[])[]>

interface Walk {
  readonly changed: Map<NodeId, Changed>
  readonly distance: Map<NodeId, number>
  readonly rows: Map<NodeId, ChangedRows>
}

/**
 * What becomes another when a column does, further down the graph. One walk over what stands on its node, in graph order.
 * `locate`: where a piece of the full form of a SELECT is written.
 */
export function columnImpact(
  lineage: GraphLineage,
  target: ImpactTarget,
  locate: LocateInFull = () => null,
): ColumnImpact {
  const gone = target.path.length === 0 ? goneColumns(lineage, target) : null
  const walk: Walk = {
    changed: new Map([[target.node, new Map([[target.column, [target.path]]])]]),
    distance: new Map([[target.node, 0]]),
    rows: new Map(),
  }
  const readsPart = (use: NodeUse) =>
    use.path.length > 0 && hitPaths(use, walk.changed).some((path) => path.length > 0)
  const reached = new Set([target.node])
  const columns: ChangedColumn[] = []
  const tests: ColumnImpact['tests'][number][] = []
  const exposures: ColumnImpact['exposures'][number][] = []
  const mentions: Mention[] = []
  for (const node of lineage.graph.nodes) {
    const isTarget = node.id === target.node
    if (!isTarget && !node.parents.some((parent) => reached.has(parent))) continue
    reached.add(node.id)
    mentions.push(...mentionsOf(lineage, node, { target, gone, readsPart, locate }))
    if (isTarget) continue
    if (node.kind === 'exposure') {
      const through = node.parents.filter((id) => walk.changed.has(id) || walk.rows.has(id))
      if (through.length > 0) exposures.push({ node: node.id, through })
    } else if (node.kind === 'data_test') {
      const looked = testedColumns(node, lineage.of(node.id), walk.changed, target)
      if (looked.length > 0) tests.push({ node: node.id, columns: looked })
    } else {
      const of = lineage.of(node.id)
      if (of !== null) columns.push(...follow(of, walk))
    }
  }
  return { target, mentions, columns, rows: [...walk.rows.values()], tests, exposures }
}

function follow(of: NodeLineage, walk: Walk): readonly ChangedColumn[] {
  const far = (nodes: readonly NodeId[]) => 1 + Math.max(...nodes.map((id) => walk.distance.get(id) ?? 0))
  const columns: ChangedColumn[] = []
  const changed: Changed = new Map()
  for (const column of of.columns ?? []) {
    const kinds: DirectKind[] = []
    const from = new Map<string, { readonly node: NodeId; readonly column: string }>()
    const paths: (readonly string[])[] = []
    for (const kind of directKinds) {
      for (const use of column[kind]) {
        const hit = hitBy(use, walk.changed)
        if (hit === null) continue
        if (!kinds.includes(kind)) kinds.push(kind)
        from.set(`${use.node}\0${use.column}`, { node: use.node!, column: use.column })
        paths.push(...(kind === 'direct' ? hit : [[]]))
      }
    }
    if (kinds.length === 0) continue
    const sources = [...from.values()]
    const distance = far(sources.map(({ node }) => node))
    changed.set(column.name, widest(paths))
    columns.push({ node: of.id, column: column.name, kinds, distance, from: sources })
  }
  const rows = changedRows(of, walk, far)
  if (rows !== null) walk.rows.set(of.id, rows)
  if (changed.size > 0) walk.changed.set(of.id, changed)
  const distances = [...columns.map(({ distance }) => distance), ...(rows === null ? [] : [rows.distance])]
  if (distances.length > 0) walk.distance.set(of.id, Math.min(...distances))
  return columns
}

/** Without those that lie within another one: ways that meet must not make more of them. */
function widest(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const distinct = [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()]
  return distinct.filter(
    (path) =>
      !distinct.some((other) => other.length < path.length && other.every((step, at) => path[at] === step)),
  )
}

function changedRows(
  of: NodeLineage,
  walk: Walk,
  far: (nodes: readonly NodeId[]) => number,
): ChangedRows | null {
  const kinds: IndirectKind[] = []
  const from = new Map<string, { readonly node: NodeId; readonly column: string | null }>()
  for (const kind of indirectKinds) {
    // The order of rows is none of a table's.
    if (kind === 'order') continue
    for (const use of of.rows[kind]) {
      if (hitBy(use, walk.changed) === null) continue
      if (!kinds.includes(kind)) kinds.push(kind)
      from.set(`${use.node}\0${use.column}`, { node: use.node!, column: use.column })
    }
  }
  const reads = of.reads.filter((id) => walk.rows.has(id))
  if (kinds.length === 0) for (const id of reads) from.set(id, { node: id, column: null })
  if (from.size === 0) return null
  const sources = [...from.values()]
  return { node: of.id, kinds, distance: far(sources.map(({ node }) => node)), from: sources }
}

/** What of a reading column changes, as paths into it; null: nothing of it. */
export function hitBy(
  use: NodeUse,
  changed: ReadonlyMap<NodeId, Changed>,
): readonly (readonly string[])[] | null {
  const hit = hitPaths(use, changed)
  if (hit.length === 0) return null
  return hit.map((path) => (use.asIs ? path.slice(use.path.length) : []))
}

/** The changed parts of what a use reads that are, hold, or stand in what it reads of it. */
function hitPaths(use: NodeUse, changed: ReadonlyMap<NodeId, Changed>): readonly (readonly string[])[] {
  const paths = use.node === null ? undefined : changed.get(use.node)?.get(use.column)
  return (paths ?? []).filter((path) => path.every((step, at) => (use.path[at] ?? step) === step))
}

function testedColumns(
  node: Node,
  of: NodeLineage | null,
  changed: ReadonlyMap<NodeId, Changed>,
  target: ImpactTarget,
): readonly { readonly node: NodeId; readonly column: string }[] {
  const looked = new Map<string, { readonly node: NodeId; readonly column: string }>()
  const add = (id: NodeId, column: string) => {
    if (id !== target.node || column !== target.column) looked.set(`${id}\0${column}`, { node: id, column })
  }
  if (node.kind === 'data_test' && node.attachedTo !== null && node.column !== null)
    if (changed.get(node.attachedTo)?.has(node.column)) add(node.attachedTo, node.column)
  for (const use of namedUses(of)) if (hitBy(use, changed) !== null) add(use.node!, use.column)
  return [...looked.values()]
}

/** What a test's SQL does with columns, but for those that it merely shows of failing rows. */
function namedUses(of: NodeLineage | null): readonly NodeUse[] {
  return of === null ? [] : indirectKinds.flatMap((kind) => of.rows[kind])
}
