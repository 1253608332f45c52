import { setMaxListeners } from 'node:events'
import { type Clock, SourceError } from '@strata/core'
import pRetry from 'p-retry'
import { type Credentials, createAuthorization, withKey } from './authorization.ts'
import { createRequestBudget, type RequestBudgetOptions } from './request-budget.ts'
import { createRequestCounter, type RequestCounter, type RequestCounts } from './request-counts.ts'
import { requestHeaders } from './request-headers.ts'
import { parseHttpDate, retryAfterMs } from './retry-after.ts'
import { type Call, createSendRequest, jsonTextOf, type Reply } from './send-request.ts'
import {
  answerFailure,
  describePlace,
  elsewhere,
  isTransient,
  isUnreachable,
  isUnreadable,
  type SourcePlace,
} from './source-failure.ts'

export interface RetryPolicy {
  /** Further tries after the first. */
  readonly retries: number
  /** Wait before the first of them; doubled each time, and lengthened at random by up to as much again. */
  readonly firstDelayMs: number
  readonly maxDelayMs: number
}

export const defaultRetryPolicy: RetryPolicy = {
  retries: 5,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
}

/** One answer, unparsed. */
export interface Page {
  /** The text of a JSON list or object. */
  readonly body: string
  readonly path: string
  /** Latest instant at which the server surely had not yet begun to read these records, by its own clock. ISO 8601. */
  readonly readAfter: string
  /** The server's clock when it answered. ISO 8601. */
  readonly serverTime: string
}

export interface GetOptions {
  /** Further tries after the first, where they should be other than those of the policy. */
  readonly retries?: number
}

/** Calls one instance, within its budget. */
export interface InstanceClient {
  /** `url` must be of the instance's origin. Throws `SourceError`, with the status where there was an answer. */
  get(url: URL, signal: AbortSignal, options?: GetOptions): Promise<Page>
  /** Requests that the instance is let have at once; fewer while it asks us to slow down. */
  readonly atOnce: number
  /** What has been asked so far by this client. */
  readonly requests: RequestCounts
  /** The same instance for one job: jobs take turns, and each has its own counts. */
  forJob(job: string): InstanceClient
}

const maxRedirects = 3

/** Throws `ConfigurationError` for headers and keys that cannot be sent. */
export function createInstanceClient(
  place: SourcePlace,
  clock: Clock,
  policy: RetryPolicy = defaultRetryPolicy,
): InstanceClient {
  const { connector, instance } = place
  const headers = requestHeaders(place)
  const sendRequest = createSendRequest(place)
  const budget = createRequestBudget(budgetOf(place))
  const whole = createRequestCounter()
  const authorization = createAuthorization(place, async (url, form, formHeaders, signal) => {
    await budget.again(signal)
    const call: Call = {
      method: 'POST',
      url,
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded', ...formHeaders },
      body: form.toString(),
    }
    const reply = await send(call, whole, signal)
    heedLimits(reply, performance.now())
    return reply
  })
  /** No request of this client can succeed any more. */
  let stopped: SourceError | null = null
  let quota: { readonly error: SourceError; readonly until: number } | null = null
  let hasAnswered = false

  function stop(error: SourceError): void {
    stopped = error
    budget.refuse(error)
  }

  function refuseStopped(): void {
    if (stopped !== null) throw stopped
    if (quota !== null && performance.now() < quota.until) throw quota.error
  }

  async function send(call: Call, counter: RequestCounter, signal: AbortSignal): Promise<Reply> {
    try {
      const reply = await sendRequest(call, signal)
      hasAnswered = true
      counter.answered(reply.status)
      return reply
    } catch (error) {
      if (!signal.aborted) counter.answered('none')
      throw error
    }
  }

  async function ask(url: URL, counter: RequestCounter, signal: AbortSignal): Promise<Reply> {
    let isFirst = true
    const askAs = ({ query, headers: own }: Credentials) =>
      follow(url, async (target) => {
        if (!isFirst) await budget.again(signal)
        isFirst = false
        const call: Call = { method: 'GET', url: withKey(target, query), headers: { ...headers, ...own } }
        return await send(call, counter, signal)
      })
    const credentials = await authorization.credentials(signal)
    const reply = await askAs(credentials)
    if (reply.status !== 401 || !authorization.renew(credentials)) return reply
    return await askAs(await authorization.credentials(signal))
  }

  async function read(reply: Reply): Promise<Page> {
    if (reply.status < 200 || reply.status >= 300) throw answerFailure(place, reply)
    const body = await jsonTextOf(place, reply)
    const serverTime = serverTimeOf(reply)
    return {
      body,
      path: reply.url.pathname,
      // The Date header may be written when the answer is ready, long after the records were read.
      readAfter: new Date(serverTime.getTime() - Math.ceil(reply.elapsedMs)).toISOString(),
      serverTime: serverTime.toISOString(),
    }
  }

  function serverTimeOf(reply: Reply): Date {
    return parseHttpDate(reply.header('date')) ?? clock()
  }

  /** The milliseconds that the API wants us to stay away. Throws `SourceError` where that is longer than we wait. */
  function heedLimits(reply: Reply, startedAt: number): number {
    const { status, saysWhen } = reply
    if (status !== 429 && status !== 503 && !(status === 403 && saysWhen)) return 0
    budget.slowDown(startedAt)
    const waitMs = retryAfterMs(reply.header('retry-after'), serverTimeOf(reply)) ?? 0
    if (waitMs <= connector.maxRetryAfterSeconds * 1000) {
      budget.pause(waitMs)
      return waitMs
    }
    const error = overQuota(place, reply, waitMs, clock())
    quota = { error, until: performance.now() + waitMs }
    budget.refuse(error)
    throw error
  }

  async function get(
    url: URL,
    signal: AbortSignal,
    { job, counter, retries = policy.retries }: GetOptions & ClientOfJob,
  ): Promise<Page> {
    // A walk that asks far ahead waits for many things on one signal.
    setMaxListeners(0, signal)
    if (url.origin !== originOf(instance.address)) throw elsewhere(place, url)
    let patienceMs = connector.maxRetryAfterSeconds * 1000
    let toldToWaitMs = 0
    let isTold = false
    let idleSince = performance.now()

    async function attempt(startedAt: number): Promise<Page> {
      counter.waited(startedAt - idleSince)
      try {
        refuseStopped()
        // Errors name what was asked for, wherever it led.
        const reply = { ...(await ask(url, counter, signal)), url }
        toldToWaitMs = heedLimits(reply, startedAt)
        const page = await read(reply)
        budget.speedUp()
        return page
      } catch (error) {
        // Before the place is free, so that no other request takes the refused key along.
        if (error instanceof SourceError && error.code === 'SOURCE_UNAUTHORIZED') stop(error)
        throw error
      } finally {
        idleSince = performance.now()
      }
    }

    try {
      return await pRetry(
        () => {
          refuseStopped()
          toldToWaitMs = 0
          return budget.run(job, attempt, signal)
        },
        {
          // One more than there are, because p-retry makes none after the last, not even one that does not count.
          retries: retries + 1,
          minTimeout: policy.firstDelayMs,
          maxTimeout: policy.maxDelayMs,
          randomize: true,
          signal,
          // Who says when to come back is believed: it is no failed try, until all such waits together are too long.
          shouldConsumeRetry() {
            isTold = toldToWaitMs > 0 && toldToWaitMs <= patienceMs
            if (isTold) patienceMs -= toldToWaitMs
            return !isTold
          },
          shouldRetry: ({ error, attemptNumber, retriesConsumed }) =>
            isTold || (retriesConsumed < retries && isWorthAnother(error, attemptNumber)),
        },
      )
    } catch (error) {
      if (isUnreachable(error)) stop(error)
      throw error
    }
  }

  function isWorthAnother(error: Error, attempt: number): boolean {
    if (isTransient(error)) return true
    // One more try tells a restart from a wrong address; more would keep someone without a network waiting.
    if (isUnreachable(error)) return hasAnswered || attempt === 1
    return isUnreadable(error) && attempt === 1
  }

  const clientOf = (job: string, counter: RequestCounter): InstanceClient => ({
    get: (url, signal, options = {}) => get(url, signal, { ...options, job, counter }),
    get atOnce() {
      return budget.limit
    },
    requests: counter.counts,
    forJob: (name) => clientOf(name, createRequestCounter(whole)),
  })
  return clientOf('', whole)
}

interface ClientOfJob {
  readonly job: string
  readonly counter: RequestCounter
}

function budgetOf({ connector, instance }: SourcePlace): RequestBudgetOptions {
  const { concurrency, requestIntervalMs, requestBudget } = connector
  // The simulator needs no sparing.
  if (instance.simulated) return { concurrency, intervalMs: 0, window: null }
  return {
    concurrency,
    intervalMs: requestIntervalMs,
    window: requestBudget && { requests: requestBudget.requests, perMs: requestBudget.perSeconds * 1000 },
  }
}

/** Redirects within the origin are followed; others are the answer, since the key goes nowhere else. */
async function follow(url: URL, ask: (target: URL) => Promise<Reply>): Promise<Reply> {
  let target = url
  for (let redirects = 0; ; redirects += 1) {
    const reply = await ask(target)
    if (reply.status < 300 || reply.status >= 400 || reply.location === '') return reply
    const next: URL | null = URL.canParse(reply.location, target.href)
      ? new URL(reply.location, target)
      : null
    if (next?.origin !== target.origin || redirects === maxRedirects) return reply
    target = next
  }
}

function overQuota(place: SourcePlace, { status, url }: Reply, waitMs: number, now: Date): SourceError {
  const back = new Date(now.getTime() + waitMs)
  const at = Number.isNaN(back.getTime()) ? '' : `, at ${back.toISOString().slice(0, 16)}Z`
  return new SourceError({
    code: 'SOURCE_QUOTA',
    status,
    message: `${describePlace(place)} lets us read ${url.pathname} again only in ${Math.ceil(waitMs / 60_000)} minutes${at} (${status})`,
    hint: 'run again then; declare its limit as request_budget of the connector, or raise max_retry_after to wait for it',
  })
}

function originOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).origin : null
}
