import { join } from 'node:path'
import type { Diagnostic } from '@strata/core'
import { type PackagesFile, parsePackagesFile } from './parse-packages-file.ts'
import { readIfThere } from './project-settings.ts'
import type { Variables } from './render-value.ts'

export interface DeclaredPackages extends PackagesFile {
  /** The file that lists them, or null where there is none. */
  readonly file: string | null
}

/** What a project declares in packages.yml or in the `packages:` of dependencies.yml. */
export function readPackages(directory: string, variables: Variables): DeclaredPackages {
  const found = ['packages.yml', 'dependencies.yml'].flatMap((file) => {
    const text = readIfThere(join(directory, file))
    return text === null ? [] : [{ file, ...parsePackagesFile(file, text, variables) }]
  })
  const diagnostics = found.flatMap((one) => one.diagnostics)
  const [first, second] = found.filter((one) => one.entries.length > 0)
  if (first !== undefined && second !== undefined) {
    diagnostics.push(declaredTwice(second))
    return { file: first.file, entries: [], diagnostics, hash: null }
  }
  const chosen = first ?? found[0]
  return { file: chosen?.file ?? null, entries: chosen?.entries ?? [], diagnostics, hash: null }
}

function declaredTwice(second: PackagesFile): Diagnostic {
  return {
    code: 'PACKAGES_DECLARED_TWICE',
    severity: 'error',
    message: 'packages are listed in packages.yml and in dependencies.yml',
    hint: 'Keep one of the two lists.',
    location: second.entries[0]!.location,
  }
}
