import { ConfigurationError, type Json, type Node } from '@strata/core'
import { wildcard } from './wildcard.ts'

/** Nodes whose configuration has a value at a dotted path: the value itself, a member of a list, or a key of an object. */
export function configMatch(path: string, value: string): (node: Node) => boolean {
  if (path === '') {
    throw new ConfigurationError({
      code: 'BAD_SELECTOR',
      message: `"config:${value}" does not say which option is meant`,
      hint: 'Write the option behind a dot: config.materialized:table.',
    })
  }
  const keys = path.split('.')
  // Severities are written in capitals and not.
  const anyCase = path === 'severity'
  const wanted = anyCase ? value.toLowerCase() : value
  const matches = wildcard(wanted)
  return (node) => {
    const found = optionOf(node, keys)
    return found !== undefined && holds(anyCase && typeof found === 'string' ? found.toLowerCase() : found)
  }

  function holds(found: Json): boolean {
    if (found === null) return /^(null|none)$/i.test(wanted)
    if (typeof found === 'boolean') return wanted.toLowerCase() === String(found)
    if (typeof found === 'number') return wanted === String(found) || Number(wanted || Number.NaN) === found
    if (typeof found === 'string') return matches(found)
    if (Array.isArray(found)) return found.some(holds)
    return Object.hasOwn(found, wanted)
  }
}

function optionOf(node: Node, keys: readonly string[]): Json | undefined {
  const config = configOf(node)
  const [first, ...rest] = keys
  let found = beside(node, first!)
  if (found === undefined) found = member(config, first!)
  if (found === undefined) found = implied(node, first!)
  for (const key of rest) found = found === undefined ? undefined : member(found, key)
  return found
}

function configOf(node: Node): { readonly [option: string]: Json } {
  if (node.kind === 'job') return { active: node.job.active }
  return node.config ?? {}
}

/** Options are selected by dbt's names; where ours is written `uniqueKey`, dbt's is `unique_key`. */
function member(object: Json, key: string): Json | undefined {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined
  const members = object as { readonly [key: string]: Json }
  if (Object.hasOwn(members, key)) return members[key]
  const camel = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.hasOwn(members, camel) ? members[camel] : undefined
}

/** What dbt counts among the configuration and a node holds beside it, where it is complete. */
function beside(node: Node, key: string): Json | undefined {
  if (key === 'tags') return node.tags
  if (key === 'meta') return node.meta
  if (key === 'group') return node.group ?? undefined
  return key === 'access' && node.kind === 'model' ? node.access : undefined
}

/** What is true of a node without being declared. */
function implied(node: Node, key: string): Json | undefined {
  if (key === 'enabled') return true
  if (key !== 'materialized') return undefined
  if (node.kind === 'data_test') return 'test'
  return node.kind === 'seed' || node.kind === 'snapshot' ? node.kind : undefined
}
