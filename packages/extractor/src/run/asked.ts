import type { ApiConnector, Clock, EndpointJob } from '@strata/core'
import { cursorLiteral } from '../probe/cursor-literal.ts'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import type { Asked } from './spans.ts'

export interface Question {
  readonly job: EndpointJob
  readonly connector: ApiConnector
  readonly clock: Clock
  /** ISO 8601, UTC; null: all. */
  readonly changedSince: string | null
  readonly window: { readonly since: string | null; readonly until: string | null } | null
}

/** What a walk asks for, by what the endpoint can answer: where it knows no filter by change time, for everything. */
export function askedOf(
  { job, connector, changedSince, window, clock }: Question,
  facts: EndpointFacts,
): Asked {
  const ahead = (job.window?.ahead ?? 0) * 24 * 60 * 60 * 1000
  const horizon = new Date(clock().getTime() + ahead).toISOString()
  if (window !== null) return { job, changedSince: window.since, changedBefore: window.until, horizon }
  const isOdata = connector.kind === 'odata' && facts.filter !== false && facts.cursorFormat !== null
  const mayFilter = isOdata || job.cursor?.startParam != null
  return { job, changedSince: mayFilter ? changedSince : null, changedBefore: null, horizon }
}

/** For an API that takes the lower bound in a parameter of its own. */
export function startParameter(
  { job: { cursor }, changedSince }: Asked,
  facts: EndpointFacts,
): { readonly [name: string]: string } {
  if (cursor === null || cursor.startParam === null || changedSince === null) return {}
  return {
    [cursor.startParam]: cursorLiteral(changedSince, cursor.format ?? facts.cursorFormat ?? 'iso_utc'),
  }
}
