import type { ModelStep } from '@strata/core'

/** How the rows of an increment come into the table. */
export type IncrementalStrategy =
  /** Added, whatever is there. */
  | { readonly kind: 'append' }
  /** One row a key: changed where it differs, added where it is new. */
  | {
      readonly kind: 'merge'
      readonly key: readonly string[]
      readonly untouched: (column: string) => boolean
    }
  /** Rows that share a key with the increment, and for which all predicates hold, give way to it. */
  | {
      readonly kind: 'delete+insert'
      readonly key: readonly string[]
      readonly predicates: readonly string[]
    }

/**
 * What `incremental_strategy` says; without it, merge where there is a key and append where there is none. Predicates
 * make it delete+insert: a row that they protect may stand beside a new one of its key.
 */
export function strategyOf(step: ModelStep): IncrementalStrategy {
  const { uniqueKey: key } = step.config
  const declared = step.config['incremental_strategy']
  const predicates = texts(step.config['incremental_predicates'] ?? step.config['predicates'])
  if (key.length === 0 || declared === 'append') return { kind: 'append' }
  if (step.batches !== undefined) return { kind: 'merge', key, untouched: untouchedBy(step) }
  if (declared === 'delete+insert' || declared === 'delete_insert' || predicates.length > 0)
    return { kind: 'delete+insert', key, predicates }
  return { kind: 'merge', key, untouched: untouchedBy(step) }
}

/** The key that the table itself enforces: merge alone promises one row a key. */
export function enforcedKey(step: ModelStep): readonly string[] {
  return strategyOf(step).kind === 'merge' ? step.config.uniqueKey : []
}

/** Columns of rows that are there which keep their values. */
export function untouchedBy(step: ModelStep): (column: string) => boolean {
  const only = texts(step.config['merge_update_columns']).map((name) => name.toLowerCase())
  const except = texts(step.config['merge_exclude_columns']).map((name) => name.toLowerCase())
  return (column) => {
    const name = column.toLowerCase()
    return (only.length > 0 && !only.includes(name)) || except.includes(name)
  }
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}
