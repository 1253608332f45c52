import { type Session, sqlTokens } from '@strata/core'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSqlParser, parseSql } from '../sql/parse-sql.ts'
import type { FindShape, ShapeColumn } from './query-lineage.ts'
import { resolveQuery } from './resolve-query.ts'
import { truths } from './truths/index.ts'
import { sharedRelations } from './truths/shared-relations.ts'

/** What the server says of names: that there is no such column, relation or function, that there are several, that a name is taken. */
const aboutNames = /^(?:42703|42P01|42702|42712|42883 .*zz_)/
/** Newer servers take these for `max(row)`. */
const calls = /column \w+\.(?:max|min) does not exist/

describeServers('the resolver and Postgres', (server) => {
  let at: TestDatabase
  beforeAll(async () => {
    await loadSqlParser()
    at = await createTestDatabase(server)
    await at.database.query('create schema bronze')
    for (const [name, columns] of Object.entries(sharedRelations))
      await at.database.query(`create table ${name} (${columns})`)
    await at.database.query(`create function refusal(sql text) returns text language plpgsql as $$
      begin
        execute 'prepare asked as ' || sql;
        deallocate asked;
        return null;
      exception when others then return sqlstate || ' ' || sqlerrm;
      end $$`)
  })
  afterAll(() => at.drop())

  test('agree on which names are wrong, whichever name of a query is misspelt', async () => {
    await at.database.session(async (session) => {
      const knownFunctions = await functionsOf(session)
      const known = Object.values(truths).flat()
      for (const [index, { sql, relations = {} }] of known.entries()) {
        const texts = [sql, ...misspellings(sql).filter((_, nth) => nth % 29 === index % 29)]
        const asked = texts.filter((text) => parseSql(text).kind === 'parsed')
        await session.query('begin')
        for (const [name, columns] of Object.entries(relations))
          await session.query(`create table "${name}" (${columns})`)
        const find = await findInCatalog(session)
        const { rows } = await session.query<{ refusal: string | null }>({
          text: 'select refusal(sql) from unnest($1::text[]) with ordinality as asked (sql, nth) order by nth',
          values: [asked],
        })
        await session.query('rollback')
        for (const [nth, text] of asked.entries()) {
          const parsed = parseSql(text)
          if (parsed.kind !== 'parsed') continue
          const refusal = rows[nth]!.refusal
          const problems = resolveQuery(parsed, find, { knownFunctions }).problems.map((one) => one.message)
          if (refusal === null) expect.soft(problems, text).toEqual([])
          else if (aboutNames.test(refusal) && !calls.test(refusal))
            expect.soft(problems, `${refusal}\n${text}`).not.toEqual([])
        }
      }
    })
  })
})

/** The text with one name in it wrong, once for each name and each way; what is a key word then is no SQL any more, most often. */
function misspellings(sql: string): string[] {
  const tokens = sqlTokens(sql)
  const names = tokens.filter(
    ({ kind, text }) => kind === 'word' || (kind === 'quoted_name' && text.startsWith('"')),
  )
  return names.flatMap(({ kind, start, end, text }, at) => {
    const unknown = kind === 'word' ? `zz_${text}` : `"zz_${text.slice(1)}`
    const other = names[(at + 5) % names.length]!.text
    const dot = /^\s*\.\s*/.exec(sql.slice(end))?.[0].length ?? 0
    const unqualified = dot === 0 ? [] : [sql.slice(0, start) + sql.slice(end + dot)]
    return [unknown, other].map((wrong) => sql.slice(0, start) + wrong + sql.slice(end)).concat(unqualified)
  })
}

async function findInCatalog(session: Session): Promise<FindShape> {
  const { rows } = await session.query<{ schema: string; name: string; columns: readonly ShapeColumn[] }>(
    `select relnamespace::regnamespace::text as schema, relname as name,
       json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod)) order by attnum) as columns
     from pg_class join pg_attribute on attrelid = pg_class.oid
     where relnamespace in ('public'::regnamespace, 'bronze'::regnamespace) and relkind = 'r' and attnum > 0
     group by pg_class.oid`,
  )
  const known = new Map(
    rows.map(({ schema, name, columns }) => [`${schema}.${name}`, { schema, name, columns }]),
  )
  return ({ schema, name }) => {
    const found = known.get(`${schema ?? 'public'}.${name}`)
    return found === undefined ? null : { relation: { schema: found.schema, name }, columns: found.columns }
  }
}

async function functionsOf(session: Session): Promise<ReadonlySet<string>> {
  const { rows } = await session.query<{ name: string }>(
    `select proname as name from pg_proc union select typname from pg_type`,
  )
  return new Set(rows.map(({ name }) => name.toLowerCase()))
}
