import type { Json } from './json.ts'

const forms: readonly (readonly [type: string, form: RegExp])[] = [
  ['integer', /^[-+]?\d{1,9}$/],
  ['bigint', /^[-+]?\d{1,18}$/],
  ['numeric', /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i],
  ['boolean', /^(?:true|false)$/i],
]

const moments: readonly (readonly [type: string, form: RegExp])[] = [
  ['date', /^\d{4}-\d\d-\d\d$/],
  ['timestamp', /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/],
  ['timestamptz', /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/],
]

/**
 * The type of a column of which nothing but values is known. Texts are dates and times where all of them are written as ISO
 * says; in CSV, where there is nothing but text, numbers and truth values as well.
 */
export function guessType(values: readonly (Json | undefined)[], texts: boolean): string {
  const present = values.filter((value) => value !== null && value !== undefined)
  if (present.length === 0) return 'text'
  if (present.some((value) => typeof value === 'object')) return 'jsonb'
  const isText = present.every((value) => typeof value === 'string')
  if (!isText && present.some((value) => typeof value === 'string')) return 'text'
  const written = present.map(String)
  const known = isText ? (texts ? [...forms, ...moments] : moments) : forms
  return known.find(([, form]) => written.every((text) => form.test(text)))?.[0] ?? 'text'
}
