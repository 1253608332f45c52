import type { SourceNode } from '@strata/core'
import { listed } from '@strata/core'
import type { Finding, Subject } from '../rule.ts'

/** A model for readers that goes past silver to what landed. */
export function* bronzeInGold({ node, sql, project }: Subject): Iterable<Finding> {
  if (node.kind !== 'model' || !project.isGold(node)) return
  const parents = node.parents.flatMap((id): SourceNode[] => {
    const parent = project.node(id)
    return parent?.kind === 'source' ? [parent] : []
  })
  if (parents.length === 0) return
  const reading = sql
    .flatMap((one) => one.queries.flatMap(({ items }) => items.map((item) => ({ one, item }))))
    .find(({ item }) => project.relationOf(item)?.kind === 'source')
  const names = listed(
    parents.map(({ name }) => name),
    3,
    'others',
  )
  yield {
    message: `the gold model "${node.name}" reads ${parents.length === 1 ? 'the source' : 'the sources'} ${names} itself`,
    hint: 'Read silver models, which have types, tests and no deleted records.',
    at: reading === undefined ? node.location : { sql: reading.one, location: reading.item.location },
  }
}
