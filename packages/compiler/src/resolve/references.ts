import type {
  Diagnostic,
  ModelVersion,
  NodeId,
  ParentWatermark,
  RelationName,
  SourceNode,
} from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { eventTimeOf } from './microbatch-config.ts'
import type { AbsentNodes, ModelDraft } from './model-drafts.ts'
import type { Reference } from './render-scope.ts'

/** A thing that `ref()` can name. */
export interface Referable {
  readonly id: NodeId
  readonly kind: 'model' | 'seed' | 'snapshot'
  readonly name: string
  readonly packageName: string
  readonly relation: RelationName
  readonly version: ModelVersion | null
  readonly latestVersion: ModelVersion | null
  /** Stands as a common table expression in those that refer to it. */
  readonly ephemeral: boolean
  /** Whether `increment()` of it can be read. */
  readonly tracksChanges: boolean
  /** The column by which models that are built in batches read it; null: they read it whole. */
  readonly eventTime: string | null
  /** How what is new is found in one that does not; undefined: not at all. */
  readonly watermark: ParentWatermark | undefined
  readonly model: ModelDraft | null
}

/** What a reference leads to. */
export type Resolved = Pick<
  Referable,
  'id' | 'relation' | 'ephemeral' | 'tracksChanges' | 'eventTime' | 'watermark' | 'model' | 'name'
>

/** Who refers: its package decides what a name means, its group what it may see. */
export interface Viewer {
  readonly packageName: string
  readonly group: string | null
}

export interface References {
  find(reference: Reference, viewer: Viewer): Resolved | null
  /** Why a reference leads nowhere; null where the reason has been told already. */
  complain(reference: Reference, viewer: Viewer): Diagnostic | null
  /** Why the viewer may not refer to what it found; null: it may. */
  refuse(reference: Reference, viewer: Viewer, resolved: Resolved): Diagnostic | null
}

export interface ReferenceInputs {
  readonly rootName: string
  readonly referables: readonly Referable[]
  readonly sources: readonly SourceNode[]
  readonly absent: AbsentNodes & {
    /** `source.table` */
    readonly disabledSources: ReadonlySet<string>
    /** Names of sources with errors, which have been complained of. */
    readonly refusedSources: ReadonlySet<string>
  }
  /** Packages whose protected models only they themselves may refer to. */
  readonly restricted: ReadonlySet<string>
  /** A name means that of the viewer's package before that of the project; dbt, by itself, looks the other way round. */
  readonly ownPackageFirst: boolean
}

/** Looks up `ref()` and `source()` among the nodes of a project and its packages. */
export function createReferences(inputs: ReferenceInputs): References {
  const { rootName, referables, sources, absent } = inputs
  const byName = groupBy(referables, (one) => one.name)
  const sourceByName = groupBy(sources, (source) => source.name)

  const closest = <T extends { readonly packageName: string }>(
    candidates: readonly T[],
    viewer: Viewer,
  ): T | undefined => {
    const places = inputs.ownPackageFirst ? [viewer.packageName, rootName] : [rootName, viewer.packageName]
    const nearest = places.map((place) => candidates.find((one) => one.packageName === place))
    return nearest.find((one) => one !== undefined) ?? candidates[0]
  }
  const findRef = (reference: Reference & { kind: 'ref' }, viewer: Viewer): Referable | undefined => {
    const named = byName.get(reference.name) ?? []
    const candidates = named.filter((one) => versionFits(one, reference.version))
    if (reference.packageName !== null) {
      return candidates.find((one) => one.packageName === reference.packageName)
    }
    return closest(candidates, viewer)
  }
  const resolvedSource = (source: SourceNode): Resolved => ({
    id: source.id,
    name: source.name,
    relation: source.relation,
    ephemeral: false,
    tracksChanges: source.tracksChanges,
    eventTime: eventTimeOf(source.config),
    watermark: source.watermark,
    model: null,
  })

  return {
    find(reference, viewer) {
      if (reference.kind === 'ref') return findRef(reference, viewer) ?? null
      const named = sourceByName.get(`${reference.sourceName}.${reference.tableName}`) ?? []
      const source = closest(named, viewer)
      return source === undefined ? null : resolvedSource(source)
    },
    complain(reference) {
      const { location } = reference
      if (reference.kind === 'source') {
        if (absent.refusedSources.has(reference.sourceName)) return null
        return absent.disabledSources.has(`${reference.sourceName}.${reference.tableName}`)
          ? disabledSource(reference)
          : unknownSource(reference, sources)
      }
      const { name, version } = reference
      if (absent.broken.has(name)) return null
      if (absent.disabled.has(name)) {
        return {
          code: 'DISABLED_REF',
          severity: 'error',
          message: `ref('${name}') names a model that is disabled`,
          hint: 'Enable it (enabled: true), or remove the reference.',
          location,
        }
      }
      const versions = (byName.get(name) ?? []).flatMap((one) => (one.version === null ? [] : [one.version]))
      if (version !== null && versions.length > 0) {
        return {
          code: 'UNKNOWN_REF',
          severity: 'error',
          message: `the model "${name}" has no version ${version}`,
          hint: `Its versions are ${versions.join(', ')}.`,
          location,
        }
      }
      const named = byName.get(name) ?? []
      if (
        version !== null &&
        named.some((one) => (reference.packageName ?? one.packageName) === one.packageName)
      ) {
        return {
          code: 'UNKNOWN_REF',
          severity: 'error',
          message: `"${name}" has no versions`,
          hint: `Write ref('${name}') without a version.`,
          location,
        }
      }
      if (reference.packageName !== null && named.length > 0) {
        return {
          code: 'UNKNOWN_REF',
          severity: 'error',
          message: `there is no model "${name}" in package "${reference.packageName}"`,
          hint: `"${name}" is in ${[...new Set(named.map((one) => `"${one.packageName}"`))].join(' and ')}.`,
          location,
        }
      }
      return {
        code: 'UNKNOWN_REF',
        severity: 'error',
        message: `there is no model "${name}"${reference.packageName === null ? '' : ` in package "${reference.packageName}"`}`,
        hint: didYouMean(name, byName.keys()) ?? sourceHint(name, sources),
        location,
      }
    },
    refuse(reference, viewer, { model }) {
      if (model === null) return null
      const [packageName] = model.fqn
      const foreign = packageName !== viewer.packageName && inputs.restricted.has(packageName!)
      if (model.access === 'private' && model.group !== viewer.group) {
        return refusal(reference, model, `is private to the group "${model.group ?? ''}"`)
      }
      if (model.access !== 'public' && foreign)
        return refusal(reference, model, `is ${model.access} to the package "${packageName}"`)
      return null
    },
  }
}

function refusal(reference: Reference, model: ModelDraft, why: string): Diagnostic {
  return {
    code: 'NO_ACCESS',
    severity: 'error',
    message: `the model "${model.name}" ${why}`,
    hint: 'Refer to a public model instead, put this one into the same group, or change its access.',
    location: reference.location,
    related: [{ message: `${model.name} is here`, location: model.location }],
  }
}

function versionFits(one: Referable, version: ModelVersion | null): boolean {
  if (one.version === null) return version === null
  return String(one.version) === String(version ?? one.latestVersion)
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

function sourceHint(name: string, sources: readonly SourceNode[]): string {
  if (name.includes('{{')) return 'Inside of {{ }} a variable stands without further braces: ref(x).'
  const source = sources.find((candidate) => candidate.fqn.at(-1) === name)
  if (source !== undefined)
    return `It is a table of a source: write source('${source.sourceName}', '${name}').`
  return '`models list --resource-type model` shows the models there are.'
}

function disabledSource({
  sourceName,
  tableName,
  location,
}: Reference & { readonly kind: 'source' }): Diagnostic {
  return {
    code: 'DISABLED_SOURCE',
    severity: 'error',
    message: `source('${sourceName}', '${tableName}') names a table that is disabled`,
    hint: 'Enable it (enabled: true), or remove the reference.',
    location,
  }
}

function unknownSource(
  reference: Reference & { readonly kind: 'source' },
  sources: readonly SourceNode[],
): Diagnostic {
  const { sourceName, tableName } = reference
  const tables = sources.filter((source) => source.sourceName === sourceName)
  const known = tables.length > 0
  return {
    code: 'UNKNOWN_SOURCE',
    severity: 'error',
    message: known
      ? `the source "${sourceName}" has no table "${tableName}"`
      : `there is no source "${sourceName}"`,
    hint: known
      ? (didYouMean(
          tableName,
          tables.map((table) => table.fqn.at(-1)!),
        ) ?? `Declare it under tables: of the source ${sourceName}.`)
      : (didYouMean(
          sourceName,
          sources.map((source) => source.sourceName),
        ) ?? 'Declare it under sources: in a YAML file.'),
    location: reference.location,
  }
}
