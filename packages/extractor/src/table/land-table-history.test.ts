import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import {
  type DatabaseConnector,
  databaseConnectorDefaults,
  type TableJob,
  tableJobDefaults,
  tableWatermarkDefaults,
} from '@strata/core'
import sql from 'sql-template-tag'
import { expect, test } from 'vitest'
import { describeMariadbLanding } from '../testing/mariadb-landing.ts'
import type { TableLanding } from '../testing/table-landing.ts'
import type { TableLandingOrder } from '../testing/table-landing-process.ts'

const connector: DatabaseConnector = {
  ...databaseConnectorDefaults,
  source: 'dental',
  kind: 'mysql',
  instances: [],
}
const rows = 60
const chunkRows = 7
const chunks = Math.ceil(rows / chunkRows)

describeMariadbLanding('with a history', connector, (both, server) => {
  function job(table: string, over: Partial<TableJob> = {}): TableJob {
    return {
      ...tableJobDefaults,
      source: 'dental',
      table,
      name: table,
      target: { schema: 'bronze', name: `od_${table}` },
      // A key of two parts, one of which sorts by a collation.
      key: [{ field: ['office'] }, { field: ['num'] }],
      relation: { schema: null, name: table },
      watermark: {
        ...tableWatermarkDefaults,
        lookbackSeconds: 3600,
        columns: ['edited', 'day'].map((name) => ({ name, min: '2000-01-01', max: '2099-12-31' })),
      },
      chunkRows,
      ...over,
    }
  }

  async function made(
    name: string,
    over: Partial<TableJob> = {},
  ): Promise<readonly [TableJob, TableLanding]> {
    await both().there.query(`
        set time_zone = '+00:00';
        create table ${name} (
          office varchar(10) collate utf8mb4_general_ci, num int unsigned, note varchar(50),
          edited timestamp(6) null default current_timestamp(6) on update current_timestamp(6), day date null,
          primary key (office, num));
        insert into ${name} (office, num, note, day)
          select elt(1 + seq mod 3, 'Süd', 'nord', 'West'), seq, concat('row ', seq), date('2024-01-01') + interval seq day
          from seq_1_to_${rows}`)
    const declared = job(name, over)
    return [declared, await both().prepare(declared)]
  }

  const truth = (name: string) =>
    both().there.query(`select office, cast(num as char) as num, note from ${name} order by num + 0, office`)
  const bronze = async (name: string) =>
    (
      await both().own.database.query(
        `select data->>'office' as office, data->>'num' as num, data->>'note' as note
           from bronze.od_${name} where deleted_at is null order by (data->>'num')::int, data->>'office' collate "C"`,
      )
    ).rows
  const sorted = (list: readonly object[]) => list.map((row) => JSON.stringify(row)).sort()

  async function die(table: TableJob, at: number): Promise<string | null> {
    const order: TableLandingOrder = {
      url: both().own.url,
      job: table,
      connector,
      instance: both().instance,
      chunks: at,
    }
    const program = join(import.meta.dirname, '../testing/table-landing-process.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(order)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return signal
  }

  // Each chunk in the long form.
  const kills = process.env['STRATA_SOAK']
    ? Array.from({ length: chunks }, (_, index) => index + 1)
    : server.name === 'embedded'
      ? [1, chunks]
      : [4]
  for (const at of kills)
    test(`that is killed with -9 after chunk ${at} of ${chunks} is gone on with, whatever changed meanwhile`, async () => {
      const name = `killed${at}`
      const [table, landing] = await made(name)
      expect(await die(table, at)).toBe('SIGKILL')
      // Behind and before the place where it stood, and a key behind it that is new.
      await both().there.query(`
          update ${name} set note = 'edited' where num in (3, 30, 57);
          delete from ${name} where num in (6, 33);
          insert into ${name} (office, num, note, day) values ('nord', 0, 'new', null), ('West', 900, 'new', null)`)
      const outcome = await landing.land(table)
      expect(outcome).toMatchObject({ status: 'success' })
      await landing.land(table)
      expect(sorted(await bronze(name))).toEqual(sorted(await truth(name)))
      const { rows: runs } = await both().own.database.query(sql`
          select r.run_status from bronze.dw_etl_runs r join bronze.dw_etl_jobs j on j.id = r.job_id
          where j.name = ${name} order by r.run_id`)
      expect(runs).toEqual([{ run_status: 'failed' }, { run_status: 'success' }, { run_status: 'success' }])
      expect(landing.events.filter(({ kind }) => kind === 'notice')).toMatchObject([
        { message: expect.stringContaining(`goes on behind ${Math.min(at * chunkRows, rows)} rows`) },
      ])
    })

  test('equals its source after any changes and loads, as often as it is asked', async () => {
    const seeds = process.env['STRATA_SOAK'] ? 20 : 2
    for (let seed = 1; seed <= seeds; seed++) {
      const random = randomFrom(seed)
      const name = `story${seed}`
      const [table, landing] = await made(name, { sweep: { everySeconds: 0 }, maxDeletedShare: 1 })
      for (let turn = 0; turn < 6; turn++) {
        for (let change = random(8); change > 0; change--) await both().there.query(changeOf(random, name))
        const way = random(6)
        const asked = way === 0 ? { ...table, compare: 'rows' as const } : table
        const landed = await landing.land(asked, way === 1 ? { fullRefresh: true } : {})
        expect(typeof landed, String(landed)).toBe('object')
      }
      // Some changes have set no change column: rows are compared for them.
      await landing.land({ ...table, compare: 'rows' })
      expect(sorted(await bronze(name)), `seed ${seed}`).toEqual(sorted(await truth(name)))
    }
  })
})

function changeOf(random: (below: number) => number, table: string): string {
  const num = random(rows) + 1
  switch (random(7)) {
    case 0:
      return `delete from ${table} where num = ${num}`
    case 1:
      return `insert ignore into ${table} (office, num, note, day) values ('new', ${num}, 'inserted', null)`
    case 2:
      // A change that no column tells of.
      return `update ${table} set note = concat(note, '!'), edited = edited where num = ${num}`
    case 3:
      return `update ${table} set note = concat(note, '?'), edited = edited, day = current_date where num = ${num}`
    case 4:
      return `update ${table} set note = concat(note, '0'), edited = null, day = null where num = ${num}`
    case 5:
      return `update ${table} set day = '1902-07-31', note = concat(note, 'w') where num = ${num}`
    default:
      return `update ignore ${table} set num = ${rows + random(50)}, note = concat(note, 'k') where num = ${num}`
  }
}

/** A generator of numbers that a seed decides. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed * 2654435761
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0
    return (state >>> 8) % below
  }
}
