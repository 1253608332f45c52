import type { Node } from '@strata/core'
import { hasWildcard, wildcard } from './wildcard.ts'

/** What nodes are called by plain words and `fqn:`. */
export interface NodeNames {
  /** The nodes, by position, that a name or a pattern means. */
  find(value: string): (position: number) => boolean
}

interface Named {
  readonly leaf: string
  /** Package, folders, name, joined by dots; and the same without the package. */
  readonly full: string
  readonly local: string
}

/**
 * A name is the node's own, the beginning of its fully qualified name, or that without the package; a model with versions goes
 * by its name alone as well. Source tables and jobs often share the name of the model behind them: they are meant only where
 * their source is named as well.
 */
export function nodeNames(nodes: readonly Node[]): NodeNames {
  const byName = new Map<string, Set<number>>()
  const named: (Named | null)[] = []
  for (const [position, node] of nodes.entries()) {
    const add = (name: string) => {
      const positions = byName.get(name)
      if (positions === undefined) byName.set(name, new Set([position]))
      else positions.add(position)
    }
    if (node.kind === 'source' || node.kind === 'job') {
      const name = sourceAndTable(node).join('.')
      add(name)
      add(`${node.packageName}.${name}`)
      named.push(null)
      continue
    }
    add(node.name)
    const versioned = node.kind === 'model' && node.version !== null && node.version !== undefined
    const leaf = node.fqn.at(versioned ? -2 : -1) ?? node.name
    add(leaf)
    if (versioned) {
      const [name, version] = node.fqn.slice(-2)
      for (const shortened of [`${name}.${version}`, `${name}_${version}`]) {
        add(shortened)
        add(`${node.packageName}.${shortened}`)
      }
    }
    const full = node.fqn.join('.')
    const local = node.fqn.slice(1).join('.')
    for (const name of [full, local]) for (const beginning of beginningsOf(name)) add(beginning)
    named.push({ leaf, full, local })
  }
  return {
    find(value) {
      if (!hasWildcard(value)) {
        const positions = byName.get(value)
        return (position) => positions?.has(position) ?? false
      }
      const matches = wildcard(value)
      const landed = landedMatch(value)
      const dotted = value.includes('.')
      return (position) => {
        const names = named[position]
        if (names === null || names === undefined) return landed(nodes[position]!)
        return matches(names.full) || matches(names.local) || (!dotted && matches(names.leaf))
      }
    },
  }
}

function beginningsOf(name: string): string[] {
  const parts = name.split('.')
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'))
}

/** `source.table` or `package.source.table`; a pattern of nothing but stars for the source names no source. */
function landedMatch(value: string): (node: Node) => boolean {
  const parts = value.split('.')
  const source = parts.at(-2)
  if (source === undefined || parts.length > 3 || /^\*+$/.test(source)) return () => false
  const matches = parts.map(wildcard)
  return (node) => {
    const names = [node.packageName, ...sourceAndTable(node)].slice(-parts.length)
    return matches.every((match, index) => match(names[index]!))
  }
}

/** The source's name and the table's, of a source table or a job. */
export function sourceAndTable(node: Node): readonly [string, string] {
  if (node.kind === 'job') return [node.job.source, node.job.table]
  const source = node.kind === 'source' ? node.sourceName : ''
  const table = node.name.startsWith(`${source}.`) ? node.name.slice(source.length + 1) : node.name
  return [source, table]
}
