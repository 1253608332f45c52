import { isKeyedById, type Job, quoteIdentifier, quoteLiteral, quoteRelation } from '@strata/core'
import { fieldText, recordText, slicesOf } from '../job-identity.ts'

/** What says which instance a row of a bronze table belongs to, beyond the row itself. */
export interface InstanceEvidence {
  /** Columns that the table has. */
  readonly has: (column: string) => boolean
  /** `dw_etl_runs`, where it is there, and the columns of it that are. */
  readonly runs: {
    readonly table: string
    readonly credential: boolean
    readonly context: 'json' | 'text' | null
  } | null
  /** `dw_etl_jobs`, where it is there and names instances. */
  readonly jobs: string | null
  /** The one instance for which the table's jobs have ever run; null: several or none. */
  readonly ofTable: number | null
  /** For the rows that do not say. */
  readonly told: number | null
}

/** How it was found out which instance a row belongs to. */
export type Origin = 'given' | 'run' | 'job' | 'table' | 'told' | 'unknown'

/**
 * SQL of the rows of a bronze table as they are to be: `id`, `instance`, `origin`, `context`, `key`, and whether they are
 * `stale`: not yet so. Works on the table's old shape too.
 */
export function bronzeRows(job: Job, evidence: InstanceEvidence, where = 'true'): string {
  const { has, runs, jobs } = evidence
  const column = (name: string, type: string) => (has(name) ? `t.${quoteIdentifier(name)}` : `null::${type}`)
  const byRun = runs !== null && has('etl_run_id')
  const byJob = jobs !== null && has('etl_job_id')
  const given = column('source_instance_id', 'integer')
  const rungs: readonly (readonly [Origin, string])[] = [
    ['given', given],
    ['run', byRun && runs.credential ? 'r.credential_id' : 'null::integer'],
    ['job', byJob ? 'j.instance' : 'null::integer'],
    ['table', literal(evidence.ofTable)],
    ['told', literal(evidence.told)],
  ]
  const parameters = slicesOf(job).map(({ parameter }) => parameter)
  const ofRun =
    byRun && runs.context !== null && parameters.length > 0 ? contextOf(parameters) : 'null::jsonb'
  const keyed = isKeyedById(job)
  return `
    select t.id, t.data, ${column('source_id', 'text')} as source_id, a.instance, a.origin, b.context, b.key,
      a.instance is not null and (
        ${given} is null or ${column('source_id', 'text')} is distinct from a.instance::text
        or ${column('created_at', 'timestamptz')} is null or ${column('updated_at', 'timestamptz')} is null
        ${keyed ? '' : `or (${column('record_key', 'text')} is null and b.key is not null)`}
        or (${column('row_hash', 'bytea')} is null and ${parameters.length === 0 ? 'true' : 'b.context is not null'})
      ) as stale
    from ${quoteRelation(job.target)} as t
    ${byRun ? `left join ${readRuns(runs)} as r on r.run_id = t.etl_run_id` : ''}
    ${byJob ? `left join ${soleInstances(jobs, runs)} as j on j.job_id = t.etl_job_id` : ''}
    cross join lateral (
      select coalesce(${rungs.map(([, value]) => value).join(', ')}) as instance,
        case ${rungs.map(([origin, value]) => `when ${value} is not null then '${origin}'`).join(' ')} else 'unknown' end as origin
    ) as a
    cross join lateral (select coalesce(${column('context', 'jsonb')}, ${ofRun}) as context) as c
    cross join lateral (select c.context, ${storedKey(job, 't.data', 'c.context')} as key) as b
    where ${where}`
}

/** SQL: a table of `job_id` and `instance`, of jobs that have served one instance only. */
export function soleInstances(jobs: string, runs: InstanceEvidence['runs']): string {
  const ofRuns = runs?.credential
    ? `union all select job_id, credential_id from ${runs.table} where credential_id is not null`
    : ''
  return `(select job_id, min(instance) as instance
    from (select id as job_id, source_instance_id as instance from ${jobs} where source_instance_id is not null ${ofRuns}) as served
    group by job_id having count(distinct instance) = 1)`
}

/** SQL: the key as the landing makes it, of a row that has landed; null when a part is missing. */
export function storedKey(job: Job, data: string, context: string): string {
  if (isKeyedById(job)) return `${data}->>'id'`
  const parts = job.key.map((part) =>
    'field' in part
      ? fieldText(data, part.field)
      : 'parameter' in part
        ? `${context}->>${quoteLiteral(part.parameter)}`
        : recordText(data),
  )
  return `case when ${parts.map((part) => `${part} is null`).join(' or ')} then null
    else pg_catalog.jsonb_build_array(${parts.join(', ')})::text end`
}

/** Only what the slice is made of, and only where all of it is known. */
function contextOf(parameters: readonly string[]): string {
  const values = parameters.map((name) => `r.context->>${quoteLiteral(name)}`)
  const pairs = parameters.map((name, index) => `${quoteLiteral(name)}::text, ${values[index]}`)
  return `case when ${values.map((value) => `${value} is not null`).join(' and ')}
    then pg_catalog.jsonb_build_object(${pairs.join(', ')}) end`
}

function readRuns({ table, credential, context }: NonNullable<InstanceEvidence['runs']>): string {
  const parsed = {
    json: 'run_context::jsonb',
    text: `case when run_context ~ ${quoteLiteral(flatObject)} then run_context::jsonb end`,
  }
  return `(select run_id, ${credential ? 'credential_id' : 'null::integer as credential_id'},
    ${context === null ? 'null::jsonb' : parsed[context]} as context from ${table})`
}

/** A JSON object of texts and whole numbers: all that parameters are. Other text may be no JSON at all. */
const member = '"[^"\\\\[:cntrl:]]*"\\s*:\\s*("[^"\\\\[:cntrl:]]*"|-?(0|[1-9][0-9]*))\\s*'
const flatObject = `^\\s*\\{\\s*${member}(,\\s*${member})*\\}\\s*$`

function literal(instance: number | null): string {
  return instance === null ? 'null::integer' : `${instance}::integer`
}
