import type { Graph, Location, Node } from '@strata/core'
import type { SqlPlaces } from '../resolve/sql-places.ts'
import type { GraphLineage } from './graph-lineage.ts'
import type { LocateInFull } from './mentions.ts'

/** Finds places in the file of a node itself: of what a macro or another file writes, the call there. */
export function locateInOwnFile(graph: Graph, places: SqlPlaces): LocateInFull {
  const files = new Map(graph.nodes.map(({ id, location }) => [id, location.file]))
  return (id, offset) => {
    const place = places.locate(id, 'full', offset)
    if (place === null) return null
    const file = files.get(id)
    const all = [place.location, ...place.via.map(({ location }) => location)]
    return all.find((location) => location.file === file) ?? null
  }
}

/**
 * Where a column of a node is written: its expression in the select list, or the star that stands for it; else where the node
 * is declared.
 */
export function columnPlace(
  lineage: GraphLineage,
  locate: LocateInFull,
  node: Node,
  column: string,
): Location {
  const offset = lineage.of(node.id)?.columns?.find(({ name }) => name === column)?.offset ?? null
  return (offset === null ? null : locate(node.id, offset)) ?? node.location
}
