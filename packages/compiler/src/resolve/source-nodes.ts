import type { Diagnostic, JobNode, Json, SourceNode } from '@strata/core'
import { displayRelation, isApi } from '@strata/core'
import type { SourceProperties, TableProperties } from '../project/properties-schema.ts'
import { missingCredentials, toConnector } from './declared-connector.ts'
import { toJob } from './declared-job.ts'
import { type DeclaredJob, jobDiagnostics } from './job-diagnostics.ts'
import { asStrings, type Config, isMapping } from './merge-config.ts'
import { foldNames } from './node-names.ts'
import type { PackageProject } from './package-project.ts'
import { parentWatermark } from './parent-watermark.ts'
import type { Resolution } from './resolution.ts'
import { mergeFreshness } from './source-freshness.ts'
import { tableJobDiagnostics } from './table-job-diagnostics.ts'

/** The source and job nodes that the `sources:` blocks declare. A job is a parent of the source table that it lands. */
export function sourceNodes(
  package_: PackageProject,
  resolution: Resolution,
): {
  readonly sources: readonly SourceNode[]
  readonly jobs: readonly JobNode[]
  /** Names of the tables that are switched off: `source.table`. */
  readonly disabled: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const { target } = resolution.settings
  const projectName = package_.project.name
  const sources: SourceNode[] = []
  const jobs: JobNode[] = []
  const disabled: string[] = []
  const diagnostics: Diagnostic[] = []

  for (const declared of package_.declared.sources) {
    const source = declared.value
    const connector = source.connector ? toConnector(source.name, source.connector) : null
    if (connector !== null) diagnostics.push(...missingCredentials(declared, connector))
    const ofSource = {
      sourceDescription: resolution.describe(
        source.description,
        projectName,
        declared.document.locate(declared.path),
      ),
      sourceMeta: { ...(source.config?.meta as Config | undefined), ...(source.meta as Config | undefined) },
    }
    const declaredJobs: DeclaredJob[] = []
    const disabledTables = new Set<string>()
    const schema = source.schema ?? (connector === null ? source.name : target.landingSchema)

    for (const [index, table] of (source.tables ?? []).entries()) {
      const path = [...declared.path, 'tables', index]
      const location = declared.document.locate([...path, 'name'])
      const fqn = [
        projectName,
        ...foldersOf(declared.document.file.slice(package_.folder.length)),
        source.name,
        table.name,
      ]
      const config = resolution.configs.of('sources', projectName, fqn, [source, table], {})
      if (config['enabled'] === false) {
        disabled.push(`${source.name}.${table.name}`)
        disabledTables.add(table.name)
        continue
      }
      const quoting = { ...(source.quoting as Config), ...(table.quoting as Config) }
      const relation = foldNames({ schema, name: table.identifier ?? table.name }, quoting)
      const id = `source.${projectName}.${source.name}.${table.name}`
      const jobId = `job.${projectName}.${source.name}.${table.name}`
      const first = sources.find((other) => other.id === id)
      if (first !== undefined) {
        diagnostics.push({
          code: 'DUPLICATE_SOURCE',
          severity: 'error',
          message: `the table ${source.name}.${table.name} is declared twice`,
          hint: 'Merge the two blocks into one.',
          location,
          related: [{ message: 'the first one is here', location: first.location }],
        })
        continue
      }
      const lands = connector !== null && table.job !== null && table.job !== undefined
      const tags = asStrings(config['tags'])
      sources.push({
        kind: 'source',
        id,
        name: `${source.name}.${table.name}`,
        packageName: projectName,
        fqn,
        location,
        patchPath: declared.document.file,
        description: resolution.describe(table.description, projectName, location),
        tags,
        meta: isMapping(config['meta']) ? config['meta'] : {},
        group: null,
        parents: lands ? [jobId] : [],
        sourceName: source.name,
        ...ofSource,
        relation,
        columns: (table.columns ?? []).map((column) => resolution.column(column, projectName, location)),
        config,
        loader: source.loader ?? null,
        freshness: freshnessOf(source, table, config),
        ...loadedAtOf(source, table),
        tracksChanges: lands,
        ...watermarkOf(table.watermark ?? config['watermark']),
      })
      if (!lands) {
        if (table.job) {
          diagnostics.push({
            code: 'JOB_WITHOUT_CONNECTOR',
            severity: 'error',
            message: `${source.name}.${table.name} has a job, but its source has no connector`,
            hint: 'Add a connector: block to the source; it says how the API is reached.',
            location: declared.document.locateKey([...path, 'job']),
          })
        }
        continue
      }
      const job = toJob(source, table, table.job!, schema)
      if (job.kind === 'table') diagnostics.push(...tableJobDiagnostics(declared, job, path))
      const properties = 'slices' in table.job! ? table.job : null
      if (job.kind === 'endpoint' && properties !== null) declaredJobs.push({ job, table, properties, path })
      const known = new Set((source.tables ?? []).map((other) => other.name))
      const parents = (properties?.slices ?? [])
        .map((slice) => slice.table)
        .filter((name) => known.has(name) && name !== table.name)
        .map((name) => `source.${projectName}.${source.name}.${name}`)
      jobs.push({
        kind: 'job',
        id: jobId,
        name: `${source.name}.${table.name}`,
        packageName: projectName,
        fqn,
        location: declared.document.locateKey([...path, 'job']),
        patchPath: declared.document.file,
        description: resolution.describe(table.description, projectName, location),
        tags,
        meta: {},
        group: null,
        parents: [...new Set(parents)],
        job,
        connector: connector!,
      })
    }
    if (connector !== null && isApi(connector))
      diagnostics.push(
        ...jobDiagnostics({ declared, connector, jobs: declaredJobs, disabled: disabledTables }),
      )
  }
  diagnostics.push(
    ...clashes(jobs, ({ job }) => (job.knownId === null ? null : `id ${job.knownId}`)),
    ...clashes(jobs, ({ job }) => `table ${displayRelation(job.target)}`),
  )
  return { sources, jobs, disabled, diagnostics }
}

/** What the project file says stands below what the blocks say. */
function freshnessOf(source: SourceProperties, table: TableProperties, config: Config): Json {
  const inBlocks = [source.config?.freshness, table.config?.freshness]
  const inProject = inBlocks.every((one) => one === undefined) ? config['freshness'] : undefined
  return mergeFreshness([
    inProject,
    source.freshness,
    source.config?.freshness,
    table.freshness,
    table.config?.freshness,
  ])
}

/** A table that says how it is measured is not measured as its source says. */
function loadedAtOf(
  source: SourceProperties,
  table: TableProperties,
): Pick<SourceNode, 'loadedAtField' | 'loadedAtQuery'> {
  for (const place of [table, table.config, source, source.config]) {
    const { loaded_at_field: field, loaded_at_query: query } = place ?? {}
    if (query) return { loadedAtField: null, loadedAtQuery: query }
    if (field) return { loadedAtField: field }
  }
  return { loadedAtField: null }
}

function watermarkOf(configured: unknown): Pick<SourceNode, 'watermark'> {
  const watermark = parentWatermark(configured)
  return watermark === undefined ? {} : { watermark }
}

/** Jobs that would share what only one of them can have: an id in dw_etl_jobs, a bronze table. */
function clashes(jobs: readonly JobNode[], claimOf: (job: JobNode) => string | null): Diagnostic[] {
  const claims = new Map<string, JobNode>()
  return jobs.flatMap((job): Diagnostic[] => {
    const claim = claimOf(job)
    const first = claim === null ? undefined : claims.get(claim)
    if (claim !== null && first === undefined) claims.set(claim, job)
    if (first === undefined) return []
    return [
      {
        code: 'JOB_CLASH',
        severity: 'error',
        message: `the jobs ${first.name} and ${job.name} both claim the ${claim}`,
        hint: 'Give each job an id and a bronze table (identifier) of its own.',
        location: job.location,
        related: [{ message: `${first.name} is here`, location: first.location }],
      },
    ]
  })
}

/** dbt puts the folders of the YAML file into a source's fully qualified name, without the resource path. */
function foldersOf(file: string): string[] {
  return file.split('/').slice(1, -1)
}
