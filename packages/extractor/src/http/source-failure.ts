import type { Connector, Instance } from '@strata/core'
import { SourceError } from '@strata/core'

/** The source as errors name it. */
export interface SourcePlace {
  readonly instance: Instance
  readonly connector: Connector
}

/** The answer as far as its class is decided by it. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  /** Path that was asked for, without the query. */
  readonly path: string
}

/** Ends all work on the instance: no request of ours can succeed. */
export function stopsInstance(error: unknown): boolean {
  return error instanceof SourceError && ['SOURCE_UNAUTHORIZED', 'SOURCE_UNREACHABLE'].includes(error.code)
}

export function isUnreachable(error: unknown): boolean {
  return error instanceof SourceError && error.code === 'SOURCE_UNREACHABLE'
}

/** Worth asking again. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof SourceError &&
    ['SOURCE_BUSY', 'SOURCE_FAILING', 'SOURCE_TIMEOUT', 'SOURCE_CONNECTION'].includes(error.code)
  )
}

export type UnsupportedError = SourceError & { readonly code: 'SOURCE_NOT_FOUND' }

/** The endpoint does not exist (404), or belongs to another edition (501). */
export function isUnsupported(error: unknown): error is UnsupportedError {
  return error instanceof SourceError && error.code === 'SOURCE_NOT_FOUND'
}

/** What is wrong with an answer whose status is not 2xx. */
export function answerFailure(place: SourcePlace, { status, path }: Answer): SourceError {
  const where = describePlace(place)
  if (status === 401 || status === 403) {
    return new SourceError({
      code: 'SOURCE_UNAUTHORIZED',
      status,
      message: `${where} refuses our key (${status})`,
      hint: `check ${secretName(place)}, and what its owner may read`,
    })
  }
  if (status === 404 || status === 501) {
    return new SourceError({
      code: 'SOURCE_NOT_FOUND',
      status,
      message: `${where} has no ${path} (${status})`,
      hint: 'check the endpoint and the base URL, or declare the job inactive with the reason',
    })
  }
  if (status === 429) {
    return new SourceError({
      code: 'SOURCE_BUSY',
      status,
      message: `${where} asks us to slow down (429) at ${path}`,
      hint: 'lower concurrency or raise request_interval_ms in the connector',
    })
  }
  if (status >= 300 && status < 400) {
    return new SourceError({
      code: 'SOURCE_REDIRECTED',
      status,
      message: `${where} redirects ${path} to another place (${status})`,
      hint: 'the key is never sent to another origin: put the final address into base_url',
    })
  }
  if (status === 408 || status >= 500) {
    return new SourceError({
      code: status === 408 ? 'SOURCE_TIMEOUT' : 'SOURCE_FAILING',
      status,
      message: `${where} fails at ${path} (${status})`,
      hint: 'what was landed is kept and the watermark has not moved: run again later',
    })
  }
  return new SourceError({
    code: 'SOURCE_REJECTED',
    status,
    message: `${where} rejects our request for ${path} (${status})`,
    hint: 'it may not know one of $top, $skip, $count, $orderby, $filter: check the cursor field of the job',
  })
}

/** A 2xx answer that is not JSON: mostly the login page of a proxy. */
export function notJson(place: SourcePlace, { path, contentType }: Answer): SourceError {
  const what = contentType.includes('html') ? 'an HTML page' : 'something'
  return new SourceError({
    code: 'SOURCE_NOT_JSON',
    status: 200,
    message: `${describePlace(place)} answers ${path} with ${what} that is not JSON`,
    hint: 'a login page or a proxy may stand before the API: check base_url and the key',
  })
}

/** What is wrong when there was no answer. */
export function connectionFailure(place: SourcePlace, path: string, cause: unknown): SourceError {
  const where = describePlace(place)
  const code = systemCode(cause)
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new SourceError({
      code: 'SOURCE_TIMEOUT',
      message: `${where} did not answer ${path} within ${place.connector.timeoutSeconds} s`,
      hint: 'lower page_size of the job, or raise timeout_seconds of the connector',
      cause,
    })
  }
  const unreachable = [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
  ]
  if (code !== null && unreachable.includes(code)) {
    return new SourceError({
      code: 'SOURCE_UNREACHABLE',
      message: `${where} cannot be reached at ${new URL(place.instance.baseUrl).origin} (${code})`,
      hint: 'check base_url, the network, and whether the source is up; `run --no-extract` builds from what has landed',
      cause,
    })
  }
  return new SourceError({
    code: 'SOURCE_CONNECTION',
    message: `the connection to ${where} broke at ${path}${code === null ? '' : ` (${code})`}`,
    hint: 'what was landed is kept and the watermark has not moved: run again',
    cause,
  })
}

export function describePlace({ connector, instance }: SourcePlace): string {
  return `${connector.source} instance ${instance.name}`
}

function secretName({ connector, instance }: SourcePlace): string {
  const declared = connector.instances.find(({ id }) => id === instance.id)?.credentials ?? {}
  const names = Object.values(declared).flatMap((setting) => ('env' in setting ? [setting.env] : []))
  if (names.length === 0) return 'the key of the instance'
  return `the environment ${names.length === 1 ? 'variable' : 'variables'} ${names.join(' and ')}`
}

/** The code of the innermost error that has one. */
function systemCode(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof AggregateError && current.errors.length > 0) return systemCode(current.errors[0])
    if ('code' in current && typeof current.code === 'string') return current.code
  }
  return null
}
