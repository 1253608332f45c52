import type { Instance } from '@strata/core'
import { SourceError } from '@strata/core'
import type { Page } from '../http/instance-client.ts'
import type { LandingPlace } from '../landing/landing-statement.ts'

interface Walked {
  readonly place: LandingPlace
  readonly instance: Instance
}

/** Everything was read twice, and twice less came than the API counts. */
export function incomplete(walked: Walked, received: number, promised: number): SourceError {
  return new SourceError({
    code: 'SOURCE_PAGING',
    message: `${describeWalk(walked)}: the pages brought ${received} of ${promised} records, also when they were read again`,
    hint: 'the API counts what it does not give, or its records change faster than they can be read; what was landed is kept and the watermark has not moved',
  })
}

/** There was a first page, and there is no such one now. */
export function brokenOff(walked: Walked, cause: SourceError): SourceError {
  return new SourceError({
    code: 'SOURCE_PAGING',
    status: cause.status,
    message: `${describeWalk(walked)}: the pages end too early: ${cause.message}`,
    hint: 'what was landed is kept and the watermark has not moved: run again',
    cause,
  })
}

export function stuck(walked: Walked, why: string): SourceError {
  return new SourceError({
    code: 'SOURCE_PAGING',
    message: `${describeWalk(walked)}: ${why}`,
    hint: 'what was landed is kept and the watermark has not moved; `models source probe` finds out how the API can be read, `paging:` of the job declares it',
  })
}

/** It is refused with and without what a request may do without. */
export function unsupportedEndpoint({ place, instance }: Walked, cause: SourceError): SourceError {
  return new SourceError({
    code: 'SOURCE_NOT_FOUND',
    ...(cause.status !== undefined && { status: cause.status }),
    message: `${describeWalk({ place, instance })} has no ${place.job.endpoint} (${cause.status})`,
    hint: 'check the endpoint and the base URL, or declare the job inactive with the reason',
    cause,
  })
}

/** Where the job wants to hear of it. */
export function missingCursor({ place, instance }: Walked, records: number): SourceError {
  const { source, table, cursor } = place.job
  return new SourceError({
    code: 'SOURCE_CURSOR_MISSING',
    message: `${source}.${table} instance ${instance.name}: ${records} records of a page have no ${cursor?.field}`,
    hint: 'on_cursor_value_missing: include lands them; they are then asked for by themselves with each increment',
  })
}

export function unreadablePage(walked: Walked, page: Page, why: string): SourceError {
  const looksLikeJson = /^\s*[[{]/.test(page.body)
  return new SourceError({
    code: looksLikeJson ? 'SOURCE_UNREADABLE_PAGE' : 'SOURCE_NOT_JSON',
    message: `${describeWalk(walked)}: the answer of ${page.path} cannot be read: ${why}`,
    hint: looksLikeJson
      ? 'the answer may have been cut short: run again'
      : 'a login page or a proxy may stand before the API: check base_url and the key',
  })
}

function describeWalk({ place, instance }: Walked): string {
  return `${place.job.source} instance ${instance.name}`
}
