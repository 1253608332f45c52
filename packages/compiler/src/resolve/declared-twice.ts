import type { Diagnostic } from '@strata/core'
import type { Declared } from '../project/parse-properties.ts'
import type { SourceText } from '../project/project-file.ts'
import { macroNames } from './macros.ts'
import type { PackageProject } from './package-project.ts'

const kinds = {
  seeds: 'seed',
  snapshots: 'snapshot',
  exposures: 'exposure',
  groups: 'group',
} as const

/** Complains of the second of two blocks of one name, where nothing else does; the first one counts. */
export function declaredTwice({ declared, tests: files }: PackageProject): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const check = (kind: string, list: readonly Declared<{ readonly name: string }>[], under = '') => {
    const first = new Map<string, Declared<{ readonly name: string }>>()
    for (const one of list) {
      const known = first.get(one.value.name)
      first.set(one.value.name, known ?? one)
      if (known === undefined) continue
      diagnostics.push({
        code: 'DUPLICATE_PROPERTIES',
        severity: 'error',
        message: `the ${kind} "${one.value.name}"${under} stands in two places`,
        hint: 'Merge the two blocks into one, or rename one of them.',
        location: one.document.locate([...one.path, 'name']),
        related: [
          { message: 'the first block is here', location: known.document.locate([...known.path, 'name']) },
        ],
      })
    }
  }
  for (const [key, kind] of Object.entries(kinds))
    check(kind, declared[key as keyof typeof kinds] as readonly Declared<{ readonly name: string }>[])
  for (const model of new Set(declared.unitTests.map(({ value }) => value.model))) {
    const tests = declared.unitTests.filter(({ value }) => value.model === model)
    check('unit test', tests, ` of ${model}`)
  }
  const tests = new Map<string, SourceText>()
  for (const file of files) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1).replace(/\.sql$/i, '')
    const known = tests.get(name)
    if (macroNames(file).length === 0) tests.set(name, known ?? file)
    if (known === undefined || macroNames(file).length > 0) continue
    diagnostics.push({
      code: 'DUPLICATE_NAME',
      severity: 'error',
      message: `two tests are named "${name}"`,
      hint: 'Rename one of the files: a test goes by its file name, whatever its folder.',
      location: { file: file.path, line: 1, column: 1 },
      related: [{ message: 'the other one is here', location: { file: known.path, line: 1, column: 1 } }],
    })
  }
  return diagnostics
}
