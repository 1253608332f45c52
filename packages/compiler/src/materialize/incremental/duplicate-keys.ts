import { type ModelStep, type PublishAction, quoteIdentifier, quoteLiteral } from '@strata/core'
import { concern } from '../options/physical-options.ts'

type Keyed = Pick<ModelStep, 'name'> & { readonly config: object }

/** Names up to five keys that several rows share, before anything is written: the same on the first day as on any other. */
export function assertNoDuplicates(
  step: Keyed,
  rows: string,
  key: readonly string[],
): readonly PublishAction[] {
  if (key.length === 0) return []
  const columns = key.map(quoteIdentifier).join(', ')
  return [
    {
      kind: 'assert_empty',
      sql: `select ${describeKey(step, key)} as key from ${rows}\ngroup by ${columns} having count(*) > 1\norder by count(*) desc, ${columns} limit 5`,
      code: 'DUPLICATE_KEYS',
      message: `several rows of ${step.name} share one unique key (${key.join(', ')})`,
      about: concern('unique_key'),
      hint: 'Make the SELECT yield one row a key, for instance by `select distinct on (…)` in a declared order, or correct unique_key.',
    },
  ]
}

/** A model that holds patients' data gives counts in the place of values. */
function describeKey(step: Keyed, key: readonly string[]): string {
  if (isRestricted(step)) return `'one key: ' || count(*)::text || ' rows'`
  const parts = key.map(
    (column) => `${quoteLiteral(`${column}=`)} || coalesce(${quoteIdentifier(column)}::text, 'null')`,
  )
  return `pg_catalog.concat_ws(', ', ${parts.join(', ')}) || ': ' || count(*)::text || ' rows'`
}

function isRestricted({ config }: Keyed): boolean {
  const meta = 'meta' in config ? config.meta : null
  return typeof meta === 'object' && meta !== null && 'phi' in meta && meta.phi === true
}
