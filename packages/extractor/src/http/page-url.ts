import type { Instance, Job } from '@strata/core'
import { ConfigurationError, SourceError } from '@strata/core'
import { keyFields, type SliceParameters } from '../job-identity.ts'

export interface PageRequest {
  readonly job: Job
  readonly instance: Instance
  readonly parameters: SliceParameters
  /** Records to pass over. */
  readonly skip: number
  /** Only records that changed at or after this instant (`2024-05-01T10:00:00.000Z`); null: all. */
  readonly changedSince: string | null
}

/**
 * The address of one page. The order is by key, so that pages do not shift when a record is edited during the walk.
 * Throws `ConfigurationError` `BASE_URL_INVALID`.
 */
export function pageUrl({ job, instance, parameters, skip, changedSince }: PageRequest): URL {
  const path = job.endpoint.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = parameters[name]
    if (value === undefined) throw new Error(`the slice has no value for {${name}} of ${job.endpoint}`)
    if (/^\.{0,2}$/.test(value)) throw unsafeValue(job, name)
    return encodeURIComponent(value)
  })
  const order = keyFields(job.key).map((field) => field.join('/'))
  const options = {
    $top: String(job.pageSize),
    $skip: String(skip),
    $count: 'true',
    ...(order.length > 0 && { $orderby: order.join(',') }),
    ...(job.cursor !== null &&
      changedSince !== null && { $filter: `${job.cursor.field} ge ${changedSince}` }),
  }
  const query = Object.entries(options).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  const base = instance.baseUrl.replace(/\/+$/, '')
  const url = `${base}/${path.replace(/^\/+/, '')}?${query.join('&')}`
  if (URL.canParse(url) && /^https?:/i.test(url)) return new URL(url)
  throw new ConfigurationError({
    code: 'BASE_URL_INVALID',
    message: `the base URL of ${job.source} instance ${instance.name} is not an http(s) address`,
    hint: 'it looks like https://host/path: check base_url, or the environment variable that it names',
  })
}

/** `..` comes out of the API's own records, and would lead the request to another path. */
function unsafeValue(job: Job, parameter: string): SourceError {
  return new SourceError({
    code: 'SLICE_VALUE_UNSAFE',
    message: `a value of {${parameter}} for ${job.source}.${job.table} is empty, or would change the path of the request`,
    hint: 'look at the records that the slices are taken from',
  })
}
