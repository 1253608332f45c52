import type { FaultSpec } from '@strata/simulator'

/** What an API of some sixty records does wrong; each alone, for as long as it lasts. */
export const hostileFaults: readonly FaultSpec[] = [
  { kind: 'status', status: 500, rate: 0.3 },
  { kind: 'status', status: 429, retryAfter: 0, rate: 0.4 },
  { kind: 'status', status: 503, from: 3, first: 4 },
  { kind: 'status', status: 404, from: 3 },
  { kind: 'status', status: 401, from: 2 },
  { kind: 'refuse_option', options: ['$orderby'] },
  { kind: 'refuse_option', options: ['$filter'], status: 400 },
  { kind: 'refuse_option', options: ['$count'], status: 501 },
  { kind: 'refuse_option', options: ['$orderby', '$filter', '$count'], status: 400 },
  { kind: 'ignore_option', options: ['$orderby'] },
  { kind: 'ignore_option', options: ['$filter'] },
  { kind: 'ignore_option', options: ['$count'] },
  { kind: 'ignore_option', options: ['$skip'] },
  { kind: 'ignore_option', options: ['$orderby', '$filter'] },
  { kind: 'cap_top', top: 7 },
  { kind: 'cap_top', top: 7, nextLink: true },
  { kind: 'next_link', size: 9 },
  { kind: 'next_link', size: 9, form: 'relative', by: 'key' },
  { kind: 'next_link_elsewhere', size: 9 },
  { kind: 'next_link_to_itself', size: 9 },
  { kind: 'short_page', missing: 3, rate: 0.5 },
  { kind: 'no_count' },
  { kind: 'wrong_count', mode: 'page' },
  { kind: 'wrong_count', mode: 'low', by: 13 },
  { kind: 'wrong_count', mode: 'high', by: 13 },
  { kind: 'bare_array' },
  { kind: 'value_null' },
  { kind: 'empty_204' },
  { kind: 'truncated_json', rate: 0.3 },
  { kind: 'truncated_json', topAbove: 5 },
  { kind: 'html_200', from: 3 },
  { kind: 'gzip' },
  { kind: 'wrong_charset', charset: 'latin1', declared: true },
  { kind: 'clock_skew', seconds: 7200 },
  { kind: 'clock_skew', seconds: -7200 },
  { kind: 'reset', at: 'body', rate: 0.3 },
  { kind: 'reset', at: 'start', rate: 0.3 },
  { kind: 'same_page' },
  { kind: 'unordered' },
  { kind: 'duplicate_keys', rate: 0.1 },
  { kind: 'poison', effect: 'status_500', ids: [5, 41] },
  { kind: 'poison', effect: 'malformed', ids: [1, 2, 60] },
  { kind: 'poison', effect: 'nul', rate: 0.05 },
  { kind: 'poison', effect: 'number', ids: [7, 60] },
  { kind: 'cursor_values', values: ['null', '0001-01-01', '9999-12-31', 'offsets', 'digits'], rate: 0.5 },
  { kind: 'hostile_ids' },
  { kind: 'big_numbers', field: 'id' },
  { kind: 'cursor_format', format: 'datetime' },
]

const ofRecords = new Set<FaultSpec['kind']>([
  'hostile_ids',
  'big_numbers',
  'cursor_values',
  'cursor_name',
  'duplicate_keys',
])

/** Whether it changes the records themselves: then the source stays so. */
export function isLasting({ kind }: FaultSpec): boolean {
  return ofRecords.has(kind) && kind !== 'duplicate_keys'
}

/** Without those that together give no sign: a bare array without a count that is cut and the same for ever looks like one that is complete. */
export function tellable(specs: readonly FaultSpec[]): readonly FaultSpec[] {
  const isBare = specs.some(({ kind }) => kind === 'bare_array')
  return isBare ? specs.filter(({ kind }) => kind !== 'same_page' && kind !== 'ignore_option') : specs
}
