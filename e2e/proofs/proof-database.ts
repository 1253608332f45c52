import { type Database, quoteIdentifier } from '../../packages/core/src/index.ts'
import { connect, migrate, prepareFactsFunction } from '../../packages/postgres/src/index.ts'
import type { TestServer } from '../../packages/postgres/src/testing/index.ts'
import { runnerMigrations } from '../../packages/runner/src/index.ts'

/** A database with the runner's schema, which can be made as new. */
export interface ProofDatabase {
  readonly url: string
  readonly database: Database
  /** Not through the pool of `database`: for what happens to that from outside. */
  readonly outside: Database
  execute(...statements: readonly string[]): Promise<void>
  /** Each row of a query as one text, ordered. */
  rows(query: string): Promise<readonly string[]>
  /** Forgets all models, and makes `bronze.patients` with three rows. */
  reset(): Promise<void>
  /** Waits until no connection but those of this object is left. */
  untilDeserted(): Promise<void>
  drop(): Promise<void>
}

let made = 0

export async function openProofDatabase(server: TestServer): Promise<ProofDatabase> {
  made++
  const name = `proof_${process.pid}_${made}`
  const admin = await connect({ url: server.url, applicationName: 'proof', maxConnections: 1 })
  await admin.query(`create database ${quoteIdentifier(name)}`)
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const common = { url: url.href, applicationName: 'proof' }
  const database = await connect({ ...common, maxConnections: 40 })
  const outside = await connect({ ...common, maxConnections: 4 })
  await migrate(database, 'runner', runnerMigrations)
  // Made by the first step of all, it would add statements to that step alone.
  await prepareFactsFunction(database)

  const execute = async (...statements: readonly string[]) => {
    for (const statement of statements) await outside.query(statement)
  }
  return {
    url: url.href,
    database,
    outside,
    execute,
    async rows(query) {
      const { rows } = await outside.query<{ text: string }>(
        `select r::text as text from (${query}) as r order by 1`,
      )
      return rows.map(({ text }) => text)
    },
    async reset() {
      await outside.query({ text: resetScript, script: true })
    },
    async untilDeserted() {
      for (let tries = 1; ; tries++) {
        const { rows } = await admin.query<object>({
          text: `select application_name, state, query from pg_stat_activity
where datname = $1 and backend_type = 'client backend' and application_name <> 'proof' and state <> 'idle'`,
          values: [name],
        })
        if (rows.length === 0) return
        if (tries > 1_000) throw new Error(`still there: ${JSON.stringify(rows)}`)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    async drop() {
      await database.close()
      await outside.close()
      await admin.query(`drop database ${quoteIdentifier(name)} with (force)`)
      await admin.close()
    },
  }
}

const resetScript = `
drop schema if exists silver, gold, bronze cascade;
do $$
declare kept name;
begin
  for kept in select tablename from pg_tables where schemaname = 'strata' and tablename <> 'migrations' loop
    if kept like 'former\\_%' then execute format('drop table strata.%I', kept);
    else execute format('truncate strata.%I cascade', kept);
    end if;
  end loop;
end $$;
create schema bronze;
create table bronze.patients (id text, name text, updated_at timestamptz default clock_timestamp(),
  changed_xid xid8 not null default pg_current_xact_id());
create index on bronze.patients (changed_xid);
insert into bronze.patients (id, name) values ('1', 'Ada'), ('2', 'Bob'), ('3', 'Cy')`
