import type { CatalogColumn, TableProfile } from './analyzed-server.ts'

interface Extremes {
  readonly min: string | null
  readonly max: string | null
}

/** Of a sampled table the least and greatest values, where an index tells them at once: a sample misses the one row that lies. */
export async function withExtremes(
  profile: TableProfile,
  columns: readonly CatalogColumn[],
  read: (indexed: readonly CatalogColumn[]) => Promise<readonly Extremes[]>,
): Promise<TableProfile> {
  const indexed = columns.filter(({ leadsIndex }) => leadsIndex)
  if (profile.sample === null || indexed.length === 0) return profile
  const extremes = await read(indexed)
  const of = new Map(indexed.map(({ name }, index) => [name, extremes[index]!]))
  return {
    ...profile,
    columns: profile.columns.map((column) => {
      const { min = null, max = null } = of.get(column.name) ?? {}
      return { ...column, min: min ?? column.min, max: max ?? column.max }
    }),
  }
}
