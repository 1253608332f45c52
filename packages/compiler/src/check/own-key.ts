import type { Graph } from '@strata/core'
import { snapshotSettings } from '../resolve/snapshot-config.ts'
import { digestOf } from './kept-check.ts'
import { countsOtherwise, enforcedColumns, tracksChanges } from './pieces.ts'
import type { Subject } from './subjects.ts'

/**
 * Digests of what nodes are checked for, apart from what they read. `settings`: what else decides how templates render; `made`: what
 * is made besides nodes, which all of them may use.
 */
export function ownKeys(graph: Graph, settings: string, made: string): (subject: Subject) => string {
  const macros = new Map(graph.macros.map(({ id, text }) => [id, text]))
  const besides = made === '' ? [] : [digestOf([made])]
  return ({ node }) => {
    if (!('select' in node)) return node.id
    const code = node.late
      ? [settings, node.rawCode, ...node.macros.map((id) => macros.get(id) ?? id)]
      : [JSON.stringify(node.select)]
    const shape =
      node.kind === 'model'
        ? [
            JSON.stringify(enforcedColumns(node)),
            String(tracksChanges(node)),
            JSON.stringify(node.contract?.constraints.map(({ condition = '' }) => condition) ?? []),
          ]
        : node.kind === 'snapshot'
          ? [JSON.stringify(snapshotSettings(node.config))]
          : node.kind === 'data_test' && countsOtherwise(node)
            ? [node.config.failCalc]
            : []
    return digestOf([node.kind, ...code, ...shape, ...besides])
  }
}
