import type { Json } from '@strata/core'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import { fromJson, type Value } from '../template/index.ts'

/** The project and its packages by name and version, as packages that look for their own version expect them. */
export function projectFacts(sources: ProjectSources): Value {
  const facts = ({ project }: PackageSources) => ({
    project_name: project.name,
    version: project.version,
    vars: {},
  })
  const dependencies = Object.fromEntries(sources.packages.map((one) => [one.project.name, facts(one)]))
  return fromJson({ ...facts(sources), dependencies, args: {} } as Json)
}
