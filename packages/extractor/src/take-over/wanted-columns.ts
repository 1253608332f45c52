import type { Job } from '@strata/core'
import { isKeyedById } from '@strata/core'
import type { TableFacts } from './table-facts.ts'

/** A column that a table must have before anything lands. */
export interface WantedColumn {
  readonly name: string
  /** What ADD COLUMN says; null: a table without it is none of ours. No row is rewritten by it. */
  readonly add: string | null
  /** Added after that, for the rows to come. */
  readonly defaultOf?: string
  /** Types that it may have, without their lengths. */
  readonly types: readonly string[]
}

const integers = ['integer', 'bigint', 'smallint']
const texts = ['character varying', 'text']
const times = ['timestamp with time zone', 'timestamp without time zone']
const flags = ['boolean']

/** The columns of a job's bronze table. */
export function stagingColumns(job: Job): readonly WantedColumn[] {
  return [
    { name: 'id', add: null, types: ['integer', 'bigint'] },
    { name: 'data', add: null, types: ['jsonb'] },
    { name: 'source_id', add: 'varchar(255)', types: texts },
    { name: 'source_instance_id', add: 'integer', types: integers },
    { name: 'etl_job_id', add: 'integer', types: integers },
    { name: 'etl_run_id', add: 'integer', types: integers },
    { name: 'loaded_at', add: 'timestamptz', defaultOf: 'now()', types: times },
    { name: 'created_at', add: 'timestamptz', defaultOf: 'now()', types: times },
    { name: 'updated_at', add: 'timestamptz', defaultOf: 'now()', types: times },
    // Its default is the same for all rows of one transaction, so Postgres keeps it once and rewrites none.
    { name: 'changed_xid', add: 'xid8 not null default pg_current_xact_id()', types: ['xid8'] },
    { name: 'row_hash', add: 'bytea', types: ['bytea'] },
    { name: 'cursor_at', add: 'timestamptz', types: ['timestamp with time zone'] },
    { name: 'deleted_at', add: 'timestamptz', types: ['timestamp with time zone'] },
    { name: 'context', add: 'jsonb', types: ['jsonb'] },
    ...(isKeyedById(job) ? [] : [{ name: 'record_key', add: 'text', types: texts }]),
  ]
}

/** The columns of the tables that people's queries read, by name of the table. */
export const jobTableColumns: { readonly [table: string]: readonly WantedColumn[] } = {
  dw_api_credentials: [
    { name: 'id', add: null, types: ['integer'] },
    { name: 'name', add: "varchar(255) not null default ''", types: texts },
    { name: 'source', add: "varchar(255) not null default ''", types: texts },
    { name: 'base_url', add: "text not null default ''", types: texts },
    { name: 'is_simulated', add: 'boolean not null default false', types: flags },
    { name: 'is_active', add: 'boolean not null default true', types: flags },
    { name: 'created_at', add: 'timestamptz', defaultOf: 'now()', types: times },
    { name: 'updated_at', add: 'timestamptz', defaultOf: 'now()', types: times },
  ],
  dw_etl_jobs: [
    { name: 'id', add: null, types: ['integer'] },
    { name: 'name', add: null, types: texts },
    { name: 'source_endpoint', add: "text not null default ''", types: texts },
    { name: 'target_table', add: "varchar(255) not null default ''", types: texts },
    { name: 'is_active', add: 'boolean default true', types: flags },
    { name: 'requires_parameters', add: 'boolean default false', types: flags },
    { name: 'parameter_name', add: 'varchar(100)', types: texts },
    { name: 'parameter_source_table', add: 'varchar(255)', types: texts },
    { name: 'parameter_source_column', add: 'varchar(255)', types: texts },
    { name: 'parent_job_id', add: 'integer', types: ['integer'] },
    { name: 'source_instance_id', add: 'integer', types: integers },
    { name: 'last_run_status', add: 'varchar(50)', types: texts },
    { name: 'last_run_at', add: 'timestamptz', types: times },
    { name: 'last_run_records', add: 'integer', types: integers },
    { name: 'created_at', add: 'timestamptz', defaultOf: 'now()', types: times },
    { name: 'updated_at', add: 'timestamptz', defaultOf: 'now()', types: times },
    { name: 'incremental_load', add: 'boolean', types: flags },
    { name: 'depends_on', add: 'integer[]', types: ['integer[]'] },
  ],
  dw_etl_runs: [
    { name: 'run_id', add: null, types: ['integer'] },
    { name: 'job_id', add: 'integer', types: ['integer'] },
    { name: 'run_status', add: 'varchar(50)', types: texts },
    { name: 'records_loaded', add: 'integer', types: integers },
    { name: 'started_at', add: 'timestamptz', types: times },
    { name: 'completed_at', add: 'timestamptz', types: times },
    { name: 'error_message', add: 'text', types: texts },
    { name: 'credential_id', add: 'integer', types: integers },
    { name: 'run_context', add: 'jsonb', types: ['jsonb', 'json', ...texts] },
  ],
}

/** What keeps a table from being taken over, for people. */
export function shapeProblems(facts: TableFacts, wanted: readonly WantedColumn[]): readonly string[] {
  const table = `${facts.relation.schema}.${facts.relation.name}`
  if (!['r', 'p'].includes(facts.kind)) return [`${table} is no table`]
  return wanted.flatMap(({ name, add, types }) => {
    const column = facts.columns.find((known) => known.name === name)
    if (column === undefined) return add === null ? [`${table} has no column ${name}`] : []
    const type = column.type.replace(/\(\d+\)$/, '')
    return types.includes(type)
      ? []
      : [`${table}.${name} is of type ${column.type}; it should be ${types.join(' or ')}`]
  })
}

export function missingColumns(facts: TableFacts, wanted: readonly WantedColumn[]): readonly WantedColumn[] {
  return wanted.filter(({ name }) => !facts.columns.some((column) => column.name === name))
}
