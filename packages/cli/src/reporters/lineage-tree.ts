import {
  type ColumnLineage,
  type DirectKind,
  directKinds,
  type GraphLineage,
  indirectKinds,
  isBottom,
  type NodeLineage,
  type NodeUse,
} from '@strata/compiler/lineage'
import {
  displayLocation,
  displayRelation,
  type Location,
  type Node,
  type NodeId,
  type RelationName,
} from '@strata/core'
import type { Colors } from './colors.ts'
import { padEnd } from './format.ts'
import { textWidth } from './text-width.ts'
import { type TreeLine, treeWithPlaces } from './tree-places.ts'
import { wrapText } from './wrap-text.ts'

export interface TreeOptions {
  /** Steps up; null: all the way. */
  readonly depth: number | null
  /** Without what only decides on values and rows. */
  readonly directOnly: boolean
  readonly place: (node: Node, column: string) => Location
  readonly colors: Colors
  /** Columns of the terminal; null: a pipe, in which no line is broken. */
  readonly width: number | null
}

interface Drawing {
  readonly lineage: GraphLineage
  readonly nodes: ReadonlyMap<NodeId, Node>
  readonly options: TreeOptions
  readonly lines: TreeLine[]
  /** Columns whose parents stand in the tree. */
  readonly drawn: Set<string>
}

/** What columns of a node come from, as a tree, with the place of each in its file, and what decides on its rows. */
export function lineageTree(
  lineage: GraphLineage,
  of: NodeLineage & { readonly columns: readonly ColumnLineage[] },
  columns: readonly ColumnLineage[],
  options: TreeOptions,
): string {
  const nodes = new Map(lineage.graph.nodes.map((node) => [node.id, node]))
  const drawing: Drawing = { lineage, nodes, options, lines: [], drawn: new Set() }
  const { colors, width } = options
  const node = nodes.get(of.id)!
  for (const column of columns) {
    const name = 'relation' in node ? `${displayRelation(node.relation)}.${column.name}` : column.name
    drawing.lines.push({
      text: colors.bold(name),
      width: textWidth(name),
      place: displayLocation(options.place(node, column.name)),
      below: '',
      depth: 0,
    })
    drawUses(drawing, column, '', 1)
  }
  return [
    ...treeWithPlaces(drawing.lines, colors, width),
    ...(options.directOnly ? [] : rowLines(of, colors, width)),
  ].join('\n')
}

function drawUses(drawing: Drawing, column: ColumnLineage, indent: string, depth: number): void {
  const { options, lineage, nodes, drawn, lines } = drawing
  const { colors } = options
  const kinds = options.directOnly ? (['direct'] as const) : directKinds
  const uses = kinds.flatMap((kind) => column[kind].map((use) => ({ kind, use })))
  for (const [index, { kind, use }] of uses.entries()) {
    const isLast = index === uses.length - 1
    const lead = `${indent}${isLast ? '└─ ' : '├─ '}`
    const below = `${indent}${isLast ? '   ' : '│  '}`
    const label = labelOf(kind, use)
    const name = useName(use)
    const key = `${use.node}\0${use.column}`
    const parent = isBottom(lineage, use) ? undefined : parentColumn(lineage, use)
    const isKnown = drawn.has(key) && parent !== undefined && hasUses(parent, options)
    const more = isKnown ? ' (above)' : ''
    const node = use.node === null ? undefined : nodes.get(use.node)
    lines.push({
      text: `${colors.dim(lead)}${paintLabel(label, kind, colors)}  ${name}${colors.dim(more)}`,
      width: textWidth(`${lead}${label}  ${name}${more}`),
      place: node === undefined ? '' : displayLocation(options.place(node, use.column)),
      below,
      depth,
    })
    if (isKnown || parent === undefined) continue
    if (options.depth !== null && depth >= options.depth) continue
    drawn.add(key)
    drawUses(drawing, parent, below, depth + 1)
  }
}

function parentColumn(lineage: GraphLineage, use: NodeUse): ColumnLineage | undefined {
  return lineage.of(use.node!)?.columns?.find(({ name }) => name === use.column)
}

function hasUses(column: ColumnLineage, { directOnly }: TreeOptions): boolean {
  return (directOnly ? (['direct'] as const) : directKinds).some((kind) => column[kind].length > 0)
}

function labelOf(kind: DirectKind, { asIs }: NodeUse): string {
  return padEnd(kind === 'direct' ? (asIs ? 'as is' : 'computed') : kind, 9)
}

function paintLabel(label: string, kind: DirectKind, colors: Colors): string {
  return kind === 'direct' ? colors.green(label) : colors.yellow(label)
}

const clauses = {
  filter: 'filtered by',
  join: 'joined by',
  group: 'grouped by',
  order: 'ordered by',
} as const

/** What decides on the rows of a node, each kind of it with as many lines as it needs. */
export function rowLines(
  { rows }: Pick<NodeLineage, 'rows'>,
  colors: Colors,
  width: number | null,
): readonly string[] {
  const lines = indirectKinds
    .filter((kind) => rows[kind].length > 0)
    .flatMap((kind) => {
      const names = [...new Set(rows[kind].map(useName))].join(', ')
      return wrapText(names, width === null ? null : width - 15).map(
        (line, index) => `  ${padEnd(index === 0 ? clauses[kind] : '', 11)}  ${line}`,
      )
    })
  return lines.length === 0 ? [] : ['', colors.bold('its rows'), ...lines]
}

/** `silver.patients.status`, `bronze.dim_patients_staging.data->site->id` */
export function useName({
  relation,
  column,
  path,
}: {
  readonly relation: RelationName
  readonly column: string
  readonly path: readonly string[]
}): string {
  const table = relation.schema === '' ? relation.name : displayRelation(relation)
  return [`${table}.${column}`, ...path].join('->')
}
