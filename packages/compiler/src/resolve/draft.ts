import type { ChangedKeys, Diagnostic, Json, Location } from '@strata/core'
import { once } from '../once.ts'
import type { SourceText } from '../project/project-file.ts'
import type { Template, Value } from '../template/index.ts'
import type { ModelSource, TypeScriptModel } from '../typescript/index.ts'
import { draftModel } from './draft-model.ts'
import { type Config, mergeConfig } from './merge-config.ts'
import type { Reference, RenderScope } from './render-scope.ts'
import type { Renderer } from './renderer.ts'
import { yamlScope } from './scopes.ts'

/** What a template says of itself when it is rendered without a graph: its configuration and its references. */
export interface Draft {
  readonly file: SourceText
  /** Parsed when it is first asked for: what was kept from an earlier compile needs no template. */
  readonly template: () => Template | TypeScriptModel
  readonly packageName: string
  /** Further names that the template sees. */
  readonly names: ReadonlyMap<string, Value>
  readonly config: Config
  /** Where `config()` stands; the start of the file where there is none. */
  readonly configLocation: Location
  readonly references: readonly Reference[]
  readonly increments: readonly DraftedIncrement[]
  /** Ids of the macros that it looked up. */
  readonly macros: readonly string[]
  /** Ids of those that it calls itself, dbt's own among them, as dbt lists them. */
  readonly calls: readonly string[]
}

const noNames: ReadonlyMap<string, Value> = new Map()

/** Parses a file and renders it for what it declares. Null when the template is wrong; the diagnostics say where. */
export function draftFile(
  file: SourceText,
  packageName: string,
  renderer: Renderer,
): { readonly draft: Draft | null; readonly diagnostics: readonly Diagnostic[] } {
  const parse = once(() => renderer.parse(file))
  const kept = renderer.cache.remember('draft', [packageName, file.path, file.text], () =>
    renderer.recorder.record((): KeptDraft => {
      const { template, diagnostics } = parse()
      if (template === null) return { declared: null, diagnostics }
      const declared = declare(file, template, packageName, renderer, noNames)
      return { declared: declared.declared, diagnostics: [...diagnostics, ...declared.diagnostics] }
    }),
  )
  const template = () => parse().template!
  const draft =
    kept.declared === null ? null : { ...kept.declared, file, template, packageName, names: noNames }
  return { draft, diagnostics: kept.diagnostics }
}

/** What a draft holds beside what it was made from. */
type Declared = Omit<Draft, 'file' | 'template' | 'packageName' | 'names'>

interface KeptDraft {
  readonly declared: Declared | null
  readonly diagnostics: readonly Diagnostic[]
}

/** A call of `increment()`, or of `changed_keys()` with what it asks for. */
export interface DraftedIncrement {
  readonly reference: Reference
  readonly location: Location
  readonly keys: ChangedKeys | null
}

/** Calls a `.ts` model for what it declares. Null where its code could not be loaded, which has been complained of. */
export function draftTypeScript(
  file: ModelSource,
  packageName: string,
  renderer: Renderer,
): { readonly draft: Draft | null; readonly diagnostics: readonly Diagnostic[] } {
  const { typescript } = file
  return typescript === null || typescript === undefined
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
  const { declared, diagnostics } = declare(file, template, packageName, renderer, names)
  return { draft: { ...declared, file, template: () => template, packageName, names }, diagnostics }
}

function declare(
  file: SourceText,
  template: Template | TypeScriptModel,
  packageName: string,
  renderer: Renderer,
  names: ReadonlyMap<string, Value>,
): { readonly declared: Declared; readonly diagnostics: readonly Diagnostic[] } {
  let config: Config = {}
  let configLocation: Location = { file: file.path, line: 1, column: 1 }
  const references: Reference[] = []
  const increments: DraftedIncrement[] = []
  const macros = new Set<string>()
  const calls = new Set<string>()
  let asksIncremental = false
  const unknown = yamlScope(packageName)

  // Rendered both ways, so that what stands only in `{% if is_incremental() %}` is an edge of the graph as well.
  const scope = (isIncremental: boolean): RenderScope => ({
    ...unknown,
    get isIncremental() {
      asksIncremental = true
      return isIncremental
    },
    names,
    self: { schema: '', name: file.path },
    model: () => draftModel(file, packageName),
    resolve(reference) {
      references.push(reference)
      return unknown.resolve(reference)
    },
    configure(options, location) {
      if (isIncremental) return
      config = withCall(config, options)
      configLocation = location
    },
    increment(reference, relation, location, keys) {
      increments.push({ reference, location, keys })
      return relation.name
    },
    onMacro: (id) => macros.add(id),
    onCall(id) {
      if (!isIncremental) calls.add(id)
    },
  })
  const diagnostics = [...renderer.render(template, scope(false)).diagnostics]
  if (template.kind === 'typescript' || asksIncremental)
    diagnostics.push(...renderer.render(template, scope(true)).diagnostics)

  return {
    declared: {
      config,
      configLocation,
      references: distinct(references),
      increments,
      macros: [...macros],
      calls: [...calls],
    },
    diagnostics,
  }
}

/** Several calls of `config()` in one file add up as levels of configuration do. */
function withCall(config: Config, options: { readonly [option: string]: Json }): Config {
  const { grants, ...others } = options
  const merged = mergeConfig(config, others)
  // `+select` keeps its sign until it meets what stands below it.
  return grants === undefined ? merged : { ...merged, grants }
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
