import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError } from '@strata/core'
import { type Document, isMap, isSeq, type YAMLMap, YAMLSeq } from 'yaml'
import { readIfThere } from './project-settings.ts'
import { parseRange } from './version.ts'
import { parseYamlSource, scalarText } from './yaml-source.ts'

export interface AddedPackage {
  /** `packages.yml` or `dependencies.yml`, relative to the project. */
  readonly file: string
  /** The entry as written: `package: dbt-labs/dbt_utils`. */
  readonly entry: string
  /** It took the place of one for the same package. */
  readonly replaced: boolean
}

const keyOf = { hub: 'package', git: 'git', local: 'local' } as const
export type AddSource = keyof typeof keyOf

/**
 * Writes a package into the packages file of a project, whose comments and order stay as they are. `wish` is
 * `name@version`: an address or path where the source is not the hub. Throws `ConfigurationError` on a bad wish or file.
 */
export function addPackage(directory: string, wish: string, source: string): AddedPackage {
  if (!(source in keyOf)) {
    throw new ConfigurationError({
      code: 'UNKNOWN_SOURCE',
      message: `a package does not come from "${source}"`,
      hint: 'Packages to add come from hub, git or local.',
    })
  }
  const key = keyOf[source as AddSource]
  const { name, version } = readWish(wish, source as AddSource)
  const file = chooseFile(directory)
  const path = join(directory, file)
  const text = readIfThere(path) ?? 'packages: []\n'
  const { source: yaml, diagnostics } = parseYamlSource(file, text)
  if (yaml === null) {
    const { location, message, hint } = diagnostics[0]!
    throw new ConfigurationError({
      code: 'BAD_YAML',
      message: `${file}:${location.line}:${location.column}: ${message}`,
      hint,
    })
  }
  const { document } = yaml
  const list = listOf(document, file)
  const versionKey = source === 'git' ? 'revision' : 'version'
  const existing = list.items.find(
    (item): item is YAMLMap => isMap(item) && scalarText(item.get(key, true)) === name,
  )
  if (existing !== undefined) {
    if (version === null) existing.delete(versionKey)
    else existing.set(versionKey, version)
  } else {
    list.flow = false
    list.add(document.createNode({ [key]: name, ...(version === null ? {} : { [versionKey]: version }) }))
  }
  const fresh = `${path}.${process.pid}.tmp`
  writeFileSync(fresh, render(document, list, text))
  renameSync(fresh, path)
  return { file, entry: `${key}: ${name}`, replaced: existing !== undefined }
}

function readWish(
  wish: string,
  source: AddSource,
): { readonly name: string; readonly version: string | readonly string[] | null } {
  // The @ of git@host:path and https://user@host is none of a version.
  const at = source === 'local' ? -1 : wish.lastIndexOf('@')
  const splits =
    at > 0 && !/[:]/.test(wish.slice(at)) && !(source === 'git' && /^[^/]+\/[^@]+$/.test(wish.slice(at + 1)))
  const name = splits ? wish.slice(0, at) : wish
  const version = splits ? wish.slice(at + 1) : null
  if (source === 'hub') {
    const ranges = (version ?? '').split(',').map((range) => range.trim())
    const bad = ranges.find((range) => parseRange(range) === null)
    if (!/^[\w.-]+\/[\w.-]+$/.test(name) || bad !== undefined) {
      throw new ConfigurationError({
        code: 'BAD_PACKAGE',
        message:
          bad !== undefined && version !== null
            ? `"${bad}" is not a version`
            : `"${wish}" does not name a package of the hub and its version`,
        hint: 'For example: models deps --add-package dbt-labs/dbt_utils@">=1.0.0,<2.0.0"',
      })
    }
    return { name, version: ranges.length === 1 ? ranges[0]! : ranges }
  }
  if (name === '' || version === '') {
    throw new ConfigurationError({
      code: 'BAD_PACKAGE',
      message: `"${wish}" does not name a package`,
      hint: 'For example: models deps --source git --add-package https://github.com/org/repo.git@1.0.0',
    })
  }
  return { name, version }
}

function chooseFile(directory: string): string {
  if (existsSync(join(directory, 'packages.yml'))) return 'packages.yml'
  const dependencies = readIfThere(join(directory, 'dependencies.yml'))
  return dependencies !== null && /^packages:/m.test(dependencies) ? 'dependencies.yml' : 'packages.yml'
}

function listOf(document: Document, file: string): YAMLSeq {
  if (document.contents === null) document.contents = document.createNode({}) as never
  const root: unknown = document.contents
  if (isMap(root)) {
    const list = root.get('packages', true)
    if (isSeq(list)) return list
    if (list === undefined || scalarText(list) === null) {
      const created = new YAMLSeq()
      root.set('packages', created)
      return created
    }
  }
  throw new ConfigurationError({
    code: 'BAD_PACKAGES_FILE',
    message: `${file} does not hold a list of packages`,
    hint: 'It begins with packages:, and lists one package an entry below.',
  })
}

/** Keeps to the indentation that the file has. */
function render(document: Document, list: YAMLSeq, text: string): string {
  const indentSeq = list.items.length <= 1 || !/^packages:[^\n]*\n(?:\s*#[^\n]*\n|\s*\n)*- /m.test(text)
  return document.toString({ indentSeq, lineWidth: 0, flowCollectionPadding: false })
}
