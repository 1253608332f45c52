import type { Graph } from '@strata/core'
import { snapshotSettings } from '../resolve/snapshot-config.ts'
import { digestOf } from './kept-check.ts'
import { enforcedColumns, tracksChanges } from './pieces.ts'
import type { Subject } from './subjects.ts'

/** Digests of what nodes are checked for, apart from what they read. `settings`: what else decides how templates render. */
export function ownKeys(graph: Graph, settings: string): (subject: Subject) => string {
  const macros = new Map(graph.macros.map(({ id, text }) => [id, text]))
  return ({ node }) => {
    if (!('select' in node)) return node.id
    const code = node.late
      ? [settings, node.rawCode, ...node.macros.map((id) => macros.get(id) ?? id)]
      : [JSON.stringify(node.select)]
    const shape =
      node.kind === 'model'
        ? [JSON.stringify(enforcedColumns(node)), String(tracksChanges(node))]
        : node.kind === 'snapshot'
          ? [JSON.stringify(snapshotSettings(node.config))]
          : []
    return digestOf([node.kind, ...code, ...shape])
  }
}
