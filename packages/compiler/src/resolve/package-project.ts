import type { Properties } from '../project/parse-properties.ts'
import type { PackageSources } from '../read-project.ts'

/** One package with its properties files read and the templates in them rendered. */
export interface PackageProject extends PackageSources {
  readonly declared: Properties
  /** Sources that are declared with errors, and left out. */
  readonly refusedSources: readonly string[]
}
