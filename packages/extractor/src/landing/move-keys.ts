import {
  deriveName,
  isKeyedById,
  type Job,
  type Queryable,
  quoteIdentifier,
  quoteRelation,
} from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { storedKey } from '../take-over/bronze-rows.ts'
import { columnOf, type IndexFacts, readTableFacts, type TableFacts } from '../take-over/table-facts.ts'
import { longestKey } from './longest-key.ts'

const byId = ['source_instance_id', "(data ->> 'id'::text)"]
const byRecordKey = ['source_instance_id', 'record_key']

/**
 * Makes bronze tables ready for jobs whose key has become exactly `id`, or no longer is: the two are kept in different places, each with an index
 * that a landing needs. The rows stay where they are. Where the new key is missing in a row, or another row has it too, the former key goes on
 * telling it apart until everything is read again; of rows that now have one `id` the one that changed last stays, and the others are kept in `strata.taken_over_rows`.
 */
export async function moveKeys(
  transaction: Queryable,
  { jobs, landingSchema }: { readonly jobs: readonly Job[]; readonly landingSchema: string },
): Promise<void> {
  const all = await readTableFacts(
    transaction,
    jobs.map(({ target }) => target),
  )
  for (const facts of all) {
    const job = jobs.find(
      ({ target }) => target.schema === facts.relation.schema && target.name === facts.relation.name,
    )!
    const [wanted, former] = isKeyedById(job) ? [byId, byRecordKey] : [byRecordKey, byId]
    const old = facts.indexes.filter((index) => isKey(index, former))
    if (!isOurs(facts) || old.length === 0 || facts.indexes.some((index) => isKey(index, wanted))) continue
    if (isKeyedById(job)) await moveToId(transaction, job, landingSchema)
    else await moveToRecordKey(transaction, job)
    const table = quoteRelation(job.target)
    for (const { name, constraint } of old)
      await transaction.query(
        constraint === null
          ? `drop index ${quoteRelation({ schema: job.target.schema, name })}`
          : `alter table ${table} drop constraint ${quoteIdentifier(constraint)}`,
      )
    const index = quoteIdentifier(deriveName(job.target.name, '_record'))
    const key = isKeyedById(job) ? "(data->>'id')" : 'record_key'
    await transaction.query(`create unique index ${index} on ${table} (source_instance_id, ${key})`)
  }
}

function isKey({ unique, valid, partial, columns }: IndexFacts, wanted: readonly string[]): boolean {
  return (
    unique &&
    valid &&
    !partial &&
    columns.length === wanted.length &&
    wanted.every((c) => columns.includes(c))
  )
}

/** Not one that waits to be taken over. */
function isOurs(facts: TableFacts): boolean {
  return ['r', 'p'].includes(facts.kind) && columnOf(facts, 'changed_xid') !== undefined
}

/** An old row may have been written again since newer ones were: its number says nothing. */
const latestFirst = raw(
  'deleted_at is null desc, cursor_at desc nulls last, updated_at desc nulls last, id desc',
)

async function moveToRecordKey(transaction: Queryable, job: Job): Promise<void> {
  const table = raw(quoteRelation(job.target))
  await transaction.query(sql`alter table ${table} add column if not exists record_key text`)
  await transaction.query(sql`
    with known as materialized (
      select t.id, t.source_instance_id, t.deleted_at, t.cursor_at, t.updated_at, ${raw(storedKey(job, 't.data', 't.context'))} as key from ${table} as t
    ),
    ranked as (
      select id, key, pg_catalog.row_number() over (
        partition by source_instance_id, key order by ${latestFirst}) as place
      from known
    )
    update ${table} as t
    -- A key is a list, and so never this.
    set record_key = case when r.place > 1 or r.key is null or octet_length(r.key) > ${longestKey}::integer
      then 'former ' || t.id else r.key end
    from ranked as r where r.id = t.id`)
  await transaction.query(sql`alter table ${table} alter column record_key set not null`)
}

async function moveToId(transaction: Queryable, job: Job, landingSchema: string): Promise<void> {
  const table = raw(quoteRelation(job.target))
  await transaction.query(sql`
    with ranked as (
      select id, octet_length(data->>'id') > ${longestKey}::integer as long, pg_catalog.row_number() over (
        partition by source_instance_id, data->>'id' order by ${latestFirst}) as place
      from ${table} where data->>'id' is not null
    ),
    moved as (
      delete from ${table} as t using ranked as r where t.id = r.id and (r.place > 1 or r.long)
      returning t.id, t.source_instance_id, pg_catalog.to_jsonb(t) as record
    )
    insert into strata.taken_over_rows (landing_schema, table_name, row_id, instance_id, reason, record)
    select ${landingSchema}, ${job.target.name}, id, source_instance_id, 'duplicate', record from moved`)
  // Views may read the column: it stays.
  await transaction.query(sql`alter table ${table} alter column record_key drop not null`)
}
