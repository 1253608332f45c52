import { odataPager, type PagerOptions } from './odata-pager.ts'
import type { Pager } from './pager.ts'
import { restPager } from './rest-pager.ts'

export function choosePager(options: PagerOptions): Pager {
  const { kind } = options.job.paging
  return kind === 'auto' || kind === 'keyset' ? odataPager(options) : restPager(options)
}
