import {
  type ColumnLineage,
  columnPlace,
  type DirectKind,
  directKinds,
  type GraphLineage,
  indirectKinds,
  isBottom,
  type NodeLineage,
  type NodeUse,
} from '@strata/compiler/lineage'
import { displayLocation, displayRelation, type Node, type NodeId, type RelationName } from '@strata/core'
import type { Colors } from './colors.ts'
import { padEnd } from './format.ts'
import { textWidth } from './text-width.ts'

export interface TreeOptions {
  /** Steps up; null: all the way. */
  readonly depth: number | null
  /** Without what only decides on values and rows. */
  readonly directOnly: boolean
}

interface Line {
  readonly text: string
  readonly width: number
  readonly place: string
}

interface Drawing {
  readonly lineage: GraphLineage
  readonly nodes: ReadonlyMap<NodeId, Node>
  readonly colors: Colors
  readonly options: TreeOptions
  readonly lines: Line[]
  /** Columns whose parents stand in the tree. */
  readonly drawn: Set<string>
}

/** What columns of a node come from, as a tree, with the place of each in its file, and what decides on its rows. */
export function lineageTree(
  lineage: GraphLineage,
  of: NodeLineage & { readonly columns: readonly ColumnLineage[] },
  columns: readonly ColumnLineage[],
  colors: Colors,
  options: TreeOptions,
): string {
  const nodes = new Map(lineage.graph.nodes.map((node) => [node.id, node]))
  const drawing: Drawing = { lineage, nodes, colors, options, lines: [], drawn: new Set() }
  const node = nodes.get(of.id)!
  for (const column of columns) {
    const name = 'relation' in node ? `${displayRelation(node.relation)}.${column.name}` : column.name
    drawing.lines.push({
      text: colors.bold(name),
      width: textWidth(name),
      place: displayLocation(columnPlace(node, column.name)),
    })
    drawUses(drawing, column, '', 1)
  }
  const width = Math.min(72, Math.max(...drawing.lines.map((line) => line.width)))
  return [
    ...drawing.lines.map(({ text, place, width: own }) =>
      place === '' ? text : `${text}${' '.repeat(Math.max(0, width - own))}  ${colors.dim(place)}`,
    ),
    ...(options.directOnly ? [] : rowLines(of, colors)),
  ].join('\n')
}

function drawUses(drawing: Drawing, column: ColumnLineage, indent: string, depth: number): void {
  const { options, colors, lineage, nodes, drawn, lines } = drawing
  const kinds = options.directOnly ? (['direct'] as const) : directKinds
  const uses = kinds.flatMap((kind) => column[kind].map((use) => ({ kind, use })))
  for (const [index, { kind, use }] of uses.entries()) {
    const isLast = index === uses.length - 1
    const lead = `${indent}${isLast ? '└─ ' : '├─ '}`
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
      place: node === undefined ? '' : displayLocation(columnPlace(node, use.column)),
    })
    if (isKnown || parent === undefined) continue
    if (options.depth !== null && depth >= options.depth) continue
    drawn.add(key)
    drawUses(drawing, parent, `${indent}${isLast ? '   ' : '│  '}`, depth + 1)
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

function rowLines({ rows }: NodeLineage, colors: Colors): readonly string[] {
  const lines = indirectKinds
    .filter((kind) => rows[kind].length > 0)
    .map((kind) => `  ${padEnd(clauses[kind], 11)}  ${[...new Set(rows[kind].map(useName))].join(', ')}`)
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
