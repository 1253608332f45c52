import type { Column, Diagnostic, Hook, Json, Location, RelationName } from '@strata/core'
import type { Declared } from '../project/parse-properties.ts'
import type { SnapshotProperties } from '../project/properties-schema.ts'
import { snapshotConfig } from '../project/schemas/config.ts'
import { blockTemplate, collectMacros } from '../template/index.ts'
import { checkConfig } from './check-config.ts'
import { type Draft, draftFile, draftTemplate } from './draft.ts'
import { fqnOf } from './fqn.ts'
import { withFurtherReferences } from './further-references.ts'
import { asStrings, type Config, isMapping } from './merge-config.ts'
import type { PackageProject } from './package-project.ts'
import { relocated } from './relocated.ts'
import type { Resolution } from './resolution.ts'
import { hooksOf } from './resource-config.ts'
import { checkSnapshotConfig, snapshotStrategies } from './snapshot-config.ts'

/** A snapshot block, or a snapshot declared in YAML alone, with its configuration merged. */
export interface SnapshotDraft extends Draft {
  readonly id: string
  readonly name: string
  readonly fqn: readonly string[]
  readonly location: Location
  readonly patchPath: string | null
  readonly relation: RelationName
  readonly snapshotConfig: Config
  readonly description: string
  readonly columns: readonly Column[]
  readonly tags: readonly string[]
  readonly meta: { readonly [key: string]: Json }
  readonly group: string | null
  readonly preHooks: readonly Hook[]
  readonly postHooks: readonly Hook[]
}

export function draftSnapshots(
  package_: PackageProject,
  resolution: Resolution,
): {
  readonly snapshots: readonly SnapshotDraft[]
  readonly disabled: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const { renderer } = resolution
  const packageName = package_.project.name
  const diagnostics: Diagnostic[] = []
  const byName = new Map(package_.declared.snapshots.map((declared) => [declared.value.name, declared]))
  const snapshots: SnapshotDraft[] = []
  const disabled: string[] = []
  const add = (name: string, draft: Draft, fqn: readonly string[], location: Location) => {
    const snapshot = toSnapshot(name, draft, fqn, location, byName.get(name) ?? null, resolution)
    if (snapshot.snapshotConfig['enabled'] === false) {
      disabled.push(name)
      return
    }
    snapshots.push(snapshot)
    diagnostics.push(...checkSnapshot(snapshot, byName.get(name) ?? null, resolution))
  }

  const named = new Set<string>()
  for (const file of package_.snapshots) {
    const parsed = renderer.parse(file)
    diagnostics.push(...parsed.diagnostics)
    if (parsed.template === null) continue
    const { fqn } = fqnOf(package_, package_.project.snapshotPaths, file.path)
    const blocks = collectMacros(parsed.template)
    if (!blocks.some((block) => block.tag === 'snapshot')) {
      diagnostics.push({
        code: 'SNAPSHOT_WITHOUT_BLOCK',
        severity: 'warning',
        message: `${file.path} holds no snapshot`,
        hint: 'Put the query into {% snapshot name %} … {% endsnapshot %}.',
        location: { file: file.path, line: 1, column: 1 },
      })
    }
    for (const block of blocks) {
      if (block.tag !== 'snapshot') continue
      named.add(block.name)
      const drafted = draftTemplate(file, blockTemplate(parsed.template, block), packageName, renderer)
      diagnostics.push(...drafted.diagnostics)
      add(block.name, drafted.draft, [...fqn, block.name], renderer.locate(file, block.at))
    }
  }
  for (const declared of byName.values()) {
    const { relation, name } = declared.value
    if (named.has(name) || typeof relation !== 'string') continue
    const location = declared.document.locate(declared.path)
    const file = { path: declared.document.file, text: `select * from {{ ${relation} }}` }
    const drafted = draftFile(file, packageName, renderer)
    diagnostics.push(...drafted.diagnostics.map((complaint) => relocated(complaint, location)))
    const { fqn } = fqnOf(package_, package_.project.snapshotPaths, declared.document.file)
    const references = drafted.draft?.references.map((reference) => ({ ...reference, location })) ?? []
    if (drafted.draft !== null)
      add(name, { ...drafted.draft, references }, [...fqn.slice(0, -1), name], location)
  }
  return { snapshots, disabled, diagnostics }
}

function checkSnapshot(
  snapshot: SnapshotDraft,
  declared: Declared<SnapshotProperties> | null,
  { renderer, configs }: Resolution,
): readonly Diagnostic[] {
  const { snapshotConfig: config, config: inFile, configLocation, packageName, name, fqn } = snapshot
  const diagnostics = [...checkConfig(inFile, snapshotConfig, configLocation)]
  const inProperties = (option: string) => isGiven(declared?.value.config?.[option])
  const placeOf = (option: string): Location => {
    if (inFile[option] !== undefined) return configLocation
    if (declared !== null && inProperties(option))
      return declared.document.locate([...declared.path, 'config', option])
    // What nobody wrote is missing where the snapshot is declared.
    return isGiven(config[option])
      ? configs.placeOf('snapshots', packageName, fqn, option)
      : Object.keys(inFile).length > 0
        ? configLocation
        : snapshot.location
  }
  const hasStrategy = (strategy: string) =>
    (snapshotStrategies as readonly string[]).includes(strategy) ||
    renderer.macros.find(packageName, `snapshot_${strategy}_strategy`) !== undefined
  checkSnapshotConfig(name, config, hasStrategy, (option, code, message, hint) => {
    diagnostics.push({ code, severity: 'error', message, hint, location: placeOf(option) })
  })
  return diagnostics
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function toSnapshot(
  name: string,
  draft: Draft,
  fqn: readonly string[],
  location: Location,
  declared: Declared<SnapshotProperties> | null,
  resolution: Resolution,
): SnapshotDraft {
  const { packageName } = draft
  const config = resolution.configs.of('snapshots', packageName, fqn, [declared?.value ?? null], draft.config)
  const relation = resolution.names.relationOf({
    kind: 'snapshot',
    name,
    packageName,
    fqn,
    version: null,
    config,
    location,
  })
  const at = declared?.document.locate(declared.path) ?? location
  const preHooks = hooksOf(config, 'pre_hook')
  const postHooks = hooksOf(config, 'post_hook')
  const hooks = [...preHooks, ...postHooks]
  return {
    ...withFurtherReferences(draft, { hooks, constraints: [] }, resolution.renderer),
    id: `snapshot.${packageName}.${name}`,
    name,
    fqn,
    location,
    patchPath: declared?.document.file ?? null,
    // dbt's older option names the schema whole.
    relation:
      typeof config['target_schema'] === 'string'
        ? { ...relation, schema: config['target_schema'] }
        : relation,
    snapshotConfig: config,
    description: resolution.describe(declared?.value.description, packageName, at),
    columns: (declared?.value.columns ?? []).map((column) => resolution.column(column, packageName, at)),
    tags: asStrings(config['tags']),
    meta: isMapping(config['meta']) ? config['meta'] : {},
    group: typeof config['group'] === 'string' ? config['group'] : null,
    preHooks,
    postHooks,
  }
}
