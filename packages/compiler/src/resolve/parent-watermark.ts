import type { ParentWatermark } from '@strata/core'
import { asStrings, isMapping } from './merge-config.ts'

/** `watermark` as it is configured; undefined where there is none, or none of a shape that means anything. */
export function parentWatermark(configured: unknown): ParentWatermark | undefined {
  if (configured === 'xmin') return { kind: 'xmin' }
  if (!isMapping(configured)) return undefined
  const columns = asStrings(configured['columns']).filter((column) => column !== '')
  if (columns.length === 0) return undefined
  const text = (option: string): string | null => {
    const value = configured[option]
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : null
  }
  return {
    kind: 'columns',
    columns: [...new Set(columns)],
    logic: configured['logic'] === 'and' ? 'and' : 'or',
    lookback: text('lookback'),
    min: text('min'),
    max: text('max'),
  }
}
