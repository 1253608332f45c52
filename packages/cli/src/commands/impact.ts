import { columnImpact, columnPlace, findNamedColumn, locateInOwnFile } from '@strata/compiler/lineage'
import { ConfigurationError, listed } from '@strata/core'
import { createColors } from 'picocolors'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { openLineage } from '../open-lineage.ts'
import { renderImpact } from '../reporters/render-impact.ts'
import { openWorkspace } from '../workspace.ts'

/** More than these are no help. */
const shownColumns = 20

/** `models impact`: what breaks or changes when a column does. Needs no database. */
export async function impactCommand(
  invocation: Invocation,
  options: CommonOptions,
  word?: string,
): Promise<number> {
  if (word === undefined)
    throw new ConfigurationError({
      code: 'NOTHING_TO_TRACE',
      message: 'impact needs the name of a column',
      hint: 'Write models impact patients.status, or models impact silver.patients.status.',
    })
  const workspace = await openWorkspace(invocation, options, { command: 'impact', keepsWarnings: true })
  if (workspace === null) return exitCodes.failed
  const { compilation, target } = workspace
  const { lineage, keep } = await openLineage(workspace)
  const { node, column, path } = findNamedColumn(lineage, word, target.prefix)
  if (column === null) {
    const columns = lineage.of(node.id)?.columns ?? []
    throw new ConfigurationError({
      code: 'NO_COLUMN',
      message: `"${word}" is a ${node.kind}; impact needs a column of it`,
      hint:
        columns.length === 0
          ? `Write models impact ${word}.name_of_the_column. What stands on all of it: models list --select ${word}+`
          : `Its columns: ${listed(
              columns.map(({ name }) => name),
              shownColumns,
            )}. What stands on all of it: models list --select ${word}+`,
    })
  }
  const locate = locateInOwnFile(compilation.graph, compilation.places)
  const impact = columnImpact(lineage, { node: node.id, column, path }, locate)
  keep()
  if (options.json) invocation.terminal.out(JSON.stringify(impact))
  else
    invocation.terminal.out(
      renderImpact(
        impact,
        compilation.graph,
        (of, name) => columnPlace(lineage, locate, of, name),
        createColors(invocation.terminal.color),
      ),
    )
  return exitCodes.success
}
