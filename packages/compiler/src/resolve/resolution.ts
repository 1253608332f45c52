import type { Column, Diagnostic, Json, Location } from '@strata/core'
import type { ColumnProperties } from '../project/properties-schema.ts'
import type { ProjectSources } from '../read-project.ts'
import { print } from '../template/index.ts'
import { constraintsOf } from './constraints.ts'
import { findMaterialization } from './find-materialization.ts'
import { asStrings, type Config } from './merge-config.ts'
import { createNodeNames, type NodeNames } from './node-names.ts'
import { isDbtProject } from './project-context.ts'
import { relocated } from './relocated.ts'
import type { CompileSettings } from './render-scope.ts'
import { isTemplate } from './render-yaml.ts'
import type { Renderer } from './renderer.ts'
import { createResourceConfigs, type ResourceConfigs } from './resource-config.ts'
import { yamlScope } from './scopes.ts'

/** What the drafting of every kind of resource shares. */
export interface Resolution {
  readonly renderer: Renderer
  readonly configs: ResourceConfigs
  readonly names: NodeNames
  readonly settings: CompileSettings
  /** What a generic test configures holds, also where dbt does not see it. */
  readonly configuresTests: boolean
  /** Complaints that came up on the way. */
  readonly diagnostics: readonly Diagnostic[]
  /** A description with its `{{ doc('…') }}` filled in. */
  describe(text: string | null | undefined, packageName: string, location: Location): string
  column(column: ColumnProperties, packageName: string, location: Location): Column
  /** Where a file of the project or of a package defines a materialization of that name; null: none does. */
  findMaterialization(name: string): Location | null
}

export function createResolution(
  sources: ProjectSources,
  settings: CompileSettings,
  renderer: Renderer,
): Resolution {
  const complaints: Diagnostic[] = []
  const configs = createResourceConfigs(sources, renderer)
  const names = createNodeNames(sources, settings, renderer)

  const describe: Resolution['describe'] = (text, packageName, location) => {
    if (text === null || text === undefined) return ''
    if (!isTemplate(text)) return text
    const parsed = renderer.parse({ path: location.file, text })
    const rendered =
      parsed.template === null ? null : renderer.evaluate(parsed.template, yamlScope(packageName))
    for (const complaint of [...parsed.diagnostics, ...(rendered?.diagnostics ?? [])])
      complaints.push(relocated(complaint, location))
    return rendered?.value === undefined || rendered === null ? text : print(rendered.value)
  }
  return {
    renderer,
    configs,
    names,
    settings,
    configuresTests: !isDbtProject(sources),
    get diagnostics() {
      return [...complaints, ...configs.diagnostics, ...names.diagnostics]
    },
    describe,
    findMaterialization: (name) => findMaterialization(sources, name),
    column(column, packageName, location) {
      const config = (column.config ?? {}) as Config
      return {
        name: column.name,
        description: describe(column.description, packageName, location),
        dataType: column.data_type ?? null,
        meta: { ...(config['meta'] as Config | undefined), ...(column.meta as Config) },
        tags: [...new Set([...asStrings(column.tags as Json), ...asStrings(config['tags'])])],
        ...(typeof column.quote === 'boolean' ? { quote: column.quote } : {}),
        ...constraintsOf(column.constraints),
      }
    },
  }
}
