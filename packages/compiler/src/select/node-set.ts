/** Some of a graph's nodes: a cell for each node in graph order, 0 where it is not among them. */
export type NodeSet = Uint8Array

export function membersOf(set: NodeSet): number[] {
  const members: number[] = []
  for (let position = 0; position < set.length; position++) if (set[position] !== 0) members.push(position)
  return members
}

export function isEmpty(set: NodeSet): boolean {
  for (let position = 0; position < set.length; position++) if (set[position] !== 0) return false
  return true
}

/** Adds `others` to `set`, in place. */
export function addAll(set: NodeSet, others: NodeSet): void {
  for (let position = 0; position < set.length; position++) set[position]! |= others[position]!
}

/** All that can be reached from `start` along `edges` in at most `depth` steps, `start` itself left out unless reached again. */
export function reachableFrom(
  edges: readonly (readonly number[])[],
  start: NodeSet,
  depth = Number.POSITIVE_INFINITY,
): NodeSet {
  const reached = new Uint8Array(start.length)
  let frontier = membersOf(start)
  for (let distance = 0; distance < depth && frontier.length > 0; distance++) {
    const next: number[] = []
    for (const position of frontier) {
      for (const neighbour of edges[position]!) {
        if (reached[neighbour] !== 0) continue
        reached[neighbour] = 1
        next.push(neighbour)
      }
    }
    frontier = next
  }
  return reached
}
