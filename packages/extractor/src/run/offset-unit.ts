import { SourceError } from '@strata/core'
import { type Pager, start } from './pagers/pager.ts'
import { readBody } from './read-body.ts'
import { stuck } from './walk-failures.ts'
import type { WalkPlace } from './walk-place.ts'
import type { WalkRequests } from './walk-requests.ts'
import type { WalkOptions } from './walk-slice.ts'

/**
 * Behind the first page of a list that names no total it is found out whether its offset counts records: an API that counts pages gives an
 * empty page behind the first, and all looks well. Asked once for each endpoint. Throws `SourceError` `SOURCE_PAGING`.
 */
export async function refusePagesForOffsets(
  options: WalkOptions,
  at: WalkPlace,
  pager: Pager,
  requests: WalkRequests,
): Promise<void> {
  const { knowledge, place } = options
  const { paging } = place.job
  if (paging.kind !== 'offset' || at.page.pages !== 1 || at.page.received < 2 || at.promised !== null) return
  if (knowledge.facts().offsetOfRecords === true) return
  let unit = await unitOf(options, pager, requests)
  // Records may have come and gone between the two answers.
  if (unit === 'pages') unit = await unitOf(options, pager, requests)
  if (unit === 'records') await knowledge.learn({ offsetOfRecords: true })
  if (unit === 'pages')
    throw stuck(
      options,
      `${paging.offsetParam}=1 leads to another page, and not to the second record: it counts pages, which is declared as { kind: page_number, page_param: ${paging.offsetParam}, base_page: 0 }`,
    )
}

/** By where the first record at offset 1 stands in what comes at offset 0. */
async function unitOf(
  { client, place, signal }: WalkOptions,
  pager: Pager,
  requests: WalkRequests,
): Promise<'records' | 'pages' | 'unknown'> {
  const recordsAt = async (skip: number): Promise<readonly string[]> => {
    const url = requests.addressOf({ ...start, skip }, pager)
    const answer = await client.get(url, signal, { retries: 1 }).catch((error: unknown) => {
      if (error instanceof SourceError) return null
      throw error
    })
    const records = readBody(answer?.body ?? '', place.job.recordPath ?? ['value'], [])?.records ?? []
    return records.map((record) => JSON.stringify(record))
  }
  const [fromFirst, fromSecond] = [await recordsAt(0), await recordsAt(1)]
  const [first] = fromSecond
  if (first === undefined || fromFirst.length < 2) return 'unknown'
  if (fromFirst.indexOf(first) > 0) return 'records'
  return fromSecond.some((record) => fromFirst.includes(record)) ? 'unknown' : 'pages'
}
