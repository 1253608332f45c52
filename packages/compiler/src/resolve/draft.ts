import type { Diagnostic, Json, Location } from '@strata/core'
import type { SourceText } from '../project/project-file.ts'
import type { Template } from '../template/index.ts'
import type { Config } from './merge-config.ts'
import type { Reference, RenderScope } from './render-scope.ts'
import type { Renderer } from './renderer.ts'

/** What a file says of itself when it is rendered without a graph: its configuration and its references. */
export interface Draft {
  readonly file: SourceText
  readonly template: Template
  readonly config: Config
  /** Where `config()` stands; the start of the file where there is none. */
  readonly configLocation: Location
  readonly references: readonly Reference[]
  readonly increments: readonly { readonly reference: Reference; readonly location: Location }[]
}

/** Renders a file for what it declares. Null when the template is wrong; the diagnostics say where. */
export function draftFile(
  file: SourceText,
  renderer: Renderer,
): { readonly draft: Draft | null; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = renderer.parse(file)
  if (parsed.template === null) return { draft: null, diagnostics: parsed.diagnostics }

  const config: { [option: string]: Json } = {}
  let configLocation: Location = { file: file.path, line: 1, column: 1 }
  const references: Reference[] = []
  const increments: { reference: Reference; location: Location }[] = []

  // Rendered both ways, so that what stands only in `{% if is_incremental() %}` is an edge of the graph as well.
  const scope = (isIncremental: boolean): RenderScope => ({
    execute: false,
    isIncremental,
    self: { schema: '', name: file.path },
    resolve(reference) {
      references.push(reference)
      return reference.kind === 'ref'
        ? { schema: '', name: reference.name }
        : { schema: reference.sourceName, name: reference.tableName }
    },
    configure(options, location) {
      Object.assign(config, options)
      configLocation = location
    },
    increment(reference, relation, location) {
      increments.push({ reference, location })
      return relation.name
    },
  })
  const diagnostics = [...parsed.diagnostics]
  const full = renderer.render(parsed.template, scope(false))
  diagnostics.push(...full.diagnostics)
  if (/\bis_incremental\b/.test(file.text))
    diagnostics.push(...renderer.render(parsed.template, scope(true)).diagnostics)

  return {
    draft: {
      file,
      template: parsed.template,
      config,
      configLocation,
      references: distinct(references),
      increments,
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
        ? `ref ${reference.packageName ?? ''} ${reference.name}`
        : `source ${reference.sourceName} ${reference.tableName}`
    if (!seen.has(key)) seen.set(key, reference)
  }
  return [...seen.values()]
}
