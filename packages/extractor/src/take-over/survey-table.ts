import type { Database, Job } from '@strata/core'
import { isKeyedById } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { bronzeRows, type InstanceEvidence, type Origin } from './bronze-rows.ts'
import { hasIndex } from './shape-steps.ts'
import { columnOf, type TableFacts } from './table-facts.ts'

/** Rows of a bronze table that belong to an instance for one reason. */
export interface RowGroup {
  /** Null: unknown. */
  readonly instance: number | null
  readonly origin: Origin
  readonly rows: number
  /** Those that are to be changed. */
  readonly stale: number
  readonly withoutKey: number
}

export interface TableSurvey {
  readonly groups: readonly RowGroup[]
  /** Rows beyond the newest of their key. */
  readonly duplicates: number
  /** With the table's own instance, where it has one. */
  readonly evidence: InstanceEvidence
}

export type JobTables = Pick<InstanceEvidence, 'runs' | 'jobs' | 'told'>

/** Counts what is to be done with the rows of a bronze table. Reads all of it, changes nothing. */
export async function surveyTable(
  database: Database,
  job: Job,
  facts: TableFacts,
  jobTables: JobTables,
): Promise<TableSurvey> {
  const has = (name: string) => columnOf(facts, name) !== undefined
  const bare: InstanceEvidence = { ...jobTables, has, ofTable: null, told: null }
  const { rows: counted } = await database.query<RowGroup>(`
    select instance, origin, count(*)::float8 as rows, (count(*) filter (where stale))::float8 as stale,
      (count(*) filter (where key is null))::float8 as "withoutKey"
    from (${bronzeRows(job, bare)}) as wanted group by instance, origin order by instance, origin`)
  const ofTable = counted.some(({ origin }) => origin === 'unknown')
    ? await instanceOfTable(database, job, jobTables, counted)
    : null
  const groups = counted.map((group): RowGroup => {
    if (group.origin !== 'unknown') return group
    const instance = ofTable ?? jobTables.told
    if (instance === null) return group
    return { ...group, instance, origin: ofTable === null ? 'told' : 'table', stale: group.rows }
  })
  const evidence = { ...bare, ofTable, told: jobTables.told }
  const known = groups.some(({ instance }) => instance !== null)
  const unique = hasIndex(facts, recordIndex(job), { unique: true })
  return {
    groups,
    evidence,
    duplicates: unique || !known ? 0 : await countDuplicates(database, job, evidence),
  }
}

/** The columns of the unique index, as Postgres writes them. */
export function recordIndex(job: Job): readonly string[] {
  return ['source_instance_id', isKeyedById(job) ? "(data ->> 'id'::text)" : 'record_key']
}

/** Only where no job that lands the table, and no row of it, has to do with a second instance. */
async function instanceOfTable(
  database: Database,
  job: Job,
  { jobs, runs }: JobTables,
  groups: readonly RowGroup[],
): Promise<number | null> {
  if (jobs === null) return null
  const { schema, name } = job.target
  const landing = sql`select id from ${raw(jobs)} where lower(target_table) in (${name.toLowerCase()}, ${`${schema}.${name}`.toLowerCase()})`
  const ofRuns = runs?.credential
    ? sql`union select credential_id from ${raw(runs.table)} where job_id in (${landing})`
    : raw('')
  const { rows } = await database.query<{ instance: number | null }>(sql`
    select source_instance_id::integer as instance from ${raw(jobs)} where id in (${landing}) ${ofRuns}`)
  const ofJobs = rows.flatMap(({ instance }) => (instance === null ? [] : [instance]))
  const seen = groups.flatMap(({ instance }) => (instance === null ? [] : [instance]))
  const all = new Set([...ofJobs, ...seen])
  return ofJobs.length > 0 && all.size === 1 ? ofJobs[0]! : null
}

async function countDuplicates(database: Database, job: Job, evidence: InstanceEvidence): Promise<number> {
  const { rows } = await database.query<{ more: number }>(`
    select coalesce(sum(n - 1), 0)::float8 as more from (
      select count(*) as n from (${bronzeRows(job, evidence)}) as wanted
      where instance is not null and key is not null group by instance, key having count(*) > 1) as several`)
  return rows[0]!.more
}
