import { resolve } from 'node:path'
import type { FreshnessResult, SourceNode } from '@strata/core'
import { connectDatabase } from '../database-connection.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { plural } from '../reporters/format.ts'
import { freshnessTable } from '../reporters/freshness-table.ts'
import { renderRows } from '../reporters/render-rows.ts'
import { selectNodes } from '../select-nodes.ts'
import { freshnessOf, withLimits } from '../source-freshness.ts'
import { openWorkspace } from '../workspace.ts'
import { prepareTargetFolder, writeSources } from '../write-artifacts.ts'

interface SourceFreshnessOptions extends SelectionOptions {
  /** Where the results are written; default: target/sources.json. */
  readonly output?: string
}

/** `models source freshness`: how old the sources of the selection are, held against their limits. */
export async function sourceFreshnessCommand(
  invocation: Invocation,
  options: SourceFreshnessOptions,
): Promise<number> {
  const workspace = await openWorkspace(invocation, options, {
    command: 'source freshness',
    keepsWarnings: true,
  })
  if (workspace === null) return exitCodes.failed
  const { compilation, directory, metadata, target } = workspace
  const nodes = await selectNodes(invocation, workspace, options)
  const sources = withLimits(nodes.filter((node): node is SourceNode => node.kind === 'source'))
  prepareTargetFolder(directory)
  const began = invocation.clock().getTime()
  const connection = await connectDatabase(workspace)
  try {
    const results = await inTurns(sources, target.threads, (source) =>
      freshnessOf(source, {
        database: connection.database,
        landingSchema: target.landingSchema,
        jobs: new Map(
          compilation.graph.nodes.flatMap((node) => (node.kind === 'job' ? [[node.id, node]] : [])),
        ),
        late: compilation.late,
        clock: invocation.clock,
        signal: invocation.signal,
      }),
    )
    const file = resolve(directory, options.output ?? 'target/sources.json')
    writeSources(file, results, metadata, (invocation.clock().getTime() - began) / 1000)
    tell(invocation, options, results)
    const late = results.some(({ status }) => status === 'error' || status === 'runtime error')
    return late ? exitCodes.failed : exitCodes.success
  } finally {
    await connection.close()
  }
}

function tell(
  { terminal }: Invocation,
  { json, quiet }: SourceFreshnessOptions,
  results: readonly FreshnessResult[],
): void {
  if (json) {
    for (const result of results) terminal.out(JSON.stringify(result))
    return
  }
  const shown = quiet
    ? results.filter(({ status }) => status === 'error' || status === 'runtime error')
    : results
  if (shown.length > 0) {
    const { columns, rows } = freshnessTable(shown)
    terminal.out(renderRows(columns, rows, terminal.columns))
  } else if (!quiet)
    terminal.out('No source of the selection has limits: they stand under freshness: of a source.')
  for (const { name, error } of shown)
    if (error !== null) terminal.err(`${name}: ${error.message}${error.hint ? `\n  → ${error.hint}` : ''}`)
  for (const { name, by, leftOut } of shown)
    if (leftOut > 0)
      terminal.err(
        `${name}: ${plural(leftOut, 'row')} left out, whose ${by} is more than a day ahead; the age is that of the newest of the others.`,
      )
  const late = results.filter(({ status }) => status !== 'pass').length
  if (late > 0 && !quiet)
    terminal.err(`${plural(late, 'source')} of ${results.length} not as fresh as they should be.`)
}

/** Several at once, the results in the order of the sources. */
async function inTurns<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return results
}
