import type { Job } from './job.ts'

/** A column of a bronze table, as landing makes it. */
export interface BronzeColumn {
  readonly name: string
  /** As `format_type` prints it. */
  readonly type: string
  readonly notNull: boolean
}

const everyTable: readonly BronzeColumn[] = [
  { name: 'id', type: 'integer', notNull: true },
  { name: 'data', type: 'jsonb', notNull: true },
  { name: 'source_id', type: 'character varying(255)', notNull: false },
  { name: 'source_instance_id', type: 'integer', notNull: true },
  { name: 'etl_job_id', type: 'integer', notNull: false },
  { name: 'etl_run_id', type: 'integer', notNull: false },
  { name: 'loaded_at', type: 'timestamp with time zone', notNull: false },
  { name: 'created_at', type: 'timestamp with time zone', notNull: false },
  { name: 'updated_at', type: 'timestamp with time zone', notNull: false },
  { name: 'changed_xid', type: 'xid8', notNull: true },
  { name: 'row_hash', type: 'bytea', notNull: false },
  { name: 'cursor_at', type: 'timestamp with time zone', notNull: false },
  { name: 'deleted_at', type: 'timestamp with time zone', notNull: false },
  { name: 'context', type: 'jsonb', notNull: false },
]

const keyedTable: readonly BronzeColumn[] = [
  ...everyTable,
  { name: 'record_key', type: 'text', notNull: true },
]

/** Whether the records' key is their `id` field and nothing else. Other keys are stored in the column `record_key`. */
export function isKeyedById({ key: [part, ...rest] }: Pick<Job, 'key'>): boolean {
  return rest.length === 0 && part !== undefined && 'field' in part && part.field.join('/') === 'id'
}

/** The columns of the table that a job lands in, in order; a table of an older installation may have more. */
export function bronzeColumns(job: Pick<Job, 'key'>): readonly BronzeColumn[] {
  return isKeyedById(job) ? everyTable : keyedTable
}
