import { type Clock, type Connector, registerSecret, SourceError } from '@strata/core'
import pRetry from 'p-retry'
import { Agent, request } from 'undici'
import { authHeaders } from './auth-headers.ts'
import { createRequestBudget } from './request-budget.ts'
import {
  type Answer,
  answerFailure,
  connectionFailure,
  describePlace,
  isTransient,
  isUnreachable,
  notJson,
  type SourcePlace,
  stopsInstance,
} from './source-failure.ts'

export interface RetryPolicy {
  /** Further tries after the first. */
  readonly retries: number
  /** Wait before the first of them; doubled each time, and lengthened at random by up to as much again. */
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** A longer `Retry-After` than this is not waited for: the job fails and says when to come back. */
  readonly maxRetryAfterMs: number
}

export const defaultRetryPolicy: RetryPolicy = {
  retries: 5,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 15 * 60_000,
}

/** One answer, unparsed. */
export interface Page {
  readonly body: string
  readonly path: string
  /** Latest instant at which the server surely had not yet begun to read these records, by its own clock. ISO 8601. */
  readonly readAfter: string
  /** The server's clock when it answered. ISO 8601. */
  readonly serverTime: string
}

/** Calls one instance, within its budget. */
export interface InstanceClient {
  /** `url` must be below the instance's base URL. Throws `SourceError`. */
  get(url: URL, signal: AbortSignal): Promise<Page>
}

const maxRedirects = 3

export function createInstanceClient(
  place: SourcePlace,
  clock: Clock,
  policy: RetryPolicy = defaultRetryPolicy,
): InstanceClient {
  const { connector, instance } = place
  for (const value of Object.values(instance.credentials)) registerSecret(value)
  const agent = createAgent(connector)
  const budget = createRequestBudget({
    concurrency: connector.concurrency,
    // The simulator needs no sparing.
    intervalMs: instance.simulated ? 0 : connector.requestIntervalMs,
  })
  let stopped: unknown = null

  async function attempt(url: URL, signal: AbortSignal): Promise<Page> {
    if (stopped !== null) throw stopped
    const started = performance.now()
    const response = await send(url, signal)
    const elapsed = performance.now() - started
    const answer: Answer = {
      status: response.statusCode,
      contentType: headerText(response.headers['content-type']),
      path: url.pathname,
    }
    if (answer.status < 200 || answer.status >= 300) {
      await response.body.dump()
      const waitMs = retryAfterMs(headerText(response.headers['retry-after']), clock)
      if (waitMs !== null && (answer.status === 429 || answer.status === 503)) heedRetryAfter(waitMs, answer)
      throw answerFailure(place, answer)
    }
    const body = answer.status === 204 ? '[]' : await readBody(response.body.text(), answer.path, signal)
    if (answer.contentType.includes('html') || /^\s*</.test(body)) throw notJson(place, answer)
    const serverTime = parseDate(headerText(response.headers.date)) ?? clock()
    return {
      body,
      path: answer.path,
      // The Date header may be written when the answer is ready, long after the records were read.
      readAfter: new Date(serverTime.getTime() - Math.ceil(elapsed)).toISOString(),
      serverTime: serverTime.toISOString(),
    }
  }

  async function send(url: URL, signal: AbortSignal) {
    let target = url
    for (let redirects = 0; ; redirects += 1) {
      const response = await request(target.href, {
        dispatcher: agent,
        signal,
        headers: {
          accept: 'application/json',
          ...connector.headers,
          ...authHeaders(connector.auth, instance),
        },
      }).catch((error: unknown) => {
        throw signal.aborted ? error : connectionFailure(place, target.pathname, error)
      })
      const location = headerText(response.headers.location)
      if (response.statusCode < 300 || response.statusCode >= 400 || location === '') return response
      const next: URL | null = URL.canParse(location, target.href) ? new URL(location, target) : null
      if (next?.origin !== target.origin || redirects === maxRedirects) return response
      await response.body.dump()
      target = next
    }
  }

  async function readBody(body: Promise<string>, path: string, signal: AbortSignal): Promise<string> {
    try {
      return await body
    } catch (error) {
      throw signal.aborted ? error : connectionFailure(place, path, error)
    }
  }

  function heedRetryAfter(waitMs: number, { status, path }: Answer): void {
    if (waitMs <= policy.maxRetryAfterMs) {
      budget.pause(waitMs)
      return
    }
    throw new SourceError({
      code: 'SOURCE_QUOTA',
      status,
      message: `${describePlace(place)} lets us read ${path} again only in ${Math.ceil(waitMs / 60_000)} minutes (${status})`,
      hint: 'run again then; lower concurrency or raise request_interval_ms in the connector to stay within its limits',
    })
  }

  return {
    async get(url, signal) {
      try {
        return await pRetry(() => budget.run(() => attempt(url, signal), signal), {
          retries: policy.retries,
          minTimeout: policy.firstDelayMs,
          maxTimeout: policy.maxDelayMs,
          randomize: true,
          signal,
          // One more try tells a restart from a wrong address; more would keep someone without a network waiting.
          shouldRetry: ({ error, attemptNumber }) =>
            isTransient(error) || (isUnreachable(error) && attemptNumber === 1),
        })
      } catch (error) {
        if (stopsInstance(error)) stopped = error
        throw error
      }
    },
  }
}

function createAgent(connector: Connector): Agent {
  const timeout = connector.timeoutSeconds * 1000
  return new Agent({
    connections: Math.max(1, connector.concurrency),
    connect: { timeout: Math.min(timeout, 15_000) },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    pipelining: 1,
  })
}

/** Seconds or a date; null when there is none. */
function retryAfterMs(value: string, clock: Clock): number | null {
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = parseDate(value)
  return date === null ? null : Math.max(0, date.getTime() - clock().getTime())
}

function parseDate(value: string): Date | null {
  const date = new Date(value)
  return value === '' || Number.isNaN(date.getTime()) ? null : date
}

function headerText(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
