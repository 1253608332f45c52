import type { Asker, Query } from './asker.ts'
import { cursorLiteral } from './cursor-literal.ts'
import type { Dialect } from './dialect.ts'
import type { EndpointFacts } from './endpoint-facts.ts'
import { future } from './probe-cursor.ts'
import { firstRecords } from './probe-pages.ts'
import { keyNames } from './record-key.ts'

/** The options that a run puts into one request: some servers take each of them, and not all at once. */
export async function probeTogether(
  asker: Asker,
  dialect: Dialect,
  facts: EndpointFacts,
): Promise<EndpointFacts> {
  const { cursorField, cursorFormat } = facts
  const options: readonly {
    readonly query: Query
    readonly without: EndpointFacts
    readonly name: string
  }[] = [
    { name: '$count', query: facts.count === true ? { $count: 'true' } : {}, without: { count: false } },
    {
      name: '$orderby',
      query: facts.orderBy === true ? { $orderby: keyNames(asker.job).join(',') } : {},
      without: { orderBy: false, keyset: false },
    },
    {
      name: '$filter',
      query:
        typeof cursorField === 'string' && cursorFormat && (asker.job.cursor?.startParam ?? null) === null
          ? { $filter: `${cursorField} ge ${cursorLiteral(future, cursorFormat)}` }
          : {},
      without: { filter: false, keyset: false, cursorFormat: null },
    },
  ]
  const used = options.filter(({ query }) => Object.keys(query).length > 0)
  if (used.length < 2) return {}
  const isRefused = async (chosen: typeof used) => {
    const query: Query = Object.assign(
      {},
      dialect.limit(firstRecords),
      ...chosen.map((option) => option.query),
    )
    return (await asker.ask(query)).kind === 'refused'
  }
  if (!(await isRefused(used))) return {}
  for (const left of used) {
    const others = used.filter((option) => option !== left)
    if (await isRefused(others)) continue
    const names = others.map(({ name }) => name).join(' and ')
    return { ...left.without, notes: [`${left.name} is refused together with ${names}, and done without`] }
  }
  return { notes: [`${used.map(({ name }) => name).join(', ')} are refused in pairs, though not one by one`] }
}
