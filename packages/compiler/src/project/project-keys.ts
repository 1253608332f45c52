import type { Diagnostic } from '@strata/core'
import { projectSchema } from './project-schema.ts'
import type { YamlDocument } from './yaml-document.ts'

const known = new Set(Object.keys(projectSchema.shape))

/** The document of a project file with its top keys by the names that `projectSchema` has for them, and places as they were. */
export function projectKeys(document: YamlDocument): {
  readonly document: YamlDocument
  readonly diagnostics: readonly Diagnostic[]
} {
  const { value } = document
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      document: value === null || value === undefined ? { ...document, value: {} } : document,
      diagnostics: [],
    }
  }
  const diagnostics: Diagnostic[] = []
  const written = new Map<string, string>()
  const renamed: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(value)) {
    const name = canonical(key)
    written.set(name, key)
    renamed[name] = entry
  }
  const move = (from: string, to: string) => {
    diagnostics.push({
      code: 'DEPRECATED_KEY',
      severity: 'warning',
      message: `"${from}" is the old name of "${to}"`,
      hint: `Rename it to ${to}.`,
      location: document.locateKey([written.get(from) ?? from]),
    })
    if (renamed[to] === undefined) {
      renamed[to] = renamed[from]
      written.set(to, written.get(from) ?? from)
    }
    delete renamed[from]
  }
  if (renamed['data-paths'] !== undefined) move('data-paths', 'seed-paths')
  // In a file of dbt's without model-paths, source-paths is what dbt called those before 1.0.
  const dbts = /(?:^|\/)dbt_project\.ya?ml$/.test(document.file)
  if (dbts && renamed['source-paths'] !== undefined && renamed['model-paths'] === undefined)
    move('source-paths', 'model-paths')

  const asWritten = ([first, ...rest]: readonly (string | number)[]) =>
    first === undefined ? [] : [written.get(String(first)) ?? first, ...rest]
  return {
    document: {
      file: document.file,
      value: renamed,
      locate: (path) => document.locate(asWritten(path)),
      locateKey: (path) => document.locateKey(asWritten(path)),
    },
    diagnostics,
  }
}

/** dbt takes `model_paths` for `model-paths`; `data-tests` is taken for `data_tests` likewise. */
function canonical(key: string): string {
  if (known.has(key)) return key
  const hyphenated = key.replaceAll('_', '-')
  if (known.has(hyphenated)) return hyphenated
  const underscored = key.replaceAll('-', '_')
  return known.has(underscored) ? underscored : key
}
