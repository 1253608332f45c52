import { type Node, toManifest } from '@strata/core'
import { fromJson, type Value } from '../template/index.ts'

/** `graph`, as templates see it: the nodes as the manifest has them, made once, when first asked for. */
export function graphValue(projectName: string): {
  /** Says what the nodes are; before that the graph is empty. */
  use(nodes: readonly Node[]): void
  current(): Value
} {
  let nodes: readonly Node[] = []
  let value: Value | null = null
  return {
    use(known) {
      nodes = known
      value = null
    },
    current() {
      if (value === null) {
        const graph = { projectName, nodes, groups: [], macros: [], onRunStart: [], onRunEnd: [] }
        const manifest = toManifest(graph, { generatedAt: '', invocationId: '', strataVersion: '' })
        value = fromJson(manifest as never)
      }
      return value
    },
  }
}
