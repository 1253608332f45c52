import type { RunHook } from '@strata/core'
import type { PackageProject } from './package-project.ts'

/** The hooks around a run: those of packages first, in the order of their names, as dbt runs them. */
export function runHooks(packages: readonly PackageProject[]): {
  readonly onRunStart: readonly RunHook[]
  readonly onRunEnd: readonly RunHook[]
} {
  const [root, ...others] = packages
  const ordered = root === undefined ? [] : [...others, root]
  const hooks = (key: 'onRunStart' | 'onRunEnd') =>
    ordered.flatMap(({ project }) =>
      project[key].map(
        (template): RunHook => ({
          template,
          sql: null,
          transaction: true,
          packageName: project.name,
          location: { file: project.path, line: 1, column: 1 },
        }),
      ),
    )
  return { onRunStart: hooks('onRunStart'), onRunEnd: hooks('onRunEnd') }
}
