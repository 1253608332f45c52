import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dbtProfile, requireServer, runSql, urlOf, writeInto } from './bench-server.ts'
import { endOfLog, readReplay } from './replay.ts'
import { interleaved, timeProcess } from './timing.ts'

// Runs: whole processes of the bundled `models run`, of psql with the statements that one would write by hand, and of
// `dbt run` where DBT names one, each in a database of its own on the server of BENCH_DATABASE_URL.
// BENCH_LOG, the log of that server, adds `replay`: the very statements of a run with one thread, by one psql, each time on a copy of the
// database as it was before that run; and that run, on such a copy.
// Arguments: scenarios, by default all. ROUNDS: 3. ROWS: 1000000; tables of real work read three of a twentieth of that.
const server = requireServer()
const bin = process.env['MODELS'] ?? join(import.meta.dirname, '../../packages/cli/dist/main.mjs')
const dbt = process.env['DBT']
const log = process.env['BENCH_LOG']
const rounds = Number(process.env['ROUNDS'] ?? '3')
const rows = Number(process.env['ROWS'] ?? '1000000')
const work = mkdtempSync(join(tmpdir(), 'strata-bench-run-'))

type Tool = 'models' | 'psql' | 'dbt'
const tools: readonly Tool[] = dbt === undefined ? ['models', 'psql'] : ['models', 'psql', 'dbt']

interface Model {
  readonly name: string
  readonly materialized: 'view' | 'table' | 'incremental'
  /** With `{{ ref('…') }}`. */
  readonly sql: string
  readonly strata?: string
  readonly dbt?: string
  readonly psql?: string
}

interface Scenario {
  /** Once a database. */
  readonly setUp: string
  /** Before each measured run: what happened since. */
  readonly between: string
  readonly models: readonly Model[]
  /** Built once before it is measured. */
  readonly built: boolean
  /** Dropped before each measured run, so that it is a first build. */
  readonly anew: boolean
}

function plain(sql: string): string {
  return sql.replaceAll(/\{\{ ref\('(\w+)'\) \}\}/g, '"public"."$1"')
}

/** What somebody would write who has only psql: views and tables in order, in one session. */
function byHand(model: Model): string {
  if (model.psql !== undefined) return model.psql
  if (model.materialized === 'view')
    return `create or replace view "public"."${model.name}" as ${plain(model.sql)};`
  const table = `"public"."${model.name}"`
  return `begin; create table "public"."${model.name}__new" as ${plain(model.sql)}; analyze "public"."${model.name}__new";
drop table if exists ${table}; alter table "public"."${model.name}__new" rename to "${model.name}"; commit;`
}

interface Prepared {
  readonly database: string
  readonly directory: string
  /** Makes things as they are before each measured run. */
  makeReady(): void
  run(): number
}

function modelsCommand(threads: string): readonly string[] {
  return ['node', bin, 'run', '--quiet', '--no-extract', '--threads', threads]
}

function prepare(tool: Tool, name: string, scenario: Scenario): Prepared {
  const database = `bench_${tool}_${name.replaceAll(/\W/g, '_')}`
  runSql(server, `drop database if exists ${database}`)
  runSql(server, `create database ${database}`)
  runSql(urlOf(server, database), scenario.setUp, { inTransaction: true })
  const directory = join(work, database)
  const header = (model: Model) =>
    `{{ config(materialized='${model.materialized}'${model.materialized === 'incremental' ? ", unique_key='id'" : ''}) }}\n`
  if (tool === 'models') {
    writeInto(directory, 'strata.yml', 'name: bench\nversion: "1.0"\nlanding-schema: bronze\n')
    writeInto(directory, 'sources/erp.yml', source)
    for (const model of scenario.models)
      writeInto(directory, `models/${model.name}.sql`, header(model) + (model.strata ?? model.sql))
  } else if (tool === 'dbt') {
    writeInto(directory, 'dbt_project.yml', 'name: bench\nversion: "1.0"\nprofile: bench\n')
    writeInto(directory, 'profiles.yml', dbtProfile(urlOf(server, database)))
    for (const model of scenario.models)
      writeInto(directory, `models/${model.name}.sql`, header(model) + (model.dbt ?? model.sql))
  } else {
    writeInto(directory, 'all.sql', scenario.models.map(byHand).join('\n'))
  }
  const command =
    tool === 'models'
      ? modelsCommand('4')
      : tool === 'dbt'
        ? [dbt!, '--no-send-anonymous-usage-stats', '--quiet', 'run', '--profiles-dir', '.']
        : ['psql', urlOf(server, database), '-qX', '-v', 'ON_ERROR_STOP=1', '-f', 'all.sql']
  const environment = tool === 'models' ? { DATABASE_URL: urlOf(server, database) } : {}
  const execute = () => timeProcess(command, directory, environment)
  if (scenario.built) execute()
  const drops = scenario.models.map(({ name: model, materialized }) =>
    materialized === 'view'
      ? `drop view if exists public.${model} cascade;`
      : `drop table if exists public.${model} cascade;`,
  )
  const makeReady = (): void => {
    // In batches, for one transaction cannot lock them all.
    if (scenario.anew)
      for (let at = 0; at < drops.length; at += 500)
        runSql(urlOf(server, database), drops.slice(at, at + 500).join('\n'), { inTransaction: true })
    if (scenario.between !== '') runSql(urlOf(server, database), scenario.between, { inTransaction: true })
  }
  return {
    database,
    directory,
    makeReady,
    run() {
      makeReady()
      return execute()
    },
  }
}

/** A table that a job lands, in the eyes of the compiler; nothing is landed here. */
const source = `version: 2
sources:
  - name: erp
    connector:
      kind: odata
      auth: { kind: api_key, name: X-Key }
      instances: [{ id: 1, name: one, base_url: { env: ERP_URL }, api_key: { env: ERP_KEY } }]
    tables:
      - name: orders
        identifier: orders
        job: { id: 1, name: Orders, endpoint: /orders }
`

function views(count: number): readonly Model[] {
  return Array.from({ length: count }, (_, index): Model => {
    const parent = index === 0 ? null : `m_${Math.floor((index - 1) / 10)}`
    const from = parent === null ? '(select 1 as id, 2 as amount) as one' : `{{ ref('${parent}') }}`
    return {
      name: `m_${index}`,
      materialized: 'view',
      sql: `select id, amount, amount + ${index} as more from ${from}`,
    }
  })
}

const orders = `create schema if not exists bronze;
create table bronze.orders (id int primary key, customer int, amount int, note text, updated_at timestamptz not null default now(),
  changed_xid xid8 not null default pg_current_xact_id());
insert into bronze.orders (id, customer, amount, note) select g, g % 50000, g % 977, md5(g::text) from generate_series(1, ${rows}) g;
create index on bronze.orders (changed_xid); create index on bronze.orders (updated_at);
analyze bronze.orders;`

/** Two rounds of all tools build 600 tables of real work: at 200,000 rows, 434 MB for each hundred, they took minutes. */
const shopRows = Math.round(rows / 20)

/** Three sources for tables of joins and aggregates. */
const shop = `create schema bronze;
create table bronze.customers as select g as id, 'c' || g as name, g % 50 as region, date '2020-01-01' + g % 2000 as since
  from generate_series(1, ${shopRows}) g;
create table bronze.purchases as select g as id, (g * 7919) % ${shopRows} + 1 as customer, (g * 31) % ${shopRows} + 1 as product,
  (g % 977) / 10.0 as amount, timestamp '2024-01-01' + g * interval '1 minute' as bought_at from generate_series(1, ${shopRows}) g;
create table bronze.products as select g as id, 'p' || g as name, g % 300 as category, (g % 101) / 10.0 as price
  from generate_series(1, ${shopRows}) g;
alter table bronze.customers add primary key (id); alter table bronze.products add primary key (id);
alter table bronze.purchases add primary key (id); create index on bronze.purchases (customer);
analyze bronze.customers; analyze bronze.purchases; analyze bronze.products;`

const realWork: readonly string[] = [
  `select c.region, p.category, count(*) as purchases, sum(b.amount) as amount, max(b.bought_at) as last_at
from bronze.purchases b join bronze.customers c on c.id = b.customer join bronze.products p on p.id = b.product
where c.region % 10 <> $n % 10 group by 1, 2`,
  `select b.*, c.name as customer_name, c.since, b.amount - p.price as margin
from bronze.purchases b join bronze.customers c on c.id = b.customer join bronze.products p on p.id = b.product
where b.id % 4 = $n % 4`,
  `select customer, count(*) as purchases, sum(amount) as amount, min(bought_at) as first_at, max(bought_at) as last_at
from bronze.purchases where id % 20 <> $n % 20 group by customer`,
  `select b.id, b.customer, b.amount, sum(b.amount) over (partition by b.customer order by b.bought_at) as so_far,
  row_number() over (partition by b.customer order by b.bought_at) as nth from bronze.purchases b where b.id % 3 = $n % 3`,
  `select date_trunc('day', b.bought_at) as day, c.region, count(distinct b.customer) as customers, avg(b.amount) as amount
from bronze.purchases b join bronze.customers c on c.id = b.customer where b.product % 7 <> $n % 7 group by 1, 2`,
]

const columns = 'id, customer, amount, note, updated_at'
const incremental: Model = {
  name: 'orders_i',
  materialized: 'incremental',
  sql: `select ${columns} from bronze.orders`,
  strata: `select ${columns} from {{ increment(source('erp', 'orders')) }}`,
  dbt: `select ${columns} from bronze.orders{% if is_incremental() %} where updated_at > (select max(updated_at) from {{ this }}){% endif %}`,
}

const byHandIncrement = `create temp table inc as select ${columns} from bronze.orders
where updated_at > (select max(updated_at) from public.orders_i); analyze inc;
insert into public.orders_i select * from inc on conflict (id) do update set customer = excluded.customer, amount = excluded.amount,
  note = excluded.note, updated_at = excluded.updated_at;`

const byHandBuild = `drop table if exists public.orders_i; create table public.orders_i as select ${columns} from bronze.orders;
create unique index on public.orders_i (id); analyze public.orders_i;`

const tenth = `update bronze.orders set amount = amount + 1, updated_at = clock_timestamp(), changed_xid = default where id % 10 = 3;`

const scenarios: { readonly [name: string]: Scenario } = {
  '100 views': { setUp: '', between: '', models: views(100), built: false, anew: true },
  '1,000 views': { setUp: '', between: '', models: views(1000), built: false, anew: true },
  '1,000 views, nothing changed': { setUp: '', between: '', models: views(1000), built: true, anew: false },
  '100 tables of real work': {
    setUp: shop,
    between: '',
    models: Array.from({ length: 100 }, (_, index): Model => {
      const sql = realWork[index % realWork.length]!.replaceAll('$n', String(index))
      return { name: `t_${index}`, materialized: 'table', sql }
    }),
    built: true,
    anew: false,
  },
  [`first build of ${rows} rows`]: {
    setUp: orders,
    between: '',
    models: [{ ...incremental, psql: byHandBuild }],
    built: false,
    anew: true,
  },
  [`${rows / 10} changed of ${rows}`]: {
    setUp: orders,
    between: tenth,
    models: [{ ...incremental, psql: byHandIncrement }],
    built: true,
    anew: false,
  },
  'an increment of nothing': {
    setUp: orders,
    between: '',
    models: [{ ...incremental, psql: byHandIncrement }],
    built: true,
    anew: false,
  },
}

/** A run with one thread and its statements by psql, on copies of one database. */
function prepareReplay(name: string, scenario: Scenario, log: string) {
  const state = prepare('models', `${name} replay`, scenario)
  state.makeReady()
  const copy = `${state.database}_copy`
  const onCopy = (work: (url: string) => number): number => {
    runSql(server, `drop database if exists ${copy}`)
    runSql(server, `create database ${copy} template ${state.database}`)
    return work(urlOf(server, copy))
  }
  const models = (url: string) => timeProcess(modelsCommand('1'), state.directory, { DATABASE_URL: url })
  const file = join(work, `${copy}.sql`)
  const from = endOfLog(log)
  onCopy((url) => {
    runSql(server, `alter database ${copy} set log_statement = 'all'`)
    return models(url)
  })
  const statements = readReplay(log, from)
  if (statements.length === 0) throw new Error('BENCH_LOG is not the log of that server')
  writeFileSync(file, statements.map((sql) => `${sql.trimEnd().replace(/;$/, '')}\n;\n`).join(''))
  return {
    statements: statements.length,
    models: () => onCopy(models),
    replay: () =>
      onCopy((url) => timeProcess(['psql', url, '-qX', '-v', 'ON_ERROR_STOP=1', '-f', file], work)),
    drop() {
      for (const database of [copy, state.database]) runSql(server, `drop database ${database}`)
    },
  }
}

const wanted = process.argv.slice(2)
for (const [name, scenario] of Object.entries(scenarios)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue
  const prepared = tools.map((tool) => {
    const needsTable = tool === 'psql' && scenario.built && scenario.models[0]?.psql === byHandIncrement
    const made = prepare(
      tool,
      name,
      needsTable ? { ...scenario, setUp: `${scenario.setUp}\n${byHandBuild}` } : scenario,
    )
    return [tool, made] as const
  })
  const replay = log === undefined ? null : prepareReplay(name, scenario, log)
  const times = interleaved(rounds, {
    ...Object.fromEntries(prepared.map(([tool, { run }]) => [tool, run])),
    ...(replay === null ? {} : { 'models, one thread': replay.models, replay: replay.replay }),
  })
  console.log(name)
  for (const [tool, milliseconds] of Object.entries(times)) {
    const ratio = milliseconds / times['psql']!
    console.log(
      `  ${tool.padEnd(18)} ${milliseconds.toFixed(0).padStart(8)} ms   ${ratio.toFixed(2)} of psql`,
    )
  }
  if (replay !== null) {
    const own = times['models, one thread']! - times['replay']!
    const share = ((100 * own) / times['replay']!).toFixed(1)
    console.log(
      `  beyond the replay of ${replay.statements} statements: ${own.toFixed(0)} ms, ${share} %, ${(own / scenario.models.length).toFixed(2)} ms a step`,
    )
    replay.drop()
  }
  for (const [, { database }] of prepared) runSql(server, `drop database ${database}`)
}
rmSync(work, { recursive: true })
