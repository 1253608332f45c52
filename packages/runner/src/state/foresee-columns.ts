import {
  type Change,
  type Database,
  DatabaseError,
  deepFreeze,
  type ModelStep,
  type NodeId,
  type Plan,
  type QueryResult,
  type Session,
  type Step,
} from '@strata/core'
import { type ColumnThere, columnTypesThere } from './column-types-there.ts'

type Fields = QueryResult<unknown>['fields']
type ColumnsChange = Extract<Change, { kind: 'columns' }>

/**
 * An explained plan in which models whose SQL changed say what that does to their columns, and those that are built anew for it
 * say so. Reads only. Of a model that reads what changes in the same plan nothing can be known yet, nor of a SELECT that the
 * server refuses.
 */
export async function foreseeColumns(database: Database, plan: Plan): Promise<Plan> {
  const changed = plan.steps.filter(isForeseeable)
  if (changed.length === 0) return plan
  const has = await columnTypesThere(database, new Map(changed.map((step) => [step.id, step.relation])))
  const gets = new Map<NodeId, Fields>()
  for (const step of changed) {
    const fields = has.has(step.id) ? await describe(database, step) : null
    if (fields !== null) gets.set(step.id, fields)
  }
  const types = await typeNames(database, [...gets.values()].flat())
  return deepFreeze({
    ...plan,
    steps: plan.steps.map((step): Step => {
      const [columns, fields] = [has.get(step.id), gets.get(step.id)]
      if (step.kind !== 'model' || columns === undefined || fields === undefined) return step
      const change = compare(columns, fields, types)
      if (change === null) return step
      const isAnew = step.intent === 'alter' && change.drops.length + change.retypes.length > 0
      return {
        ...step,
        ...(isAnew ? { intent: 'rebuild' as const } : {}),
        changes: [...(step.changes ?? []), change],
      }
    }),
  })
}

function isForeseeable(step: Step): step is ModelStep {
  if (step.kind !== 'model' || step.late || step.intent === 'increment' || step.intent === 'skip')
    return false
  const kinds = new Set((step.changes ?? []).map(({ kind }) => kind))
  return kinds.has('sql') && !kinds.has('parent')
}

/** Nothing is executed: the server only says what columns there would be. Null: it refuses the SELECT, or somebody alters what it reads. */
async function describe(database: Database, step: ModelStep): Promise<Fields | null> {
  const work = async (transaction: Session) => {
    await transaction.query({
      text: `set transaction read only; set local lock_timeout = '1s'; set local statement_timeout = '10s'`,
      script: true,
    })
    return (await transaction.query(`select * from (\n${step.select.full}\n) as foreseen limit 0`)).fields
  }
  try {
    return await database.transaction(work)
  } catch (error) {
    if (error instanceof DatabaseError && /^(42|22|25|55|57014|0A)/.test(error.sqlstate ?? '')) return null
    throw error
  }
}

async function typeNames(database: Database, fields: Fields): Promise<ReadonlyMap<number, string>> {
  const { rows } = await database.query<{ oid: number; type: string }>({
    text: 'select o.oid::bigint::text::float8 as oid, format_type(o.oid, null) as type from unnest($1::oid[]) as o (oid)',
    values: [[...new Set(fields.map(({ typeOid }) => typeOid))]],
  })
  return new Map(rows.map(({ oid, type }) => [oid, type]))
}

/** In the transaction of a model of which others read changes: the SELECT does not yield it. */
const changeColumn = 'changed_xid'

function compare(
  has: readonly ColumnThere[],
  gets: Fields,
  types: ReadonlyMap<number, string>,
): ColumnsChange | null {
  const before = new Map(has.map((column) => [column.name, column]))
  const after = new Set(gets.map(({ name }) => name))
  const adds = gets.filter(({ name }) => !before.has(name)).map(({ name }) => name)
  const drops = has.filter(({ name }) => !after.has(name) && name !== changeColumn).map(({ name }) => name)
  const retypes = gets.flatMap(({ name, typeOid }) => {
    const was = before.get(name)
    if (was === undefined || was.typeOid === typeOid) return []
    return [{ column: name, before: was.type, after: types.get(typeOid) ?? 'unknown' }]
  })
  return adds.length + drops.length + retypes.length === 0 ? null : { kind: 'columns', adds, drops, retypes }
}
