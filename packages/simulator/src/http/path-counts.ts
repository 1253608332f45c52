export interface PathCounts {
  readonly counts: { readonly [path: string]: number }
  add(path: string): void
}

/**
 * Requests by path. There are endpoints for each of a million records: where `most` paths are known, others count
 * together with those from which they differ by ids alone: `/north/api/v1/studies/{id}/subjects/odata`.
 */
export function createPathCounts(most = 20_000): PathCounts {
  const counts: { [path: string]: number } = {}
  let known = 0
  return {
    counts,
    add(path) {
      const isKnown = counts[path] !== undefined
      const name = isKnown || known < most ? path : path.replace(/\/\d+(?=\/|$)/g, '/{id}')
      if (!isKnown && name === path) known += 1
      counts[name] = (counts[name] ?? 0) + 1
    },
  }
}
