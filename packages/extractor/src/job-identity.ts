import type { EndpointJob, FileJob, Job, KeyPart, RecordPath, SliceParameter, TableJob } from '@strata/core'
import { jobDefaults, quoteLiteral } from '@strata/core'

/** `source.table`: what names a job in the state tables. */
export function jobIdentity(job: Job): string {
  return `${job.source}.${job.table}`
}

/** Whether nothing tells the records apart but all that they hold: then a change is a record that is gone, and a new one. */
export function isKeyedByRecord(job: Job): boolean {
  return job.key.some((part) => 'record' in part)
}

/** Where a job takes the values of its path parameters from; a table is not sliced. */
export function slicesOf(job: Job): readonly SliceParameter[] {
  return job.kind === 'endpoint' ? job.slices : []
}

/** Whether a slice is asked for again only when what it comes from was written. */
export function followsParents(job: Job): boolean {
  const slices = slicesOf(job)
  return slices.length > 0 && slices.every(({ refresh }) => refresh === 'on_change')
}

/** What is read there: a path below the base URL, a table, the files. */
export function placeOf(job: Job): string {
  switch (job.kind) {
    case 'endpoint':
      return job.endpoint
    case 'table':
      return job.relation.schema === null ? job.relation.name : `${job.relation.schema}.${job.relation.name}`
    case 'file':
      return job.files
  }
}

/** Whether it asks for what changed, once everything has landed. */
export function readsIncrements(job: Job): boolean {
  return job.kind === 'endpoint' ? job.cursor !== null : job.kind === 'table' && job.watermark !== null
}

/** Any job as one whose records come in an answer, for what lands records that were set aside. */
export function asEndpointJob(job: Job): EndpointJob {
  if (job.kind === 'endpoint') return job
  const { source, table, name, knownId, target, key, sweep, maxDeletedShare, active, reason } = job
  const common = { source, table, name, knownId, target, key, sweep, maxDeletedShare, active, reason }
  return { ...jobDefaults, ...common, endpoint: '' }
}

/** SQL that takes a field out of a jsonb expression as text: `data->'study'->>'id'`. */
export function fieldText(data: string, path: RecordPath): string {
  const steps = path.map((name, index) => (index === path.length - 1 ? '->>' : '->') + quoteLiteral(name))
  return data + steps.join('')
}

/** SQL: a short text that is the same for records that hold the same. */
export function recordText(data: string): string {
  return `pg_catalog.md5(${data}::text)`
}

/** The fields of the record that its key is made of, in order. */
export function keyFields(key: readonly KeyPart[]): readonly RecordPath[] {
  return key.flatMap((part) => ('field' in part ? [part.field] : []))
}

/** Names of the columns that a table's key is made of, in order. */
export function keyColumnNames(job: TableJob | FileJob): readonly string[] {
  return keyFields(job.key).map(([name]) => name!)
}

/** The values of a slice's path parameters. Empty for a job without slices. */
export type SliceParameters = { readonly [parameter: string]: string }

/** Canonical JSON of the parameters: the same slice gives the same text, whatever the order. */
export function sliceIdentity(parameters: SliceParameters): string {
  const names = Object.keys(parameters).sort()
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, parameters[name]])))
}
