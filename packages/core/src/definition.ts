import type { CompiledSelect, Fragment } from './compiled-select.ts'
import type { Json } from './json.ts'

/** Options that say nothing of what a relation holds, or are brought to what they should be at every run. */
const cosmetic = new Set([
  'tags',
  'meta',
  'docs',
  'enabled',
  'description',
  'group',
  'access',
  'pre_hook',
  'post_hook',
  'on_change',
  'full_refresh',
  'on_schema_change',
  'merge_update_columns',
  'merge_exclude_columns',
  'incremental_predicates',
  'begin',
  'lookback',
  'concurrent_batches',
  'outside_of_batch',
  'predicates',
  'indexes',
  'unlogged',
  'fillfactor',
  'grants',
  'contract',
  'constraints',
  'policies',
  'force_row_security',
  'publish',
  'persist_docs',
])

/** The options that decide what a relation holds, sorted by name. */
export function shapeOptions(config: { readonly [option: string]: Json }): {
  readonly [option: string]: Json
} {
  const options = Object.entries(config).filter(([option]) => !cosmetic.has(option))
  return Object.fromEntries(options.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The SQL of a model as one text, for people to read and compare. */
export function selectText({ full, increment }: CompiledSelect): string {
  if (increment === null) return full.trim()
  const incremental = increment.map(fragmentText).join('').trim()
  if (full.trim() === '' || incremental === full.trim()) return incremental
  return `${full.trim()}\n\n-- as an increment:\n${incremental}`
}

function fragmentText(fragment: Fragment): string {
  if (typeof fragment === 'string') return fragment
  if ('windowOf' in fragment) return `(the batch of ${fragment.windowOf} by ${fragment.column})`
  return 'incrementOf' in fragment
    ? `(the increment of ${fragment.incrementOf})`
    : `(the keys ${fragment.column} in the increment of ${fragment.keysOf})`
}
