import {
  type DataTestNode,
  type Location,
  type ModelNode,
  type NodeId,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationName,
  type SnapshotNode,
} from '@strata/core'
import { changeColumn } from '../materialize/build/change-column.ts'
import { asSql } from '../materialize/snapshot/snapshot-sql.ts'
import { snapshotSettings } from '../resolve/snapshot-config.ts'
import { parseSql } from '../sql/parse-sql.ts'
import type { TypedColumn } from './checked-graph.ts'
import type { NodeText } from './node-texts.ts'
import type { Piece } from './scratch-script.ts'
import type { Subject } from './subjects.ts'

/** What a statement is there for. */
export interface CheckPiece extends Piece {
  readonly of: NodeId
  /** `table`: an empty relation of known columns · `define`: the relation of a SELECT · `look`: the SELECT alone. */
  readonly role: 'table' | 'define' | 'look'
  /** The text that it holds, and the offset at which it begins; null: there is none. */
  readonly text: NodeText | null
  readonly start: number
  /** Of SQL that is not in a template: what it is, and where it is written. */
  readonly about?: { readonly what: string; readonly location: Location }
  /** Offsets at which columns are declared. */
  readonly columns?: readonly number[]
}

/** An empty table. */
export function tablePiece(of: NodeId, relation: RelationName, columns: readonly TypedColumn[]): CheckPiece {
  let sql = `create table ${quoteRelation(relation)} (`
  const starts = columns.map(({ name, type }, index) => {
    sql += index === 0 ? '' : ', '
    const start = sql.length
    sql += `${quoteIdentifier(name)} ${type}`
    return start
  })
  return { of, role: 'table', text: null, start: 0, sql: `${sql})`, columns: starts, done: isThere(relation) }
}

/** The statements that type a node. `turn`: a number of its own. */
export function selectPieces(
  subject: Subject,
  texts: readonly NodeText[],
  side: string,
  turn: number,
): readonly CheckPiece[] {
  const { node, relation } = subject
  const contract = node.kind === 'model' ? enforcedColumns(node) : null
  const pieces: CheckPiece[] = []
  if (relation !== null && contract !== null) pieces.push(tablePiece(node.id, relation, contract))
  for (const text of texts) {
    const isRelation = relation !== null && text === definingText(texts)
    pieces.push(
      isRelation
        ? defining(subject, contract === null ? relation : { schema: side, name: `contract_${turn}` }, text)
        : looking(node.id, text, { schema: side, name: `look_${turn}_${text.form}` }),
    )
  }
  return [...pieces, ...conditionPieces(subject, texts, side, turn)]
}

/** What is written in properties: conditions of constraints, and what counts the rows of a test. */
function conditionPieces(
  { node, relation }: Subject,
  texts: readonly NodeText[],
  side: string,
  turn: number,
): readonly CheckPiece[] {
  const asked: { readonly what: string; readonly location: Location; readonly select: string }[] = []
  if (node.kind === 'model' && relation !== null)
    for (const { condition, location, name } of node.contract?.constraints ?? [])
      if (condition !== undefined)
        asked.push({
          what: `the check constraint ${name} of ${node.name}`,
          location,
          select: `select true as looked from ${quoteRelation(relation)} where (${condition}\n)`,
        })
  if (node.kind === 'data_test' && countsOtherwise(node) && texts[0] !== undefined)
    asked.push({
      what: `fail_calc of ${node.name}`,
      location: node.location,
      select: `select (${node.config.failCalc}\n)::text as looked from (${texts[0].sql}\n) as dbt_internal_test`,
    })
  return asked.flatMap(({ select, ...about }, index): CheckPiece[] => {
    // What cannot be parsed could be more than one statement.
    const parsed = parseSql(select)
    if (parsed.kind === 'syntax_error' || parsed.statements.length !== 1) return []
    const view = { schema: side, name: `condition_${turn}_${index}` }
    return [
      {
        of: node.id,
        role: 'look',
        text: null,
        start: 0,
        about,
        sql: `create view ${quoteRelation(view)} as ${select}`,
        done: isThere(view),
      },
    ]
  })
}

/** Whether a test has a `fail_calc` of its own. */
export function countsOtherwise({ config }: DataTestNode): boolean {
  return !/^\s*count\(\s*\*\s*\)\s*$/i.test(config.failCalc)
}

/** The text that says what columns the relation has: the whole one where there is one. */
function definingText(texts: readonly NodeText[]): NodeText | undefined {
  return texts.find(({ form }) => form === 'full') ?? texts[0]
}

/** The columns that a contract gives to a table; a view shows what its SELECT yields. */
export function enforcedColumns(node: ModelNode): readonly TypedColumn[] | null {
  const columns = node.contract?.columns ?? null
  if (columns === null || node.config.materialized === 'ephemeral') return null
  const own = columns.map(({ name, type }) => ({ name, type }))
  return tracksChanges(node) ? [...own, { name: changeColumn, type: 'xid8' }] : own
}

export function tracksChanges(node: ModelNode): boolean {
  return node.config['track_changes'] === true
}

/**
 * A view of one column, for which nobody asks: a prepared statement would be rewritten down to the tables at once, which for a
 * deep graph takes for ever. In a subquery two columns may have one name.
 */
function looking(of: NodeId, text: NodeText, relation: RelationName): CheckPiece {
  const before = `create view ${quoteRelation(relation)} as select true as looked from (`
  return {
    of,
    role: 'look',
    text,
    start: before.length,
    sql: `${before}${text.sql}\n) as looked`,
    done: isThere(relation),
  }
}

function defining({ node }: Subject, relation: RelationName, text: NodeText): CheckPiece {
  const create = `create view ${quoteRelation(relation)} as `
  const [before, after] =
    node.kind === 'snapshot'
      ? [`${create}select source.*,\n${versionColumns(node)}\nfrom (`, '\n) as source']
      : node.kind === 'model' && node.contract?.columns == null && tracksChanges(node)
        ? [`${create}select source.*, null::xid8 as ${changeColumn} from (`, '\n) as source']
        : [create, '']
  return {
    of: node.id,
    role: 'define',
    text,
    start: before.length,
    sql: before + text.sql + after,
    done: isThere(relation),
  }
}

/** The columns that a snapshot adds, with their types. */
function versionColumns({ config }: SnapshotNode): string {
  const { columns, strategy, validToCurrent, hardDeletes } = snapshotSettings(config)
  const stated = strategy.kind === 'custom' ? null : strategy.updatedAt
  const time = stated === null ? 'localtimestamp' : asSql(stated)
  const added = [
    ["''::text", columns.scdId],
    [time, columns.updatedAt],
    [time, columns.validFrom],
    [`coalesce(nullif(${time}, ${time}), ${validToCurrent ?? 'null'})`, columns.validTo],
    ...(hardDeletes === 'new_record' ? [["''::text", columns.isDeleted]] : []),
  ]
  return added.map(([sql, name]) => `  ${sql} as ${quoteIdentifier(name!)}`).join(',\n')
}

function isThere(relation: RelationName): string {
  return `to_regclass(${quoteLiteral(quoteRelation(relation))}) is not null`
}
