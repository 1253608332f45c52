import type { Diagnostic, IncrementEdge } from '@strata/core'
import type { Draft } from './draft.ts'
import { asStrings, type Config } from './merge-config.ts'
import type { References, Viewer } from './references.ts'

/**
 * Complains of increments in which a row may come a second time, where the model would then have it twice. Only parents
 * that record their changes give each row exactly once.
 */
export function rowsReadAgain(
  draft: Draft,
  viewer: Viewer,
  config: Config & { readonly uniqueKey: readonly string[] },
  increments: readonly IncrementEdge[],
  references: References,
): Diagnostic[] {
  const why = whyTwice(config)
  if (why === null) return []
  return draft.increments.flatMap(({ reference, location, keys }): Diagnostic[] => {
    const resolved = keys === null ? references.find(reference, viewer) : null
    const edge = increments.find(({ parent }) => parent === resolved?.id)
    if (resolved === null || edge?.by === undefined) return []
    const how = edge.by.kind === 'xmin' ? 'xmin' : edge.by.columns.join(' and ')
    return [
      {
        code: 'ROWS_READ_AGAIN',
        severity: 'error',
        message: `${resolved.name} is read by ${how}, which gives some rows again, and ${why}`,
        hint: 'Give the model a unique_key, so that a row that comes again is recognized.',
        location,
      },
    ]
  })
}

function whyTwice(config: Config & { readonly uniqueKey: readonly string[] }): string | null {
  if (config.uniqueKey.length === 0) return 'this model has no unique_key'
  if (config['incremental_strategy'] === 'append') return 'this model appends whatever comes'
  if (asStrings(config['incremental_predicates'] ?? config['predicates']).length > 0)
    return 'the incremental_predicates of this model may keep what it has of them'
  return null
}
