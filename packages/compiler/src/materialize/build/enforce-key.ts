import {
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationName,
} from '@strata/core'
import { assertNoDuplicates } from '../incremental/duplicate-keys.ts'
import { concern } from '../options/physical-options.ts'

/**
 * Carries out `enforce`, which makes the unique index `name` of a table that has just been filled, and names the keys that several rows
 * share. The index finds out by itself whether there are any; a query that looks for them reads and sorts the whole table once more, and
 * is run only then.
 */
export function enforceKey(
  step: Pick<ModelStep, 'name'> & { readonly config: object },
  table: RelationName,
  key: readonly string[],
  enforce: Omit<Extract<PublishAction, { kind: 'execute' }>, 'kind'>,
  name: string,
): readonly PublishAction[] {
  const target = quoteRelation(table)
  const columns = key.map(quoteIdentifier).join(', ')
  const made = quoteLiteral(quoteRelation({ schema: table.schema, name }))
  return [
    // Columns that are not there, or that nothing can be compared by, are told of in terms of the key.
    {
      kind: 'execute',
      sql: `select from ${target} where false group by ${columns} order by ${columns}`,
      about: concern('unique_key'),
    },
    { kind: 'attempt', statements: [enforce.sql], otherwise: [] },
    {
      kind: 'ask',
      sql: `select to_regclass(${made}) is not null as made`,
      proceed: ([answer]) => ({
        actions:
          answer?.['made'] === false
            ? [...assertNoDuplicates(step, target, key), { kind: 'execute', ...enforce }]
            : [],
      }),
    },
  ]
}
