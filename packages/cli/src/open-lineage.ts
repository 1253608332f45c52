import { type GraphLineage, graphLineage, loadSqlParser } from '@strata/compiler/lineage'
import { readKeptFile, writeKeptFile } from './kept-file.ts'
import type { Workspace } from './workspace.ts'

/** The column lineage of a workspace, as far as it is the same from what an earlier command kept. */
export async function openLineage(
  workspace: Pick<Workspace, 'directory' | 'target' | 'sources' | 'compilation'>,
): Promise<{ readonly lineage: GraphLineage; readonly keep: () => void }> {
  await loadSqlParser()
  const { sources, compilation } = workspace
  const packages = [sources, ...sources.packages]
  const lineage = graphLineage(compilation.graph, packages, readKeptFile(workspace, 'lineage'))
  return {
    lineage,
    keep() {
      const text = lineage.keep()
      if (text !== null) writeKeptFile(workspace, 'lineage', text)
    },
  }
}
