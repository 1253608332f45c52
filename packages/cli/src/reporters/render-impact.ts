import type { ChangedColumn, ColumnImpact, Mention } from '@strata/compiler/lineage'
import {
  displayLocation,
  displayRelation,
  type Graph,
  type Location,
  listed,
  type Node,
  type NodeId,
} from '@strata/core'
import type { Colors } from './colors.ts'
import { padEnd, plural } from './format.ts'
import { useName } from './lineage-tree.ts'
import { textWidth } from './text-width.ts'

type Row = readonly string[]

/** What breaks or changes with a column, for people: first what names it, then what its values and rows flow into. */
export function renderImpact(
  impact: ColumnImpact,
  graph: Graph,
  columnPlace: (node: Node, column: string) => Location,
  colors: Colors,
): string {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const node = nodes.get(impact.target.node)!
  const { column, path } = impact.target
  const relation = 'relation' in node ? node.relation : { schema: '', name: node.name }
  const place = displayLocation(columnPlace(node, column))
  const nameOf = (id: NodeId) => shownName(nodes.get(id)!)
  const columnName = (one: { readonly node: NodeId; readonly column: string | null }) =>
    one.column === null ? nameOf(one.node) : `${nameOf(one.node)}.${one.column}`
  const placeOf = (id: NodeId) => displayLocation(nodes.get(id)!.location)

  const inSql = new Map(
    impact.mentions.flatMap((one) => (one.as === 'sql' ? [[one.node, one.location]] : [])),
  )
  const mentioned = impact.mentions.map(
    (one): Row => [
      words[one.as],
      nameOf(one.node),
      few(one.detail.split(', ')),
      displayLocation(one.location),
    ],
  )
  const columns = byNode(impact.columns).map((ofNode): Row => {
    const kinds = [...new Set(ofNode.flatMap((one) => one.kinds))].map((kind) =>
      kind === 'direct' ? 'value' : kind,
    )
    return [
      nameOf(ofNode[0]!.node),
      few(ofNode.map((one) => one.column)),
      kinds.join(', '),
      `from ${few(ofNode.flatMap((one) => one.from.map(columnName)))}`,
      displayLocation(columnPlace(nodes.get(ofNode[0]!.node)!, ofNode[0]!.column)),
    ]
  })
  const rows = impact.rows.map(
    (one): Row => [
      nameOf(one.node),
      one.kinds.length === 0 ? 'reads' : one.kinds.join(', '),
      few(one.from.map(columnName)),
      displayLocation(inSql.get(one.node) ?? nodes.get(one.node)!.location),
    ],
  )
  const tests = impact.tests.map(
    (one): Row => [nodes.get(one.node)!.name, few(one.columns.map(columnName)), placeOf(one.node)],
  )
  const exposures = impact.exposures.map(
    (one): Row => [nodes.get(one.node)!.name, few(one.through.map(nameOf)), placeOf(one.node)],
  )
  const models = new Set([...impact.columns, ...impact.rows].map((one) => one.node)).size
  const summary =
    models + mentioned.length + exposures.length === 0
      ? 'Nothing in the project uses it.'
      : `${plural(mentioned.length, 'place')} ${mentioned.length === 1 ? 'breaks' : 'break'} without it; ${plural(models, 'node')} and ${plural(exposures.length, 'exposure')} further down may change.`
  return [
    `${colors.bold(useName({ relation, column, path }))}  ${colors.dim(place)}`,
    ...section('breaks without it', mentioned, colors),
    ...section('columns that change', columns, colors, impact.columns.length),
    ...section('rows that change', rows, colors),
    ...section('tests that look at what changes', tests, colors),
    ...section('exposures', exposures, colors),
    '',
    summary,
  ].join('\n')
}

const words: { readonly [as in Mention['as']]: string } = {
  sql: 'SQL',
  data_test: 'data test',
  unit_test: 'unit test',
  contract: 'contract',
  constraint: 'constraint',
  index: 'index',
  policy: 'policy',
  unique_key: 'unique key',
  option: 'option',
  increment: 'increment',
}

/** As many as a line has room for; `--json` gives all. */
function few(names: readonly string[]): string {
  return listed([...new Set(names)])
}

function byNode(columns: readonly ChangedColumn[]): readonly (readonly ChangedColumn[])[] {
  const groups = new Map<NodeId, ChangedColumn[]>()
  for (const column of columns) groups.set(column.node, [...(groups.get(column.node) ?? []), column])
  return [...groups.values()]
}

function shownName(node: Node): string {
  return 'relation' in node ? displayRelation(node.relation) : node.name
}

/** A heading and its rows; the last column, a place, is dim. Nothing where there are none. */
function section(
  title: string,
  rows: readonly Row[],
  colors: Colors,
  count = rows.length,
): readonly string[] {
  if (rows.length === 0) return []
  const widths = rows[0]!.map((_, at) => Math.min(64, Math.max(...rows.map((row) => textWidth(row[at]!)))))
  const lines = rows.map((row) =>
    row
      .map((text, at) => (at === row.length - 1 ? colors.dim(text) : padEnd(text, widths[at]!)))
      .join('  ')
      .trimEnd(),
  )
  return ['', `${colors.bold(title)} (${count})`, ...lines.map((line) => `  ${line}`)]
}
