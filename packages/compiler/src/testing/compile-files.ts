import { createHash } from 'node:crypto'
import {
  type Answer,
  type DataTestNode,
  type Diagnostic,
  displayLocation,
  type ModelNode,
  type Node,
  type Target,
} from '@strata/core'
import { type Compilation, type CompileOptions, compile } from '../compile.ts'
import { parseProjectFile } from '../project/parse-project-file.ts'
import { type PackageSources, type ProjectSources, readBuiltinMacros } from '../read-project.ts'
import { type KeptTexts, type Recompilation, recompile } from '../recompile.ts'

/** A compilation, with short ways to what tests look at. */
export type Compiled<C = Compilation> = C & Found

interface Found {
  model(name: string): ModelNode
  dataTest(name: string): DataTestNode
  /** The node of that id; throws when there is none. */
  node(id: string): Node
  /** `models/a.sql:1:4 UNKNOWN_REF` of each diagnostic. */
  readonly complaints: readonly string[]
  /** What templates logged. */
  readonly logged: readonly string[]
}

/** Paths to texts. Packages are folders of `dbt_packages/`. */
export type Files = { readonly [path: string]: string }

export const testTarget: Target = {
  name: 'default',
  database: 'strata',
  prefix: '',
  defaultSchema: 'public',
  landingSchema: 'bronze',
  extract: true,
  threads: 4,
}

const builtin = await readBuiltinMacros()

/** Compiles files as if they stood in a folder. The project is called shop unless they hold a project file. */
export function compileFiles(files: Files, options: Partial<CompileOptions> = {}): Compiled {
  return compiled((given) => compile(sourcesOf(files), { ...given, ...options }))
}

/** The same with what an earlier compilation kept. */
export function recompileFiles(
  files: Files,
  kept: KeptTexts,
  options: Partial<CompileOptions> = {},
): Compiled<Recompilation> {
  return compiled((given) => recompile(sourcesOf(files), { ...given, ...options, kept }))
}

function compiled<C extends Pick<Compilation, 'graph' | 'diagnostics'>>(
  make: (options: CompileOptions) => C,
): Compiled<C> {
  const logged: string[] = []
  const compilation = make({
    target: testTarget,
    vars: {},
    environmentVariable: () => undefined,
    runStartedAt: new Date('2026-01-02T03:04:05Z'),
    invocationId: 'test',
    fullRefresh: false,
    command: 'run',
    log: (message) => logged.push(message),
  })
  const { nodes } = compilation.graph
  const find = (wanted: string, matches: (node: Node) => boolean): Node => {
    const found = nodes.find(matches)
    if (found !== undefined) return found
    throw new Error(`there is no ${wanted}, but ${nodes.map((node) => node.id).join(', ')}`)
  }
  return {
    ...compilation,
    logged,
    complaints: compilation.diagnostics.map(brief),
    node: (id) => find(id, (node) => node.id === id),
    model: (name) =>
      find(`model ${name}`, (node) => node.kind === 'model' && node.name === name) as ModelNode,
    dataTest: (name) =>
      find(`test ${name}`, (node) => node.kind === 'data_test' && node.name === name) as DataTestNode,
  }
}

/** The answer to a question, as the database gives it. */
export function answer(columns: readonly string[], ...rows: readonly (readonly unknown[])[]): Answer {
  return { columns: columns.map((name) => ({ name, typeOid: 25 })), rows, rowCount: rows.length }
}

function brief(diagnostic: Diagnostic): string {
  return `${displayLocation(diagnostic.location)} ${diagnostic.code}`
}

export function sourcesOf(files: Files): ProjectSources {
  const diagnostics: Diagnostic[] = []
  const folders = new Set(
    Object.keys(files).flatMap((path) => /^dbt_packages\/[^/]+\//.exec(path)?.[0] ?? []),
  )
  const own = packageSources(files, '', diagnostics)
  const packages = [...folders].sort().map((folder) => packageSources(files, folder, diagnostics))
  const selectors = files['selectors.yml']
  return {
    ...own,
    directory: '/nowhere',
    packages,
    builtin,
    selectors: selectors === undefined ? null : { path: 'selectors.yml', text: selectors },
    diagnostics,
  }
}

const projectFiles = ['strata.yml', 'dbt_project.yml']

function packageSources(files: Files, folder: string, diagnostics: Diagnostic[]): PackageSources {
  const all = Object.entries(files)
    .filter(([path]) => path.startsWith(folder) && (folder !== '' || !path.startsWith('dbt_packages/')))
    .map(([path, text]) => ({ path, text }))
  const name = projectFiles.find((candidate) => files[`${folder}${candidate}`] !== undefined) ?? 'strata.yml'
  const projectText = files[`${folder}${name}`] ?? 'name: shop\n'
  const { project, diagnostics: complaints } = parseProjectFile({
    path: `${folder}${name}`,
    text: projectText,
  })
  diagnostics.push(...complaints)
  const below = (roots: readonly string[], ending: RegExp) =>
    all.filter(({ path }) => ending.test(path) && roots.some((root) => path.startsWith(`${folder}${root}/`)))
  return {
    project,
    projectText,
    folder,
    models: below(project.modelPaths, /\.sql$/),
    macros: below(project.macroPaths, /\.sql$/),
    tests: below(project.testPaths, /\.sql$/).filter(({ path }) => !path.includes('/fixtures/')),
    fixtures: below(
      project.testPaths.map((root) => `${root}/fixtures`),
      /\.(?:csv|sql)$/,
    ),
    snapshots: below(project.snapshotPaths, /\.sql$/),
    analyses: below(project.analysisPaths, /\.sql$/),
    seeds: below(project.seedPaths, /\.csv$/).map(({ path, text }) => ({
      path,
      checksum: createHash('sha256').update(text).digest('hex'),
      read: () => text,
    })),
    properties: all.filter(({ path }) => path.slice(folder.length).includes('/') && /\.ya?ml$/.test(path)),
    docs: all.filter(({ path }) => path.endsWith('.md')),
  }
}
