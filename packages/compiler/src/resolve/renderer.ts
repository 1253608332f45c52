import type { Diagnostic, DocsBlock, Location, RelationName } from '@strata/core'
import { quoteRelation } from '@strata/core'
import { flagsValue } from '../adapter/index.ts'
import { type CompileCache, openCache } from '../cache/compile-cache.ts'
import { createRecorder, type Recorder } from '../cache/recorder.ts'
import { once } from '../once.ts'
import type { SourceText } from '../project/project-file.ts'
import type { ProjectSources } from '../read-project.ts'
import {
  collectMacros,
  evaluateTemplate,
  locate,
  type ParseResult,
  type Piece,
  parseTemplate,
  renderTemplate,
  type Template,
  type Value,
} from '../template/index.ts'
import { type ContextServices, renderTypeScript, type TypeScriptModel } from '../typescript/index.ts'
import { cacheEnvironment } from './cache-environment.ts'
import { createDispatch } from './dispatch.ts'
import { collectDocs } from './docs-blocks.ts'
import { builtinPackage, createMacros, type Macros } from './macros.ts'
import { flagSettings, functionsOfDbt, type NodeContextServices } from './node-context.ts'
import { isDbtProject, projectContext, schemaPrefix, variableValue } from './project-context.ts'
import { projectFacts } from './project-facts.ts'
import { recordingSettings, recordingVariables } from './recording-lookups.ts'
import { createRenderClock } from './render-clock.ts'
import type { CompileSettings, RenderScope } from './render-scope.ts'
import { type ResolvedTest, resolveTest } from './resolve-test.ts'
import { templateContext } from './template-context.ts'
import { createVariables } from './variables.ts'

/** Renders the templates of one project. The only place where the compiler and the template language meet. */
export interface Renderer {
  /** Complaints about macro files and docs blocks, as far as they have been read. */
  readonly diagnostics: readonly Diagnostic[]
  readonly macros: Macros
  readonly docs: readonly DocsBlock[]
  readonly recorder: Recorder
  readonly cache: CompileCache
  /** Renders something at its step, again and again as the database answers: each time it sees the same time and the same `graph`. */
  repeating(): <T>(render: () => T) => T
  parse(file: SourceText): ParseResult
  render(
    template: Template | TypeScriptModel,
    scope: RenderScope,
  ): {
    readonly text: string | null
    readonly diagnostics: readonly Diagnostic[]
    /** Where the text was written; null: not known, or not asked for. */
    readonly pieces?: readonly Piece[] | null
  }
  /** The value of a template that is one expression, and the text of any other. Undefined when there was an error. */
  evaluate(
    template: Template,
    scope: RenderScope,
  ): { readonly value: Value | undefined; readonly diagnostics: readonly Diagnostic[] }
  locate(file: SourceText, offset: number): Location
  relationText(relation: RelationName): string
  /** The name under which a template of that package can call a generic test; null where there is none of that name. */
  findTest(packageName: string, name: string): string | null
  /** The macro that dbt takes a generic test for while it reads the project. */
  resolveTest(packageName: string, name: string): ResolvedTest
  suggestTest(packageName: string, name: string): string | undefined
  definesMacros(template: Template): boolean
}

export function createRenderer(
  sources: ProjectSources,
  given: CompileSettings,
  values: Pick<NodeContextServices, 'graph' | 'selectedResources'>,
  cacheText: string | null,
): Renderer {
  const recorder = createRecorder()
  const cache = openCache(cacheText, cacheEnvironment(sources, given))
  const macros = createMacros(sources, recorder, cache)
  const docs = collectDocs(sources)
  const settings = recordingSettings(given, recorder)
  const variables = recordingVariables(createVariables(sources, settings.vars), recorder)
  cache.lookUp('var', (key) => {
    const [packageName, ...name] = key.split(' ')
    return JSON.stringify(variables.find(packageName!, name.join(' '))) ?? ''
  })
  cache.lookUp('env', (name) => JSON.stringify(given.environmentVariable(name)) ?? '')
  const findDoc = (viewer: string, packageName: string | null, name: string): string => {
    try {
      return docs.find(viewer, packageName, name)
    } catch {
      return ''
    }
  }
  cache.lookUp('doc', (key) => findDoc(...(JSON.parse(key) as Parameters<typeof findDoc>)))
  cache.lookUp('flags', (key) => flagsText(given, key))
  cache.lookUp('macro', (key) => {
    const [packageName, name] = key.split(' ')
    return macros.versionOf(packageName!, name!)
  })
  const clock = createRenderClock(given.runStartedAt)
  const bases = new Map<string, ReadonlyMap<string, Value>>()
  const baseOf = (packageName: string) => {
    let base = bases.get(packageName)
    if (base === undefined) {
      base = projectContext(sources, settings, recorder, clock)
      bases.set(packageName, base)
    }
    return base
  }
  const services: NodeContextServices = {
    settings,
    ...values,
    flags: sources.project.flags,
    flagsValue: once(() => {
      const seen = flagSettings(settings)
      return flagsValue({ ...seen, projectFlags: sources.project.flags }, (ofCommand) => {
        const key = ofCommand ? '' : switches
        recorder.read('flags', key, flagsText(given, key))
      })
    }),
    file: sources.project.path,
    project: () => projectFacts(sources),
    recorder,
    variable: (packageName, render, overrides) =>
      variableValue(packageName, sources, variables, render, overrides),
    wholeNames: isDbtProject(sources),
    dispatch: createDispatch(sources, macros),
    doc(viewer, packageName, name) {
      recorder.read('doc', JSON.stringify([viewer, packageName, name]), findDoc(viewer, packageName, name))
      return docs.find(viewer, packageName, name)
    },
  }
  const codeServices: ContextServices = {
    settings,
    variables,
    schemaPrefix: schemaPrefix(sources, settings),
    projectFile: sources.project.path,
    // Its code may read anything: it is called in each compile.
    onCall: recorder.readVolatile,
  }
  // dbt prints nothing where a name is unknown; in a project of our own that is a mistake.
  const undefinedIs = ({ packageName }: RenderScope): 'error' | 'warning' =>
    packageName === sources.project.name && !isDbtProject(sources) ? 'error' : 'warning'
  const contextOf = (scope: RenderScope) =>
    templateContext(scope, baseOf(scope.packageName), macros, services)

  const isForeign = ({ location: { file } }: Diagnostic) =>
    file.startsWith('strata/') || sources.packages.some(({ folder }) => file.startsWith(folder))
  // What the macros of others print without having it is nobody's concern here.
  const ownComplaints = <T extends { readonly diagnostics: readonly Diagnostic[] }>(rendered: T): T => ({
    ...rendered,
    diagnostics: rendered.diagnostics.filter((one) => one.severity === 'error' || !isForeign(one)),
  })

  // Code may read anything: what it gives is never kept.
  const renderCode = (model: TypeScriptModel, scope: RenderScope) => {
    recorder.readVolatile()
    return renderTypeScript(model, scope, codeServices)
  }

  const observed = <T>({ onMacro }: RenderScope, work: () => T): T =>
    macros.observe(onMacro, () => clock.rendering(work))
  const optionsOf = (scope: RenderScope) => ({
    undefinedIs: undefinedIs(scope),
    onCall: scope.onCall && ((callee: Value) => tellCall(callee, macros, scope)),
    trace: scope.trace,
  })

  return {
    docs: docs.all,
    get diagnostics() {
      return [...macros.diagnostics, ...docs.diagnostics]
    },
    macros,
    recorder,
    cache,
    repeating() {
      const atItsTime = clock.repeating()
      return (render) => atItsTime(() => values.graph.attempt(render))
    },
    parse: (file) => parseTemplate(file.text, file.path),
    render: (template, scope) =>
      template.kind === 'typescript'
        ? renderCode(template, scope)
        : ownComplaints(observed(scope, () => renderTemplate(template, contextOf(scope), optionsOf(scope)))),
    evaluate: (template, scope) =>
      ownComplaints(observed(scope, () => evaluateTemplate(template, contextOf(scope), optionsOf(scope)))),
    locate: (file, offset) => locate({ file: file.path, text: file.text }, offset, offset),
    relationText: quoteRelation,
    findTest(packageName, name) {
      const [namespace, test] = name.includes('.') ? name.split('.') : [null, name]
      const macro = `test_${test}`
      if (namespace !== null) return macros.has(namespace!, macro) ? `${namespace}.${macro}` : null
      const places = [packageName, sources.project.name, builtinPackage]
      return places.some((place) => macros.has(place, macro)) ? macro : null
    },
    resolveTest: (packageName, name) => resolveTest(packageName, name, sources.project.name, macros),
    suggestTest: (packageName, name) => macros.suggest(packageName, name, 'test_'),
    definesMacros: (template) => collectMacros(template).length > 0,
  }
}

function tellCall(callee: Value, macros: Macros, scope: RenderScope): void {
  if (typeof callee !== 'object' || callee === null || !('kind' in callee)) return
  const id =
    callee.kind === 'function' && functionsOfDbt.includes(callee.name)
      ? `macro.${builtinPackage}.${callee.name}`
      : macros.idOf(callee)
  if (id !== undefined) scope.onCall?.(id)
}

/** The flags but for the command; another command does not make SQL another that reads these alone. */
const switches = 'switches'

function flagsText(settings: CompileSettings, key: string): string {
  const { which, ...others } = flagSettings(settings)
  return JSON.stringify(key === switches ? others : { ...others, which })
}
