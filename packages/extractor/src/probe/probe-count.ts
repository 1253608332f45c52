import type { Asker } from './asker.ts'
import type { Dialect } from './dialect.ts'
import type { EndpointFacts } from './endpoint-facts.ts'
import { totalOf } from './probe-pages.ts'

/** Whether the last record stands where the count says: one request, wherever records can be passed over. */
export async function probeCount(
  asker: Asker,
  dialect: Dialect,
  facts: EndpointFacts,
): Promise<EndpointFacts> {
  const { total, skip, top, count, countHonest } = facts
  const offset = total === undefined || total === 0 ? null : dialect.offset(total - 1)
  if (offset === null || count !== true || countHonest === false || skip !== true || top !== true) return {}
  const last = await asker.ask({ ...dialect.limit(2), ...offset })
  if (last.kind !== 'answer') return {}
  if (last.answer.records.length === 1) return { countHonest: true }
  const again = await asker.ask({ ...dialect.limit(1), ...(dialect.odata ? { $count: 'true' } : {}) })
  // Records may have come or gone meanwhile.
  const isStill = again.kind === 'answer' && totalOf(asker.job, again.answer) === total
  return isStill ? { countHonest: false } : {}
}
