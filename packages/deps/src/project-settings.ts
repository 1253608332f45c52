import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError } from '@strata/core'
import { isMap, isSeq } from 'yaml'
import { parseYamlSource, scalarText } from './yaml-source.ts'

/** What a project file says that matters for packages. */
export interface ProjectSettings {
  readonly file: string
  readonly name: string | null
  /** As written, with its templates. */
  readonly installPath: string
  /** Variables that templates may read beside `DBT_…` and `STRATA_…`. */
  readonly environment: readonly string[]
}

/** The project file of a folder, or null where there is none. Its own mistakes are for the compiler to tell. */
export function readProjectSettings(directory: string): ProjectSettings | null {
  for (const file of ['strata.yml', 'strata.yaml', 'dbt_project.yml']) {
    const text = readIfThere(join(directory, file))
    if (text === null) continue
    const { source, diagnostics } = parseYamlSource(file, text)
    if (source === null) {
      const { location, message, hint } = diagnostics[0]!
      throw new ConfigurationError({
        code: 'BAD_YAML',
        message: `${join(directory, file)}:${location.line}:${location.column}: ${message}`,
        hint,
      })
    }
    const root = source.document.contents
    const get = (key: string): unknown => (isMap(root) ? root.get(key, true) : undefined)
    const environment = get('environment')
    return {
      file,
      name: scalarText(get('name')),
      installPath: scalarText(get('packages-install-path')) ?? 'dbt_packages',
      environment: isSeq(environment)
        ? environment.items.map(scalarText).filter((name): name is string => name !== null)
        : [],
    }
  }
  return null
}

/** Text of a file without its byte order mark; null where there is none. Throws `ConfigurationError` when it cannot be read. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new ConfigurationError({
      code: 'UNREADABLE_FILE',
      message: `cannot read ${path}: ${(cause as Error).message}`,
      hint: 'Check that you may read it.',
      cause,
    })
  }
}
