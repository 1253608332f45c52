import type { Json, ModelVersion, RelationName } from '@strata/core'
import {
  adapterValue,
  apiValue,
  exceptionsValue,
  invocationArguments,
  referenceOf,
  relationValue,
  statementFunctions,
  tryOrCompilerError,
} from '../adapter/index.ts'
import type { Recorder } from '../cache/recorder.ts'
import { once } from '../once.ts'
import { didYouMean } from '../project/near-misses.ts'
import {
  type HostArguments,
  hostFunction,
  hostObject,
  print,
  TemplateError,
  truthy,
  type Value,
} from '../template/index.ts'
import { argument, textArgument } from './arguments.ts'
import { configValue } from './config-value.ts'
import type { GraphValue } from './graph-value.ts'
import type { CompileSettings, Reference, RenderScope } from './render-scope.ts'
import { formerRows, tallied } from './tally.ts'

/** What a context needs beside the scope of the render. */
export interface NodeContextServices {
  readonly settings: CompileSettings
  readonly dispatch: (packageName: string, name: string, namespace: string | null) => Value
  readonly doc: (viewer: string, packageName: string | null, name: string) => string
  readonly recorder: Recorder
  /** `var`, with what renders a value that is a template. */
  readonly variable: (
    packageName: string,
    render: (text: string) => Value,
    overrides?: { readonly [name: string]: Json },
  ) => Value
  /** The project file. */
  readonly file: string
  /** Relations print their database as well. */
  readonly wholeNames: boolean
  /** `graph` */
  readonly graph: GraphValue
  /** `selected_resources` */
  readonly selectedResources: () => Value
  /** The project and its packages, by name and version. */
  readonly project: () => Value
  /** `flags:` of the project file. */
  readonly flags: { readonly [flag: string]: Json }
  /** `flags`; the same for every render. */
  readonly flagsValue: () => Value
}

type Factory = () => Value

const statementNames = [
  'run_query',
  'statement',
  'noop_statement',
  'load_result',
  'store_result',
  'store_raw_result',
]

/** What projects also call as `dbt.run_query`. */
export const functionsOfDbt = [...statementNames, 'is_incremental']

/** The names that belong to one render, each made when it is first looked up. */
export function nodeContext(scope: RenderScope, services: NodeContextServices): ReadonlyMap<string, Factory> {
  const { settings } = services
  const host = {
    execute: scope.execute,
    target: settings.target,
    wholeNames: services.wholeNames,
    ask: (sql: string) => scope.ask(sql),
    dispatch: (name: string, namespace: string | null) =>
      services.dispatch(scope.packageName, name, namespace),
    print: (text: string) => tell(text),
    behavior: (name: string) => services.flags[name] === true,
  }
  // What is said has to be said again in the next compile.
  const tell = (message: string) => {
    services.recorder.readVolatile()
    scope.log(message)
  }
  const log = (args: HostArguments): Value => {
    const message = args.positional[0] ?? args.keyword.get('msg') ?? ''
    const shown = args.positional[1] ?? args.keyword.get('info')
    if (shown !== undefined && truthy(shown)) tell(print(message))
    return ''
  }
  const volatile = (make: () => Value): Value => {
    services.recorder.readVolatile()
    return make()
  }
  const statements = once(() => statementFunctions(host))
  const ref: Factory = () => hostFunction('ref', (args) => relationOf(refReference(args), scope, services))
  const source: Factory = () =>
    hostFunction('source', (args) => relationOf(sourceReference(args), scope, services))
  const config: Factory = once(() => configValue(scope))
  return new Map<string, Factory>([
    ['config', config],
    ['ref', ref],
    ['source', source],
    [
      'builtins',
      () =>
        hostObject({
          type: 'builtins',
          attributes: { ref: builtinRef(ref(), services), source: source(), config: config() },
        }),
    ],
    ['increment', () => hostFunction('increment', (args) => increment(args, scope))],
    ['changed_keys', () => hostFunction('changed_keys', (args) => changedKeys(args, scope))],
    ['is_incremental', () => hostFunction('is_incremental', () => scope.isIncremental)],
    ['strata_tally', () => hostFunction('strata_tally', (args) => tallied(args, scope))],
    ['strata_former_rows', () => hostFunction('strata_former_rows', () => formerRows(scope.nodeId ?? ''))],
    ['execute', () => scope.execute],
    ['this', () => (scope.self === null ? null : thisValue(scope.self, services))],
    ['model', () => (scope.model === null ? null : volatile(scope.model))],
    ['graph', () => (scope.execute ? volatile(() => services.graph.current()) : services.graph.empty)],
    ['selected_resources', () => volatile(services.selectedResources)],
    ['adapter', once(() => adapterValue(host))],
    ['api', once(() => apiValue(host))],
    ...statementNames.map((name): [string, Factory] => [name, () => statements().get(name)!]),
    ['exceptions', () => exceptionsValue({ warn: (message) => tell(`warning: ${message}`) })],
    ['flags', () => services.flagsValue()],
    [
      'invocation_args_dict',
      () => {
        services.recorder.read('flags', '', JSON.stringify(flagSettings(settings)))
        return invocationArguments(flagSettings(settings))
      },
    ],
    ['log', () => hostFunction('log', log)],
    [
      'print',
      () =>
        hostFunction('print', (args) => {
          tell(print(args.positional[0] ?? args.keyword.get('msg') ?? ''))
          return ''
        }),
    ],
    ['doc', () => hostFunction('doc', (args) => doc(args, scope, services))],
    ['try_or_compiler_error', () => tryOrCompilerError],
    ['pre_hooks', () => []],
    ['post_hooks', () => []],
    ['write', () => hostFunction('write', () => '')],
  ])
}

/** `builtins.ref`, whose `config` tells of the project, as packages that look for their own version expect. */
function builtinRef(ref: Value, { project }: NodeContextServices): Value {
  const call = (args: HostArguments): Value => args.call(ref, args.positional, args.keyword)
  return hostObject({ type: 'function', call, attributes: { config: project() } })
}

/** The switches of this invocation. */
export function flagSettings({ fullRefresh, storeFailures, command }: CompileSettings) {
  return { fullRefresh, storeFailures: storeFailures ?? false, which: command }
}

function doc(args: HostArguments, scope: RenderScope, services: NodeContextServices): Value {
  const [first, second] = args.positional
  return typeof second === 'string'
    ? services.doc(scope.packageName, textArgument(args, 0, 'package', 'doc'), second)
    : services.doc(
        scope.packageName,
        null,
        typeof first === 'string' ? first : textArgument(args, 0, 'name', 'doc'),
      )
}

/** In a project of dbt's names are printed with the database, as dbt prints them. */
function inDatabase(relation: RelationName, { settings, wholeNames }: NodeContextServices) {
  return { ...relation, database: settings.target.database, whole: wholeNames }
}

function thisValue(
  { cte = false, ...self }: NonNullable<RenderScope['self']>,
  services: NodeContextServices,
) {
  return relationValue(cte ? { ...self, type: 'cte' } : inDatabase(self, services), null)
}

function relationOf(reference: Reference, scope: RenderScope, services: NodeContextServices): Value {
  const { cte, mark = null, ...relation } = scope.resolve(reference)
  return relationValue(
    cte ? { ...relation, type: 'cte' } : { ...inDatabase(relation, services), mark },
    reference,
  )
}

function refReference(args: HostArguments): Reference {
  const names = args.positional
  const wrong = names.length === 0 || names.length > 2 || names.some((name) => typeof name !== 'string')
  const version = versionOf(args.keyword.get('v') ?? args.keyword.get('version'))
  const unknown = [...args.keyword.keys()].find((key) => key !== 'v' && key !== 'version')
  if (unknown !== undefined) {
    throw new TemplateError(`ref() takes no argument named "${unknown}"`, {
      code: 'TEMPLATE_ARGUMENTS',
      hint: didYouMean(unknown, ['version']) ?? 'Write v=2 for a version.',
    })
  }
  if (wrong) {
    throw new TemplateError('ref() needs the name of a model', {
      code: 'TEMPLATE_ARGUMENTS',
      hint: "Write ref('name'), ref('package', 'name'), or ref('name', v=2).",
    })
  }
  const [first, second] = names as readonly string[]
  const { location } = args
  return second === undefined
    ? { kind: 'ref', packageName: null, name: first!, version, location }
    : { kind: 'ref', packageName: first!, name: second, version, location }
}

function versionOf(value: Value | undefined): ModelVersion | null {
  if (value === undefined || value === null) return null
  return typeof value === 'number' ? value : print(value)
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
  const reference = referenceArgument(args)
  if (reference === undefined) {
    throw new TemplateError('increment() needs a ref() or a source()', {
      code: 'TEMPLATE_ARGUMENTS',
      hint: "Write increment(ref('name')), or increment(source('source', 'table')).",
    })
  }
  return scope.increment(reference, scope.resolve(reference), args.location, null)
}

/** A SELECT of the keys whose rows changed: `where k in ({{ changed_keys(ref('x'), 'k') }})`. */
function changedKeys(args: HostArguments, scope: RenderScope): Value {
  const reference = referenceArgument(args)
  const column = argument(args, 1, 'column')
  const into = argument(args, 2, 'into') ?? column
  if (reference === undefined || typeof column !== 'string' || typeof into !== 'string') {
    throw new TemplateError('changed_keys() needs a ref() or a source(), and the name of a column', {
      code: 'TEMPLATE_ARGUMENTS',
      hint: "Write changed_keys(ref('visits'), 'patient_id'), with into='…' where the column has another name in this model.",
    })
  }
  return scope.increment(reference, scope.resolve(reference), args.location, { column, into })
}

function referenceArgument(args: HostArguments): Reference | undefined {
  const value = argument(args, 0, 'relation')
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'object'
    ? referenceOf(value)
    : undefined
}
