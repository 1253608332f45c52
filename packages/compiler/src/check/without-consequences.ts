import type { SqlProblem } from '../lineage/query-lineage.ts'

/**
 * Leaves out the columns that are unknown only because what a query reads has a misspelt one of its own: `email`, where a common
 * table expression selects `emial`. The misspelt one is no name that anybody could have meant. `problems` are in the order in
 * which they were found: what is read comes before what reads it.
 */
export function withoutConsequences(problems: readonly SqlProblem[]): readonly SqlProblem[] {
  const misspelt = new Set<string>()
  return problems.filter(({ kind, name, candidates }) => {
    if (kind !== 'unknown_column') return true
    if (candidates.some((candidate) => misspelt.has(bare(candidate)))) return false
    misspelt.add(bare(name))
    return true
  })
}

function bare(name: string): string {
  return name.split('.').at(-1)!.replaceAll('"', '').toLowerCase()
}
