import { hash } from 'node:crypto'
import type { Json } from '@strata/core'

/** dbt's name of a generic test: the test, its subject, then the arguments in the order of their names. */
export function testName(test: string, subject: string, given: { readonly [name: string]: Json }): string {
  const parts = Object.keys(given)
    .filter((name) => name !== 'model')
    .sort()
    .flatMap((name) => partsOf(given[name]!))
    .map((part) => part.replace(/[^0-9a-zA-Z_]+/g, '_'))
  return `${beginning(test, subject)}_${parts.join('__')}`
}

/** The name if it may name a relation, else its beginning and a digest, as in dbt. */
export function shortTestName(test: string, subject: string, name: string): string {
  if (name.length < 64) return name
  return `${beginning(test, subject).slice(0, 30)}_${hash('md5', name)}`
}

function beginning(test: string, subject: string): string {
  return `${test.replace('.', '_')}_${subject}`
}

/** The end of a generic test's id, as dbt makes it, so that tools which join artifacts by ids find the same test. */
export function testDigest(
  name: string,
  test: string,
  subject: string,
  given: { readonly [name: string]: Json },
): string {
  const dot = test.lastIndexOf('.')
  const metadata = {
    namespace: dot === -1 ? null : test.slice(0, dot),
    name: test.slice(dot + 1),
    kwargs: { ...given, model: `{{ get_where_subquery(${subject}) }}` },
  }
  return hash('md5', name + leavesAsText(metadata)).slice(-10)
}

/** Python's repr() of a value whose keys are sorted and whose leaves are texts. */
function leavesAsText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(leavesAsText).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, item]) => `${pythonRepr(key)}: ${leavesAsText(item)}`).join(', ')}}`
  }
  return pythonRepr(pythonText(value))
}

function pythonRepr(text: string): string {
  if (!/['\\\n\r\t]/.test(text)) return `'${text}'`
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}

function partsOf(value: Json): string[] {
  if (Array.isArray(value)) return value.map(pythonText)
  if (typeof value === 'object' && value !== null) return Object.values(value).map(pythonText)
  return [pythonText(value)]
}

/** As Python's str() prints it. */
function pythonText(value: Json): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return String(value)
  const quoted = (item: Json) => (typeof item === 'string' ? `'${item}'` : pythonText(item))
  if (Array.isArray(value)) return `[${value.map(quoted).join(', ')}]`
  return `{${Object.entries(value)
    .map(([key, item]) => `'${key}': ${quoted(item)}`)
    .join(', ')}}`
}
