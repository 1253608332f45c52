import type { Column, Diagnostic, Json, Location } from '@strata/core'
import { type Draft, draftFile } from './draft.ts'
import { fqnOf } from './fqn.ts'
import { asStrings, type Config, isMapping } from './merge-config.ts'
import type { PackageProject } from './package-project.ts'
import type { Resolution } from './resolution.ts'

/** A file of the analysis folders: compiled, never run. */
export interface AnalysisDraft extends Draft {
  readonly id: string
  readonly name: string
  readonly fqn: readonly string[]
  readonly location: Location
  readonly patchPath: string | null
  readonly analysisConfig: Config
  readonly description: string
  readonly columns: readonly Column[]
  readonly tags: readonly string[]
  readonly meta: { readonly [key: string]: Json }
}

export function draftAnalyses(
  package_: PackageProject,
  resolution: Resolution,
): { readonly analyses: readonly AnalysisDraft[]; readonly diagnostics: readonly Diagnostic[] } {
  const packageName = package_.project.name
  const diagnostics: Diagnostic[] = []
  const analyses = package_.analyses.flatMap((file): AnalysisDraft[] => {
    const { name, fqn: inFolders } = fqnOf(package_, package_.project.analysisPaths, file.path)
    const fqn = [packageName, 'analysis', ...inFolders.slice(1)]
    const drafted = draftFile(file, packageName, resolution.renderer)
    diagnostics.push(...drafted.diagnostics)
    if (drafted.draft === null) return []
    const declared = package_.declared.analyses.find((one) => one.value.name === name) ?? null
    const config = resolution.configs.of(
      'analyses',
      packageName,
      fqn,
      [declared?.value ?? null],
      drafted.draft.config,
    )
    if (config['enabled'] === false) return []
    const location = { file: file.path, line: 1, column: 1 }
    return [
      {
        ...drafted.draft,
        id: `analysis.${packageName}.${name}`,
        name,
        fqn,
        location,
        patchPath: declared?.document.file ?? null,
        analysisConfig: config,
        description: resolution.describe(declared?.value.description, packageName, location),
        columns: (declared?.value.columns ?? []).map((column) =>
          resolution.column(column, packageName, location),
        ),
        tags: asStrings(config['tags']),
        meta: isMapping(config['meta']) ? config['meta'] : {},
      },
    ]
  })
  return { analyses, diagnostics }
}
