import type { Diagnostic, RunHook } from '@strata/core'
import type { PackageProject } from './package-project.ts'
import { relocated } from './relocated.ts'
import type { Renderer } from './renderer.ts'

/** The hooks around a run: those of packages first, in the order of their names, as dbt runs them. */
export function runHooks(
  packages: readonly PackageProject[],
  renderer: Renderer,
): {
  readonly diagnostics: readonly Diagnostic[]
  readonly onRunStart: readonly RunHook[]
  readonly onRunEnd: readonly RunHook[]
} {
  const [root, ...others] = packages
  const ordered = root === undefined ? [] : [...others, root]
  const hooks = (key: 'onRunStart' | 'onRunEnd') =>
    ordered.flatMap(({ project }) =>
      project[key].map(
        ({ template, location }): RunHook => ({
          template,
          sql: null,
          transaction: true,
          packageName: project.name,
          location,
        }),
      ),
    )
  const onRunStart = hooks('onRunStart')
  const onRunEnd = hooks('onRunEnd')
  // They are rendered when they run; what cannot even be parsed is told now.
  const diagnostics = [...onRunStart, ...onRunEnd].flatMap(({ template, location }) =>
    renderer
      .parse({ path: location.file, text: template })
      .diagnostics.map((one) =>
        relocated({ ...one, message: `in a hook of the run: ${one.message}` }, location),
      ),
  )
  return { diagnostics, onRunStart, onRunEnd }
}
