import type { Json } from '@strata/core'
import type { ProjectSources } from '../read-project.ts'

/** The variables that `var()` finds, as seen from a package. */
export interface Variables {
  find(packageName: string, name: string): Json | undefined
  names(packageName: string): readonly string[]
}

/**
 * The command line first, then what the project says for that package, then what it says for all, then the same two of the
 * package's own project file.
 */
export function createVariables(
  sources: ProjectSources,
  given: { readonly [name: string]: Json },
): Variables {
  const root = sources.project.vars
  const own = new Map(sources.packages.map(({ project }) => [project.name, project.vars]))
  const layers = (packageName: string): readonly { readonly [name: string]: Json }[] => {
    const package_ = own.get(packageName) ?? {}
    return [given, scoped(root, packageName), root, scoped(package_, packageName), package_]
  }
  return {
    find(packageName, name) {
      for (const layer of layers(packageName)) if (Object.hasOwn(layer, name)) return layer[name]
      return undefined
    },
    names: (packageName) => layers(packageName).flatMap((layer) => Object.keys(layer)),
  }
}

function scoped(vars: { readonly [name: string]: Json }, name: string): { readonly [name: string]: Json } {
  const branch = Object.hasOwn(vars, name) ? vars[name] : undefined
  return typeof branch === 'object' && branch !== null && !Array.isArray(branch)
    ? (branch as { readonly [name: string]: Json })
    : {}
}
