import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { expect, it } from 'vitest'
import { connectDatabase } from '../src/database-connection.ts'
import { target } from './publish-fixture.ts'

describeServers('a database whose schema strata is of a stranger', (server) => {
  it('is refused by every command, before anything in that schema is read', async () => {
    const { database, url, drop } = await createTestDatabase(server)
    const eve = `eve_${process.pid}_${Math.random().toString(36).slice(2)}`
    const open = () => connectDatabase({ databaseUrl: url, directory: '.', target })
    await database.query(`create role ${eve}`)
    try {
      await (await open()).close()
      await database.query(`create schema strata authorization ${eve}`)
      await expect(open()).rejects.toMatchObject({
        code: 'FOREIGN_STATE',
        message: expect.stringContaining(`belongs to ${eve},`),
      })
      await database.query('alter schema strata owner to current_user')
      await (await open()).close()
    } finally {
      await drop()
      const admin = await createTestDatabase(server)
      await admin.database.query(`drop role ${eve}`)
      await admin.drop()
    }
  })
})
