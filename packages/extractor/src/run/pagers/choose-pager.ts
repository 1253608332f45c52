import { type OdataPagerOptions, odataPager } from './odata-pager.ts'
import type { Pager } from './pager.ts'
import { restPager } from './rest-pager.ts'

export function choosePager(options: OdataPagerOptions): Pager {
  const { kind } = options.job.paging
  return kind === 'auto' || kind === 'keyset' ? odataPager(options) : restPager(options.job, options.ahead)
}
