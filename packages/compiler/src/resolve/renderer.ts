import { type Diagnostic, quoteRelation, type RelationName } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { ProjectFile, SourceText } from '../project/project-file.ts'
import {
  collectMacros,
  type HostArguments,
  hostFunction,
  hostObject,
  type Macro,
  macroValue,
  type ParseResult,
  parseTemplate,
  renderTemplate,
  type Template,
  type TemplateContext,
  TemplateError,
  type Value,
} from '../template/index.ts'
import { genericTests } from './generic-tests.ts'
import { argument, configOptions, projectContext, textArgument } from './project-context.ts'
import { referenceOf, relationValue } from './relation-value.ts'
import type { CompileSettings, Reference, RenderScope } from './render-scope.ts'

/** Renders the templates of one project. The only place where the compiler and the template language meet. */
export interface Renderer {
  /** Complaints about the macro files. */
  readonly diagnostics: readonly Diagnostic[]
  parse(file: SourceText): ParseResult
  render(
    template: Template,
    scope: RenderScope,
  ): { readonly text: string; readonly diagnostics: readonly Diagnostic[] }
  relationText(relation: RelationName): string
  /** The name under which a template can call a generic test; null where there is none of that name. */
  findTest(name: string): string | null
  suggestTest(name: string): string | undefined
  definesMacros(template: Template): boolean
}

export function createRenderer(
  project: ProjectFile,
  settings: CompileSettings,
  macroFiles: readonly SourceText[],
): Renderer {
  const diagnostics: Diagnostic[] = []
  const macros = new Map<string, Macro>()
  for (const file of [genericTests, ...macroFiles]) {
    const parsed = parseTemplate(file.text, file.path)
    diagnostics.push(...parsed.diagnostics)
    if (parsed.template === null) continue
    for (const block of collectMacros(parsed.template)) {
      if (block.tag === 'macro') macros.set(block.name, macroValue(parsed.template, block))
      else if (block.tag === 'test') macros.set(`test_${block.name}`, macroValue(parsed.template, block))
    }
  }
  const base = projectContext(project, settings)
  base.set(
    project.name,
    hostObject({ type: 'package', attribute: (name) => macros.get(name), names: () => macros.keys() }),
  )
  for (const [name, macro] of macros) base.set(name, macro)

  return {
    diagnostics,
    parse: (file) => parseTemplate(file.text, file.path),
    render(template, scope) {
      const { text, diagnostics } = renderTemplate(template, contextOf(base, fileContext(scope)))
      return { text: text ?? '', diagnostics }
    },
    relationText: quoteRelation,
    findTest: (name) => {
      const macro = `test_${name}`
      return macros.has(macro) ? macro : null
    },
    suggestTest: (name) =>
      didYouMean(
        name,
        [...macros.keys()].filter((key) => key.startsWith('test_')).map((key) => key.slice(5)),
      ),
    definesMacros: (template) => collectMacros(template).length > 0,
  }
}

/** The names of one file over those of the project. */
function contextOf(base: ReadonlyMap<string, Value>, own: ReadonlyMap<string, Value>): TemplateContext {
  return {
    get: (name) => own.get(name) ?? base.get(name),
    keys: () => [...own.keys(), ...base.keys()],
  }
}

function fileContext(scope: RenderScope): Map<string, Value> {
  return new Map<string, Value>([
    ['config', config(scope)],
    ['ref', hostFunction('ref', (args) => relationOf(refReference(args), scope))],
    ['source', hostFunction('source', (args) => relationOf(sourceReference(args), scope))],
    ['increment', hostFunction('increment', (args) => increment(args, scope))],
    ['is_incremental', hostFunction('is_incremental', () => scope.isIncremental)],
    ['execute', scope.execute],
    ['this', scope.self === null ? null : relationValue(scope.self, null)],
  ])
}

function config(scope: RenderScope): Value {
  const call = (args: HostArguments): Value => {
    scope.configure(configOptions(args), args.location)
    return ''
  }
  return hostObject({ type: 'config', call })
}

function relationOf(reference: Reference, scope: RenderScope): Value {
  return relationValue(scope.resolve(reference), reference)
}

function refReference(args: HostArguments): Reference {
  const [first, second] = args.positional
  if (
    typeof first !== 'string' ||
    (second !== undefined && typeof second !== 'string') ||
    args.positional.length > 2
  ) {
    throw new TemplateError('ref() needs the name of a model', {
      code: 'TEMPLATE_ARGUMENTS',
      hint: "Write ref('name'), or ref('package', 'name').",
    })
  }
  return second === undefined
    ? { kind: 'ref', packageName: null, name: first, location: args.location }
    : { kind: 'ref', packageName: first, name: second, location: args.location }
}

function sourceReference(args: HostArguments): Reference {
  return {
    kind: 'source',
    sourceName: textArgument(args, 0, 'source_name', 'source'),
    tableName: textArgument(args, 1, 'table_name', 'source'),
    location: args.location,
  }
}

function increment(args: HostArguments, scope: RenderScope): Value {
  const value = argument(args, 0, 'relation')
  const reference =
    typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'object'
      ? referenceOf(value)
      : undefined
  if (reference === undefined) {
    throw new TemplateError('increment() needs a ref() or a source()', {
      code: 'TEMPLATE_ARGUMENTS',
      hint: "Write increment(ref('name')), or increment(source('source', 'table')).",
    })
  }
  return scope.increment(reference, scope.resolve(reference), args.location)
}
