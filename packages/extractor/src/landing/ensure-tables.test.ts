import type { Database } from '@strata/core'
import { expect, test } from 'vitest'
import { ensureLanding, ensureTables } from '../index.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { connector, instance, job, landingSchema, patients } from '../testing/landing-fixture.ts'

const idle = { active: false, reason: 'endpoint unknown', endpoint: '' }
const rooms = job('rooms', idle)
const arms = job('arms', { ...idle, key: [{ field: ['id'] }, { parameter: 'visitId' }] })
const vitals = job('vitals', idle)

describeDatabases('ensureTables', (database) => {
  const shapeOf = async (table: string) => {
    const { rows } = await database().query<{ line: string }>(`
      select concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull) as line from pg_attribute
      where attrelid = 'bronze.dim_${table}_staging'::regclass and attnum > 0 and attname <> 'record_key'
      union all select replace(indexdef, '${table}', '') from pg_indexes
      where tablename = 'dim_${table}_staging' and indexdef not like '%_record%'`)
    return rows.map(({ line }) => line).sort()
  }

  test('makes the tables of jobs that do not land as those of jobs that do, and they stay when the source lands', async () => {
    await database().query('create schema bronze')
    await database().query("create table bronze.dim_vitals_staging as select 1 as id, '{}'::jsonb as data")
    await ensureTables(database(), { landingSchema, jobs: [rooms, arms, vitals] })
    await ensureTables(database(), { landingSchema, jobs: [rooms, arms, vitals] })

    const kept = await database().query('select id, data from bronze.dim_vitals_staging')
    expect(kept.rows).toEqual([{ id: 1, data: {} }])
    await ensureLanding(database(), {
      landingSchema,
      connectors: [connector()],
      jobs: [patients, rooms, arms],
      instancesOf: () => [instance({ address: 'http://north.example' })],
    })
    expect(await shapeOf('rooms')).toEqual(await shapeOf('patients'))
    expect(await shapeOf('arms')).toEqual(await shapeOf('patients'))
    const { rows } = await database().query(
      "select name, is_active, source_endpoint from bronze.dw_etl_jobs where name = 'Rooms'",
    )
    expect(rows).toEqual([{ name: 'Rooms', is_active: false, source_endpoint: '' }])
  })

  test('says nothing where it may not: the step that misses the table says it', async () => {
    const user = `reader_${Math.random().toString(36).slice(2)}`
    await database().query(`create role ${user}`)
    const asReader: Database = {
      ...database(),
      transaction: (work) =>
        database().transaction(async (transaction) => {
          await transaction.query(`set local role ${user}`)
          return work(transaction)
        }),
    }
    await ensureTables(asReader, {
      landingSchema: 'elsewhere',
      jobs: [job('beds', { ...idle, target: { schema: 'elsewhere', name: 'dim_beds_staging' } })],
    })
    const { rowCount } = await database().query("select from pg_namespace where nspname = 'elsewhere'")
    expect(rowCount).toBe(0)
    await database().query(`drop role ${user}`)
  })
})
