import type { Graph, Node } from '@strata/core'
import { nearMisses } from '../project/near-misses.ts'

/**
 * What to do about a relation, by the name that the server was given, which is not there. Null where the node refers to it as
 * it should: then it has only not been built yet; and for the tables of our own state.
 */
export function undefinedTableHint(name: string, node: Node, graph: Graph): string | null {
  if (name.startsWith('strata.')) return null
  const calls = new Map<string, string>()
  for (const other of graph.nodes) {
    const call = callOf(other, node)
    if (call === null || !('relation' in other)) continue
    const { schema, name: table } = other.relation
    if (node.parents.includes(other.id) && [`${schema}.${table}`, table].includes(name)) return null
    for (const known of [`${schema}.${table}`, table, other.name]) calls.set(known, calls.get(known) ?? call)
  }
  const exact = calls.get(name)
  if (exact !== undefined) return `Write ${exact}, so that it is built before and looked for where it stands.`
  const bare = name.slice(name.lastIndexOf('.') + 1)
  const near = nearMisses(
    bare,
    [...calls.keys()].filter((known) => !known.includes('.')),
  )
  const meant = [...new Set(near.map((one) => calls.get(one)!))]
  if (meant.length > 0) return `Did you mean ${meant.join(' or ')}?`
  return `Write ${inTags("ref('…')", node)} for what the project builds, and ${inTags("source('…', '…')", node)} for what is there without it.`
}

/** How that node refers to the other one; null: it cannot. */
function callOf(other: Node, node: Node): string | null {
  if (other.id === node.id) return null
  if (other.kind === 'source') {
    const [source, table] = other.fqn.slice(-2)
    return inTags(`source('${source}', '${table}')`, node)
  }
  if (other.kind !== 'model' && other.kind !== 'seed' && other.kind !== 'snapshot') return null
  return inTags(`ref('${other.name}')`, node)
}

function inTags(call: string, node: Node): string {
  const inTypeScript = node.kind !== 'job' && node.location.file.endsWith('.ts')
  return inTypeScript ? `\${${call}}` : `{{ ${call} }}`
}
