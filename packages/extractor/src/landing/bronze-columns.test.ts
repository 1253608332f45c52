import { bronzeColumns } from '@strata/core'
import { expect, test } from 'vitest'
import { ensureTables } from '../index.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { job, landingSchema } from '../testing/landing-fixture.ts'

const rooms = job('rooms')
const arms = job('arms', { key: [{ field: ['id'] }, { parameter: 'visitId' }] })

describeDatabases('bronzeColumns', (database) => {
  test.each([rooms, arms])('are those of the table that landing makes', async (one) => {
    await ensureTables(database(), { landingSchema, jobs: [one] })
    const { rows } = await database().query(`
      select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as "notNull"
      from pg_attribute
      where attrelid = '${landingSchema}.${one.target.name}'::regclass and attnum > 0 order by attnum`)
    expect(bronzeColumns(one)).toEqual(rows)
  })
})
