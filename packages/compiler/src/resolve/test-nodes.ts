import { createHash } from 'node:crypto'
import {
  type DataTestConfig,
  type DataTestNode,
  type Diagnostic,
  type NodeId,
  quoteIdentifier,
  type SeedNode,
  type SourceNode,
} from '@strata/core'
import type { SourceText } from '../project/project-file.ts'
import type { ModelProperties } from '../project/properties-schema.ts'
import { type Draft, draftFile } from './draft.ts'
import { resolveEdges } from './edges.ts'
import { fqnOf } from './fqn.ts'
import { asStrings, type Config, isMapping, mergeConfig } from './merge-config.ts'
import type { ModelDraft } from './model-drafts.ts'
import type { VersionOf } from './model-versions.ts'
import type { PackageProject } from './package-project.ts'
import type { References } from './references.ts'
import type { YamlPlace } from './render-yaml.ts'
import { renderYaml } from './render-yaml.ts'
import type { Resolution } from './resolution.ts'
import type { SnapshotDraft } from './snapshot-drafts.ts'
import { type TestDeclaration, testDeclarations } from './test-declarations.ts'
import { literal, testTemplate } from './test-expression.ts'
import { testName } from './test-names.ts'

/** A data test with its template: all but the SQL of its node. */
export interface TestDraft {
  /** Its `select` is empty. */
  readonly node: DataTestNode
  readonly draft: Draft
  readonly diagnostics: readonly Diagnostic[]
}

/** A node that tests can be attached to. */
interface Subject {
  readonly id: NodeId
  /** As it stands in the names of its tests. */
  readonly name: string
  /** The template expression that refers to it. */
  readonly expression: string
  readonly folders: readonly string[]
  readonly group: string | null
  readonly tests: readonly TestDeclaration[]
}

export interface TestInputs {
  readonly package_: PackageProject
  readonly models: readonly ModelDraft[]
  readonly seeds: readonly SeedNode[]
  readonly snapshots: readonly SnapshotDraft[]
  readonly sources: readonly SourceNode[]
  readonly references: References
  readonly resolution: Resolution
}

/** The data tests of one package: those declared in properties, and the files in the test folders. */
export function draftTests(inputs: TestInputs): {
  readonly tests: readonly TestDraft[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const tests = new Map<string, TestDraft>()
  const add = (test: TestDraft | null) => {
    if (test === null) return
    diagnostics.push(...test.diagnostics)
    tests.set(test.node.id, test)
  }
  for (const subject of subjectsOf(inputs, diagnostics))
    for (const declaration of subject.tests) add(genericTest(inputs, subject, declaration, diagnostics))
  for (const file of inputs.package_.tests) add(singularTest(inputs, file, diagnostics))
  return { tests: [...tests.values()], diagnostics }
}

function subjectsOf(inputs: TestInputs, diagnostics: Diagnostic[]): Subject[] {
  const { package_ } = inputs
  const packageName = package_.project.name
  const subjects: Subject[] = []
  const read = (...args: Parameters<typeof testDeclarations>): readonly TestDeclaration[] => {
    const found = testDeclarations(...args)
    diagnostics.push(...found.diagnostics)
    return found.tests
  }
  const own = <T extends { readonly packageName: string }>(nodes: readonly T[]) =>
    nodes.filter((node) => node.packageName === packageName)

  for (const model of own(inputs.models)) {
    if (model.properties === null) continue
    const { document, path, value } = model.properties
    const version = model.version === null ? '' : `, v=${literal(String(model.version))}`
    const tested = model.versioned === null ? value : testedVersion(value, model.versioned)
    subjects.push({
      id: model.id,
      name: model.version === null ? model.name : `${model.name}_v${model.version}`,
      expression: `ref(${literal(model.name)}${version})`,
      folders: model.fqn.slice(0, model.version === null ? -1 : -2),
      group: model.group,
      tests: read(document, path, tested),
    })
  }
  const byName = [
    ...own(inputs.seeds).map((node) => ({ node, list: package_.declared.seeds })),
    ...own(inputs.snapshots).map((node) => ({ node, list: package_.declared.snapshots })),
  ]
  for (const { node, list } of byName) {
    const declared = list.find((one) => one.value.name === node.name)
    if (declared === undefined) continue
    subjects.push({
      id: node.id,
      name: node.name,
      expression: `ref(${literal(node.name)})`,
      folders: node.fqn.slice(0, -1),
      group: node.group,
      tests: read(declared.document, declared.path, declared.value),
    })
  }
  const sources = new Map(own(inputs.sources).map((source) => [source.name, source]))
  for (const declared of package_.declared.sources) {
    for (const [index, table] of (declared.value.tables ?? []).entries()) {
      const source = sources.get(`${declared.value.name}.${table.name}`)
      if (source === undefined) continue
      subjects.push({
        id: source.id,
        name: `${source.sourceName}_${table.name}`,
        expression: `source(${literal(source.sourceName)}, ${literal(table.name)})`,
        folders: source.fqn.slice(0, -2),
        group: null,
        tests: read(declared.document, [...declared.path, 'tables', index], table),
      })
    }
  }
  return subjects
}

/** A version has the model's tests unless it names its own, and the tests of its columns. */
function testedVersion(model: ModelProperties, version: VersionOf): Parameters<typeof testDeclarations>[2] {
  const { block, columns } = version
  const own = block.tests ?? block.data_tests
  return own === undefined || own === null
    ? { tests: model.tests, data_tests: model.data_tests, columns }
    : { tests: own, columns }
}

function genericTest(
  inputs: TestInputs,
  subject: Subject,
  declaration: TestDeclaration,
  diagnostics: Diagnostic[],
): TestDraft | null {
  const { resolution } = inputs
  const { renderer } = resolution
  const packageName = inputs.package_.project.name
  const { location } = declaration
  const macro = renderer.findTest(packageName, declaration.test)
  if (macro === null) {
    diagnostics.push({
      code: 'UNKNOWN_TEST',
      severity: 'error',
      message: `there is no test "${declaration.test}"`,
      hint:
        renderer.suggestTest(packageName, declaration.test) ??
        'Tests are unique, not_null, accepted_values, relationships, and {% test %} blocks in macros/.',
      location,
    })
    return null
  }
  const { column } = declaration
  const columnName = column === null ? null : column.quote ? quoteIdentifier(column.name) : column.name
  const text = testTemplate(macro, subject.expression, columnName, declaration.arguments)
  const relocate = (complaint: Diagnostic): Diagnostic => ({ ...complaint, location })
  const drafted = draftFile({ path: location.file, text }, packageName, renderer)
  if (drafted.draft === null || drafted.diagnostics.some((complaint) => complaint.severity === 'error')) {
    diagnostics.push(...drafted.diagnostics.map(relocate))
    return null
  }
  const place: YamlPlace = { packageName, file: location.file, locate: () => location }
  const declared = renderYaml(declaration.config, place, renderer, diagnostics)
  const isSource = subject.id.startsWith('source.')
  const name =
    declaration.name ??
    testName(`${isSource ? 'source_' : ''}${declaration.test}`, subject.name, {
      ...declaration.arguments,
      ...(columnName === null ? {} : { column_name: columnName }),
    })
  const fqn = [...subject.folders, name]
  const config = mergeConfig(
    resolution.configs.of('dataTests', packageName, fqn, [], drafted.draft.config),
    declared,
  )
  if (config['enabled'] === false) return null
  const hash = createHash('md5')
    .update(`${name}\n${text}\n${JSON.stringify(declared)}`)
    .digest('hex')
    .slice(0, 10)
  const edges = resolveEdges(drafted.draft, { packageName, group: subject.group }, false, inputs.references)
  return {
    draft: drafted.draft,
    diagnostics: [...drafted.diagnostics, ...edges.diagnostics].map(relocate),
    node: {
      kind: 'data_test',
      id: `data_test.${packageName}.${name}.${hash}`,
      name,
      packageName,
      fqn,
      location,
      patchPath: location.file,
      description: resolution.describe(declaration.description, packageName, location),
      tags: asStrings(config['tags']),
      meta: isMapping(config['meta']) ? config['meta'] : {},
      group: typeof config['group'] === 'string' ? config['group'] : subject.group,
      parents: edges.parents,
      test: 'generic',
      testName: declaration.test.slice(declaration.test.lastIndexOf('.') + 1),
      attachedTo: subject.id,
      column: column?.name ?? null,
      config: dataTestConfig(config),
      arguments: declaration.arguments,
      rawCode: text,
      ...unrendered(drafted.draft),
    },
  }
}

function singularTest(inputs: TestInputs, file: SourceText, diagnostics: Diagnostic[]): TestDraft | null {
  const { resolution, references, package_ } = inputs
  const { renderer } = resolution
  const packageName = package_.project.name
  const { name, fqn } = fqnOf(package_, package_.project.testPaths, file.path)
  // Rows for unit tests stand among the tests.
  if (fqn[1] === 'fixtures') return null
  const parsed = renderer.parse(file)
  // A file of {% test %} blocks defines generic tests and is none itself; its mistakes are told with the macros.
  if (parsed.template !== null && renderer.definesMacros(parsed.template)) return null
  const drafted = draftFile(file, packageName, renderer)
  diagnostics.push(...drafted.diagnostics)
  if (drafted.draft === null) return null
  const declared = package_.declared.singularTests.find((one) => one.value.name === name) ?? null
  const config = resolution.configs.of(
    'dataTests',
    packageName,
    fqn,
    [declared?.value ?? null],
    drafted.draft.config,
  )
  if (config['enabled'] === false) return null
  const edges = resolveEdges(drafted.draft, { packageName, group: null }, false, references)
  const location = { file: file.path, line: 1, column: 1 }
  return {
    draft: drafted.draft,
    diagnostics: edges.diagnostics,
    node: {
      kind: 'data_test',
      id: `data_test.${packageName}.${name}`,
      name,
      packageName,
      fqn,
      location,
      patchPath: declared?.document.file ?? null,
      description: resolution.describe(declared?.value.description, packageName, location),
      tags: asStrings(config['tags']),
      meta: isMapping(config['meta']) ? config['meta'] : {},
      group: typeof config['group'] === 'string' ? config['group'] : null,
      parents: edges.parents,
      test: 'singular',
      testName: name,
      attachedTo: null,
      column: null,
      config: dataTestConfig(config),
      arguments: {},
      rawCode: file.text,
      ...unrendered(drafted.draft),
    },
  }
}

function unrendered(draft: Draft): Pick<DataTestNode, 'select' | 'late' | 'macros'> {
  return { select: { full: '', increment: null }, late: false, macros: draft.macros }
}

/** dbt's defaults where nothing is said. */
function dataTestConfig(config: Config): DataTestConfig {
  const text = (option: string, otherwise: string) => {
    const value = config[option]
    return value === undefined || value === null || value === '' ? otherwise : String(value)
  }
  const limit = Number(config['limit'] ?? Number.NaN)
  return {
    ...config,
    severity: text('severity', 'error').toLowerCase() === 'warn' ? 'warn' : 'error',
    warnIf: text('warn_if', '!= 0'),
    errorIf: text('error_if', '!= 0'),
    failCalc: text('fail_calc', 'count(*)'),
    limit: Number.isSafeInteger(limit) ? limit : null,
  }
}
