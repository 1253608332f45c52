import { type Diagnostic, deepFreeze, type Json } from '@strata/core'
import type { z } from 'zod'
import { checkProjectTrees } from './check-project-trees.ts'
import { lintSettings } from './lint-settings.ts'
import type {
  ConfigTree,
  ConfigTreeName,
  ProjectFile,
  ProjectHook,
  ProjectPlace,
  SourceText,
  TargetDeclaration,
} from './project-file.ts'
import { projectKeys } from './project-keys.ts'
import { projectSchema } from './project-schema.ts'
import { validate } from './validate.ts'
import { parseYaml, type YamlDocument, type YamlPath } from './yaml-document.ts'

type Written = z.output<typeof projectSchema>

/** Reads the project file. With errors in it, what it returns is a bare project that lets the other files be checked. */
export function parseProjectFile(source: SourceText): {
  readonly project: ProjectFile
  readonly diagnostics: readonly Diagnostic[]
} {
  const parsed = parseYaml(source)
  if (parsed.document === null) return { project: bareProject(source.path), diagnostics: parsed.diagnostics }
  const { document, diagnostics: renamed } = projectKeys(parsed.document)
  const { value, diagnostics } = validate(document, projectSchema, document.value)
  const project = value === null ? bareProject(source.path) : fromSchema(document, value)
  return {
    project,
    diagnostics: [
      ...parsed.diagnostics,
      ...renamed,
      ...diagnostics,
      ...(value === null ? [] : checkProjectTrees(document)),
    ],
  }
}

function bareProject(path: string): ProjectFile {
  const start = () => ({ file: path, line: 1, column: 1 })
  const document: YamlDocument = { file: path, value: {}, locate: start, locateKey: start }
  return fromSchema(document, projectSchema.parse({ name: 'project' }))
}

function fromSchema(document: YamlDocument, value: Written): ProjectFile {
  const places = paths(value)
  const targetPath = value['target-path'] ?? 'target'
  return deepFreeze({
    path: document.file,
    name: value.name,
    version: asText(value.version),
    profile: value.profile ?? null,
    requireDbtVersion: listOf(value['require-dbt-version']),
    ...places,
    assetPaths: value['asset-paths'] ?? [],
    targetPath,
    logPath: value['log-path'] ?? 'logs',
    packagesInstallPath: value['packages-install-path'] ?? 'dbt_packages',
    cleanTargets: value['clean-targets'] ?? [targetPath],
    vars: tree(value.vars),
    models: tree(value.models),
    seeds: tree(value.seeds),
    snapshots: tree(value.snapshots),
    sources: tree(value.sources),
    analyses: tree(value.analyses),
    dataTests: { ...tree(value.tests), ...tree(value.data_tests) },
    unitTests: tree(value.unit_tests),
    exposures: tree(value.exposures),
    dispatch: (value.dispatch ?? []).map((entry) => ({
      macroNamespace: entry.macro_namespace,
      searchOrder: entry.search_order,
    })),
    onRunStart: hooks(document, 'on-run-start', value['on-run-start']),
    onRunEnd: hooks(document, 'on-run-end', value['on-run-end']),
    quoting: {
      database: value.quoting?.database ?? null,
      schema: value.quoting?.schema ?? null,
      identifier: value.quoting?.identifier ?? null,
    },
    queryComment: (value['query-comment'] ?? null) as Json,
    restrictAccess: value['restrict-access'] ?? false,
    flags: tree(value.flags),
    environment: value.environment ?? [],
    landingSchema: value['landing-schema'] ?? 'bronze',
    lint: lintSettings(value.lint),
    targets: targets(value),
    placeInTree: (name, path) => placeInTree(document, value, name, path),
  })
}

const treeKeys: { readonly [name in ConfigTreeName]?: string } = { unitTests: 'unit_tests' }

function placeInTree(
  document: YamlDocument,
  value: Written,
  name: ConfigTreeName,
  path: YamlPath,
): ProjectPlace {
  // Of two trees of tests the newer name has the last word, at the top as `fromSchema` merges them.
  const inNewer = Object.hasOwn(value.data_tests ?? {}, path[0] ?? '') || !value.tests
  const key = name === 'dataTests' ? (inNewer ? 'data_tests' : 'tests') : (treeKeys[name] ?? name)
  return { key: document.locateKey([key, ...path]), value: document.locate([key, ...path]) }
}

function paths(value: Written) {
  const places = {
    modelPaths: value['model-paths'] ?? ['models'],
    sourcePaths: value['source-paths'] ?? ['sources'],
    seedPaths: value['seed-paths'] ?? ['seeds'],
    snapshotPaths: value['snapshot-paths'] ?? ['snapshots'],
    analysisPaths: value['analysis-paths'] ?? ['analyses'],
    macroPaths: value['macro-paths'] ?? ['macros'],
    testPaths: value['test-paths'] ?? ['tests'],
  }
  const every = Object.values(places)
    .flat()
    .map((path) => path.replace(/\/+$/, ''))
  return { ...places, docsPaths: value['docs-paths'] ?? [...new Set(every)] }
}

function targets(value: Written): { readonly [name: string]: TargetDeclaration } {
  return Object.fromEntries(
    Object.entries(value.targets ?? {}).map(([name, target]): [string, TargetDeclaration] => [
      name,
      {
        databaseUrlEnv: target.database_url_env ?? null,
        prefix: target.prefix ?? null,
        schema: target.schema ?? null,
        landingSchema: target.landing_schema ?? null,
        extract: target.extract ?? null,
        threads: target.threads ?? null,
      },
    ]),
  )
}

function tree(branch: unknown): ConfigTree {
  return (branch ?? {}) as ConfigTree
}

function hooks(
  document: YamlDocument,
  key: string,
  written: string | readonly (string | null)[] | null | undefined,
): ProjectHook[] {
  const list = typeof written === 'string' ? [written] : (written ?? [])
  return list.flatMap((template, index) =>
    template === null || template.trim() === ''
      ? []
      : [{ template, location: document.locate(typeof written === 'string' ? [key] : [key, index]) }],
  )
}

function listOf(written: string | readonly (string | null)[] | null | undefined): string[] {
  if (written === null || written === undefined) return []
  return typeof written === 'string' ? [written] : written.filter((entry) => entry !== null)
}

function asText(version: string | number | null | undefined): string | null {
  return version === null || version === undefined ? null : String(version)
}
