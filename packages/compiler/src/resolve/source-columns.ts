import { bronzeColumns, type DeclaredColumn, type Node, type SourceNode } from '@strata/core'

/** What the project says of the columns of a source. */
export interface SourceColumns {
  /** Those of the table in which a job lands it, with their types; null: none does. */
  readonly landed: readonly LandedColumn[] | null
  /** What lands, and what is declared besides. */
  readonly all: readonly DeclaredColumn[]
  /** `all` are all columns that it has: they land, or each is declared with its type. */
  readonly complete: boolean
}

export interface LandedColumn {
  readonly name: string
  /** As `format_type` prints it. */
  readonly type: string
}

/** `nodes`: those of the graph, which have the jobs. */
export function sourceColumns(nodes: readonly Node[]): (source: SourceNode) => SourceColumns {
  const jobs = new Map(nodes.flatMap((node) => (node.kind === 'job' ? [[node.id, node.job]] : [])))
  return (source) => {
    const declared = source.columns.map(({ name, dataType }) => ({ name, dataType }))
    const job = source.parents.map((id) => jobs.get(id)).find((one) => one !== undefined)
    if (job === undefined) return { landed: null, all: declared, complete: isTyped(declared) }
    const landed = bronzeColumns(job).map(({ name, type }) => ({ name, type }))
    const names = new Set(landed.map(({ name }) => name))
    const further = declared.filter(({ name }) => !names.has(name))
    const all = [...landed.map(({ name, type }) => ({ name, dataType: type })), ...further]
    return { landed, all, complete: true }
  }
}

/** There are some, and each has its type. */
export function isTyped(columns: readonly DeclaredColumn[]): boolean {
  return columns.length > 0 && columns.every(({ dataType }) => dataType !== null)
}
