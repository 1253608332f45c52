import type pg from 'pg'
import type { Content, RelationName } from './recording.ts'

/**
 * Counts and hashes a relation; null where it does not exist. Every value is hashed as the text that Postgres prints,
 * so the session's settings must be the same on both sides: `openSession` sees to that.
 * `stableColumns` decides which columns enter the hash of whole rows (null: all of them).
 */
export async function readContent(
  session: pg.Client,
  relation: RelationName,
  stableColumns: ReadonlySet<string> | null,
): Promise<Content | null> {
  const columns = await columnsOf(session, relation)
  if (columns === null) return null
  const stable = (name: string) => stableColumns === null || stableColumns.has(name)
  const texts = columns.map((column) => ({ ...column, text: `${quote(column.name)}::text` }))
  const whole = texts.filter(({ name }) => stable(name)).map(({ text }) => text)
  const sums = [
    ...texts.map(({ text }) => sumOfHashes(`coalesce(${text}, '\\N')`)),
    whole.length === 0 ? "'0'" : sumOfHashes(`row(${whole.join(', ')})::text`),
  ]
  const { rows } = await session.query<{ count: string; hashes: string[] }>(
    `select count(*)::text as count, array[${sums.join(', ')}] as hashes from ${quote(relation.schema)}.${quote(relation.name)}`,
  )
  const { count, hashes } = rows[0]!
  return {
    rows: Number(count),
    columns: columns.map(({ name, type }, index) => ({
      name,
      type,
      hash: hashes[index]!,
      stable: stable(name),
    })),
    columnOrder: true,
    hash: hashes.at(-1)!,
  }
}

/** Settings that change how values print are pinned for a session that hashes them. */
export async function pinPrintedForms(session: pg.Client): Promise<void> {
  await session.query(
    "set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set extra_float_digits = 1; set bytea_output = 'hex'",
  )
}

async function columnsOf(
  session: pg.Client,
  relation: RelationName,
): Promise<readonly { name: string; type: string }[] | null> {
  const { rows } = await session.query<{ name: string | null; type: string | null }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'v', 'm', 'p', 'f')
     order by a.attnum`,
    [relation.schema, relation.name],
  )
  if (rows.length === 0) return null
  return rows.flatMap(({ name, type }) => (name === null || type === null ? [] : [{ name, type }]))
}

function sumOfHashes(text: string): string {
  return `coalesce(sum(hashtextextended(${text}, 0)::numeric), 0)::text`
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
