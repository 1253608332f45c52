import { type Node, toManifest } from '@strata/core'
import { fromJson, type Value } from '../template/index.ts'

/** Thrown through a render that looks at `graph` before every node is in it: render it again when all are. */
export class PostponeSignal {}

/** `graph`, as templates see it: the nodes as the manifest has them, made once, when first asked for. */
export interface GraphValue {
  /** Says what the nodes are. */
  use(nodes: readonly Node[]): void
  /** Throws `PostponeSignal` before the nodes are known. */
  current(): Value
  /** What a template sees that is only read for what it declares. */
  readonly empty: Value
}

export function graphValue(projectName: string, database: string): GraphValue {
  let nodes: readonly Node[] | null = null
  let value: Value | null = null
  const make = (known: readonly Node[]) => {
    const graph = { projectName, nodes: known, groups: [], macros: [], onRunStart: [], onRunEnd: [] }
    const manifest = toManifest(graph, {
      generatedAt: '',
      invocationId: '',
      strataVersion: '',
      database,
    })
    return fromJson(manifest as never)
  }
  return {
    use(known) {
      nodes = known
      value = null
    },
    current() {
      if (nodes === null) throw new PostponeSignal()
      value ??= make(nodes)
      return value
    },
    get empty() {
      return make([])
    },
  }
}
