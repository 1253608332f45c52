import type { Diagnostic, ExposureNode, JobNode, SeedNode, SourceNode } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { ProjectSources } from '../read-project.ts'
import { type Adoption, adoptProperties } from './adopted-properties.ts'
import { type AnalysisDraft, draftAnalyses } from './analysis-drafts.ts'
import { declaredTwice } from './declared-twice.ts'
import { type Claimant, duplicates, tooLongNames } from './duplicates.ts'
import { exposureNodes } from './exposure-nodes.ts'
import { eventTimeOf } from './microbatch-config.ts'
import { draftModels, type ModelDraft } from './model-drafts.ts'
import type { PackageProject } from './package-project.ts'
import { parentWatermark } from './parent-watermark.ts'
import { createReferences, type Referable, type References } from './references.ts'
import type { Resolution } from './resolution.ts'
import { seedNodes } from './seed-nodes.ts'
import { draftSnapshots, type SnapshotDraft } from './snapshot-drafts.ts'
import { sourceNodes } from './source-nodes.ts'
import type { UnitTestDraft } from './unit-test-draft.ts'
import { unitTestNodes } from './unit-test-nodes.ts'
import { unmatchedProperties } from './unmatched-properties.ts'

/** Everything that the files declare, with references that can be looked up, before any SQL is finished. */
export interface DraftedProject {
  readonly adoption: Adoption
  readonly models: readonly ModelDraft[]
  readonly snapshots: readonly SnapshotDraft[]
  readonly analyses: readonly AnalysisDraft[]
  readonly seeds: readonly SeedNode[]
  readonly sources: readonly SourceNode[]
  readonly jobs: readonly JobNode[]
  readonly exposures: readonly ExposureNode[]
  readonly unitTests: readonly UnitTestDraft[]
  readonly references: References
  readonly diagnostics: readonly Diagnostic[]
}

export function draftProject(
  packages: readonly PackageProject[],
  { project }: ProjectSources,
  resolution: Resolution,
): DraftedProject {
  const diagnostics: Diagnostic[] = []
  const collect = <T extends { readonly diagnostics: readonly Diagnostic[] }>(step: T): T => {
    diagnostics.push(...step.diagnostics)
    return step
  }
  const declared = packages.map((one) => collect(sourceNodes(one, resolution)))
  diagnostics.push(...packages.flatMap(declaredTwice))
  const sources = declared.flatMap((one) => one.sources)
  const adoption = adoptProperties(packages, resolution)
  const drafted = packages.map((one) => {
    const models = collect(draftModels(one, one.declared.models, resolution, adoption))
    const snapshots = collect(draftSnapshots(one, resolution))
    const seeds = collect(seedNodes(one, resolution, adoption))
    const analyses = collect(draftAnalyses(one, resolution))
    const named = [...snapshots.snapshots.map(({ name }) => name), ...snapshots.disabled]
    diagnostics.push(...unmatchedProperties(one, named))
    return { models, snapshots, seeds, analyses }
  })
  const models = drafted.flatMap((one) => one.models.models)
  const snapshots = drafted.flatMap((one) => one.snapshots.snapshots)
  const seeds = drafted.flatMap((one) => one.seeds.seeds)
  const { deferred } = resolution.settings
  const referables = [...models.map(fromModel), ...seeds.map(fromSeed), ...snapshots.map(fromSnapshot)].map(
    (one) => ({ ...one, relation: deferred?.get(one.id) ?? one.relation }),
  )
  const references = createReferences({
    rootName: project.name,
    referables,
    sources: sources.map((one) => {
      const relation = deferred?.get(one.id)
      return relation === undefined ? one : { ...one, relation }
    }),
    absent: {
      disabled: new Set(
        drafted.flatMap((one) => [
          ...one.models.absent.disabled,
          ...one.seeds.disabled,
          ...one.snapshots.disabled,
        ]),
      ),
      disabledSources: new Set(declared.flatMap((one) => one.disabled)),
      refusedSources: new Set(packages.flatMap((one) => one.refusedSources)),
      broken: new Set(drafted.flatMap((one) => [...one.models.absent.broken])),
    },
    ownPackageFirst: project.flags['require_ref_searches_node_package_before_root'] === true,
    restricted: new Set(
      packages.flatMap((one) => (String(one.project.restrictAccess) === 'true' ? [one.project.name] : [])),
    ),
  })
  const groups = new Set(packages.flatMap((one) => one.declared.groups.map(({ value }) => value.name)))
  diagnostics.push(...models.flatMap((model) => unknownGroup(model, groups)))
  const claims = [...models.map(claimOfModel), ...seeds.map(claimOfSeed), ...snapshots.map(claimOfSnapshot)]
  diagnostics.push(...duplicates(claims), ...claims.flatMap(tooLongNames))

  return {
    adoption,
    models,
    snapshots,
    analyses: drafted.flatMap((one) => one.analyses.analyses),
    seeds,
    sources,
    jobs: declared.flatMap((one) => one.jobs),
    exposures: packages.flatMap((one) => collect(exposureNodes(one, references, resolution)).exposures),
    unitTests: packages.flatMap(
      (one) => collect(unitTestNodes(one, models, references, resolution)).unitTests,
    ),
    references,
    diagnostics,
  }
}

function unknownGroup(model: ModelDraft, groups: ReadonlySet<string>): Diagnostic[] {
  const { group, properties, name } = model
  if (group === null || groups.has(group)) return []
  const inFile = model.config['group'] !== undefined
  const path = properties?.value.config?.['group'] === undefined ? ['group'] : ['config', 'group']
  return [
    {
      code: 'UNKNOWN_GROUP',
      severity: 'error',
      message: `the model "${name}" is in the group "${group}", which is not declared`,
      hint: didYouMean(group, groups) ?? 'Declare it under groups: in a YAML file, with its owner.',
      location: inFile
        ? model.configLocation
        : (properties?.document.locate([...properties.path, ...path]) ?? model.location),
    },
  ]
}

function fromModel(model: ModelDraft): Referable {
  const { id, name, packageName, relation, version, latestVersion } = model
  const { materialized } = model.modelConfig
  const ephemeral = materialized === 'ephemeral'
  const tracksChanges = materialized === 'incremental'
  const watermark = parentWatermark(model.modelConfig['watermark'])
  return {
    kind: 'model',
    id,
    name,
    packageName,
    relation,
    version,
    latestVersion,
    ephemeral,
    tracksChanges,
    eventTime: eventTimeOf(model.modelConfig),
    watermark: ephemeral ? undefined : watermark,
    model,
  }
}

function fromSeed({ id, name, packageName, relation, config }: SeedNode): Referable {
  const watermark = parentWatermark(config['watermark'])
  const eventTime = eventTimeOf(config)
  return { kind: 'seed', id, name, packageName, relation, ...unversioned, watermark, eventTime }
}

function fromSnapshot({ id, name, packageName, relation, snapshotConfig }: SnapshotDraft): Referable {
  const eventTime = eventTimeOf(snapshotConfig)
  return { kind: 'snapshot', id, name, packageName, relation, ...unversioned, eventTime }
}

const unversioned = {
  version: null,
  latestVersion: null,
  ephemeral: false,
  tracksChanges: false,
  watermark: undefined,
  model: null,
}

function claimOfModel(model: ModelDraft): Claimant {
  const { name, packageName, version, location, configLocation, relation, modelConfig } = model
  const builds = modelConfig.materialized !== 'ephemeral'
  const own = { name, packageName, version, location, configLocation }
  return { kind: 'model', ...own, relation: builds ? relation : null }
}

function claimOfSeed({ name, packageName, location, relation }: SeedNode): Claimant {
  return { kind: 'seed', name, packageName, version: null, location, configLocation: location, relation }
}

function claimOfSnapshot({ name, packageName, location, configLocation, relation }: SnapshotDraft): Claimant {
  return { kind: 'snapshot', name, packageName, version: null, location, configLocation, relation }
}
