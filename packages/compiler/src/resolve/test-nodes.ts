import {
  type DataTestConfig,
  type DataTestNode,
  type Diagnostic,
  manifestEntry,
  type NodeId,
  quoteIdentifier,
} from '@strata/core'
import type { SourceText } from '../project/project-file.ts'
import type { ModelProperties } from '../project/properties-schema.ts'
import { testConfig } from '../project/schemas/config.ts'
import { fromJson, type Template } from '../template/index.ts'
import { checkConfig } from './check-config.ts'
import { type Draft, draftFile, draftTemplate } from './draft.ts'
import type { DraftedProject } from './draft-project.ts'
import { resolveEdges } from './edges.ts'
import { fqnFolders, fqnOf } from './fqn.ts'
import { macroNames } from './macros.ts'
import { asStrings, type Config, isMapping, mergeConfig } from './merge-config.ts'
import type { VersionOf } from './model-versions.ts'
import type { PackageProject } from './package-project.ts'
import { relocated } from './relocated.ts'
import type { GraphRenderer } from './render-graph.ts'
import type { Renderable, RenderServices } from './render-node.ts'
import type { Reference } from './render-scope.ts'
import type { YamlPlace } from './render-yaml.ts'
import { isTemplate, renderYaml } from './render-yaml.ts'
import type { Resolution } from './resolution.ts'
import { type TestDeclaration, testDeclarations } from './test-declarations.ts'
import { literal, testTemplate } from './test-expression.ts'
import { testDigest, testName } from './test-names.ts'

/** A data test with what renders it. */
interface DraftedTest {
  readonly node: DataTestNode
  readonly renderable: Renderable
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
  readonly drafted: DraftedProject
  readonly resolution: Resolution
  readonly services: RenderServices
  readonly graphRenderer: GraphRenderer
}

/** The data tests of one package: those declared in properties, and the files in the test folders. */
export function draftTests(inputs: TestInputs): {
  readonly nodes: readonly DataTestNode[]
  readonly renderables: ReadonlyMap<NodeId, Renderable>
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const tests = new Map<NodeId, DraftedTest>()
  const add = (test: DraftedTest | null) => {
    if (test === null) return
    const same = tests.get(test.node.id)
    if (same === undefined) tests.set(test.node.id, test)
    else if (JSON.stringify(same.node.config) !== JSON.stringify(test.node.config))
      diagnostics.push(duplicateTest(test.node, same.node))
  }
  for (const subject of subjectsOf(inputs, diagnostics))
    for (const declaration of subject.tests) add(genericTest(inputs, subject, declaration, diagnostics))
  for (const file of inputs.package_.tests) add(singularTest(inputs, file, diagnostics))
  const nodes = [...tests.values()].map(({ node }) => node)
  const renderables = new Map([...tests.values()].map(({ node, renderable }) => [node.id, renderable]))
  return { nodes, renderables, diagnostics }
}

function subjectsOf(inputs: TestInputs, diagnostics: Diagnostic[]): Subject[] {
  const { package_, drafted } = inputs
  const packageName = package_.project.name
  const subjects: Subject[] = []
  const read = (...args: Parameters<typeof testDeclarations>): readonly TestDeclaration[] => {
    const found = testDeclarations(...args)
    diagnostics.push(...found.diagnostics)
    return found.tests
  }
  const own = <T extends { readonly packageName: string }>(nodes: readonly T[]) =>
    nodes.filter((node) => node.packageName === packageName)

  for (const model of own(drafted.models)) {
    if (model.properties === null) continue
    const { document, path, value } = model.properties
    const version = model.version === null ? '' : `, version=${literal(String(model.version))}`
    const tested = model.versioned === null ? value : testedVersion(value, model.versioned)
    subjects.push({
      id: model.id,
      name: model.version === null ? model.name : `${model.name}_v${model.version}`,
      expression: `ref(${literal(model.name)}${version})`,
      folders: fqnFolders(package_, document.file),
      group: model.group,
      tests: read(document, path, tested),
    })
  }
  const byName = [
    ...own(drafted.seeds).map((node) => ({ node, list: package_.declared.seeds })),
    ...own(drafted.snapshots).map((node) => ({ node, list: package_.declared.snapshots })),
  ]
  for (const { node, list } of byName) {
    const declared = list.find((one) => one.value.name === node.name)
    if (declared === undefined) continue
    subjects.push({
      id: node.id,
      name: node.name,
      expression: `ref(${literal(node.name)})`,
      folders: fqnFolders(package_, declared.document.file),
      group: node.group,
      tests: read(declared.document, declared.path, declared.value),
    })
  }
  const sources = new Map(own(drafted.sources).map((source) => [source.name, source]))
  for (const declared of package_.declared.sources) {
    for (const [index, table] of (declared.value.tables ?? []).entries()) {
      const source = sources.get(`${declared.value.name}.${table.name}`)
      if (source === undefined) continue
      subjects.push({
        id: source.id,
        name: `${source.sourceName}_${table.name}`,
        expression: `source(${literal(source.sourceName)}, ${literal(table.name)})`,
        folders: fqnFolders(package_, declared.document.file),
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
): DraftedTest | null {
  const { resolution } = inputs
  const { renderer } = resolution
  const packageName = inputs.package_.project.name
  const { location } = declaration
  const macro = renderer.findTest(packageName, declaration.test)
  if (macro === null) {
    const [owner] = declaration.test.split('.')
    diagnostics.push({
      code: 'UNKNOWN_TEST',
      severity: 'error',
      message: `there is no test "${declaration.test}"`,
      hint:
        renderer.suggestTest(packageName, declaration.test) ??
        (owner === declaration.test
          ? 'Tests are unique, not_null, accepted_values, relationships, and {% test %} blocks in macros/.'
          : `Install the package "${owner}" with \`models deps\`, or mend the name of the test.`),
      location,
    })
    return null
  }
  const { column } = declaration
  const columnName = column === null ? null : column.quote ? quoteIdentifier(column.name) : column.name
  const text = testTemplate(macro, subject.expression, columnName, declaration.arguments)
  const place: YamlPlace = { packageName, file: location.file, locate: () => location }
  diagnostics.push(...checkConfig(declaration.config, testConfig, location))
  const declared = renderYaml(declaration.config, place, renderer, diagnostics)
  const isSource = subject.id.startsWith('source.')
  const given = { ...declaration.arguments, ...(columnName === null ? {} : { column_name: columnName }) }
  const name =
    declaration.name ??
    testName(isSource ? sourceTest(declaration.test) : declaration.test, subject.name, given)
  const fqn = [...subject.folders, name]
  const configWith = (inMacro: Config) =>
    mergeConfig(resolution.configs.of('dataTests', packageName, fqn, [], inMacro), declared)
  const nodeWith = (config: Config, parents: readonly NodeId[]): DataTestNode => ({
    kind: 'data_test',
    id: `data_test.${packageName}.${name}.${testDigest(name, declaration.test, subject.expression, given)}`,
    name,
    packageName,
    fqn,
    location,
    patchPath: location.file,
    description: resolution.describe(declaration.description, packageName, location),
    tags: asStrings(config['tags']),
    meta: isMapping(config['meta']) ? config['meta'] : {},
    group: typeof config['group'] === 'string' ? config['group'] : subject.group,
    parents,
    test: 'generic',
    testName: declaration.test.slice(declaration.test.lastIndexOf('.') + 1),
    attachedTo: subject.id,
    column: column?.name ?? null,
    config: dataTestConfig(config),
    arguments: declaration.arguments,
    rawCode: text,
    ...unrendered,
  })
  const config = configWith({})
  if (config['enabled'] === false) return null
  const source = { path: location.file, text }
  const relocate = (complaint: Diagnostic): Diagnostic => relocated(complaint, location)
  // The text is ours; what of it cannot be parsed is an argument that holds a broken template.
  const broken = isTemplate(JSON.stringify(declaration.arguments)) ? renderer.parse(source).diagnostics : []
  if (broken.length > 0) {
    diagnostics.push(...broken.map(relocate))
    return null
  }
  const template = () => renderer.parse(source).template!
  const bare = { ...emptyDraft(source, template, packageName), configLocation: location }
  return renderDeclared(inputs, bare, config, subject.group, configWith, nodeWith, (list) =>
    diagnostics.push(...list.map(relocate)),
  )
}

/**
 * A generic test is rendered at once, for what it declares and for its SQL, since nothing depends on it. Only one that stops to
 * ask the database is drafted besides, for the references behind the question.
 */
function renderDeclared(
  { services, graphRenderer, resolution }: TestInputs,
  bare: Draft,
  config: Config,
  group: string | null,
  configWith: (inMacro: Config) => Config,
  nodeWith: (config: Config, parents: readonly NodeId[]) => DataTestNode,
  complain: (diagnostics: readonly Diagnostic[]) => void,
): DraftedTest | null {
  const { packageName } = bare
  const viewer = { packageName, group }
  const references: Reference[] = []
  let inMacro: Config = {}
  const shell = nodeWith(config, [])
  const base: Renderable = {
    id: shell.id,
    draft: bare,
    viewer,
    self: null,
    config,
    incremental: false,
    model: () => fromJson(manifestEntry(shell, resolution.settings.target.database) as never),
  }
  const observe = {
    reference: (reference: Reference) => references.push(reference),
    configure: (options: Config) => {
      inMacro = { ...inMacro, ...options }
    },
  }
  const rendered = graphRenderer.render(shell, { ...base, observe }) as DataTestNode
  let draft: Draft = { ...bare, references, config: inMacro, macros: rendered.macros }
  if (rendered.late || rendered.select === unrendered.select) {
    const drafted = draftTemplate(bare.file, bare.template(), packageName, services.renderer)
    complain(drafted.diagnostics)
    draft = { ...drafted.draft, references: [...references, ...drafted.draft.references] }
  }
  const edges = resolveEdges(draft, viewer, false, services.references)
  complain(edges.diagnostics.map(leavingOut))
  if (edges.diagnostics.some(isSwitchedOff)) return null
  const finished = configWith(draft.config)
  if (finished['enabled'] === false) return null
  const { select, late, macros } = rendered
  return {
    node: { ...nodeWith(finished, edges.parents), select, late, macros },
    renderable: { ...base, draft, config: finished },
  }
}

function singularTest(inputs: TestInputs, file: SourceText, diagnostics: Diagnostic[]): DraftedTest | null {
  const { resolution, services, graphRenderer, package_ } = inputs
  const { renderer } = resolution
  const packageName = package_.project.name
  const { name, fqn } = fqnOf(package_, package_.project.testPaths, file.path)
  // Rows for unit tests stand among the tests.
  if (fqn[1] === 'fixtures') return null
  // A file of {% test %} blocks defines generic tests and is none itself; its mistakes are told with the macros.
  if (macroNames(file).length > 0) return null
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
  const viewer = { packageName, group: null }
  const edges = resolveEdges(drafted.draft, viewer, false, services.references)
  const location = { file: file.path, line: 1, column: 1 }
  diagnostics.push(...edges.diagnostics.map(leavingOut))
  if (edges.diagnostics.some(isSwitchedOff)) return null
  const node: DataTestNode = {
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
    ...unrendered,
  }
  const renderable: Renderable = {
    id: node.id,
    draft: drafted.draft,
    viewer,
    self: null,
    config,
    incremental: false,
    model: () => fromJson(manifestEntry(node, resolution.settings.target.database) as never),
  }
  if (!edges.complete) return { node, renderable }
  return { node: graphRenderer.render(node, renderable) as DataTestNode, renderable }
}

const unrendered = { select: { full: '', increment: null }, late: false, macros: [] } as const

function emptyDraft(
  file: SourceText,
  template: () => Template,
  packageName: string,
): Omit<Draft, 'configLocation'> {
  return {
    file,
    template,
    packageName,
    names: new Map(),
    config: {},
    references: [],
    increments: [],
    macros: [],
  }
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

/** Two tests of one name and of the same arguments, of which only one could be told of. */
function duplicateTest(node: DataTestNode, same: DataTestNode): Diagnostic {
  return {
    code: 'DUPLICATE_TEST',
    severity: 'error',
    message: `the test "${node.name}" stands here twice, with another configuration`,
    hint: 'Give one of them a name of its own: name: …',
    location: node.location,
    related: [{ message: 'the first one is here', location: same.location }],
  }
}

function isSwitchedOff({ code }: Diagnostic): boolean {
  return code === 'DISABLED_REF' || code === 'DISABLED_SOURCE'
}

/** As in dbt, a test that reads what is switched off is left out, and the project runs without it. */
function leavingOut(complaint: Diagnostic): Diagnostic {
  if (!isSwitchedOff(complaint)) return complaint
  const message = `a data test is left out: ${complaint.message}`
  return { ...complaint, severity: 'warning', message, hint: 'Enable what it reads, or disable the test.' }
}

/** `dbt_utils.at_least_one` becomes `dbt_utils.source_at_least_one`. */
function sourceTest(test: string): string {
  const nameAt = test.lastIndexOf('.') + 1
  return `${test.slice(0, nameAt)}source_${test.slice(nameAt)}`
}
