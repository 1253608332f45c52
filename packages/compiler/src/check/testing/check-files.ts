import { type Database, type Diagnostic, displayLocation, hasErrors } from '@strata/core'
import { relationShapes } from '../../resolve/relation-shapes.ts'
import { compileFiles, type Files, sourcesOf } from '../../testing/compile-files.ts'
import { checkGraph } from '../check-graph.ts'
import type { CheckedGraph, CheckOptions } from '../checked-graph.ts'

/** An empty database, and what removes it. */
export interface MadeDatabase {
  readonly database: Database
  drop(): Promise<void>
}

export interface CheckedFiles extends CheckedGraph {
  /** `models/a.sql:1:8 UNKNOWN_COLUMN column "idd" does not exist → Did you mean "id"?` */
  readonly told: readonly string[]
  /** `name: reason` */
  readonly left: readonly string[]
  /** `id integer, name text` */
  columns(name: string): string | null
  /** Whether a database was opened. */
  readonly opened: boolean
}

/** Checks files on a new database, as if they stood in a folder. */
export async function checkFiles(
  make: () => Promise<MadeDatabase>,
  files: Files,
  options: Partial<Pick<CheckOptions, 'kept'>> & {
    readonly select?: readonly string[]
    readonly target?: Database
    readonly ownPrefix?: string
  } = {},
): Promise<CheckedFiles> {
  const compiled = compileFiles(files)
  if (hasErrors(compiled.diagnostics))
    throw new Error(`it does not compile: ${compiled.diagnostics.map(brief).join('\n')}`)
  const sources = sourcesOf(files)
  const shapeOf = relationShapes(compiled.graph.nodes, [sources])
  let made: MadeDatabase | null = null
  const { select } = options
  try {
    const checked = await checkGraph({
      graph: compiled.graph,
      sources,
      database: 'strata',
      nodes:
        select === undefined
          ? null
          : new Set(compiled.graph.nodes.filter(({ name }) => select.includes(name)).map(({ id }) => id)),
      late: compiled.late,
      kept: options.kept ?? null,
      settings: '',
      seedColumns: async ({ id }) =>
        shapeOf(id).declared.map(({ name, dataType }) => ({ name, type: dataType ?? 'text' })),
      async openScratch() {
        made = await make()
        return { database: made.database, ownPrefix: options.ownPrefix ?? null }
      },
      openTarget: async () => options.target ?? null,
      locate: (node, form, offset) => compiled.places.locate(node, form, offset),
    })
    return {
      ...checked,
      told: checked.diagnostics.map(brief),
      left: checked.unchecked.map(({ node, reason }) => `${node.name}: ${reason}`),
      opened: made !== null,
      columns(name) {
        const node = compiled.graph.nodes.find((one) => one.name === name)
        const columns = node === undefined ? null : (checked.shapes.get(node.id)?.columns ?? null)
        return columns?.map((column) => `${column.name} ${column.type}`).join(', ') ?? null
      },
    }
  } finally {
    await (made as MadeDatabase | null)?.drop()
  }
}

function brief({ location, code, message, hint, related = [] }: Diagnostic): string {
  const advice = hint === undefined ? '' : ` → ${hint}`
  const others = related.map((one) => ` | ${displayLocation(one.location)} ${one.message}`)
  return `${displayLocation(location)} ${code} ${message}${advice}${others.join('')}`
}
