import { type DataTestNode, type Diagnostic, manifestEntry } from '@strata/core'
import type { SourceText } from '../project/project-file.ts'
import { fromJson } from '../template/index.ts'
import { dataTestConfig } from './data-test-config.ts'
import { draftFile } from './draft.ts'
import { type DraftedTest, type TestInputs, unrendered } from './drafted-test.ts'
import { resolveEdges } from './edges.ts'
import { fqnOf } from './fqn.ts'
import { isSwitchedOff, leavingOut } from './left-out-test.ts'
import { macroNames } from './macros.ts'
import { asStrings, isMapping } from './merge-config.ts'
import { checkQuarantine } from './quarantine-config.ts'
import type { Renderable } from './renderable.ts'
import { storedAs } from './stored-as.ts'

/** The test that a file in the test folders is; null for a file that is none. */
export function singularTest(
  inputs: TestInputs,
  file: SourceText,
  diagnostics: Diagnostic[],
): DraftedTest | null {
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
    storedAs: storedAs({ name, packageName, fqn, location, config, alias: name }, resolution),
    config: dataTestConfig(config),
    arguments: {},
    rawCode: file.text,
    ...unrendered,
    calls: drafted.draft.calls,
  }
  diagnostics.push(...checkQuarantine(node, undefined, location))
  const renderable: Renderable = {
    id: node.id,
    draft: drafted.draft,
    viewer,
    self: node.storedAs ?? null,
    config,
    incremental: false,
    model: () => fromJson(manifestEntry(node, resolution.settings.target.database) as never),
  }
  if (!edges.complete) return { node, renderable }
  return { node: graphRenderer.render(node, renderable) as DataTestNode, renderable }
}
