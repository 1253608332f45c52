import type { Diagnostic, Json, Location } from '@strata/core'
import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml'
import { didYouMean } from './near-misses.ts'
import type { PackageEntry, RenderedUrl } from './package-request.ts'
import { renderValue, type Variables } from './render-value.ts'
import { parseRange } from './version.ts'
import { parseYamlSource, scalarText, type YamlSource } from './yaml-source.ts'

export interface PackagesFile {
  readonly entries: readonly PackageEntry[]
  readonly diagnostics: readonly Diagnostic[]
  /** `sha1_hash` of a lock file. */
  readonly hash: string | null
}

const keysOfKind = {
  package: ['version', 'install_prerelease', 'install-prerelease'],
  git: ['revision', 'subdirectory', 'warn-unpinned', 'warn_unpinned'],
  local: [],
  tarball: [],
} as const
type Kind = keyof typeof keysOfKind
const kinds = Object.keys(keysOfKind) as Kind[]

/** Reads packages.yml, dependencies.yml or package-lock.yml. Every mistake is a diagnostic; entries with one are left out. */
export function parsePackagesFile(file: string, text: string, variables: Variables): PackagesFile {
  const { source, diagnostics: syntax } = parseYamlSource(file, text)
  if (source === null) return { entries: [], diagnostics: syntax, hash: null }
  const diagnostics: Diagnostic[] = []
  const entries: PackageEntry[] = []
  let hash: string | null = null
  const { contents } = source.document
  const report = (problem: Problem) =>
    diagnostics.push({ severity: 'error', location: source.locate(problem.node), ...withoutNode(problem) })

  if (contents === null || (isScalar(contents) && contents.value === null))
    return { entries, diagnostics, hash }
  if (!isMap(contents)) {
    report({
      code: 'BAD_VALUE',
      message: `${file} is not a mapping`,
      hint: 'It begins with packages:, and lists one package an entry below.',
      node: contents,
    })
    return { entries, diagnostics, hash }
  }
  for (const pair of contents.items) {
    const key = scalarText(pair.key) ?? ''
    if (key === 'sha1_hash') hash = scalarText(pair.value)
    else if (key === 'projects') {
      report({
        code: 'UNSUPPORTED_PROJECTS',
        severity: 'warning',
        message: 'projects: names other projects on a hosted service, and is not supported',
        hint: 'Install the project as a package (git: or local:), or declare its tables as sources.',
        node: pair.key,
      })
    } else if (key !== 'packages') {
      const hint = didYouMean(key, ['packages', 'projects']) ?? 'The key that lists packages is packages:.'
      report({ code: 'UNKNOWN_KEY', message: `"${key}" is not a key of ${file}`, hint, node: pair.key })
    } else if (isSeq(pair.value)) {
      for (const item of pair.value.items) {
        const found: Problem[] = []
        const entry = isMap(item)
          ? readEntry(item, source, variables, found)
          : notAMapping(item ?? pair.value, found)
        for (const problem of found) report(problem)
        if (entry !== null && found.every((problem) => problem.severity === 'warning')) entries.push(entry)
      }
    } else if (!(isScalar(pair.value) && pair.value.value === null) && pair.value !== null)
      report({
        code: 'BAD_VALUE',
        message: 'packages: is not a list',
        hint: 'Begin each package with a dash:   - package: namespace/name',
        node: pair.value,
      })
  }
  return { entries, diagnostics, hash }
}

interface Problem {
  readonly code: string
  readonly severity?: 'warning'
  readonly message: string
  readonly hint: string
  readonly node: unknown
}

function withoutNode({ node: _, ...rest }: Problem): Omit<Problem, 'node'> {
  return rest
}

function notAMapping(node: unknown, problems: Problem[]): null {
  problems.push({
    code: 'BAD_VALUE',
    message: 'a package is a mapping',
    hint: 'Say where it comes from: package:, git:, local: or tarball:.',
    node,
  })
  return null
}

function readEntry(
  map: YAMLMap,
  source: YamlSource,
  variables: Variables,
  problems: Problem[],
): PackageEntry | null {
  const pairs = new Map(map.items.map((pair) => [scalarText(pair.key) ?? '', pair]))
  const present = kinds.filter((kind) => pairs.has(kind))
  const kind = present[0]
  if (kind === undefined || present.length > 1) {
    problems.push(pairs.has('private') ? privatePackage(pairs) : unknownKind(map, pairs, present))
    return null
  }
  for (const [key, pair] of pairs) {
    const known: readonly string[] = [kind, 'name', ...keysOfKind[kind]]
    if (known.includes(key)) continue
    const hint = didYouMean(key, known) ?? `An entry with ${kind}: takes ${known.join(', ')}.`
    problems.push({
      code: 'UNKNOWN_KEY',
      message: `"${key}" is not a key of a ${kind} entry`,
      hint,
      node: pair.key,
    })
  }
  const text = (key: string): { readonly text: string; readonly variables: readonly string[] } | null => {
    const node = pairs.get(key)?.value
    if (node === undefined || node === null || (isScalar(node) && node.value === null)) return null
    const raw = scalarText(node)
    const rendered = raw === null ? null : renderValue(raw, variables)
    if (rendered !== null && 'text' in rendered) return rendered
    problems.push(
      rendered === null
        ? { code: 'BAD_VALUE', message: `${key} is not a text`, hint: 'Put it in quotes.', node }
        : { code: 'BAD_TEMPLATE', message: rendered.problem, hint: rendered.hint, node },
    )
    return null
  }
  const flag = (...keys: string[]): boolean | null => {
    for (const key of keys) {
      const node = pairs.get(key)?.value
      if (!isScalar(node) || node.value === null) continue
      if (typeof node.value === 'boolean') return node.value
      const hint = 'It is true or false.'
      problems.push({ code: 'BAD_VALUE', message: `${key} is not true or false`, hint, node })
    }
    return null
  }
  const main = text(kind)
  if (main === null || main.text.trim() === '') {
    if (problems.length === 0)
      problems.push({
        code: 'MISSING_VALUE',
        message: `${kind}: is empty`,
        hint: 'Say which package it is.',
        node: pairs.get(kind)!.key,
      })
    return null
  }
  const base = {
    written: map.toJS(source.document) as { readonly [key: string]: Json },
    location: source.locate(map.items[0]?.key ?? map) satisfies Location,
  }
  const url: RenderedUrl = {
    value: main.text.trim(),
    written: scalarText(pairs.get(kind)!.value)!.trim(),
    variables: main.variables,
  }
  switch (kind) {
    case 'package': {
      if (!/^[\w.-]+\/[\w.-]+$/.test(url.value) || /(^|\/)\.+(\/|$)/.test(url.value)) {
        problems.push({
          code: 'BAD_PACKAGE_NAME',
          message: `"${url.value}" is not the name of a package on the hub`,
          hint: 'A package of the hub has a namespace: dbt-labs/dbt_utils.',
          node: pairs.get('package')!.value,
        })
        return null
      }
      const { versions, version } = readVersions(pairs.get('version'), map, variables, problems)
      const prerelease = flag('install_prerelease', 'install-prerelease') ?? false
      return { kind: 'hub', package: url.value, versions, version, prerelease, ...base }
    }
    case 'git': {
      const revision = text('revision')?.text ?? null
      const subdirectory = text('subdirectory')?.text ?? null
      if (revision?.startsWith('-'))
        problems.push({
          code: 'BAD_REVISION',
          message: `"${revision}" is not a revision`,
          hint: 'It is a tag, a branch or a commit.',
          node: pairs.get('revision')!.value,
        })
      if (subdirectory !== null && !isInside(subdirectory))
        problems.push({
          code: 'BAD_SUBDIRECTORY',
          message: `"${subdirectory}" is not a folder inside the repository`,
          hint: 'Write the path from the root of the repository, without .. and without a leading slash.',
          node: pairs.get('subdirectory')!.value,
        })
      const warnUnpinned = flag('warn-unpinned', 'warn_unpinned') ?? true
      return { kind: 'git', url, revision, subdirectory, warnUnpinned, ...base }
    }
    case 'local':
      return { kind: 'local', path: url.value, ...base }
    case 'tarball': {
      const name = text('name')?.text ?? null
      if (name === null)
        problems.push({
          code: 'MISSING_KEY',
          message: 'name is missing',
          hint: 'A tarball says which package is in it: name: my_package.',
          node: pairs.get('tarball')!.key,
        })
      return { kind: 'tarball', url, name: name ?? '', ...base }
    }
  }
}

function isInside(path: string): boolean {
  return !/^[-/\\]|\\|^[a-z]:|\0/i.test(path) && !path.split('/').includes('..')
}

function readVersions(
  pair: Pair | undefined,
  map: YAMLMap,
  variables: Variables,
  problems: Problem[],
): { readonly versions: readonly string[]; readonly version: Json } {
  const items = isSeq(pair?.value) ? pair.value.items : pair === undefined ? [] : [pair.value]
  const rendered: string[] = []
  for (const item of items) {
    const text = scalarText(item)
    const result = text === null ? null : renderValue(text, variables)
    if (result !== null && 'problem' in result)
      problems.push({ code: 'BAD_TEMPLATE', message: result.problem, hint: result.hint, node: item })
    else if (result !== null) rendered.push(result.text)
  }
  const versions = rendered.flatMap((text) => text.split(',').map((part) => part.trim()))
  if (versions.length === 0 && problems.length === 0)
    problems.push({
      code: 'MISSING_KEY',
      message: 'version is missing',
      hint: 'A package of the hub needs one: version: ">=1.0.0,<2.0.0".',
      node: pair?.key ?? map.items[0]?.key ?? map,
    })
  for (const version of versions)
    if (parseRange(version) === null)
      problems.push({
        code: 'BAD_VERSION',
        message: `"${version}" is not a version or a range of versions`,
        hint: 'Write three numbers, with one of = > >= < <= before them: ">=1.0.0,<2.0.0".',
        node: pair!.value,
      })
  const only = isScalar(pair?.value) && typeof pair.value.value === 'number' ? pair.value.value : rendered[0]
  return { versions, version: isSeq(pair?.value) ? rendered : (only ?? null) }
}

function privatePackage(pairs: ReadonlyMap<string, Pair>): Problem {
  return {
    code: 'UNSUPPORTED_PRIVATE',
    message: 'private: needs the git integration of a hosted service, and is not supported',
    hint: 'Write git: with the address of the repository.',
    node: pairs.get('private')!.key,
  }
}

function unknownKind(map: YAMLMap, pairs: ReadonlyMap<string, Pair>, present: readonly Kind[]): Problem {
  if (present.length > 1) {
    return {
      code: 'BAD_VALUE',
      message: `an entry has either ${present.join(': or ')}:, not both`,
      hint: 'Write one entry a package.',
      node: pairs.get(present[1]!)!.key,
    }
  }
  for (const [key, pair] of pairs) {
    const hint = didYouMean(key, kinds)
    if (hint !== undefined)
      return { code: 'UNKNOWN_KEY', message: `"${key}" is not a kind of package`, hint, node: pair.key }
  }
  return {
    code: 'MISSING_KEY',
    message: 'the entry does not say where its package comes from',
    hint: 'Write package:, git:, local: or tarball:.',
    node: map.items[0]?.key ?? map,
  }
}
