import type {
  DataTestNode,
  ExposureNode,
  Graph,
  JobNode,
  ModelNode,
  Node,
  SeedNode,
  SnapshotNode,
  SourceNode,
  UnitTestNode,
} from '@strata/core'
import { jobDefaults } from '@strata/core'

/** The beginning of every id and fully qualified name. */
const project = 'test'

interface Common {
  readonly package?: string
  readonly tags?: readonly string[]
  readonly meta?: Node['meta']
  readonly file?: string
  readonly patchPath?: string
  readonly group?: string
  readonly description?: string
}

interface ModelOptions extends Common {
  /** Below `models/`. */
  readonly folder?: string
  readonly config?: Partial<ModelNode['config']>
  readonly version?: number | string
  readonly latestVersion?: number | string
  readonly access?: ModelNode['access']
  readonly rawCode?: string
  readonly macros?: readonly string[]
  readonly columns?: ModelNode['columns']
}

export function graphOf(nodes: readonly Node[], more: Partial<Graph> = {}): Graph {
  return { projectName: project, nodes, groups: [], macros: [], onRunStart: [], onRunEnd: [], ...more }
}

/** Parents are names of models, or ids. */
export function model(name: string, parents: readonly string[] = [], options: ModelOptions = {}): ModelNode {
  const { version, latestVersion } = options
  const folders = options.folder?.split('/') ?? []
  const suffix = version === undefined ? '' : `_v${version}`
  const leaf = version === undefined ? [name] : [name, `v${version}`]
  return {
    ...common('model', leaf.join('.'), parents, options),
    kind: 'model',
    name,
    fqn: [options.package ?? project, ...folders, ...leaf],
    location: at(options.file ?? ['models', ...folders, `${name}${suffix}.sql`].join('/')),
    relation: { schema: 'public', name: `${name}${suffix}` },
    config: { materialized: 'view', uniqueKey: [], enabled: true, ...options.config },
    columns: options.columns ?? [],
    increments: [],
    access: options.access ?? 'protected',
    version: version ?? null,
    latestVersion: latestVersion ?? null,
    preHooks: [],
    postHooks: [],
    ...rendered(options.rawCode, options.macros),
  }
}

export function source(
  sourceName: string,
  table: string,
  options: Common & { readonly job?: string } = {},
): SourceNode {
  return {
    ...common('source', `${sourceName}.${table}`, options.job === undefined ? [] : [options.job], options),
    kind: 'source',
    name: `${sourceName}.${table}`,
    fqn: [options.package ?? project, sourceName, table],
    location: at(options.file ?? 'models/schema.yml'),
    sourceName,
    relation: { schema: sourceName, name: table },
    columns: [],
    config: {},
    loader: null,
    freshness: null,
    loadedAtField: null,
    tracksChanges: false,
  }
}

export function job(sourceName: string, table: string): JobNode {
  return {
    ...common('job', `${sourceName}.${table}`, [], {}),
    kind: 'job',
    name: `${sourceName}.${table}`,
    location: at('sources/erp.yml'),
    job: {
      ...jobDefaults,
      source: sourceName,
      table,
      name: table,
      endpoint: `/${table}`,
      target: { schema: 'bronze', name: table },
    },
    connector: {} as JobNode['connector'],
  }
}

export function seed(name: string, options: Common & { readonly checksum?: string } = {}): SeedNode {
  return {
    ...common('seed', name, [], options),
    kind: 'seed',
    location: at(`seeds/${name}.csv`),
    relation: { schema: 'public', name },
    config: { columnTypes: {}, quoteColumns: null, delimiter: ',' },
    columns: [],
    file: `seeds/${name}.csv`,
    checksum: options.checksum ?? '',
    preHooks: [],
    postHooks: [],
  }
}

export function snapshot(name: string, parents: readonly string[]): SnapshotNode {
  return {
    ...common('snapshot', name, parents, {}),
    kind: 'snapshot',
    preHooks: [],
    postHooks: [],
    fqn: [project, name, name],
    location: at(`snapshots/${name}.sql`),
    relation: { schema: 'public', name },
    config: { strategy: 'check' },
    columns: [],
    ...rendered(''),
  }
}

export function exposure(name: string, parents: readonly string[]): ExposureNode {
  return {
    ...common('exposure', name, parents, {}),
    kind: 'exposure',
    location: at('models/schema.yml'),
    type: 'dashboard',
    label: null,
    url: null,
    maturity: null,
    owner: { email: 'nobody@example.com' },
    config: {},
  }
}

/** A generic test of a column of a model, or of a source given by its id. */
export function genericTest(
  testName: string,
  about: string,
  column: string,
  options: Common & {
    readonly name?: string
    readonly others?: readonly string[]
    readonly config?: Partial<DataTestNode['config']>
  } = {},
): DataTestNode {
  const name = options.name ?? `${testName}_${about}_${column}`
  return {
    ...common('data_test', `${name}.0123456789`, [...(options.others ?? []), about], options),
    ...dataTest('generic', testName, options.config),
    name,
    fqn: [options.package ?? project, name],
    location: at(options.file ?? 'models/schema.yml'),
    attachedTo: idOf(about),
    column,
  }
}

export function singularTest(name: string, parents: readonly string[], options: Common = {}): DataTestNode {
  return {
    ...common('data_test', name, parents, options),
    ...dataTest('singular', name),
    location: at(`tests/${name}.sql`),
    attachedTo: null,
    column: null,
  }
}

/** `inputs`: what the test gives rows for; they are its parents as well. */
export function unitTest(name: string, about: string, inputs: readonly string[] = []): UnitTestNode {
  return {
    ...common('unit_test', `${about}.${name}`, [about, ...inputs], {}),
    kind: 'unit_test',
    name,
    fqn: [project, about, name],
    location: at('models/schema.yml'),
    model: idOf(about),
    definition: {},
    config: {},
  }
}

function dataTest(
  test: DataTestNode['test'],
  testName: string,
  config: Partial<DataTestNode['config']> = {},
): Pick<
  DataTestNode,
  'kind' | 'test' | 'testName' | 'config' | 'arguments' | keyof ReturnType<typeof rendered>
> {
  return {
    kind: 'data_test',
    test,
    testName,
    config: {
      severity: 'error',
      warnIf: '!= 0',
      errorIf: '!= 0',
      failCalc: 'count(*)',
      limit: null,
      ...config,
    },
    arguments: {},
    ...rendered(''),
  }
}

function rendered(rawCode = 'select 1', macros: readonly string[] = []) {
  return { rawCode, select: { full: rawCode, increment: null }, late: false, macros }
}

function common(kind: Node['kind'], tail: string, parents: readonly string[], options: Common) {
  const packageName = options.package ?? project
  return {
    id: `${kind}.${packageName}.${tail}`,
    name: tail,
    packageName,
    fqn: [packageName, ...tail.split('.')],
    description: options.description ?? '',
    tags: options.tags ?? [],
    meta: options.meta ?? {},
    patchPath: options.patchPath ?? null,
    group: options.group ?? null,
    parents: parents.map(idOf),
  }
}

/** `users` is the model of the project; what has two dots or more is an id already. */
function idOf(name: string): string {
  return /^\w+\.\w+\..+$/.test(name) ? name : `model.${project}.${name}`
}

function at(file: string) {
  return { file, line: 1, column: 1 }
}
