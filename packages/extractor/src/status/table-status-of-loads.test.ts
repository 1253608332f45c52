import { type Instance, tableJobDefaults, tableWatermarkDefaults } from '@strata/core'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMysqlSource } from '../table/mysql/open-mysql-source.ts'
import type { TableSource } from '../table/table-source.ts'
import { declaredDatabase, declaredTable } from '../testing/declared-table.ts'
import { describeMariadb } from '../testing/mariadb.ts'
import { prepareTableLanding, type TableLanding } from '../testing/table-landing.ts'
import { readJobStatus } from './read-job-status.ts'
import { readTableStatus } from './read-table-status.ts'

const connector = declaredDatabase()
const change = (table: string, columns: readonly string[]) =>
  declaredTable(table, {
    key: [{ field: ['num'] }],
    watermark: {
      ...tableWatermarkDefaults,
      lookbackSeconds: 0,
      columns: columns.map((name) => ({ name, min: null, max: null })),
    },
    sweep: null,
    chunkRows: tableJobDefaults.chunkRows,
  })
const adjustment = change('adjustment', ['edited', 'day'])
const claim = change('claim', ['edited'])
const pairs = [adjustment, claim].map((job) => ({ job, instanceId: 201 }))

describeMariadb('what is told of tables that really load', (there) => {
  describeServers('into Postgres', (server) => {
    let own: TestDatabase
    let source: TableSource
    let landing: TableLanding

    beforeAll(async () => {
      own = await createTestDatabase(server)
      await there().query(`
        drop table if exists adjustment, claim;
        create table adjustment (num bigint primary key, edited datetime null, day date null);
        insert into adjustment select seq, '2024-05-01' + interval seq hour, '2024-05-01' from seq_1_to_20`)
      const instance: Instance = {
        id: 201,
        name: 'north',
        address: there().address,
        credentials: there().credentials,
        parameters: {},
        simulated: false,
      }
      source = openMysqlSource(connector, instance)
      landing = await prepareTableLanding(own.database, [adjustment, claim], connector, instance, source)
    })
    afterAll(async () => {
      await source.close()
      await own.drop()
    })

    const known = async () =>
      (
        await own.database.query(
          'select table_name, load_status, rows_loaded::int, last_primary_value from raw.etl_load_status order by 1',
        )
      ).rows
    const lastMetrics = async () =>
      (
        await own.database.query(`
          select error, success, mode, rows_processed::int, rows_available::int, rows_captured::int, rows_missing::int,
            seconds_saved is not null as measured
          from raw.etl_table_metrics where table_name = 'adjustment' order by run_id desc limit 1`)
      ).rows[0]

    test('is right after a first load, an increment, and loads that fail', async () => {
      await landing.land(adjustment)
      const pending = {
        table_name: 'claim',
        load_status: 'pending',
        rows_loaded: 0,
        last_primary_value: null,
      }
      expect(await known()).toEqual([
        {
          table_name: 'adjustment',
          load_status: 'success',
          rows_loaded: 20,
          last_primary_value: '2024-05-01 20:00:00.000000',
        },
        pending,
      ])
      expect(await lastMetrics()).toMatchObject({
        mode: 'full',
        success: true,
        rows_available: 20,
        measured: false,
      })

      await there().query(`
        update adjustment set edited = '2024-05-03' where num = 3; insert into adjustment values (21, null, '2024-05-04')`)
      await landing.land(adjustment)
      expect(await lastMetrics()).toMatchObject({
        mode: 'increment',
        success: true,
        rows_missing: 0,
        measured: true,
      })
      expect((await known())[0]).toMatchObject({ last_primary_value: '2024-05-03 00:00:00.000000' })

      await own.database.query(`
        create function bronze.swallow() returns trigger language plpgsql as 'begin return null; end'`)
      await own.database.query(
        'create trigger swallow before insert on bronze.od_adjustment for each row execute function bronze.swallow()',
      )
      await there().query(`insert into adjustment values (22, '2024-06-01', null)`)
      expect(await landing.land(adjustment)).toMatch(/^SOURCE_ROWS_MISSING/)
      expect((await known())[0]).toMatchObject({ load_status: 'failed' })
      expect(await lastMetrics()).toMatchObject({ success: false, rows_missing: 1 })
      expect(await landing.land(claim)).toMatch(/^SOURCE_TABLE_MISSING/)
      expect((await known())[1]).toEqual({ ...pending, load_status: 'failed' })

      const [status, other] = await readJobStatus(own.database, 'bronze', pairs)
      expect(status).toMatchObject({ lastRun: { status: 'failed' }, slices: { failed: 1 } })
      expect(status!.completeAt).not.toBeNull()
      expect(status!.captured!.rate).toBeLessThan(1)
      expect(other!.completeAt).toBeNull()
      const [table] = await readTableStatus(own.database, 'bronze', pairs)
      expect(table).toMatchObject({
        columns: [
          { name: 'edited', watermark: '2024-05-03 00:00:00.000000' },
          { name: 'day', watermark: '2024-05-04' },
        ],
        week: { loads: 3, succeeded: 2, violations: 1, missing: 1, duplicateLoads: 0 },
      })
      expect(table!.week.secondsSaved).not.toBeNull()
    })

    test('has duplicate keys among it', async () => {
      await there().query(`
        create table claim (num bigint, edited datetime null);
        insert into claim values (1, '2024-05-01'), (1, '2024-05-02'), (2, null)`)
      expect(await landing.land(claim)).toMatch(/^SOURCE_KEY_NOT_UNIQUE/)
      const [, table] = await readTableStatus(own.database, 'bronze', pairs)
      expect(table!.week.duplicates).toBeGreaterThan(0)
      expect(table!.week).toMatchObject({
        loads: 2,
        succeeded: 0,
        violations: 0,
        duplicateLoads: 1,
      })
    })
  })
})
