import type { Diagnostic, Json, Location } from '@strata/core'
import type { YamlDocument, YamlPath } from '../project/yaml-document.ts'
import { type Config, isMapping } from './merge-config.ts'

/** A generic test as it stands under a model, a source table or one of their columns. */
export interface TestDeclaration {
  /** `unique`, or `dbt_utils.expression_is_true`. */
  readonly test: string
  /** A name of its own, where one is given. */
  readonly name: string | null
  readonly column: { readonly name: string; readonly quote: boolean } | null
  readonly arguments: { readonly [name: string]: Json }
  readonly config: Config
  readonly description: string | null
  readonly location: Location
  /** Where an argument stands. */
  readonly locateArgument: (name: string) => Location
}

interface Tested {
  readonly tests?: unknown
  readonly data_tests?: unknown
}

interface TestedColumn extends Tested {
  readonly name: string
  readonly quote?: unknown
}

/** Options of a test that are not arguments of its macro, also where they stand beside the arguments. */
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
  'keep_failures_days',
  'quarantine',
  'meta',
  'group',
  'schema',
  'database',
  'alias',
])

const ownKeys = new Set(['config', 'arguments', 'name', 'description', 'test_name'])

/** The tests of one entry and its columns, in dbt's old and new form. */
export function testDeclarations(
  document: YamlDocument,
  path: YamlPath,
  entry: Tested & { readonly columns?: readonly TestedColumn[] | null | undefined },
): { readonly tests: readonly TestDeclaration[]; readonly diagnostics: readonly Diagnostic[] } {
  const tests: TestDeclaration[] = []
  const diagnostics: Diagnostic[] = []
  const read = (list: unknown, listPath: YamlPath, column: TestDeclaration['column']) => {
    if (!Array.isArray(list)) return
    for (const [index, item] of (list as unknown[]).entries()) {
      const parsed = parseTest(item, column, document, [...listPath, index])
      if ('code' in parsed) diagnostics.push(parsed)
      else tests.push(parsed)
    }
  }
  for (const key of ['tests', 'data_tests'] as const) read(entry[key], [...path, key], null)
  for (const [index, { name, quote, ...column }] of (entry.columns ?? []).entries()) {
    for (const key of ['tests', 'data_tests'] as const)
      read(column[key], [...path, 'columns', index, key], { name, quote: String(quote) === 'true' })
  }
  return { tests, diagnostics }
}

function parseTest(
  item: unknown,
  column: TestDeclaration['column'],
  document: YamlDocument,
  path: YamlPath,
): TestDeclaration | Diagnostic {
  const location = document.locate(path)
  if (typeof item === 'string') {
    const locateArgument = () => location
    return {
      test: item,
      name: null,
      column,
      arguments: {},
      config: {},
      description: null,
      location,
      locateArgument,
    }
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
  const described = body['description']
  return {
    test,
    name,
    column,
    arguments: {
      ...pick(body, (key) => !configOptions.has(key) && !ownKeys.has(key)),
      ...(isMapping(body['arguments']) ? body['arguments'] : {}),
    },
    config: {
      ...pick(body, (key) => configOptions.has(key)),
      ...(isMapping(body['config']) ? body['config'] : {}),
    },
    description: typeof described === 'string' ? described : null,
    location,
    locateArgument(name) {
      const places = [
        [test, 'arguments', name],
        [test, name],
        ['arguments', name],
        [name],
        [test, 'config', name],
        ['config', name],
      ]
      const found = places.find((place) => valueAt(item, place) !== undefined)
      return found === undefined ? location : document.locateKey([...path, ...found])
    },
  }
}

/** `{unique: {…}}`, `{name: …, test_name: unique, …}`, and the first of them with `name` beside it. */
function splitTest(
  item: Config,
): { readonly test: string; readonly body: Config; readonly name: string | null } | null {
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : null)
  if (typeof item['test_name'] === 'string')
    return { test: item['test_name'], body: item, name: text(item['name']) }
  const keys = Object.keys(item).filter((key) => !configOptions.has(key) && !ownKeys.has(key))
  const [test] = keys
  if (keys.length !== 1 || test === undefined) return null
  const own = item[test]
  if (own !== null && own !== undefined && !isMapping(own)) return null
  const body = { ...pick(item, (key) => key !== test), ...(isMapping(own) ? own : {}) }
  return { test, body, name: text(body['name']) }
}

function valueAt(item: unknown, path: readonly string[]): unknown {
  let value = item
  for (const key of path) {
    if (!isMapping(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}

function pick(config: Config, wanted: (key: string) => boolean): Config {
  return Object.fromEntries(Object.entries(config).filter(([key]) => wanted(key)))
}
