import type { Graph, NodeId, RunResult, StepResult } from '@strata/core'
import type { DatabaseConnection } from './database-connection.ts'
import type { Suggest, Suggestion } from './suggest.ts'

const mostSuggested = 3

/** What is worth typing after a run: first what was left undone, then a look at what was built. */
export function nextCommands(
  { results, command }: Pick<RunResult, 'results' | 'command'>,
  connection: Pick<DatabaseConnection, 'embedded'>,
  suggest: Suggest,
  graph: Pick<Graph, 'nodes'>,
): readonly Suggestion[] {
  const next = [...afterFailures(results, suggest)]
  const last = results.findLast((step) => step.kind === 'model' && step.status === 'success')
  if (last !== undefined) {
    const name = last.name.slice(last.name.indexOf('.') + 1)
    next.push(suggest(`show ${name}`, 'first rows'))
    if (command !== 'build' && hasTests(last.id, graph))
      next.push(suggest(`test --select ${name} --indirect-selection buildable`, 'its tests'))
    if (connection.embedded !== null) next.push({ command: suggest.psql, purpose: 'SQL shell' })
  }
  return next.slice(0, mostSuggested)
}

/** Whether a test is asked that needs nothing but that node and what it is made of. */
function hasTests(id: NodeId, { nodes }: Pick<Graph, 'nodes'>): boolean {
  const parentsOf = new Map(nodes.map((node) => [node.id, node.parents]))
  const below = new Set<NodeId>([id])
  for (const one of below) for (const parent of parentsOf.get(one) ?? []) below.add(parent)
  return nodes.some((node) =>
    node.kind === 'data_test'
      ? node.parents.includes(id) && node.parents.every((parent) => below.has(parent))
      : node.kind === 'unit_test' && node.model === id,
  )
}

/** What was left undone, and where to look. */
export function afterFailures(results: RunResult['results'], suggest: Suggest): readonly Suggestion[] {
  const isLeft = results.some(({ status }) => ['failed', 'skipped', 'cancelled'].includes(status))
  return [
    ...(isLeft ? [suggest('retry', 'what was not done')] : []),
    ...(results.some(isOutOfReach) ? [suggest('debug', 'check database and sources')] : []),
    ...(results.some(isUnlandedSource) && results.some(({ kind }) => kind !== 'job')
      ? [suggest('run --no-extract', 'build from what has landed')]
      : []),
  ]
}

/** The failure lies in what Strata talks to, which `debug` looks at: no table, and no words of a job. */
function isOutOfReach({ failure }: StepResult): boolean {
  return failure !== null && outOfReach.test(failure.code)
}

/** Models can do without it: they read what it gave before. */
function isUnlandedSource({ kind, failure }: StepResult): boolean {
  return kind === 'job' && failure?.code === 'SOURCE_UNREACHABLE'
}

const outOfReach =
  /^(SOURCE_(?!COLUMN_MISSING|KEY_|TABLE_|ROWS_|COUNT_|FILE_)|CONNECTION_LOST|DATABASE_UNREACHABLE|LOGIN_REFUSED)/
