import type { Session } from '@strata/core'
import { connect, migrate } from '@strata/postgres'
import { runnerMigrations } from '@strata/runner'
import { requireServer, urlOf } from './bench-server.ts'
import { median } from './timing.ts'

// What keeping former rows costs who writes to a source: the same statements on two tables that are alike but for the triggers, one right after
// the other, in an order that changes from round to round, on the server of BENCH_DATABASE_URL. Records of 450 bytes of JSON with a
// key, an index on the writing transaction and a GIN index on the record. ROWS: 20000. ROUNDS: 5.
const server = requireServer()
const rows = Number(process.env['ROWS'] ?? '20000')
const rounds = Number(process.env['ROUNDS'] ?? '5')
const name = 'bench_former_rows'

type Table = 'plain' | 'kept'
interface Work {
  readonly what: string
  /** How often in a measurement; the time is that of one. */
  readonly times: number
  statement(table: Table): string
}

const body = (
  id: string,
) => `jsonb_build_object('id', ${id}, 'firstName', md5(${id}::text), 'lastName', md5((${id} * 7)::text),
  'address', jsonb_build_object('city', 'city ' || ${id} % 977, 'street', md5((${id} * 3)::text)), 'status', ${id} % 5, 'visits', ${id} % 31,
  'note', repeat(md5((${id} * 11)::text), 6), 'modifiedDate', timestamp '2026-01-01' + ${id} * interval '1 minute')`

const works: readonly Work[] = [
  {
    what: `insert of ${rows} rows`,
    times: 1,
    statement: (table) =>
      `insert into bench.${table} (id, data) select g, ${body('g')} from generate_series(1, ${rows}) g`,
  },
  {
    what: 'insert of one row',
    times: 200,
    statement: (table) =>
      `insert into bench.${table} (id, data) select max(id) + 1, ${body('max(id)')} from bench.${table}`,
  },
  {
    what: 'update of every row',
    times: 1,
    statement: (table) => `update bench.${table} set data = data || '{"status": 7}', changed_xid = default`,
  },
  {
    what: 'update of one row',
    times: 200,
    statement: (table) =>
      `update bench.${table} set data = data || jsonb_build_object('visits', random()), changed_xid = default where id = 17`,
  },
  {
    what: 'a statement that changes nothing',
    times: 200,
    statement: (table) => `update bench.${table} set changed_xid = default where id = -1`,
  },
  { what: 'delete of every row', times: 1, statement: (table) => `delete from bench.${table}` },
]

const admin = await connect({ url: server, applicationName: 'bench', maxConnections: 1 })
await admin.query(`drop database if exists ${name}`)
await admin.query(`create database ${name}`)
const database = await connect({ url: urlOf(server, name), applicationName: 'bench', maxConnections: 4 })
const ratios = new Map(works.map(({ what }): [string, number[]] => [what, []]))
const times = new Map(works.map(({ what }): [string, number[]] => [what, []]))
try {
  await migrate(database, 'runner', runnerMigrations)
  for (let round = 0; round < rounds; round++) {
    await anew()
    const order: readonly Table[] = round % 2 === 0 ? ['plain', 'kept'] : ['kept', 'plain']
    for (const work of works) {
      const took = { plain: 0, kept: 0 }
      for (const table of order)
        took[table] = await database.session((session) => timed(session, work, table))
      ratios.get(work.what)!.push(took.kept / took.plain)
      times.get(work.what)!.push(took.kept - took.plain)
    }
  }
} finally {
  await database.close()
  await admin.query(`drop database ${name}`)
  await admin.close()
}
console.log(`${rows} rows, ${rounds} rounds, medians of ratios with former rows kept to without`)
for (const { what } of works) {
  const each = ratios.get(what)!
  const all = [...each].sort((a, b) => a - b).map((ratio) => ratio.toFixed(2))
  console.log(
    `  ${what.padEnd(34)} ${median(each).toFixed(2)}   ${median(times.get(what)!).toFixed(2)} ms more   (${all.join(', ')})`,
  )
}

async function anew(): Promise<void> {
  await database.query('drop schema if exists bench cascade')
  await database.query('create schema bench')
  for (const table of ['plain', 'kept']) {
    await database.query(`create table bench.${table} (id bigint primary key, data jsonb not null,
      changed_xid xid8 not null default pg_current_xact_id())`)
    await database.query(`create index on bench.${table} (changed_xid)`)
    await database.query(`create index on bench.${table} using gin (data)`)
  }
  await database.query("select strata.keep_former_rows('bench.kept'::regclass)")
  await database.query('checkpoint')
}

async function timed(session: Session, { statement, times }: Work, table: Table): Promise<number> {
  const sql = statement(table)
  const startedAt = performance.now()
  for (let count = 0; count < times; count++) await session.query(sql)
  return (performance.now() - startedAt) / times
}
