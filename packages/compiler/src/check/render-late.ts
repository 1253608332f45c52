import { type CompiledSelect, type Node, type Question, type Session, StrataError } from '@strata/core'
import { parseSql } from '../sql/parse-sql.ts'
import type { CheckOptions } from './checked-graph.ts'
import { isSystemRelation } from './relation-columns.ts'
import { anyWithoutCatalog } from './without-catalog.ts'

type Late = Extract<Node, { readonly late: boolean }>

export type LateRendering = { readonly select: CompiledSelect } | { readonly reason: string }

/**
 * Renders what asks the database on the scratch database, where what it reads is there and empty; nothing that it asks for
 * is kept. SQL that was made of rows says nothing here, for there are none.
 */
export async function renderLate(
  node: Late,
  { late, database }: Pick<CheckOptions, 'late' | 'database'>,
  session: Session,
): Promise<LateRendering> {
  let readsRows = false
  const ask = async ({ sql }: Question) => {
    readsRows ||= asksForRows(sql)
    const text = anyWithoutCatalog(sql, database)
    const answer = await session.query<readonly unknown[]>({ text, script: true, rowsAsArrays: true })
    return { columns: answer.fields, rows: answer.rows, rowCount: answer.rowCount }
  }
  await session.query('begin read only')
  try {
    const { full } = await late.select(node.id, false, ask)
    const isIncremental = node.kind === 'model' && node.config.materialized === 'incremental'
    const increment = isIncremental ? (await late.select(node.id, true, ask)).increment : null
    return readsRows ? { reason: 'its SQL is made of rows that are read' } : { select: { full, increment } }
  } catch (error) {
    if (!(error instanceof StrataError) || error.code === 'CANCELLED') throw error
    return { reason: `its template asks the database: ${error.message.split('\n')[0]!}` }
  } finally {
    await session.query('rollback')
  }
}

/** Whether it reads a relation that is not the catalog. */
function asksForRows(sql: string): boolean {
  const parsed = parseSql(sql)
  if (parsed.kind === 'syntax_error') return true
  return parsed.statements.some((statement) => readsRelation(statement))
}

function readsRelation(tree: unknown): boolean {
  if (typeof tree !== 'object' || tree === null) return false
  if (Array.isArray(tree)) return tree.some(readsRelation)
  return Object.entries(tree).some(([key, value]) => {
    if (key !== 'RangeVar') return readsRelation(value)
    const { schemaname, relname } = value as { schemaname?: string; relname?: string }
    return schemaname === undefined
      ? !(relname ?? '').startsWith('pg_')
      : !isSystemRelation({ schema: schemaname })
  })
}
