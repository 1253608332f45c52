import { DatabaseError, type EndpointJob, type Instance, SourceError } from '@strata/core'
import type { InstanceClient } from '../http/instance-client.ts'
import { jobIdentity } from '../job-identity.ts'
import type { LandedRow } from '../landing/landing-statement.ts'
import { markUnstorable } from '../landing/unstorable-text.ts'

/** An instance of a source as it is asked. */
export interface Source {
  readonly instance: Instance
  readonly client: InstanceClient
}

export interface Answer {
  readonly body: string
  readonly marked: boolean
  readonly serverTime: string
}

/**
 * Asks once more for what could not be read, and lands the answer. Says, without values, why it cannot be landed now either;
 * null: it has landed. Throws `SourceError` only where the source cannot be asked at all.
 */
export async function askAgain(
  { instance, client }: Source,
  request: unknown,
  job: EndpointJob,
  signal: AbortSignal,
  land: (answer: Answer) => Promise<LandedRow | null>,
): Promise<string | null> {
  const url = addressOf(request, instance)
  if (url === null) return 'the letter does not say how to ask for it'
  let page: Awaited<ReturnType<InstanceClient['get']>>
  try {
    page = await client.get(url, signal)
  } catch (error) {
    if (signal.aborted || !(error instanceof SourceError) || concernsAll(error)) throw error
    return error.message
  }
  const answer = { body: page.body, marked: false, serverTime: page.serverTime }
  const marked = { ...answer, body: markUnstorable(page.body), marked: true }
  for (const attempt of marked.body === page.body ? [answer] : [answer, marked]) {
    try {
      return (await land(attempt)) === null
        ? `the answer for ${jobIdentity(job)} holds no list of records`
        : null
    } catch (error) {
      if (!(error instanceof DatabaseError) || !/^(22|54)/.test(error.sqlstate ?? '')) throw error
    }
  }
  return `the answer for ${jobIdentity(job)} cannot be read or stored`
}

/** Null: it leads nowhere, or away from the instance. */
function addressOf(request: unknown, { address }: Instance): URL | null {
  if (typeof request !== 'object' || request === null || !('path' in request)) return null
  const { path, query } = request as { readonly path: unknown; readonly query?: unknown }
  if (typeof path !== 'string') return null
  const base = address.replace(/\/+$/, '')
  const text = `${base}/${path.replace(/^\/+/, '')}`
  if (!URL.canParse(text) || !URL.canParse(base)) return null
  const url = new URL(text)
  url.search = queryText(query)
  const below = new URL(base)
  return url.origin === below.origin && `${url.pathname}/`.startsWith(below.pathname.replace(/\/*$/, '/'))
    ? url
    : null
}

function queryText(query: unknown): string {
  if (typeof query === 'string') return query
  if (typeof query !== 'object' || query === null) return ''
  return Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&')
}

/** Asking for the others is no use. */
function concernsAll({ code }: SourceError): boolean {
  return ['SOURCE_UNAUTHORIZED', 'SOURCE_UNREACHABLE', 'SOURCE_QUOTA', 'RUN_SUPERSEDED'].includes(code)
}
