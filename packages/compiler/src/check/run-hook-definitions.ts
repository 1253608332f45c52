import type { Node as SqlNode } from '@pgsql/types'
import {
  DatabaseError,
  displayRelation,
  type Graph,
  type Json,
  type RelationName,
  type Session,
  StrataError,
} from '@strata/core'
import { parseSql } from '../sql/parse-sql.ts'
import type { CheckOptions } from './checked-graph.ts'
import type { Subject } from './subjects.ts'

/**
 * Makes on the scratch database what the hooks at the start of a run define: extensions, schemas, functions, types, tables. Of all
 * else that they do nothing is run, and what the server refuses is left out.
 */
export async function runHookDefinitions(
  session: Session,
  { graph, late }: Pick<CheckOptions, 'graph' | 'late'>,
  subjects: readonly Subject[],
): Promise<void> {
  const taken = new Set(
    subjects.flatMap(({ relation }) => (relation === null ? [] : [displayRelation(relation)])),
  )
  const schemas = [
    ...new Set(subjects.flatMap(({ relation }) => (relation === null ? [] : [relation.schema]))),
  ]
  for (const hook of graph.onRunStart) {
    const sql = await renderHook(session, late, hook, { schemas })
    const parsed = parseSql(sql)
    if (parsed.kind === 'syntax_error') continue
    for (const { stmt, stmt_location = 0, stmt_len } of parsed.statements) {
      if (stmt === undefined || !isDefinition(stmt, taken)) continue
      const start = parsed.offsetOf(stmt_location)
      const text = stmt_len ? sql.slice(start, parsed.offsetOf(stmt_location + stmt_len)) : sql.slice(start)
      // A body may name relations that come later.
      await attempt(session, `set check_function_bodies = off;\n${text}`)
    }
  }
}

type Hook = Graph['onRunStart'][number]

/** Empty: it cannot be rendered here. */
async function renderHook(
  session: Session,
  late: CheckOptions['late'],
  { packageName, template, location }: Hook,
  names: { readonly [name: string]: Json },
): Promise<string> {
  await session.query('begin read only')
  try {
    return await late.runHook(
      packageName,
      template,
      names,
      async ({ sql }) => {
        const answer = await session.query<readonly unknown[]>({
          text: sql,
          script: true,
          rowsAsArrays: true,
        })
        return { columns: answer.fields, rows: answer.rows, rowCount: answer.rowCount }
      },
      location,
    )
  } catch (error) {
    if (!(error instanceof StrataError) || error.code === 'CANCELLED') throw error
    return ''
  } finally {
    await session.query('rollback')
  }
}

async function attempt(session: Session, text: string): Promise<void> {
  try {
    await session.query({ text, script: true })
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code === 'CANCELLED' || error.sqlstate === undefined)
      throw error
  }
}

/** Whether a statement defines something, and runs nothing that somebody wrote. */
function isDefinition(stmt: SqlNode, taken: ReadonlySet<string>): boolean {
  if ('CreateFunctionStmt' in stmt) return languageOf(stmt) === 'safe'
  if ('CreateSchemaStmt' in stmt) return stmt.CreateSchemaStmt.schemaElts === undefined
  if ('CreateStmt' in stmt) return isFree(stmt.CreateStmt.relation)
  if ('ViewStmt' in stmt) return isFree(stmt.ViewStmt.view)
  return definitions.some((kind) => kind in stmt)

  function isFree(
    relation:
      | { readonly schemaname?: string; readonly relname?: string; readonly relpersistence?: string }
      | undefined,
  ): boolean {
    const name: RelationName = { schema: relation?.schemaname ?? 'public', name: relation?.relname ?? '' }
    return relation?.relpersistence !== 't' && !taken.has(displayRelation(name))
  }
}

const definitions = [
  'CreateExtensionStmt',
  'CreateEnumStmt',
  'AlterEnumStmt',
  'CompositeTypeStmt',
  'CreateRangeStmt',
  'CreateDomainStmt',
  'DefineStmt',
  'CreateCastStmt',
  'CreateSeqStmt',
]

/** Code of other languages is loaded when its function is made. */
function languageOf(stmt: Extract<SqlNode, { CreateFunctionStmt: unknown }>): 'safe' | 'other' {
  for (const option of stmt.CreateFunctionStmt.options ?? []) {
    if (!('DefElem' in option) || option.DefElem.defname !== 'language') continue
    const arg = option.DefElem.arg
    const name = arg !== undefined && 'String' in arg ? arg.String.sval?.toLowerCase() : undefined
    return name === 'sql' || name === 'plpgsql' ? 'safe' : 'other'
  }
  // A body written as a statement is SQL.
  return 'safe'
}
