import { createHash } from 'node:crypto'
import type { Json } from '@strata/core'

/** dbt's name of a generic test: the test, its subject, then the arguments in the order of their names. */
export function testName(test: string, subject: string, given: { readonly [name: string]: Json }): string {
  const parts = Object.keys(given)
    .filter((name) => name !== 'model')
    .sort()
    .flatMap((name) => partsOf(given[name]!))
    .map((part) => part.replace(/[^0-9a-zA-Z_]+/g, '_'))
  return `${test.replace('.', '_')}_${subject}_${parts.join('__')}`
}

/** What the compiled file is called: long names are cut, and a hash of the whole tells them apart. */
export function shortTestName(name: string, identifier: string): string {
  if (name.length < 64) return name
  return `${identifier.slice(0, 30)}_${createHash('md5').update(name).digest('hex')}`
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
