import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DatabaseConnector,
  databaseConnectorDefaults,
  type Instance,
  type TableJob,
  tableJobDefaults,
  tableWatermarkDefaults,
} from '@strata/core'
import { startMariadb } from '@strata/extractor/testing'
import { requireServer, runSql } from './bench-server.ts'
import { landInProcess, openLandingPlace } from './landing-place.ts'
import { grouped, printTable, rate, seconds } from './print-table.ts'
import { median } from './timing.ts'

// Tables: a table of MariaDB into bronze, whole and then what changed, against what one would write by hand: the rows as JSON by the
// client of MariaDB, COPY into an unlogged stage by psql, and INSERT … ON CONFLICT into the same table with the same indexes. Our load also
// reads the keys again and compares them. Memory is that of a process that lands and does nothing else.
// ROWS: 1000000. CHANGED: a tenth. SIZES (memory): 10000,100000. ROUNDS: 1. BENCH_DATABASE_URL.
const rows = Number(process.env['ROWS'] ?? '1000000')
const changed = Number(process.env['CHANGED'] ?? String(rows / 10))
const rounds = Number(process.env['ROUNDS'] ?? '1')
const sizes = (process.env['SIZES'] ?? '10000,100000').split(',').filter(Boolean).map(Number)
requireServer()

const columns = [
  'ProcNum',
  'PatNum',
  'AptNum',
  'ProcDate',
  'ProcFee',
  'Surf',
  'ToothNum',
  'Priority',
  'ProcStatus',
  'ProvNum',
  'Dx',
  'PlannedAptNum',
  'PlaceService',
  'DateOriginalProsth',
  'ClaimNote',
  'DateEntryC',
  'ClinicNum',
  'MedicalCode',
  'BillingNote',
  'DateTStamp',
]
const job: TableJob = {
  ...tableJobDefaults,
  source: 'dental',
  table: 'procedurelog',
  name: 'procedurelog',
  key: [{ field: ['ProcNum'] }],
  target: { schema: 'bronze', name: 'od_procedurelog' },
  relation: { schema: null, name: 'procedurelog' },
  watermark: {
    ...tableWatermarkDefaults,
    lookbackSeconds: 0,
    columns: [{ name: 'DateTStamp', min: null, max: null }],
  },
}
const connector: DatabaseConnector = {
  ...databaseConnectorDefaults,
  source: 'dental',
  kind: 'mysql',
  instances: [],
}

const folder = join(tmpdir(), `strata-bench-mariadb-${process.pid}`)
const mariadb = await startMariadb({ folder, owner: process.pid, bufferMb: 1024 })
const place = await openLandingPlace()
const instance: Instance = {
  id: 1,
  name: 'main',
  address: `mysql://${mariadb.user}@127.0.0.1:${mariadb.port}/bench`,
  credentials: { password: mariadb.password },
  parameters: {},
  simulated: false,
}
const order = { url: place.url, job, connector, instances: [instance] }
const measured: { [what: string]: number[] } = {}
const note = (what: string, milliseconds: number): void => {
  measured[what] = [...(measured[what] ?? []), milliseconds]
}
const memory = [['rows', 'peak of the first load', 'again, whole']]
try {
  ask('create database bench')
  for (const size of sizes) {
    fill(size)
    await place.reset([job], connector, [instance])
    const first = await landInProcess(order)
    const again = await landInProcess({ ...order, fullRefresh: true })
    memory.push([grouped(size), `${grouped(first.peakMb)} MB`, `${grouped(again.peakMb)} MB`])
  }
  for (let round = 0; round < rounds; round++) {
    fill(rows)
    await place.reset([job], connector, [instance])
    const first = await landInProcess(order)
    note('landing, whole', first.milliseconds)
    change()
    const increment = await landInProcess(order)
    note('landing, what changed', increment.milliseconds)
    if (increment.counts['changed'] !== changed)
      throw new Error(`changed: ${JSON.stringify(increment.counts)}`)
    const again = await landInProcess({ ...order, fullRefresh: true })
    note('landing, whole, nothing changed', again.milliseconds)
    if (round === 0)
      memory.push([grouped(rows), `${grouped(first.peakMb)} MB`, `${grouped(again.peakMb)} MB`])

    fill(rows)
    await place.reset([job], connector, [instance])
    runSql(place.url, 'create unlogged table bronze.stage (data jsonb)')
    note('by hand, whole', byHand('1 = 1'))
    change()
    note('by hand, what changed', byHand("DateTStamp >= '2024-03-01'"))
  }
} finally {
  await place.drop()
  await mariadb.stop()
  rmSync(folder, { recursive: true, force: true })
}

const of = (what: string): number => median(measured[what]!)
const ratio = (one: string, other: string): string => (of(other) / of(one)).toFixed(2)
console.log(
  `${grouped(rows)} rows of ${columns.length} columns, ${grouped(changed)} changed, medians of ${rounds} rounds\n`,
)
printTable([
  ['', 'time', 'rows/s', 'against by hand'],
  [
    'landing, whole',
    `${seconds(of('landing, whole'))} s`,
    rate(rows, of('landing, whole')),
    ratio('landing, whole', 'by hand, whole'),
  ],
  ['by hand, whole', `${seconds(of('by hand, whole'))} s`, rate(rows, of('by hand, whole')), '1'],
  [
    'landing, what changed',
    `${seconds(of('landing, what changed'))} s`,
    rate(changed, of('landing, what changed')),
    ratio('landing, what changed', 'by hand, what changed'),
  ],
  [
    'by hand, what changed',
    `${seconds(of('by hand, what changed'))} s`,
    rate(changed, of('by hand, what changed')),
    '1',
  ],
  [
    'landing, whole, nothing changed',
    `${seconds(of('landing, whole, nothing changed'))} s`,
    rate(rows, of('landing, whole, nothing changed')),
    '',
  ],
])
console.log('')
printTable(memory)

function fill(size: number): void {
  ask(`
    use bench;
    drop table if exists bench.procedurelog;
    create table bench.procedurelog (
      ProcNum bigint primary key auto_increment, PatNum bigint not null, AptNum bigint not null, ProcDate date not null,
      ProcFee double not null, Surf varchar(10), ToothNum varchar(2), Priority bigint not null, ProcStatus tinyint not null,
      ProvNum bigint not null, Dx bigint not null, PlannedAptNum bigint not null, PlaceService tinyint not null,
      DateOriginalProsth date not null, ClaimNote varchar(80), DateEntryC date not null, ClinicNum bigint not null,
      MedicalCode varchar(15), BillingNote varchar(255),
      DateTStamp timestamp not null default current_timestamp on update current_timestamp, key (DateTStamp));
    insert into bench.procedurelog
      select seq, seq mod 50000, seq mod 300000, date('2015-01-01') + interval seq mod 3000 day, seq mod 40000 / 100,
        elt(1 + seq mod 4, 'MOD', 'B', '', null), seq mod 32, 0, 1 + seq mod 6, 1 + seq mod 40, 0, 0, 0, '0001-01-01',
        concat('claim note of procedure ', seq), date('2015-01-01') + interval seq mod 3000 day, 1 + seq mod 5, concat('D', 1000 + seq mod 9000),
        repeat('note ', 1 + seq mod 20), timestamp('2024-01-01 00:00:00') + interval seq mod 86400 second
      from seq_1_to_${size};
    analyze table bench.procedurelog`)
}

function change(): void {
  ask(`
    update bench.procedurelog set ProcFee = ProcFee + 1, DateTStamp = '2024-03-01 12:00:00' where ProcNum mod ${rows / changed} = 0`)
}

/** The rows of a condition, as one would land them with what is on every machine. */
function byHand(condition: string): number {
  const record = columns.map((name) => `'${name}', ${name}`).join(', ')
  const startedAt = performance.now()
  const dump = `mariadb ${access()} --quick --raw -N -B -e "select json_object(${record}) from bench.procedurelog where ${condition}"`
  // Neither a quote nor a delimiter that JSON could hold.
  const copy = `copy bronze.stage (data) from stdin with (format csv, quote e'\\x01', delimiter e'\\x02')`
  const { status, stderr } = spawnSync(
    'bash',
    [
      '-o',
      'pipefail',
      '-c',
      `${dump} | psql '${place.url}' -qX -v ON_ERROR_STOP=1 -c "truncate bronze.stage" -c "${copy}"`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, MYSQL_PWD: mariadb.password } },
  )
  if (status !== 0) throw new Error(stderr.toString())
  runSql(
    place.url,
    `insert into bronze.od_procedurelog as t (data, source_id, source_instance_id, record_key)
     select data, '1', 1, jsonb_build_array(data->>'ProcNum')::text from bronze.stage
     on conflict (source_instance_id, record_key) do update set data = excluded.data, updated_at = now()
     where t.data is distinct from excluded.data`,
  )
  return performance.now() - startedAt
}

function ask(sql: string): void {
  const { status, stderr } = spawnSync('mariadb', access().split(' '), {
    input: `set sql_mode = ''; set time_zone = '+00:00'; ${sql}`,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, MYSQL_PWD: mariadb.password },
  })
  if (status !== 0) throw new Error(stderr.toString())
}

function access(): string {
  return `--no-defaults -h 127.0.0.1 -P ${mariadb.port} -u ${mariadb.user}`
}
