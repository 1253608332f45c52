import { type Graph, type Node, toManifest } from '@strata/core'
import { type Dict, fromJson, type Value } from '../template/index.ts'
import { type SharedGraph, sharedGraph } from './shared-graph.ts'

/** Thrown through a render that looks at `graph` before every node is in it: render it again when all are. */
export class PostponeSignal {}

/** `graph`, as templates see it: the nodes as the manifest has them, made once, when first asked for. */
export interface GraphValue {
  /** Says what the nodes are, and what stands beside them. */
  use(nodes: readonly Node[], beside: GraphParts): void
  /** Throws `PostponeSignal` before the nodes are known. */
  current(): Value
  /** Renders something at its step; see `SharedGraph`. */
  attempt<T>(render: () => T): T
  /** What a template sees that is only read for what it declares. */
  readonly empty: Value
}

export type GraphParts = Pick<Graph, 'groups' | 'metrics'>

export function graphValue(projectName: string, database: string): GraphValue {
  let nodes: readonly Node[] | null = null
  let shared: SharedGraph | null = null
  let parts: GraphParts = { groups: [] }
  const make = (known: readonly Node[]) => {
    const graph = { projectName, nodes: known, ...parts, macros: [], onRunStart: [], onRunEnd: [] }
    const manifest = toManifest(graph, {
      generatedAt: '',
      invocationId: '',
      strataVersion: '',
      database,
    })
    return fromJson(manifest as never) as Dict
  }
  return {
    use(known, beside) {
      nodes = known
      parts = beside
      shared = null
    },
    current() {
      if (nodes === null) throw new PostponeSignal()
      shared ??= sharedGraph(make(nodes))
      return shared.value
    },
    attempt(render) {
      shared ??= sharedGraph(make(nodes ?? []))
      return shared.attempt(render)
    },
    get empty() {
      return make([])
    },
  }
}
