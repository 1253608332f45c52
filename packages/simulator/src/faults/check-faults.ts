import { ConfigurationError } from '@strata/core'
import type { EditSpec } from '../edits/edit-spec.ts'
import type { FaultScope, FaultSpec } from './fault-spec.ts'

/** What a field may hold; a list: one of these texts; a list in a list: several of them. */
type Kind = 'number' | 'text' | 'truth' | 'list' | readonly string[] | readonly [readonly string[]]

const options = ['$orderby', '$filter', '$count', '$top', '$skip', '$select'] as const
const formats = ['iso_utc', 'iso_offset', 'iso_naive', 'date', 'quoted', 'datetime', 'datetimeoffset']
const values = ['null', '0001-01-01', '1753-01-01', '9999-12-31', 'ahead', 'offsets', 'naive', 'digits']
const when = ['empty', 'always']

const scope: { readonly [field: string]: Kind } = {
  path: 'text',
  instance: 'text',
  rate: 'number',
  seed: 'number',
  from: 'number',
  first: 'number',
  option: options,
  topAbove: 'number',
  daysAbove: 'number',
  queryMatches: 'text',
}

/** Of each kind its own fields; those whose name ends with `!` must be given. */
const kinds: { readonly [K in FaultSpec['kind']]: { readonly [field: string]: Kind } } = {
  status: { 'status!': 'number', retryAfter: 'number', retryAfterForm: ['seconds', 'date'] },
  refuse_option: { 'options!': [options], status: 'number' },
  ignore_option: { 'options!': [options] },
  cursor_format: { 'format!': formats },
  redirect: { origin: 'text', status: 'number' },
  same_page: {},
  unordered: {},
  short_page: { missing: 'number' },
  cap_top: { 'top!': 'number', nextLink: 'truth' },
  next_link: {
    size: 'number',
    form: ['absolute', 'path', 'relative'],
    by: ['key', 'offset'],
    name: 'text',
  },
  next_link_elsewhere: { size: 'number', origin: 'text' },
  next_link_to_itself: { size: 'number' },
  no_count: {},
  wrong_count: { 'mode!': ['page', 'high', 'low'], by: 'number' },
  bare_array: {},
  single_object: {},
  value_null: { when },
  empty_204: { when },
  truncated_json: { keep: 'number' },
  html_200: { contentType: 'text' },
  wrong_charset: { charset: ['latin1', 'utf16le'], declared: 'truth' },
  gzip: { encoding: ['gzip', 'deflate', 'br'] },
  clock_skew: { 'seconds!': 'number' },
  slow_drip: { bytes: 'number', pauseMs: 'number' },
  timeout: { ms: 'number' },
  reset: { at: ['start', 'body'] },
  duplicate_keys: {},
  poison: {
    'effect!': ['status_500', 'malformed', 'nul', 'number', 'huge'],
    ids: 'list',
    field: 'text',
    bytes: 'number',
  },
  cursor_values: { 'values!': [values], field: 'text' },
  cursor_name: { 'name!': 'text', field: 'text' },
  hostile_ids: {},
  big_numbers: { field: 'text' },
  mutate: { 'edits!': 'list' },
}

/** The names of all faults. */
export const faultKinds = Object.keys(kinds)

/** Every word that a fault may hold: the kinds, their fields, and the values that are words. */
export function faultWords(): readonly string[] {
  const valuesOf = (kind: Kind): readonly string[] => (typeof kind === 'string' ? [] : kind.flat())
  const wordsOf = (own: { readonly [field: string]: Kind }) =>
    Object.entries(own).flatMap(([field, kind]) => [field.replace('!', ''), ...valuesOf(kind)])
  return [...new Set([...faultKinds, ...wordsOf(scope), ...Object.values(kinds).flatMap(wordsOf)])]
}

/** Checks what came as JSON. Throws `ConfigurationError` that names the place. */
export function checkFaults(specs: unknown): readonly FaultSpec[] {
  if (!Array.isArray(specs)) throw invalid('The faults', 'are not a list', 'Give [{"kind": "…", …}, …].')
  for (const [position, spec] of specs.entries()) checkFault(`Fault ${position + 1}`, spec)
  return specs
}

function checkFault(place: string, spec: unknown): void {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw invalid(place, 'is not an object', 'Give {"kind": "…", …}.')
  }
  const { kind, ...given } = spec as { readonly [field: string]: unknown }
  const own = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind as FaultSpec['kind']] : null
  if (own === null) {
    throw invalid(
      place,
      `is of no kind that there is: ${JSON.stringify(kind)}`,
      `One of: ${faultKinds.join(', ')}.`,
    )
  }
  const needed = Object.keys(own).filter((name) => name.endsWith('!'))
  for (const name of needed) {
    const field = name.slice(0, -1)
    if (given[field] === undefined)
      throw invalid(`${place} (${kind})`, `has no ${field}`, describe(own[name]!))
  }
  for (const [field, value] of Object.entries(given)) {
    const allowed = own[field] ?? own[`${field}!`] ?? scope[field]
    if (allowed === undefined) {
      const names = [...Object.keys(own), ...Object.keys(scope)].map((name) => name.replace('!', ''))
      throw invalid(`${place} (${kind})`, `knows no ${field}`, `It takes ${names.join(', ')}.`)
    }
    if (!fits(value, allowed)) {
      throw invalid(`${place} (${kind})`, `has a wrong ${field}: ${JSON.stringify(value)}`, describe(allowed))
    }
  }
  for (const [position, edit] of ((given['edits'] ?? []) as unknown[]).entries()) {
    checkEdit(`${place} (${kind}), edit ${position + 1}`, edit)
  }
  const { rate, queryMatches } = given as FaultScope
  if (queryMatches !== undefined && !isExpression(queryMatches)) {
    throw invalid(
      `${place} (${kind})`,
      'has no regular expression in queryMatches',
      'Escape what is special.',
    )
  }
  if (rate !== undefined && !(rate >= 0 && rate <= 1)) {
    throw invalid(`${place} (${kind})`, `has a wrong rate: ${rate}`, 'Give a share from 0 to 1.')
  }
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) !== null
  } catch {
    return false
  }
}

const editKinds = ['insert', 'edit', 'delete'] as const
const edit: { readonly [field: string]: Kind } = {
  entity: 'text',
  instance: 'number',
  count: 'number',
  keepsStamp: 'truth',
}

/** Checks one edit that came as JSON. Throws `ConfigurationError` that names the place. */
export function checkEdit(place: string, spec: unknown): asserts spec is EditSpec {
  if (typeof spec !== 'object' || spec === null || !('kind' in spec)) {
    throw invalid(place, 'is no {"kind": …}', `A kind is one of: ${editKinds.join(', ')}.`)
  }
  const { kind, id: _id, fields, ...given } = spec as { readonly [field: string]: unknown }
  if (!fits(kind, editKinds)) {
    throw invalid(place, `is of no kind that there is: ${JSON.stringify(kind)}`, describe(editKinds))
  }
  if (fields !== undefined && (typeof fields !== 'object' || fields === null)) {
    throw invalid(place, 'has wrong fields', 'Give an object with the fields of a record.')
  }
  for (const [field, value] of Object.entries(given)) {
    const allowed = edit[field]
    if (allowed === undefined) {
      throw invalid(place, `knows no ${field}`, `It takes id, fields, ${Object.keys(edit).join(', ')}.`)
    }
    if (!fits(value, allowed)) {
      throw invalid(place, `has a wrong ${field}: ${JSON.stringify(value)}`, describe(allowed))
    }
  }
}

function fits(value: unknown, allowed: Kind): boolean {
  if (value === undefined) return true
  if (typeof allowed !== 'string') {
    const [first] = allowed
    if (typeof first !== 'object') return (allowed as readonly unknown[]).includes(value)
    return Array.isArray(value) && value.length > 0 && value.every((item) => fits(item, first))
  }
  if (allowed === 'number') return typeof value === 'number' && Number.isFinite(value)
  if (allowed === 'truth') return typeof value === 'boolean'
  if (allowed === 'list') return Array.isArray(value)
  return typeof value === 'string'
}

function describe(allowed: Kind): string {
  if (typeof allowed === 'string') return `Give a ${allowed}.`
  const [first] = allowed
  return typeof first === 'object' ? `Give a list of: ${first.join(', ')}.` : `One of: ${allowed.join(', ')}.`
}

function invalid(place: string, problem: string, hint: string): ConfigurationError {
  return new ConfigurationError({ code: 'SIMULATOR_FAULT_INVALID', message: `${place} ${problem}.`, hint })
}
