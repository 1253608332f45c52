import {
  columnOrigins,
  columnPlace,
  type FindOrigins,
  findNamedColumn,
  type GraphLineage,
  locateInOwnFile,
  type NodeLineage,
} from '@strata/compiler/lineage'
import { ConfigurationError, displayRelation, type Location, type Node, type NodeId } from '@strata/core'
import { createColors } from 'picocolors'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { openLineage } from '../open-lineage.ts'
import { lineageTree } from '../reporters/lineage-tree.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

interface LineageOptions extends SelectionOptions {
  readonly depth?: number
  readonly directOnly?: boolean
}

/** What is asked for: a node, and columns of it; null: all of them. */
interface Asked {
  readonly id: NodeId
  readonly column: string | null
}

/** `models lineage`: where columns come from. Needs no database. */
export async function lineageCommand(
  invocation: Invocation,
  options: LineageOptions,
  ...words: string[]
): Promise<number> {
  const workspace = await openWorkspace(invocation, options, { command: 'lineage', keepsWarnings: true })
  if (workspace === null) return exitCodes.failed
  const { compilation } = workspace
  const { lineage, keep } = await openLineage(workspace)
  const asked = await askedFor(invocation, workspace, lineage, options, words)
  const nodes = new Map(compilation.graph.nodes.map((node) => [node.id, node]))
  const findOrigins = columnOrigins(lineage)
  const locate = locateInOwnFile(compilation.graph, compilation.places)
  const place = (node: Node, column: string) => columnPlace(lineage, locate, node, column)
  for (const [index, { id, column }] of asked.entries()) {
    const of = lineage.of(id)
    if (of === null) continue
    if (of.columns === null) {
      invocation.terminal.err(
        `Note: the columns of ${nodes.get(id)!.name} are not known: ${reasons[of.unknown!]}.`,
      )
      continue
    }
    if (options.json) print(invocation, of, column, nodes.get(id)!, findOrigins, place)
    else {
      if (index > 0) invocation.terminal.out('')
      const known = of.columns.filter(({ name }) => column === null || name === column)
      // One that a source does not declare, and a model reads.
      const columns =
        known.length > 0 || column === null
          ? known
          : [{ name: column, offset: null, direct: [], condition: [], window: [] }]
      const depth = options.depth ?? (column === null ? 1 : null)
      const { terminal } = invocation
      const settings = {
        depth,
        directOnly: options.directOnly === true,
        place,
        colors: createColors(terminal.color),
        width: terminal.outIsTerminal ? terminal.columns : null,
      }
      terminal.out(lineageTree(lineage, { ...of, columns: of.columns }, columns, settings))
    }
  }
  keep()
  return exitCodes.success
}

const reasons = {
  late: 'its template asks the database',
  syntax: 'its SQL cannot be parsed; `models check` says where',
  columns: 'no columns are declared, or its SQL reads all columns of such a relation',
} as const

async function askedFor(
  invocation: Invocation,
  workspace: Workspace,
  lineage: GraphLineage,
  options: LineageOptions,
  words: readonly string[],
): Promise<readonly Asked[]> {
  const named = words.map((word): Asked => {
    const { node, column } = findNamedColumn(lineage, word, workspace.target.prefix)
    return { id: node.id, column }
  })
  if (options.select === undefined && options.selector === undefined) {
    if (named.length > 0) return named
    throw new ConfigurationError({
      code: 'NOTHING_TO_TRACE',
      message: 'lineage needs the name of a model or of a column of one',
      hint: 'Write models lineage patients.status, models lineage patients, or models lineage --select silver.',
    })
  }
  const selected = await selectNodes(invocation, workspace, { ...options, indirectSelection: 'empty' })
  return [...named, ...selected.filter(hasColumns).map(({ id }) => ({ id, column: null }))]
}

function hasColumns({ kind }: Node): boolean {
  return kind === 'model' || kind === 'snapshot' || kind === 'analysis'
}

function print(
  { terminal }: Invocation,
  { columns, rows }: NodeLineage,
  asked: string | null,
  node: Node,
  findOrigins: FindOrigins,
  place: (node: Node, column: string) => Location,
): void {
  const relation = 'relation' in node ? displayRelation(node.relation) : null
  for (const column of columns ?? []) {
    if (asked !== null && column.name !== asked) continue
    const { name, direct, condition, window } = column
    const at = place(node, name)
    const origins = findOrigins(node.id, name)
    terminal.out(
      JSON.stringify({ node: node.id, relation, column: name, at, direct, condition, window, rows, origins }),
    )
  }
}
