import type { Cte, Query } from '../query.ts'
import type { Finding, Subject } from '../rule.ts'

/** A common table expression that nothing reads. */
export function* unusedCte({ sql }: Subject): Iterable<Finding> {
  for (const one of sql)
    for (const query of one.queries) {
      const read = readBy(query)
      for (const cte of query.ctes) {
        if (cte.query === null || read.has(cte)) continue
        yield {
          message: `nothing reads the common table expression "${cte.name}"`,
          hint: 'Delete it, or read it.',
          at: { sql: one, location: cte.location },
        }
      }
    }
}

/** What a query reads, also by way of others. */
function readBy(query: Query): ReadonlySet<Cte> {
  const read = new Set<Cte>()
  const visit = (cte: Cte): void => {
    if (read.has(cte)) return
    read.add(cte)
    for (const next of namedIn(cte.query)) visit(next)
  }
  for (const cte of namedIn(query, query.ctes)) visit(cte)
  // What changes data is carried out whether or not it is read, and may read others in a way that is not looked into.
  if (query.ctes.some((cte) => cte.query === null)) for (const cte of query.ctes) read.add(cte)
  return read
}

function* namedIn(query: Query | null, except: readonly Cte[] = []): Iterable<Cte> {
  if (query === null) return
  for (const { cte } of query.items) if (cte !== null) yield cte
  for (const inner of query.inner) if (!except.some((cte) => cte.query === inner)) yield* namedIn(inner)
}
