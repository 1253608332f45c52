import type { EndpointJob, Instance } from '@strata/core'
import { ConfigurationError, SourceError } from '@strata/core'
import type { SliceParameters } from '../job-identity.ts'

export interface PageAddress {
  readonly job: EndpointJob
  readonly instance: Instance
  readonly parameters: SliceParameters
  /** Conditions that all hold. */
  readonly filters: readonly string[]
  readonly query: { readonly [name: string]: string }
}

/** The address of one page. Throws `ConfigurationError` `BASE_URL_INVALID`, `SourceError` `SLICE_VALUE_UNSAFE`. */
export function pageUrl({ job, instance, parameters, filters, query }: PageAddress): URL {
  const valueAt = (name: string): string => {
    const value = parameters[name] ?? instance.parameters[name]
    if (value === undefined) throw new Error(`the slice has no value for {${name}} of ${job.endpoint}`)
    return value
  }
  const path = job.endpoint.replace(places, (_, name: string) => {
    const value = valueAt(name)
    if (/^\.{0,2}$/.test(value)) throw unsafeValue(job, name)
    return encodeURIComponent(value)
  })
  const declared = Object.entries(job.params).map(
    ([name, text]) => [name, text.replace(places, (_, place: string) => valueAt(place))] as const,
  )
  const pairs = [
    ...declared,
    ...Object.entries(query),
    ...(filters.length > 0 ? [['$filter', joined(filters)] as const] : []),
  ]
  const base = instance.address.replace(/\/+$/, '')
  const search = pairs.map(([name, value]) => `${encodeName(name)}=${encodeURIComponent(value)}`).join('&')
  const url = `${base}/${path.replace(/^\/+/, '')}${search === '' ? '' : `?${search}`}`
  if (URL.canParse(url) && /^https?:/i.test(url)) return new URL(url)
  throw new ConfigurationError({
    code: 'BASE_URL_INVALID',
    message: `the base URL of ${job.source} instance ${instance.name} is not an http(s) address`,
    hint: 'it looks like https://host/path: check base_url, or the environment variable that it names',
  })
}

/**
 * The address that an API names for its next page; it may be relative. Throws `SourceError` `SOURCE_LINK_ELSEWHERE`: our key
 * goes to no other place.
 */
export function linkedUrl(
  link: string,
  { job, instance, parameters }: Omit<PageAddress, 'filters' | 'query'>,
): URL {
  const here = pageUrl({ job, instance, parameters, filters: [], query: {} })
  const url = URL.canParse(link, here.href) ? new URL(link, here) : null
  if (url !== null && url.origin === here.origin && url.username === '' && url.password === '') return url
  throw new SourceError({
    code: 'SOURCE_LINK_ELSEWHERE',
    message: `${job.source} instance ${instance.name}: the next link of ${here.pathname} leads to another place${url === null ? '' : `, ${url.host}`}`,
    hint: 'our key is never sent to another origin: if the API really lives there too, put that address into base_url',
  })
}

const places = /\{([^{}]+)\}/g

function joined(filters: readonly string[]): string {
  return filters.length === 1
    ? filters[0]!
    : filters.map((filter) => (/ or /.test(filter) ? `(${filter})` : filter)).join(' and ')
}

/** `$top` stays readable. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/^%24/, '$')
}

/** `..` comes out of the API's own records, and would lead the request to another path. */
function unsafeValue(job: EndpointJob, parameter: string): SourceError {
  return new SourceError({
    code: 'SLICE_VALUE_UNSAFE',
    message: `a value of {${parameter}} for ${job.source}.${job.table} is empty, or would change the path of the request`,
    hint: 'look at the records that the slices are taken from',
  })
}
