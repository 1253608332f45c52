import type { Access, ModelVersion, Node, NodeKind } from '@strata/core'
import { configMatch } from './config-match.ts'
import type { Method } from './method.ts'
import { oneOf } from './one-of.ts'
import { wildcard } from './wildcard.ts'

const kindOfWord: { readonly [word: string]: NodeKind | null } = {
  model: 'model',
  source: 'source',
  seed: 'seed',
  snapshot: 'snapshot',
  analysis: 'analysis',
  exposure: 'exposure',
  test: 'data_test',
  data_test: 'data_test',
  unit_test: 'unit_test',
  job: 'job',
  metric: null,
  semantic_model: null,
  saved_query: null,
  function: null,
}

/** The words for kinds of nodes: dbt's, and our own `job` and `data_test`. */
export const resourceTypes: readonly string[] = Object.keys(kindOfWord)

/** The kind of node that a word means; null: one that dbt has and we do not. Throws `ConfigurationError` for other words. */
export function kindOf(resourceType: string): NodeKind | null {
  return kindOfWord[oneOf('type of node', resourceType, resourceTypes)] ?? null
}

const accesses: readonly Access[] = ['private', 'protected', 'public']
const testTypes = ['generic', 'singular', 'unit', 'data', 'schema'] as const
const ages = ['latest', 'prerelease', 'old', 'none'] as const

/** Methods that say what a node is like. */
export const propertyMethods = {
  tag: {
    tells: 'property',
    find: (value, _argument, { index }) => {
      const matches = wildcard(value)
      const found = [...index.tags()].filter(([tag]) => matches(tag)).flatMap(([, positions]) => positions)
      const positions = new Set(found)
      return (_node, position) => positions.has(position)
    },
    known: ({ index }) => index.tags().keys(),
  },
  group: {
    tells: 'property',
    find: (value) => {
      const matches = wildcard(value)
      return (node) => node.group !== null && node.group !== undefined && matches(node.group)
    },
    known: ({ index }) => (index.graph.groups ?? []).map((group) => group.name),
  },
  access: {
    tells: 'property',
    find: (value) => {
      const access = oneOf('access', value, accesses)
      return (node) => node.kind === 'model' && node.access === access
    },
  },
  config: {
    tells: 'property',
    takesArgument: true,
    find: (value, argument) => configMatch(argument, value),
  },
  resource_type: {
    tells: 'property',
    find: (value) => {
      const kind = kindOf(value)
      return (node) => node.kind === kind
    },
    hint: 'The project has none of that type.',
  },
  test_name: {
    tells: 'property',
    find: (value) => {
      const matches = wildcard(value)
      return (node) => testNames(node).some(matches)
    },
    known: ({ index }) => index.nodes.flatMap(testNames),
  },
  test_type: {
    tells: 'property',
    find: (value) => {
      const type = oneOf('type of test', value, testTypes)
      if (type === 'unit') return (node) => node.kind === 'unit_test'
      if (type === 'data') return (node) => node.kind === 'data_test'
      const test = type === 'schema' ? 'generic' : type
      return (node) => node.kind === 'data_test' && node.test === test
    },
  },
  version: {
    tells: 'property',
    find: (value) => {
      const age = oneOf('age of a version', value, ages)
      return (node) => node.kind === 'model' && ageOf(node.version, node.latestVersion) === age
    },
  },
  metric: absent('metrics'),
  semantic_model: absent('semantic models'),
  saved_query: absent('saved queries'),
} satisfies { readonly [method: string]: Method }

function testNames(node: Node): string[] {
  if (node.kind === 'unit_test') return [node.name]
  if (node.kind !== 'data_test') return []
  const short = node.testName.slice(node.testName.lastIndexOf('.') + 1)
  return short === node.testName ? [short] : [short, node.testName]
}

function ageOf(
  version: ModelVersion | null | undefined,
  latest: ModelVersion | null | undefined,
): (typeof ages)[number] {
  if (version === null || version === undefined) return 'none'
  if (latest === null || latest === undefined || String(version) === String(latest)) return 'latest'
  const [own, other] = [Number(version), Number(latest)]
  if (Number.isNaN(own) || Number.isNaN(other)) return String(version) > String(latest) ? 'prerelease' : 'old'
  if (own === other) return 'latest'
  return own > other ? 'prerelease' : 'old'
}

function absent(what: string): Method {
  return {
    tells: 'property',
    find: () => () => false,
    hint: `Strata has no ${what}: such a selector picks nothing.`,
  }
}
