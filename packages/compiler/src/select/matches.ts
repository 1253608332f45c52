import { ConfigurationError, type Json, type Node } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { wildcard } from './wildcard.ts'

type Match = (node: Node, value: string, argument: string) => boolean

const methods: { readonly [method: string]: Match } = {
  fqn: (node, value) => matchesFqn(node, value),
  tag: (node, value) => node.tags.some((tag) => wildcard(value, tag)),
  path: (node, value) => matchesPath(node.location.file, value),
  file: (node, value) => {
    const file = node.location.file.slice(node.location.file.lastIndexOf('/') + 1)
    return wildcard(value, file) || wildcard(value, file.replace(/\.[^.]+$/, ''))
  },
  package: (node, value) => wildcard(value, node.packageName),
  resource_type: (node, value) => node.kind === (value === 'test' ? 'data_test' : value),
  source: (node, value) =>
    node.kind === 'source' &&
    matchesDotted(value, [node.packageName, node.sourceName, node.name.split('.').at(-1)!]),
  job: (node, value) =>
    node.kind === 'job' && matchesDotted(value, [node.packageName, node.job.source, node.job.table]),
  test_name: (node, value) => node.kind === 'data_test' && wildcard(value, node.testName),
  test_type: (node, value) => node.kind === 'data_test' && (value === 'data' || node.test === value),
  config: (node, value, argument) => matchesConfig(configOf(node), argument.split('.'), value),
}

/** Methods of dbt's grammar whose place is known but which need what a later version records. */
const notYet = new Set([
  'state',
  'result',
  'source_status',
  'exposure',
  'selector',
  'group',
  'access',
  'version',
  'unit_test',
])

/** The test of one criterion's method and value. Throws `ConfigurationError` for an unknown method. */
export function matcher(method: string, value: string): (node: Node) => boolean {
  const dot = method.indexOf('.')
  const name = dot === -1 ? method : method.slice(0, dot)
  const match = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (match === undefined) {
    throw new ConfigurationError({
      code: 'UNKNOWN_SELECTOR_METHOD',
      message: notYet.has(name)
        ? `selecting by ${name}: is not supported yet`
        : `there is no selector method "${name}:"`,
      hint: didYouMean(name, Object.keys(methods)) ?? `The methods are ${Object.keys(methods).join(', ')}.`,
    })
  }
  return (node) => match(node, value, dot === -1 ? '' : method.slice(dot + 1))
}

/**
 * dbt's rule: the name, a prefix of the fully qualified name, or that without the package. Source tables and jobs often share
 * the name of the model behind them: they are meant only where their source is named as well.
 */
function matchesFqn(node: Node, value: string): boolean {
  if (wildcard(value, node.name)) return true
  if (node.kind === 'source' || node.kind === 'job') return false
  const own = node.fqn.at(-1)
  if (own !== undefined && wildcard(value, own)) return true
  const parts = value.split('.')
  return [node.fqn, node.fqn.slice(1)].some(
    (fqn) => parts.length <= fqn.length && parts.every((part, index) => wildcard(part, fqn[index]!)),
  )
}

function matchesPath(file: string, value: string): boolean {
  const path = value.replace(/^\.\//, '').replace(/\/+$/, '')
  return file === path || file.startsWith(`${path}/`) || (/[*?[]/.test(path) && wildcard(path, file))
}

/** `table`, `source.table` or `package.source.table`, and a source alone. */
function matchesDotted(value: string, full: readonly [string, string, string]): boolean {
  const parts = value.split('.')
  const [packageName, group, member] = full
  if (parts.length === 1) return wildcard(value, group) || wildcard(value, member)
  if (parts.length === 2) return wildcard(parts[0]!, group) && wildcard(parts[1]!, member)
  return (
    wildcard(parts[0]!, packageName) &&
    wildcard(parts[1]!, group) &&
    wildcard(parts.slice(2).join('.'), member)
  )
}

function configOf(node: Node): Json {
  return node.kind === 'model' ? node.config : { tags: node.tags, meta: node.meta }
}

function matchesConfig(config: Json | undefined, path: readonly string[], value: string): boolean {
  if (path.length > 0) {
    if (typeof config !== 'object' || config === null || Array.isArray(config)) return false
    const [key, ...rest] = path
    const members = config as { readonly [key: string]: Json }
    return Object.hasOwn(members, key!) && matchesConfig(members[key!], rest, value)
  }
  if (Array.isArray(config)) return config.some((item) => wildcard(value, String(item)))
  if (typeof config === 'object' && config !== null) return Object.hasOwn(config, value)
  return wildcard(value.toLowerCase(), String(config).toLowerCase())
}
