import { digest } from '../cache/compile-cache.ts'
import type { ProjectSources } from '../read-project.ts'
import { macroNames } from './macros.ts'
import { isDbtProject } from './project-context.ts'
import type { CompileSettings } from './render-scope.ts'

/** What every result depends on: with another of it nothing that was kept is worth anything. */
export function cacheEnvironment(
  sources: ProjectSources,
  { target, connection, version }: CompileSettings,
): string {
  const { project } = sources
  const packages = [sources, ...sources.packages].flatMap(({ project: one, folder, macros, tests }) => [
    one.name,
    one.version,
    folder,
    // A macro that is new may stand in the place of another.
    ...[...macros, ...tests].flatMap((file) => macroNames(file)),
  ])
  const builtin = sources.builtin.map((file) => file.text)
  const own = [isDbtProject(sources), project.name, project.profile, project.flags, project.dispatch]
  return digest(JSON.stringify([cacheFormat, version, own, target, connection, packages, builtin]))
}

/** Raised when what is kept changes its meaning. */
const cacheFormat = 4
