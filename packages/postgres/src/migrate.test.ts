import { type Database, type Migration, StrataError } from '@strata/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connect } from './connect.ts'
import { migrate } from './migrate.ts'
import { createTestDatabase, describeServers, type TestDatabase } from './testing/index.ts'

const first: Migration = {
  version: 1,
  name: 'notes',
  statements: ['create table strata.notes (id int primary key)', 'insert into strata.notes values (1)'],
}
const second: Migration = {
  version: 2,
  name: 'text of notes',
  statements: ['alter table strata.notes add text text'],
}
const broken: Migration = {
  version: 3,
  name: 'broken',
  statements: ['insert into strata.notes values (3)', 'insert into strata.nowhere values (1)'],
}

describeServers('the tables of a component', (server) => {
  let created: TestDatabase
  let database: Database
  beforeEach(async () => {
    created = await createTestDatabase(server)
    database = created.database
  })
  afterEach(() => created.drop())

  const applied = async () => {
    const { rows } = await database.query<{ component: string; version: number; name: string }>(
      'select component, version, name from strata.migrations order by component, version',
    )
    return rows.map(({ component, version, name }) => `${component} ${version} ${name}`)
  }

  it('are brought up in order, each migration once', async () => {
    await migrate(database, 'notes', [first])
    await migrate(database, 'notes', [first])
    await migrate(database, 'notes', [first, second])
    await migrate(database, 'notes', [first, second])
    expect(await applied()).toEqual(['notes 1 notes', 'notes 2 text of notes'])
    expect((await database.query('select id, text from strata.notes')).rows).toEqual([{ id: 1, text: null }])
  })

  it('are not made where they are, of a version that is lost', async () => {
    await migrate(database, 'notes', [first, second])
    await database.query('drop table strata.migrations')
    await expect(migrate(database, 'notes', [first, second])).rejects.toMatchObject({
      code: 'STATE_LOST',
      hint: expect.stringContaining('backup'),
    })
    expect((await database.query('select id, text from strata.notes')).rows).toEqual([{ id: 1, text: null }])
  })

  it('are counted for each component', async () => {
    await migrate(database, 'notes', [first, second])
    await migrate(database, 'other', [
      { version: 1, name: 'other', statements: ['create table strata.other ()'] },
    ])
    expect(await applied()).toEqual(['notes 1 notes', 'notes 2 text of notes', 'other 1 other'])
  })

  it('are made once when ten processes race for an empty database', async () => {
    const racers = await Promise.all(
      Array.from({ length: 10 }, () =>
        connect({ url: created.url, applicationName: 'strata racer', maxConnections: 1 }),
      ),
    )
    await Promise.all(
      racers.map((racer, index) =>
        index % 2 === 0
          ? migrate(racer, 'notes', [first, second])
          : migrate(racer, 'other', [
              { version: 1, name: 'other', statements: ['create table strata.other ()'] },
            ]),
      ),
    )
    await Promise.all(racers.map((racer) => racer.close()))
    expect(await applied()).toEqual(['notes 1 notes', 'notes 2 text of notes', 'other 1 other'])
  })

  it('of a newer version are refused, and stay as they are', async () => {
    await migrate(database, 'notes', [first, second])
    const error = await migrate(database, 'notes', [first]).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(StrataError)
    expect(error).toMatchObject({ code: 'STATE_TOO_NEW', hint: expect.any(String) })
    expect(await applied()).toEqual(['notes 1 notes', 'notes 2 text of notes'])
  })

  it('stay as they were when a migration fails', async () => {
    await migrate(database, 'notes', [first])
    await expect(migrate(database, 'notes', [first, second, broken])).rejects.toMatchObject({
      code: 'UNKNOWN_RELATION',
    })
    expect((await database.query('select * from strata.notes where id = 3')).rowCount).toBe(0)
    // Those before the broken one are kept: each has its transaction.
    expect(await applied()).toEqual(['notes 1 notes', 'notes 2 text of notes'])
    await migrate(database, 'notes', [first, second])
  })

  it('need no right to make schemas where an administrator has made the schema', async () => {
    const role = `limited_${process.pid}_${Math.random().toString(36).slice(2)}`
    await database.query(`create role ${role} login`)
    await database.query(`create schema strata authorization ${role}`)
    const url = new URL(created.url)
    url.username = role
    const limited = await connect({ url: url.href, applicationName: 'strata limited', maxConnections: 1 })
    await migrate(limited, 'notes', [first])
    await limited.close()
    expect(await applied()).toEqual(['notes 1 notes'])
    await database.query(`drop owned by ${role}`)
    await database.query(`drop role ${role}`)
  })

  it('are refused in a schema that somebody has made whom we have no reason to trust', async () => {
    const [eve, group] = ['eve', 'group'].map(
      (name) => `${name}_${process.pid}_${Math.random().toString(36).slice(2)}`,
    )
    await database.query(`create role ${eve}`)
    await database.query(`create role ${group}`)
    try {
      await database.query(`create schema strata authorization ${eve}`)
      const refused = { code: 'FOREIGN_STATE', message: expect.stringContaining(eve!) }
      await expect(migrate(database, 'notes', [first])).rejects.toMatchObject(refused)
      await database.query('create table strata.migrations (component text, version int, name text)')
      await database.query(`insert into strata.migrations values ('notes', 1, 'notes')`)
      await expect(migrate(database, 'notes', [first])).rejects.toMatchObject(refused)
      await database.query('drop table strata.migrations')
      await database.query(`alter schema strata owner to ${group}`)
      await database.query(`grant ${group} to current_user`)
      await migrate(database, 'notes', [first])
      expect(await applied()).toEqual(['notes 1 notes'])
    } finally {
      await database.query(`drop schema strata cascade`)
      await database.query(`drop role ${eve}, ${group}`)
    }
  })

  it('with a gap or a wrong order in their versions are our bug', async () => {
    await expect(migrate(database, 'notes', [second])).rejects.toThrow('versions 1, 2, 3')
    await expect(migrate(database, 'notes', [second, first])).rejects.toThrow('versions 1, 2, 3')
  })
})
