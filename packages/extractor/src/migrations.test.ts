import { migrate } from '@strata/postgres'
import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { expect, it } from 'vitest'
import { extractorMigrations } from './migrations.ts'

describeServers('dead letters', (server) => {
  it('are shown to nobody by default privileges, and to those who were granted it', async () => {
    const { database, drop } = await createTestDatabase(server)
    const grantees = async () =>
      (
        await database.query<{ grantee: number }>(
          `select a.grantee::int from pg_class c, aclexplode(c.relacl) a
           where c.oid = 'strata.dead_letters'::regclass and a.grantee <> c.relowner`,
        )
      ).rows
    try {
      await database.query('alter default privileges grant select on tables to public')
      await migrate(database, 'extractor', extractorMigrations)
      expect(await grantees()).toEqual([])

      await database.query('drop schema strata cascade')
      await migrate(database, 'extractor', extractorMigrations.slice(0, 1))
      await database.query(
        `insert into strata.dead_letters (landing_schema, job, instance_id, slice, run_id, reason, record, record_hash)
         values ('bronze', 'a.b', 1, '{}', 1, 'no_key', '{}', '')`,
      )
      await migrate(database, 'extractor', extractorMigrations)
      expect(await grantees()).toEqual([{ grantee: 0 }])
    } finally {
      await drop()
    }
  })
})
