import type { Failure, FailurePlace, Graph, Node, NodeId, StepResult } from '@strata/core'
import { once } from '../once.ts'
import { didYouMean } from '../project/near-misses.ts'
import type { SqlPlaces } from '../resolve/sql-places.ts'
import type { UnitTests } from '../resolve/unit-tests.ts'
import { locateInTemplate } from './locate-in-template.ts'
import { neverLandedHint } from './never-landed-hint.ts'
import { offsetInSelect } from './offset-in-select.ts'
import { undefinedTableHint } from './undefined-table-hint.ts'

/** Adds to the failure of a step what the project knows of it: the file, the place in it where it is known, and a better hint. */
export function failureExplainer(
  graph: Graph,
  unitTests: Pick<UnitTests, 'placeOf'>,
  places: SqlPlaces,
): (result: StepResult) => StepResult {
  const nodes = once(() => new Map(graph.nodes.map((node) => [node.id, node])))
  return (result) => {
    const { failure } = result
    const node = failure === null ? undefined : nodes().get(result.id)
    if (failure === null || node === undefined) return result
    if (node.kind === 'job')
      return ofDeclaration.has(failure.code)
        ? { ...result, failure: { ...failure, place: declarationOf(node) } }
        : result
    const { cell, ...rest } = failure
    const place = cell === undefined ? null : unitTests.placeOf(node.id, cell)
    return {
      ...result,
      failure: {
        ...rest,
        ...hintOf(failure, node, graph),
        place: place ?? placeOf(failure, node, nodes(), places),
      },
    }
  }
}

/** What a source says that is a matter of the words of the job. */
const ofDeclaration: ReadonlySet<string> = new Set([
  'SOURCE_TABLE_MISSING',
  'SOURCE_COLUMN_MISSING',
  'SOURCE_KEY_MISSING',
  'SOURCE_KEY_NOT_UNIQUE',
  'SOURCE_KEY_TYPE',
  'SOURCE_FILE_OUTSIDE',
  'BAD_BOUNDS',
])

function declarationOf({ location: { file, line, column } }: Node): FailurePlace {
  return { file, line, column }
}

function placeOf(
  { sql, position }: Failure,
  node: Exclude<Node, { kind: 'job' }>,
  nodes: ReadonlyMap<NodeId, Node>,
  places: SqlPlaces,
): FailurePlace {
  const { file } = node.location
  // Its rows have places of their own: what else is wrong stands in the model, or came out of a macro.
  if (node.kind === 'unit_test' && sql !== undefined && position !== undefined) {
    const model = nodes.get(node.model)
    if (model?.kind === 'model') {
      const found = locateInTemplate({ file: model.location.file, text: model.rawCode }, sql, position)
      if (found !== null) return found
    }
  }
  const traced = tracedPlace(sql, position, node, places)
  if (traced !== null) return traced
  // A generic test is written by Strata: its place is that of its declaration.
  const isDeclared = node.kind === 'unit_test' || (node.kind === 'data_test' && node.test === 'generic')
  if (isDeclared) return declarationOf(node)
  if (sql === undefined || position === undefined || !('rawCode' in node)) return { file }
  const found = locateInTemplate({ file, text: ownText(node, sql) }, sql, position)
  return found === null ? { file } : { file, line: found.line, column: found.column }
}

function tracedPlace(
  sql: string | undefined,
  position: number | undefined,
  node: Node,
  places: SqlPlaces,
): FailurePlace | null {
  if (sql === undefined || position === undefined || !('select' in node)) return null
  const within = offsetInSelect(sql, position, node.select)
  const place = within === null ? null : places.locate(node.id, within.form, within.offset)
  if (place === null) return null
  const { file, line, column } = place.location
  return { file, line, column }
}

/** Of a statement that is a hook, the text of the hook in its file, where it stands in it once; all else is blank. */
function ownText(node: Node & { readonly rawCode: string }, sql: string): string {
  const { rawCode } = node
  if (!('preHooks' in node)) return rawCode
  const hook = [...node.preHooks, ...node.postHooks].find((one) => one.sql !== null && sql.includes(one.sql))
  const at = hook === undefined ? -1 : rawCode.indexOf(hook.template)
  if (hook === undefined || at < 0 || rawCode.includes(hook.template, at + 1)) return rawCode
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  const end = at + hook.template.length
  return blank(rawCode.slice(0, at)) + hook.template + blank(rawCode.slice(end))
}

function hintOf(failure: Failure, node: Node, graph: Graph): { readonly hint?: string } {
  const { cell } = failure
  if (cell?.known !== undefined && cell.column !== null) {
    const meant = didYouMean(cell.column, cell.known)
    return meant === undefined ? {} : { hint: `${meant} ${failure.hint ?? ''}`.trimEnd() }
  }
  const missing =
    failure.sqlstate === '42P01' ? /relation "([^"]+)" does not exist/.exec(failure.message) : null
  const hint =
    missing === null
      ? null
      : (neverLandedHint(missing[1]!, node, graph) ?? undefinedTableHint(missing[1]!, node, graph))
  return hint === null ? {} : { hint }
}
