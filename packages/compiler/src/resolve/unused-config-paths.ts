import type { Diagnostic } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { ConfigTreeName, ProjectFile } from '../project/project-file.ts'
import { isMapping } from './merge-config.ts'

/** The trees whose folders are looked for, and what stands in them. */
const resources: { readonly [tree in ConfigTreeName]?: string } = {
  models: 'model',
  seeds: 'seed',
  snapshots: 'snapshot',
  sources: 'source',
  analyses: 'analysis',
  dataTests: 'test',
  unitTests: 'unit test',
  exposures: 'exposure',
}

/**
 * Warns of configuration in the project file that reaches nothing. `names` are the fully qualified names of what the tree
 * could be for, of all packages, also of what is switched off.
 */
export function unusedConfigPaths(
  project: ProjectFile,
  tree: ConfigTreeName,
  names: readonly (readonly string[])[],
): readonly Diagnostic[] {
  const noun = resources[tree]
  if (noun === undefined) return []
  const walk = (level: unknown, path: readonly string[]): Diagnostic[] => {
    if (!isMapping(level)) return []
    return Object.entries(level).flatMap(([key, below]): Diagnostic[] => {
      // What is no mapping, or has a plus, is configuration of the level that it stands in.
      if (key.startsWith('+') || !isMapping(below)) return []
      const inner = [...path, key]
      if (Object.keys(below).length === 0) return []
      if (names.some((name) => begins(name, inner))) return walk(below, inner)
      return [
        {
          code: 'UNUSED_CONFIG',
          severity: 'warning',
          message: `the configuration below ${inner.join('.')} reaches no ${noun}`,
          hint: hintFor(project, inner, names, noun),
          location: project.placeInTree(tree, inner).key,
        },
      ]
    })
  }
  return walk(project[tree], [])
}

function begins(name: readonly string[], path: readonly string[]): boolean {
  return path.length <= name.length && path.every((part, index) => part === name[index])
}

function hintFor(
  project: ProjectFile,
  path: readonly string[],
  names: readonly (readonly string[])[],
  noun: string,
): string {
  const [last] = path.slice(-1)
  if (names.some((name) => begins(name, [project.name, ...path])))
    return `Write it below the name of the project: ${[project.name, ...path].join('.')}.`
  if (path[0] === project.name && names.some((name) => begins(name, path.slice(1))))
    return `It is a package of its own: write ${path.slice(1).join('.')}.`
  const above = path.slice(0, -1)
  const beside = names.flatMap((name) => (begins(name, above) ? (name[above.length] ?? []) : []))
  return (
    didYouMean(last!, beside) ??
    (configurable.has(last!)
      ? `If it is an option and no folder, write "+${last}".`
      : `Below the name of the project or package stand the folders and the name of the ${noun}, as \`models list --output selector\` shows them.`)
  )
}

/** Options whose value is a mapping, which without a plus is taken for a folder. */
const configurable = new Set([
  'meta',
  'persist_docs',
  'grants',
  'docs',
  'contract',
  'quoting',
  'column_types',
  'freshness',
  'watermark',
])
