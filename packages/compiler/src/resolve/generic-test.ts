import { type DataTestNode, type Diagnostic, manifestEntry, type NodeId, quoteIdentifier } from '@strata/core'
import type { SourceText } from '../project/project-file.ts'
import { testConfig } from '../project/schemas/config.ts'
import { fromJson, type Template } from '../template/index.ts'
import { checkConfig } from './check-config.ts'
import { dataTestConfig } from './data-test-config.ts'
import { type Draft, draftTemplate } from './draft.ts'
import { type DraftedTest, type TestInputs, unrendered } from './drafted-test.ts'
import { resolveEdges } from './edges.ts'
import { isSwitchedOff, leavingOut } from './left-out-test.ts'
import { asStrings, type Config, isMapping, mergeConfig } from './merge-config.ts'
import { checkQuarantine } from './quarantine-config.ts'
import { relocated } from './relocated.ts'
import type { Reference } from './render-scope.ts'
import type { YamlPlace } from './render-yaml.ts'
import { isTemplate, renderYaml } from './render-yaml.ts'
import type { Renderable } from './renderable.ts'
import type { ResolvedTest } from './resolve-test.ts'
import { storedAs } from './stored-as.ts'
import { checkTestArguments } from './test-arguments.ts'
import type { TestDeclaration } from './test-declarations.ts'
import { testTemplate } from './test-expression.ts'
import { shortTestName, testDigest, testName } from './test-names.ts'
import type { TestSubject } from './test-subjects.ts'

/** The test that properties declare; null where it cannot be made, which has been complained of, or is switched off. */
export function genericTest(
  inputs: TestInputs,
  subject: TestSubject,
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
          ? 'Tests are unique, not_null, accepted_values, relationships, unique_combination, expression, range, row_count, recency, equal_rows, and {% test %} blocks in macros/.'
          : `Install the package "${owner}" with \`models deps\`, or mend the name of the test.`),
      location,
    })
    return null
  }
  const resolved = renderer.resolveTest(packageName, declaration.test)
  const wrong = checkTestArguments(resolved, declaration)
  if (wrong.length > 0) {
    diagnostics.push(...wrong)
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
  const named = isSource ? sourceTest(declaration.test) : declaration.test
  const name = declaration.name ?? testName(named, subject.name, given)
  const alias = declaration.name ?? shortTestName(named, subject.name, name)
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
    ...(declaration.test.includes('.') ? { namespace: declaration.test.split('.')[0]! } : {}),
    subject: `{{ get_where_subquery(${subject.expression}) }}`,
    attachedTo: subject.id,
    column: column?.name ?? null,
    storedAs: storedAs({ name, packageName, fqn, location, config, alias }, resolution),
    config: dataTestConfig(alias === name ? config : { alias, ...config }),
    arguments: declaration.arguments,
    rawCode: text,
    ...unrendered,
    calls: callsOf(resolved),
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
  const isSeen = resolution.configuresTests || resolved.isNamed
  const configure = isSeen ? configWith : () => config
  const bare = { ...emptyDraft(source, template, packageName), configLocation: location }
  const drafted = renderDeclared(inputs, bare, config, subject.group, configure, nodeWith, (list) =>
    diagnostics.push(...list.map(relocate)),
  )
  if (drafted !== null) {
    const source = inputs.drafted.sources.find(({ id }) => id === subject.id)
    diagnostics.push(...checkQuarantine(drafted.node, source, declaration.locateArgument('quarantine')))
  }
  return drafted
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
    self: shell.storedAs ?? null,
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
  const { select, late, macros, tally } = rendered
  const node = { ...nodeWith(finished, edges.parents), select, late, macros }
  return {
    node: tally === undefined ? node : { ...node, tally },
    renderable: { ...base, draft, config: finished },
  }
}

/** What dbt's artifacts list: the test, and what it wraps most subjects in. */
function callsOf({ id, subquery }: ResolvedTest): readonly string[] {
  return /^macro\.dbt\.test_(unique|not_null)$/.test(id) ? [id] : [id, subquery]
}

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
    calls: [],
  }
}

/** `dbt_utils.at_least_one` becomes `dbt_utils.source_at_least_one`. */
function sourceTest(test: string): string {
  const nameAt = test.lastIndexOf('.') + 1
  return `${test.slice(0, nameAt)}source_${test.slice(nameAt)}`
}
