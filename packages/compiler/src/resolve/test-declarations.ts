import type { Diagnostic, Json, Location } from '@strata/core'
import type { YamlDocument, YamlPath } from '../project/yaml-document.ts'
import { type Config, isMapping } from './merge-config.ts'

/** A generic test as it stands under a model, a source table or one of their columns. */
export interface TestDeclaration {
  /** `unique`, or `dbt_utils.expression_is_true`. */
  readonly test: string
  /** A name of its own, where one is given. */
  readonly name: string | null
  readonly column: string | null
  readonly arguments: { readonly [name: string]: Json }
  readonly severity: 'error' | 'warn'
  readonly where: string | null
  readonly tags: readonly string[]
  readonly location: Location
}

interface Tested {
  readonly tests?: readonly unknown[] | null | undefined
  readonly data_tests?: readonly unknown[] | null | undefined
}

/** Options of a test that are not arguments of its macro. */
const configOptions = new Set([
  'severity',
  'where',
  'tags',
  'enabled',
  'warn_if',
  'error_if',
  'fail_calc',
  'limit',
  'store_failures',
  'store_failures_as',
  'meta',
  'group',
])

/** The tests of one entry and its columns, in dbt's old and new form. */
export function testDeclarations(
  document: YamlDocument,
  path: YamlPath,
  entry: Tested & { readonly columns?: readonly (Tested & { readonly name: string })[] | null | undefined },
): { readonly tests: readonly TestDeclaration[]; readonly diagnostics: readonly Diagnostic[] } {
  const tests: TestDeclaration[] = []
  const diagnostics: Diagnostic[] = []
  const read = (list: readonly unknown[], listPath: YamlPath, column: string | null) => {
    for (const [index, item] of list.entries()) {
      const parsed = parseTest(item, column, document, [...listPath, index])
      if ('code' in parsed) diagnostics.push(parsed)
      else if (parsed.enabled) tests.push(parsed.declaration)
    }
  }
  for (const key of ['tests', 'data_tests'] as const) read(entry[key] ?? [], [...path, key], null)
  for (const [index, column] of (entry.columns ?? []).entries()) {
    for (const key of ['tests', 'data_tests'] as const)
      read(column[key] ?? [], [...path, 'columns', index, key], column.name)
  }
  return { tests, diagnostics }
}

function parseTest(
  item: unknown,
  column: string | null,
  document: YamlDocument,
  path: YamlPath,
): { readonly declaration: TestDeclaration; readonly enabled: boolean } | Diagnostic {
  const location = document.locate(path)
  if (typeof item === 'string') {
    const declaration: TestDeclaration = {
      test: item,
      name: null,
      column,
      arguments: {},
      severity: 'error',
      where: null,
      tags: [],
      location,
    }
    return { declaration, enabled: true }
  }
  const shape = isMapping(item) ? splitTest(item) : null
  if (shape === null) {
    return {
      code: 'BAD_TEST',
      severity: 'error',
      message: 'a test is a name, or a name with its arguments',
      hint: 'Write "- unique", or "- accepted_values: { values: [a, b] }".',
      location,
    }
  }
  const { test, body, name } = shape
  const config: Config = {
    ...pick(body, (key) => configOptions.has(key)),
    ...(isMapping(body['config']) ? body['config'] : {}),
  }
  const severity = String(config['severity'] ?? 'error').toLowerCase()
  return {
    declaration: {
      test,
      name,
      column,
      arguments: {
        ...pick(
          body,
          (key) =>
            !configOptions.has(key) &&
            !['config', 'arguments', 'name', 'description', 'test_name'].includes(key),
        ),
        ...(isMapping(body['arguments']) ? body['arguments'] : {}),
      },
      severity: severity === 'warn' ? 'warn' : 'error',
      where: typeof config['where'] === 'string' ? config['where'] : null,
      tags: Array.isArray(config['tags']) ? config['tags'].map(String) : [],
      location,
    },
    enabled: config['enabled'] !== false,
  }
}

/** `{unique: {…}}`, `{unique: {…}, name: x}`, or `{test_name: unique, …}`. */
function splitTest(item: Config): { test: string; body: Config; name: string | null } | null {
  const name = typeof item['name'] === 'string' ? item['name'] : null
  if (typeof item['test_name'] === 'string') return { test: item['test_name'], body: item, name }
  const keys = Object.keys(item).filter((key) => !['name', 'description', 'config'].includes(key))
  const test = keys[0]
  if (test === undefined || keys.length !== 1) return null
  const inner = item[test]
  if (inner !== null && inner !== undefined && !isMapping(inner)) return null
  const body: Config = {
    ...(item['config'] === undefined ? {} : { config: item['config'] }),
    ...(isMapping(inner) ? inner : {}),
  }
  return { test, body, name: name ?? (typeof body['name'] === 'string' ? body['name'] : null) }
}

function pick(object: Config, wanted: (key: string) => boolean): Config {
  return Object.fromEntries(Object.entries(object).filter(([key]) => wanted(key)))
}
