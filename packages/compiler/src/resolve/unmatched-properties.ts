import type { Diagnostic } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { Declared } from '../project/parse-properties.ts'
import { fqnOf } from './fqn.ts'
import { macroNames } from './macros.ts'
import type { PackageProject } from './package-project.ts'

/**
 * Properties of the project whose name nothing has: what they say of a snapshot, an analysis, a macro or a singular test would be
 * missed by nobody. Models and seeds complain of theirs.
 */
export function unmatchedProperties(
  package_: PackageProject,
  snapshots: readonly string[],
): readonly Diagnostic[] {
  if (package_.folder !== '') return []
  const { project, declared, analyses, tests, macros } = package_
  const fileNames = (roots: readonly string[], files: readonly { readonly path: string }[]) =>
    files.map(({ path }) => fqnOf(package_, roots, path).name)
  const unmatched = (
    what: string,
    entries: readonly Declared<{ readonly name: string }>[],
    namesOf: () => readonly string[],
    remedy: string,
  ): readonly Diagnostic[] => {
    if (entries.length === 0) return []
    const names = new Set(namesOf())
    return entries
      .filter(({ value }) => !names.has(value.name))
      .map(({ value, document, path }) => ({
        code: `PROPERTIES_WITHOUT_${what.toUpperCase()}`,
        severity: 'warning',
        message: `there is no ${what === 'test' ? 'singular test' : what} "${value.name}" for these properties`,
        hint: didYouMean(value.name, names) ?? `Remove the block, or add ${remedy}.`,
        location: document.locate([...path, 'name']),
      }))
  }
  return [
    ...unmatched(
      'snapshot',
      declared.snapshots,
      () => snapshots,
      'its {% snapshot %} block, or `relation:` here',
    ),
    ...unmatched('analysis', declared.analyses, () => fileNames(project.analysisPaths, analyses), 'the file'),
    ...unmatched('test', declared.singularTests, () => fileNames(project.testPaths, tests), 'the file'),
    ...unmatched(
      'macro',
      declared.macros.filter(({ value }) => !value.name.startsWith('materialization_')),
      () => [...macros, ...tests].flatMap(macroNames).flatMap((name) => [name, name.replace(/^test_/, '')]),
      'the macro',
    ),
  ]
}
