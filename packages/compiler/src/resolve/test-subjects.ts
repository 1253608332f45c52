import type { Diagnostic, NodeId } from '@strata/core'
import type { ModelProperties } from '../project/properties-schema.ts'
import type { DraftedProject } from './draft-project.ts'
import { fqnFolders } from './fqn.ts'
import type { VersionOf } from './model-versions.ts'
import type { PackageProject } from './package-project.ts'
import { type TestDeclaration, testDeclarations } from './test-declarations.ts'
import { literal } from './test-expression.ts'

/** A node that tests can be attached to. */
export interface TestSubject {
  readonly id: NodeId
  /** As it stands in the names of its tests. */
  readonly name: string
  /** The template expression that refers to it. */
  readonly expression: string
  readonly folders: readonly string[]
  readonly group: string | null
  readonly tests: readonly TestDeclaration[]
}

/** The nodes of one package that have generic tests in its properties. */
export function testSubjects(
  package_: PackageProject,
  drafted: DraftedProject,
  diagnostics: Diagnostic[],
): readonly TestSubject[] {
  const packageName = package_.project.name
  const subjects: TestSubject[] = []
  const read = (...args: Parameters<typeof testDeclarations>): readonly TestDeclaration[] => {
    const found = testDeclarations(...args)
    diagnostics.push(...found.diagnostics)
    return found.tests
  }
  const own = <T extends { readonly packageName: string }>(nodes: readonly T[]) =>
    nodes.filter((node) => node.packageName === packageName)

  // Also of a model of another package, where it is this one that describes it.
  const described = new Set(package_.declared.models)
  for (const model of drafted.models) {
    if (model.properties === null || !described.has(model.properties)) continue
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
  const seedProperties = (owner: string) => {
    if (owner === packageName) return package_.declared.seeds
    const adopted = [...(drafted.adoption.seeds.get(owner)?.values() ?? [])]
    return adopted.filter((declared) => package_.declared.seeds.includes(declared))
  }
  const byName = [
    ...drafted.seeds.map((node) => ({ node, list: seedProperties(node.packageName) })),
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
