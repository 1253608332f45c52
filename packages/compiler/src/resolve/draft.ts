import type { Diagnostic, Json, Location } from '@strata/core'
import type { SourceText } from '../project/project-file.ts'
import type { Template, Value } from '../template/index.ts'
import type { ModelSource, TypeScriptModel } from '../typescript/index.ts'
import type { Config } from './merge-config.ts'
import type { Reference, RenderScope } from './render-scope.ts'
import type { Renderer } from './renderer.ts'
import { yamlScope } from './scopes.ts'

/** What a template says of itself when it is rendered without a graph: its configuration and its references. */
export interface Draft {
  readonly file: SourceText
  readonly template: Template | TypeScriptModel
  readonly packageName: string
  /** Further names that the template sees. */
  readonly names: ReadonlyMap<string, Value>
  readonly config: Config
  /** Where `config()` stands; the start of the file where there is none. */
  readonly configLocation: Location
  readonly references: readonly Reference[]
  readonly increments: readonly { readonly reference: Reference; readonly location: Location }[]
  /** Ids of the macros that it looked up. */
  readonly macros: readonly string[]
}

const noNames: ReadonlyMap<string, Value> = new Map()

/** Parses a file and renders it for what it declares. Null when the template is wrong; the diagnostics say where. */
export function draftFile(
  file: SourceText,
  packageName: string,
  renderer: Renderer,
): { readonly draft: Draft | null; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = renderer.parse(file)
  if (parsed.template === null) return { draft: null, diagnostics: parsed.diagnostics }
  const drafted = draftTemplate(file, parsed.template, packageName, renderer)
  return { draft: drafted.draft, diagnostics: [...parsed.diagnostics, ...drafted.diagnostics] }
}

/** Calls the function of a `.ts` model for what it declares. Null when its code could not be loaded, which has been told. */
export function draftTypeScript(
  file: ModelSource,
  packageName: string,
  renderer: Renderer,
): { readonly draft: Draft | null; readonly diagnostics: readonly Diagnostic[] } {
  const { typescript = null } = file
  return typescript === null
    ? { draft: null, diagnostics: [] }
    : draftTemplate(file, typescript, packageName, renderer)
}

/** Renders a template for what it declares. */
export function draftTemplate(
  file: SourceText,
  template: Template | TypeScriptModel,
  packageName: string,
  renderer: Renderer,
  names = noNames,
): { readonly draft: Draft; readonly diagnostics: readonly Diagnostic[] } {
  const config: { [option: string]: Json } = {}
  let configLocation: Location = { file: file.path, line: 1, column: 1 }
  const references: Reference[] = []
  const increments: { reference: Reference; location: Location }[] = []
  const macros = new Set<string>()
  const unknown = yamlScope(packageName)

  // Rendered both ways, so that what stands only in `{% if is_incremental() %}` is an edge of the graph as well.
  const scope = (isIncremental: boolean): RenderScope => ({
    ...unknown,
    isIncremental,
    names,
    self: { schema: '', name: file.path },
    resolve(reference) {
      references.push(reference)
      return unknown.resolve(reference)
    },
    configure(options, location) {
      for (const [option, value] of Object.entries(options)) config[option.replace('-', '_')] = value
      configLocation = location
    },
    increment(reference, relation, location) {
      increments.push({ reference, location })
      return relation.name
    },
    onMacro: (id) => macros.add(id),
  })
  const diagnostics = [...renderer.render(template, scope(false)).diagnostics]
  if (template.kind === 'typescript' || /\bis_incremental\b/.test(file.text))
    diagnostics.push(...renderer.render(template, scope(true)).diagnostics)

  return {
    draft: {
      file,
      template,
      packageName,
      names,
      config,
      configLocation,
      references: distinct(references),
      increments,
      macros: [...macros],
    },
    diagnostics,
  }
}

/** Each thing that is referred to once, at its first place. */
function distinct(references: readonly Reference[]): readonly Reference[] {
  const seen = new Map<string, Reference>()
  for (const reference of references) {
    const key =
      reference.kind === 'ref'
        ? `ref ${reference.packageName ?? ''} ${reference.name} ${reference.version ?? ''}`
        : `source ${reference.sourceName} ${reference.tableName}`
    if (!seen.has(key)) seen.set(key, reference)
  }
  return [...seen.values()]
}
