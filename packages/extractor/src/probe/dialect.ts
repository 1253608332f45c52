import type { ApiConnector, EndpointJob } from '@strata/core'
import type { Query } from './asker.ts'

/** How an endpoint is asked for a part of its records. */
export interface Dialect {
  /** Knows `$orderby`, `$filter`, `$count`, `$select`. */
  readonly odata: boolean
  /** At most so many records; nothing where there is no such parameter. */
  limit(records: number): Query
  /** Null: there is no such parameter. */
  offset(records: number): Query | null
}

export function dialectOf({ paging }: EndpointJob, { kind }: ApiConnector): Dialect {
  const odata = kind === 'odata'
  const usual = odata ? { limit: '$top', offset: '$skip' } : { limit: null, offset: null }
  const limit = 'limitParam' in paging ? paging.limitParam : usual.limit
  const offset = paging.kind === 'offset' ? paging.offsetParam : usual.offset
  return {
    odata,
    limit: (records) => (limit === null ? {} : { [limit]: String(records) }),
    offset: (records) => (offset === null ? null : { [offset]: String(records) }),
  }
}
