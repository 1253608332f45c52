import type { Job } from '@strata/core'
import {
  type BronzeColumn,
  bronzeColumns,
  deriveName,
  isKeyedById,
  quoteIdentifier,
  quoteRelation,
} from '@strata/core'

/**
 * The statements that create a job's bronze table with its indexes, in order.
 *
 * The GIN index costs as much as all else in a landing together. `jsonb_path_ops` answers `@>` and JSON paths, is a third
 * smaller than the default and a fifth cheaper to fill; without the pending list (`fastupdate`) it would cost twice that.
 */
export function stagingTableStatements(job: Job, landingSchema: string): readonly string[] {
  const table = quoteRelation(job.target)
  const credentials = quoteRelation({ schema: landingSchema, name: 'dw_api_credentials' })
  const index = (suffix: string) => quoteIdentifier(deriveName(job.target.name, suffix))
  const keyedById = isKeyedById(job)
  return [
    `create table ${table} (\n  ${bronzeColumns(job).map(columnDefinition(credentials)).join(',\n  ')}\n)`,
    `create unique index ${index('_record')} on ${table} (source_instance_id, ${keyedById ? "(data->>'id')" : 'record_key'})`,
    `create index ${index('_source')} on ${table} (source_id)`,
    `create index ${index('_changed')} on ${table} (changed_xid)`,
    `create index ${index('_data')} on ${table} using gin (data jsonb_path_ops)`,
    `comment on table ${table} is 'Records of the source, one row each, as they came'`,
    `comment on column ${table}.id is 'Ours. Not the entity''s id: that is in data'`,
    `comment on column ${table}.source_id is 'The instance id as text'`,
    `comment on column ${table}.changed_xid is 'Transaction that last wrote the row; increments are read by it'`,
    `comment on column ${table}.row_hash is 'md5(data::text): unchanged records are not written again'`,
    `comment on column ${table}.cursor_at is 'Change time that the record carries; null when it is missing or impossible'`,
    `comment on column ${table}.deleted_at is 'When the record was found to be gone from the source'`,
    `comment on column ${table}.context is 'Path parameters of the request that brought the record'`,
  ]
}

function columnDefinition(credentials: string): (column: BronzeColumn) => string {
  const more: { readonly [column: string]: string } = {
    source_instance_id: ` references ${credentials} (id)`,
    loaded_at: ' default now()',
    created_at: ' default now()',
    updated_at: ' default now()',
    changed_xid: ' default pg_current_xact_id()',
  }
  return ({ name, type, notNull }) =>
    name === 'id'
      ? 'id serial primary key'
      : `${name} ${type}${notNull ? ' not null' : ''}${more[name] ?? ''}`
}
