import type { ModelVersion } from '@strata/core'
import type { Declared } from '../project/parse-properties.ts'
import type { ColumnProperties, ModelProperties, VersionProperties } from '../project/properties-schema.ts'

/** What a file is as one version of a model. */
export interface VersionOf {
  readonly name: string
  readonly version: ModelVersion
  readonly latest: ModelVersion
  readonly declared: Declared<ModelProperties>
  readonly block: VersionProperties
  readonly columns: readonly ColumnProperties[]
}

export interface ModelVersions {
  /** By the name of the file, without its ending. */
  readonly byFile: ReadonlyMap<string, VersionOf>
}

/** The versions that properties declare: `v: 2` is in `<name>_v2.sql` unless `defined_in` names another file. */
export function modelVersions(
  declarations: readonly Declared<ModelProperties>[],
  fileNames: ReadonlySet<string>,
): ModelVersions {
  const byFile = new Map<string, VersionOf>()
  for (const declared of declarations) {
    const { name, versions, latest_version, columns } = declared.value
    const blocks = versions ?? []
    const latest =
      (latest_version as ModelVersion | null | undefined) ?? highest(blocks.map((block) => block.v))
    if (latest === null) continue
    // A file that one version names is not that of another.
    const named = new Set(blocks.map((block) => block.defined_in))
    const free = new Set([...fileNames].filter((file) => !named.has(file)))
    for (const block of blocks) {
      byFile.set(fileNameOf(name, block, latest, free), {
        name,
        version: block.v,
        latest,
        declared,
        block,
        columns: versionColumns(columns ?? [], block),
      })
    }
  }
  return { byFile }
}

/** `defined_in`, or `<name>_v<version>`, or `<name>.v<version>`; the latest version may also keep the plain name. */
function fileNameOf(
  name: string,
  block: VersionProperties,
  latest: ModelVersion,
  fileNames: ReadonlySet<string>,
): string {
  if (typeof block.defined_in === 'string') return block.defined_in
  const candidates = [`${name}_v${block.v}`, `${name}.v${block.v}`]
  if (String(block.v) === String(latest)) candidates.push(name)
  return candidates.find((candidate) => fileNames.has(candidate)) ?? candidates[0]!
}

/** The highest number; without numbers the last in the order of texts, as in dbt. */
function highest(versions: readonly ModelVersion[]): ModelVersion | null {
  const numbers = versions.map(Number)
  if (versions.length === 0) return null
  if (numbers.every((number) => !Number.isNaN(number))) {
    return versions[numbers.indexOf(Math.max(...numbers))]!
  }
  return [...versions].sort((a, b) => (String(a) < String(b) ? -1 : 1)).at(-1)!
}

/** The model's columns with those of the version over them, less what `exclude` leaves out. */
function versionColumns(
  base: readonly ColumnProperties[],
  block: VersionProperties,
): readonly ColumnProperties[] {
  const listed = block.columns ?? []
  const rules = listed.filter((column) => 'include' in column)
  const own = listed.filter((column): column is ColumnProperties => !('include' in column))
  if (listed.length === 0) return base
  const included =
    rules.length === 0 ? base : base.filter((column) => rules.some((rule) => takes(rule, column.name)))
  const names = new Set(own.map((column) => column.name))
  return [...included.filter((column) => !names.has(column.name)), ...own]
}

function takes(rule: { readonly include?: unknown; readonly exclude?: unknown }, name: string): boolean {
  const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : [String(value)])
  if (list(rule.exclude ?? []).includes(name)) return false
  return rule.include === '*' || rule.include === 'all' || list(rule.include).includes(name)
}
