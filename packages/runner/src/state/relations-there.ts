import type { Queryable, RelationName } from '@strata/core'

/** Whether each of the relations is in the database, whoever made it. */
export async function relationsThere(
  queryable: Queryable,
  relations: readonly RelationName[],
): Promise<readonly boolean[]> {
  const { rows } = await queryable.query<{ there: boolean }>({
    text: `select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = w.schema_name and c.relname = w.relation_name) as there
from unnest($1::text[], $2::text[]) with ordinality as w (schema_name, relation_name, place) order by place`,
    values: [relations.map(({ schema }) => schema), relations.map(({ name }) => name)],
  })
  return rows.map(({ there }) => there)
}
