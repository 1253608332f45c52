import type { ApiConnector, Instance } from '@strata/core'
import { SourceError } from '@strata/core'

/** The source as errors name it. */
export interface SourcePlace {
  readonly instance: Instance
  readonly connector: ApiConnector
}

/** The answer as far as its class is decided by it. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  /** What was asked for. Only its path is ever named: the query may hold a key. */
  readonly url: URL
  /** Where it sends us; '': nowhere. */
  readonly location: string
  /** Whether it says when to come back. */
  readonly saysWhen: boolean
}

/** Ends all work on the instance, for now at least: no request of ours can succeed. */
export function stopsInstance(error: unknown): boolean {
  return (
    error instanceof SourceError &&
    ['SOURCE_UNAUTHORIZED', 'SOURCE_UNREACHABLE', 'SOURCE_QUOTA'].includes(error.code)
  )
}

export function isUnreachable(error: unknown): error is SourceError {
  return error instanceof SourceError && error.code === 'SOURCE_UNREACHABLE'
}

/** Worth asking again. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof SourceError &&
    ['SOURCE_BUSY', 'SOURCE_FAILING', 'SOURCE_TIMEOUT', 'SOURCE_CONNECTION'].includes(error.code)
  )
}

/** The answer came in full and cannot be read: asking for less of it may help. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof SourceError && ['SOURCE_UNREADABLE_PAGE', 'SOURCE_NOT_JSON'].includes(error.code)
}

export type UnsupportedError = SourceError & { readonly code: 'SOURCE_NOT_FOUND' }

/** The endpoint does not exist (404), does no longer (410), or belongs to another edition (501). */
export function isUnsupported(error: unknown): error is UnsupportedError {
  return error instanceof SourceError && error.code === 'SOURCE_NOT_FOUND'
}

/** What is wrong with an answer whose status is not 2xx. */
export function answerFailure(place: SourcePlace, answer: Answer): SourceError {
  const { status, url } = answer
  const path = url.pathname
  const where = describePlace(place)
  if (status === 429 || (status === 403 && answer.saysWhen)) {
    return new SourceError({
      code: 'SOURCE_BUSY',
      status,
      message: `${where} asks us to slow down (${status}) at ${path}`,
      hint: 'declare its limit as request_budget of the connector, or lower concurrency',
    })
  }
  if (status === 401 || status === 403) {
    return new SourceError({
      code: 'SOURCE_UNAUTHORIZED',
      status,
      message: `${where} refuses our key (${status})`,
      hint: `check ${secretName(place)}, and what its owner may read`,
    })
  }
  if (status === 404 || status === 410 || (status === 501 && !hasOptions(url))) {
    return new SourceError({
      code: 'SOURCE_NOT_FOUND',
      status,
      message: `${where} has no ${path}${status === 410 ? ' any more' : ''} (${status})`,
      hint: 'check the endpoint and the base URL, or declare the job inactive with the reason',
    })
  }
  if (status >= 300 && status < 400 && answer.location !== '') return redirected(place, answer)
  if (status === 408 || (status >= 500 && status !== 501)) {
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
    hint: hasOptions(url)
      ? 'it may not know one of $top, $skip, $count, $orderby, $filter: check the cursor field of the job'
      : 'check the endpoint, and the params that the job declares',
  })
}

function redirected(place: SourcePlace, { status, url, location }: Answer): SourceError {
  const target = URL.canParse(location, url.href) ? new URL(location, url.href).origin : null
  return new SourceError({
    code: 'SOURCE_REDIRECTED',
    status,
    message:
      target === url.origin
        ? `${describePlace(place)} redirects ${url.pathname} again and again (${status})`
        : `${describePlace(place)} redirects ${url.pathname} to another place${target === null ? '' : `, ${target}`} (${status})`,
    hint: 'the key is never sent to another origin: put the final address into base_url',
  })
}

/** A link of the API's own that leads away from it. */
export function elsewhere(place: SourcePlace, url: URL): SourceError {
  return new SourceError({
    code: 'SOURCE_LINK_ELSEWHERE',
    message: `${describePlace(place)} sends us for the next page to another origin, ${url.origin}`,
    hint: 'the key is never sent to another origin: put the address that the API gives itself into base_url',
  })
}

/** A 2xx answer that is no JSON list or object: mostly the login page of a proxy. */
export function notJson(place: SourcePlace, { url, contentType, status }: Answer, body: string): SourceError {
  return new SourceError({
    code: 'SOURCE_NOT_JSON',
    status,
    message: `${describePlace(place)} answers ${url.pathname} with ${kindOfText(body, contentType)}`,
    hint: 'a login page or a proxy may stand before the API: check base_url and the key',
  })
}

function kindOfText(body: string, contentType: string): string {
  const text = body.trimStart()
  if (text === '') return 'an empty body'
  if (/^<(!doctype\s+html|html|head|body)\b/i.test(text)) return 'an HTML page that is not JSON'
  if (text.startsWith('<'))
    return /html/i.test(contentType) ? 'an HTML page that is not JSON' : 'XML that is not JSON'
  return 'something that is not a JSON list or object'
}

/** A 2xx answer that can be no whole text. `why` names no value. */
export function unreadable(place: SourcePlace, { url, status }: Answer, why: string): SourceError {
  return new SourceError({
    code: 'SOURCE_UNREADABLE_PAGE',
    status,
    message: `${describePlace(place)}: the answer of ${url.pathname} cannot be read: ${why}`,
    hint: 'it may have been cut short: run again; if it stays so, a smaller page_size shows which records it is',
  })
}

export function tooLarge(place: SourcePlace, { url, status }: Answer, maxBytes: number): SourceError {
  return new SourceError({
    code: 'SOURCE_TOO_LARGE',
    status,
    message: `${describePlace(place)} answers ${url.pathname} with more than ${Math.floor(maxBytes / 1024 ** 2)} MB`,
    hint: 'lower page_size of the job: Postgres takes no larger JSON value',
  })
}

/** A compressed answer that does not decompress, or is compressed as nobody asked. */
export function undecodable(place: SourcePlace, { url, status }: Answer, why: string): SourceError {
  return new SourceError({
    code: 'SOURCE_CONNECTION',
    status,
    message: `${describePlace(place)} answers ${url.pathname} with bytes that are not what it says: ${why}`,
    hint: 'a proxy may have cut or changed the answer; what was landed is kept: run again',
  })
}

/** What is wrong when there was no answer. */
export function connectionFailure(place: SourcePlace, url: URL, cause: unknown): SourceError {
  const where = describePlace(place)
  const code = systemCode(cause)
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return timedOut(place, url, place.connector.timeoutSeconds, cause)
  const unreachable = [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
  ]
  const untrusted = code !== null && /CERT|SSL|TLS|EPROTO|VERIFY/.test(code)
  if (code !== null && (untrusted || unreachable.includes(code))) {
    return new SourceError({
      code: 'SOURCE_UNREACHABLE',
      message: `${where} cannot be reached at ${url.origin} (${code})`,
      hint: untrusted
        ? 'no secure connection could be made: check base_url (http or https); a certificate of your own goes into NODE_EXTRA_CA_CERTS'
        : 'check base_url, the network, and whether the source is up',
      cause,
    })
  }
  return new SourceError({
    code: 'SOURCE_CONNECTION',
    message: `the connection to ${where} broke at ${url.pathname}${code === null ? '' : ` (${code})`}`,
    hint: 'what was landed is kept and the watermark has not moved: run again',
    cause,
  })
}

/** `seconds`: the limit that was passed. */
export function timedOut(place: SourcePlace, url: URL, seconds: number, cause: unknown): SourceError {
  return new SourceError({
    code: 'SOURCE_TIMEOUT',
    message: `${describePlace(place)} did not answer ${url.pathname} within ${seconds} s`,
    hint: 'lower page_size of the job, or raise timeout of the connector',
    cause,
  })
}

export function describePlace({ connector, instance }: SourcePlace): string {
  return `${connector.source} instance ${instance.name}`
}

/** What holds the credentials of the instance, for a hint. */
export function secretName({ connector, instance }: SourcePlace): string {
  const declared = connector.instances.find(({ id }) => id === instance.id)?.credentials ?? {}
  const names = Object.values(declared).flatMap((setting) => ('env' in setting ? [setting.env] : []))
  if (names.length === 0) return 'the key of the instance'
  return `the environment ${names.length === 1 ? 'variable' : 'variables'} ${names.join(' and ')}`
}

/** OData query options, which an API may refuse one by one. */
function hasOptions({ searchParams }: URL): boolean {
  return [...searchParams.keys()].some((name) => name.startsWith('$'))
}

/** The code of the innermost error that has one. */
function systemCode(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof AggregateError && current.errors.length > 0) return systemCode(current.errors[0])
    if ('code' in current && typeof current.code === 'string') return current.code
  }
  return null
}
