import type { Diagnostic, Json, Location, RelationName } from '@strata/core'
import { quoteRelation } from '@strata/core'
import { type CompileCache, digest, openCache } from '../cache/compile-cache.ts'
import { createRecorder, type Recorder } from '../cache/recorder.ts'
import { once } from '../once.ts'
import type { SourceText } from '../project/project-file.ts'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import {
  collectMacros,
  evaluateTemplate,
  fromJson,
  type HostArguments,
  hostFunction,
  hostObject,
  locate,
  type ParseResult,
  parseTemplate,
  renderTemplate,
  type Template,
  type TemplateContext,
  TemplateError,
  type Value,
} from '../template/index.ts'
import { type ContextServices, renderTypeScript, type TypeScriptModel } from '../typescript/index.ts'
import { createDispatch } from './dispatch.ts'
import { collectDocs } from './docs-blocks.ts'
import { brokenMacro, builtinPackage, createMacros, type Macros, macroNames } from './macros.ts'
import { flagSettings, functionsOfDbt, type NodeContextServices, nodeContext } from './node-context.ts'
import { isDbtProject, projectContext, schemaPrefix, variableValue } from './project-context.ts'
import type { CompileSettings, RenderScope } from './render-scope.ts'
import { createVariables, type Variables } from './variables.ts'

/** Renders the templates of one project. The only place where the compiler and the template language meet. */
export interface Renderer {
  /** Complaints about macro files and docs blocks, as far as they have been read. */
  readonly diagnostics: readonly Diagnostic[]
  readonly macros: Macros
  readonly recorder: Recorder
  readonly cache: CompileCache
  parse(file: SourceText): ParseResult
  render(
    template: Template | TypeScriptModel,
    scope: RenderScope,
  ): { readonly text: string | null; readonly diagnostics: readonly Diagnostic[] }
  /** The value of a template that is one expression, and the text of any other. Undefined when there was an error. */
  evaluate(
    template: Template,
    scope: RenderScope,
  ): { readonly value: Value | undefined; readonly diagnostics: readonly Diagnostic[] }
  locate(file: SourceText, offset: number): Location
  relationText(relation: RelationName): string
  /** The name under which a template of that package can call a generic test; null where there is none of that name. */
  findTest(packageName: string, name: string): string | null
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
  const cache = openCache(cacheText, environmentOf(sources, given))
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
  cache.lookUp('flags', () => JSON.stringify(flagSettings(given)))
  cache.lookUp('macro', (key) => {
    const [packageName, name] = key.split(' ')
    return macros.versionOf(packageName!, name!)
  })
  const bases = new Map<string, ReadonlyMap<string, Value>>()
  const baseOf = (packageName: string) => {
    let base = bases.get(packageName)
    if (base === undefined) {
      base = projectContext(sources, settings, recorder)
      bases.set(packageName, base)
    }
    return base
  }
  const services: NodeContextServices = {
    settings,
    ...values,
    flags: sources.project.flags,
    file: sources.project.path,
    project: () => projectFacts(sources),
    recorder,
    variable: (packageName, render) => variableValue(packageName, sources, variables, render),
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
  const undefinedIs = ({ packageName }: RenderScope) =>
    packageName === sources.project.name && !isDbtProject(sources) ? 'error' : 'warning'
  const contextOf = (scope: RenderScope) => createContext(scope, baseOf(scope.packageName), macros, services)

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

  return {
    get diagnostics() {
      return [...macros.diagnostics, ...docs.diagnostics]
    },
    macros,
    recorder,
    cache,
    parse: (file) => parseTemplate(file.text, file.path),
    render: (template, scope) =>
      template.kind === 'typescript'
        ? renderCode(template, scope)
        : ownComplaints(
            macros.observe(scope.onMacro, () =>
              renderTemplate(template, contextOf(scope), { undefinedIs: undefinedIs(scope) }),
            ),
          ),
    evaluate: (template, scope) =>
      ownComplaints(
        macros.observe(scope.onMacro, () =>
          evaluateTemplate(template, contextOf(scope), { undefinedIs: undefinedIs(scope) }),
        ),
      ),
    locate: (file, offset) => locate({ file: file.path, text: file.text }, offset, offset),
    relationText: quoteRelation,
    findTest(packageName, name) {
      const [namespace, test] = name.includes('.') ? name.split('.') : [null, name]
      const macro = `test_${test}`
      if (namespace !== null) return macros.has(namespace!, macro) ? `${namespace}.${macro}` : null
      const places = [packageName, sources.project.name, builtinPackage]
      return places.some((place) => macros.has(place, macro)) ? macro : null
    },
    suggestTest: (packageName, name) => macros.suggest(packageName, name, 'test_'),
    definesMacros: (template) => collectMacros(template).length > 0,
  }
}

/**
 * What users wrote comes before what Strata has, so that a project may put its own `ref` in the place of ours; the names of
 * one render come before those of the package, and the namespaces of packages last.
 */
function createContext(
  scope: RenderScope,
  base: ReadonlyMap<string, Value>,
  macros: Macros,
  services: NodeContextServices,
): TemplateContext {
  const { packageName, names } = scope
  const own = nodeContext(scope, services)
  const made = new Map<string, Value>()
  const context: TemplateContext = {
    get(name) {
      if (name === 'context') {
        services.recorder.readVolatile()
        return contextValue(context)
      }
      if (name === 'render') return renderFunction
      if (name === 'var') return variable()
      const given = names?.get(name)
      if (given !== undefined) return given
      const known = made.get(name)
      if (known !== undefined) return known
      const macro = macros.find(packageName, name)
      if (macro !== undefined) return macro
      const factory = own.get(name)
      if (factory !== undefined) {
        const value = factory()
        made.set(name, value)
        return value
      }
      if (name === builtinPackage || name === 'dbt_postgres') return builtinNamespace(own, macros)
      if (volatileNames.has(name)) services.recorder.readVolatile()
      const found =
        base.get(name) ?? macros.findBuiltin(name) ?? macros.namespace(name) ?? macros.findAnywhere(name)
      if (found === undefined && macros.isBroken(packageName, name)) throw brokenMacro(name)
      return found
    },
    keys: () => [...(names?.keys() ?? []), ...own.keys(), ...base.keys(), ...macros.names(packageName)],
  }
  const variable = once(() =>
    services.variable(packageName, (text) => renderVariable(text, context, services)),
  )
  const renderFunction = hostFunction('render', (args) => renderArgument(args, context))
  return context
}

/** What is another one in every compile. */
const volatileNames = new Set(['run_started_at', 'invocation_id', 'thread_id'])

/** What every result depends on: with another of it nothing that was kept is worth anything. */
function environmentOf(sources: ProjectSources, { target, connection, version }: CompileSettings): string {
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
const cacheFormat = 2

function recordingVariables(variables: Variables, recorder: Recorder): Variables {
  return {
    ...variables,
    find(packageName, name) {
      const value = variables.find(packageName, name)
      recorder.read('var', `${packageName} ${name}`, JSON.stringify(value) ?? '')
      return value
    },
  }
}

function recordingSettings(settings: CompileSettings, recorder: Recorder): CompileSettings {
  return {
    ...settings,
    environmentVariable(name) {
      const value = settings.environmentVariable(name)
      recorder.read('env', name, JSON.stringify(value) ?? '')
      return value
    },
  }
}

/** `dbt`: Strata's own macros, and what are macros in dbt and functions here. */
function builtinNamespace(own: ReadonlyMap<string, () => Value>, macros: Macros): Value {
  return hostObject({
    type: 'package dbt',
    attribute: (name) =>
      functionsOfDbt.includes(name) ? own.get(name)?.() : macros.findIn(builtinPackage, name),
    names: () => [...functionsOfDbt, ...macros.names(builtinPackage)],
  })
}

function projectFacts(sources: ProjectSources): Value {
  const facts = ({ project }: PackageSources) => ({
    project_name: project.name,
    version: project.version,
    vars: {},
  })
  const dependencies = Object.fromEntries(sources.packages.map((one) => [one.project.name, facts(one)]))
  return fromJson({ ...facts(sources), dependencies, args: {} } as Json)
}

/** `context`: every name that the template sees, by its name. */
function contextValue(context: TemplateContext): Value {
  const find = (name: Value | undefined) => (typeof name === 'string' ? context.get(name) : undefined)
  return hostObject({
    type: 'context',
    mapping: true,
    attribute: (name) => context.get(name),
    item: find,
    names: () => context.keys(),
    attributes: {
      get: hostFunction('get', ({ positional }) => find(positional[0]) ?? positional[1] ?? null),
      keys: hostFunction('keys', () => [...context.keys()]),
      update: hostFunction('update', () => null),
    },
  })
}

function renderVariable(text: string, context: TemplateContext, { file }: NodeContextServices): Value {
  const { template, diagnostics } = parseTemplate(text, file)
  const rendered = template === null ? null : evaluateTemplate(template, context, { undefinedIs: 'warning' })
  const problem = [...diagnostics, ...(rendered?.diagnostics ?? [])].find(
    ({ severity }) => severity === 'error',
  )
  if (problem === undefined) return rendered?.value ?? null
  throw new TemplateError(`in the value of a variable: ${problem.message}`, {
    code: problem.code,
    hint: problem.hint,
  })
}

/** `render(text)`: the text with its templates rendered in the same context. */
function renderArgument(args: HostArguments, context: TemplateContext): Value {
  const text = args.positional[0]
  if (typeof text !== 'string') return text ?? null
  const { template, diagnostics } = parseTemplate(text, args.location.file)
  const rendered = template === null ? null : renderTemplate(template, context, { undefinedIs: 'warning' })
  const problem = [...diagnostics, ...(rendered?.diagnostics ?? [])].find(
    ({ severity }) => severity === 'error',
  )
  if (problem === undefined) return rendered?.text ?? ''
  throw new TemplateError(problem.message, { code: problem.code, hint: problem.hint })
}
