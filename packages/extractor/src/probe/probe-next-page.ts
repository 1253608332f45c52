import type { Asker, Query, Reply } from './asker.ts'
import type { Dialect } from './dialect.ts'
import type { EndpointFacts } from './endpoint-facts.ts'
import { firstRecords } from './probe-pages.ts'
import { type ApiRecord, isObject, valueAt } from './read-answer.ts'
import { identityOf } from './record-key.ts'

/** Whether the second page, asked for as the job declares it, brings other records than the first. */
export async function probeNextPage(
  asker: Asker,
  dialect: Dialect,
  records: readonly ApiRecord[],
): Promise<EndpointFacts> {
  const { paging } = asker.job
  const first = records[0]
  if (first === undefined || records.length < 2) return {}
  const limit = dialect.limit(firstRecords)
  if (paging.kind === 'offset')
    return advances(asker, first, await asker.ask({ ...limit, [paging.offsetParam]: '1' }))
  if (paging.kind === 'page_number')
    return advances(
      asker,
      first,
      await asker.ask({ ...limit, [paging.pageParam]: String(paging.basePage + 1) }),
    )
  if (paging.kind !== 'cursor') return {}
  const page = await asker.ask(limit)
  if (page.kind !== 'answer') return {}
  const next: [string, string][] = Object.entries(paging.params).flatMap(
    ([name, path]): [string, string][] => {
      const value = valueAt(page.answer.document, path)
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
        ? [[name, String(value)]]
        : []
    },
  )
  if (next.length === 0) {
    const places = Object.values(paging.params).map((path) => path.join('.'))
    return records.length < firstRecords
      ? {}
      : {
          skip: false,
          notes: [`the answer does not say how to go on: nothing stands at ${places.join(', ')}`],
        }
  }
  return advances(asker, first, await asker.ask({ ...limit, ...(Object.fromEntries(next) satisfies Query) }))
}

/** The names of what an envelope holds beside its list. */
export function besideRecords(document: unknown): readonly string[] {
  if (!isObject(document)) return []
  return Object.entries(document).flatMap(([name, value]) => {
    if (Array.isArray(value)) return []
    return isObject(value) ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name]
  })
}

function advances(asker: Asker, before: ApiRecord, reply: Reply): EndpointFacts {
  if (reply.kind !== 'answer') return reply.kind === 'refused' ? { skip: false } : {}
  const first = reply.answer.records[0]
  return { skip: first === undefined || identityOf(asker.job, first) !== identityOf(asker.job, before) }
}
