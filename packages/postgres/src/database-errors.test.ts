import { ConfigurationError, DatabaseError, StrataError } from '@strata/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from './connect.ts'
import { createTestDatabase, describeServers, type TestDatabase } from './testing/index.ts'

async function errorOf(promise: Promise<unknown>): Promise<DatabaseError> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(StrataError)
  return outcome as DatabaseError
}

/** Everything that could be printed of an error, its causes included. */
function everythingOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  const own = Object.getOwnPropertyNames(error).map((name) => {
    const value = (error as unknown as Record<string, unknown>)[name]
    return value instanceof Error
      ? everythingOf(value)
      : `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
  })
  return own.join('\n')
}

describeServers('an error of the database', (server) => {
  let created: TestDatabase
  let database: TestDatabase['database']
  beforeAll(async () => {
    created = await createTestDatabase(server)
    database = created.database
    await database.query(
      'create table patient (id int primary key, name text not null, age int check (age > 0))',
    )
    await database.query("insert into patient values (1, 'Ada Lovelace', 36)")
  })
  afterAll(() => created.drop())

  it('names table, constraint and key of a unique violation', async () => {
    const error = await errorOf(database.query("insert into patient values (1, 'Grace Hopper', 85)"))
    expect(error).toBeInstanceOf(DatabaseError)
    expect(error).toMatchObject({
      code: 'UNIQUE_VIOLATION',
      sqlstate: '23505',
      schema: 'public',
      table: 'patient',
      constraint: 'patient_pkey',
    })
    expect(error.message).toContain('Key (id)=(1) already exists')
    expect(error.sql).toContain('insert into patient')
    expect(error.hint).toBeTypeOf('string')
  })

  it('counts its position in characters, also after an emoji', async () => {
    const sql = "select '🩺🩺' as sign, nope from patient"
    const error = await errorOf(database.query(sql))
    expect(error.code).toBe('UNKNOWN_COLUMN')
    expect([...sql].slice(error.position! - 1).join('')).toMatch(/^nope/)
  })

  it('has a readable code for what users meet', async () => {
    const codes = new Map([
      ['select * from nowhere', 'UNKNOWN_RELATION'],
      ['selec 1', 'SYNTAX_ERROR'],
      ['select nothing(1)', 'UNKNOWN_FUNCTION'],
      ['select 1 from patient as p where q.id = 1', 'UNKNOWN_ALIAS'],
      ['select 1::integr', 'UNKNOWN_TYPE'],
      ['alter table patient set tablespace nowhere', 'UNKNOWN_OBJECT'],
      ["select true + date '2024-01-01'", 'TYPE_MISMATCH'],
      ['select true::date', 'TYPE_MISMATCH'],
      ['select 1 / 0', 'DIVISION_BY_ZERO'],
      ['insert into patient values (2, null, 1)', 'NOT_NULL_VIOLATION'],
      ["insert into patient values (2, 'x', -1)", 'CHECK_VIOLATION'],
      ['create table patient ()', 'DUPLICATE_TABLE'],
      ["do $$ begin raise sqlstate 'ABC12' using message = 'odd'; end $$", 'SQLSTATE_ABC12'],
    ])
    for (const [sql, code] of codes)
      expect(await errorOf(database.query(sql)), sql).toMatchObject({ code, sql })
  })

  it('says what to do where a schema went away, or a table of the state', async () => {
    expect(await errorOf(database.query('create table nowhere.x ()'))).toMatchObject({
      code: 'NO_SUCH_SCHEMA',
      hint: expect.stringContaining('run again'),
    })
    expect(await errorOf(database.query('select from strata.watermarks'))).toMatchObject({
      code: 'UNKNOWN_RELATION',
      hint: expect.stringContaining('Restore schema strata'),
    })
  })

  it('names the keys of a foreign key violation, and what depends on something', async () => {
    await database.query('create table visit (patient int references patient)')
    await database.query('create view adults as select * from patient where age >= 18')
    const violation = await errorOf(database.query('insert into visit values (99)'))
    expect(violation.code).toBe('FOREIGN_KEY_VIOLATION')
    expect(violation.detail).toContain('(patient)=(99)')
    const dependent = await errorOf(database.query('drop table patient'))
    expect(dependent.code).toBe('DEPENDENT_OBJECTS')
    expect(dependent.detail).toContain('view adults depends on table patient')
    await database.query('drop table visit')
  })

  it('never holds rows: no failing row, and no value that did not fit', async () => {
    const failing = await errorOf(database.query("insert into patient values (2, 'Grace Hopper', -85)"))
    const missing = await errorOf(database.query('insert into patient (id, age) values (77123, 5)'))
    const unfit = await errorOf(database.query('select name::int from patient'))
    const undated = await errorOf(database.query("select to_date(name, 'YYYY-MM-DD') from patient"))
    const given = await errorOf(database.query({ text: 'select $1::int', values: ['Ada Lovelace'] }))
    for (const error of [failing, missing, unfit, undated, given]) {
      const { sql: _, ...rest } = error
      expect(everythingOf(Object.assign(new Error(error.message), rest))).not.toMatch(
        /Failing row|Hopper|77123|Lovelace/,
      )
    }
    expect(unfit).toMatchObject({ code: 'BAD_TEXT', sqlstate: '22P02' })
    expect(unfit.message).toBe('invalid input syntax for type integer: (a value that is not shown)')
  })

  it('shows a literal of the statement itself, for that is code', async () => {
    const error = await errorOf(database.query("select 'twelve'::int"))
    expect(error.message).toContain('"twelve"')
    expect(error.position).toBe(8)
  })

  it('tells a lock timeout and a statement timeout from a cancellation', async () => {
    await database.transaction(async (holder) => {
      await holder.query('lock table patient in access exclusive mode')
      const waiting = database.transaction(async (waiter) => {
        await waiter.query("set local lock_timeout = '50ms'")
        await waiter.query('select from patient')
      })
      expect((await errorOf(waiting)).code).toBe('LOCK_TIMEOUT')
    })
    const slow = database.transaction(async (transaction) => {
      await transaction.query("set local statement_timeout = '50ms'")
      await transaction.query('select pg_sleep(5)')
    })
    expect((await errorOf(slow)).code).toBe('STATEMENT_TIMEOUT')
  })

  it('names the place of an unknown database or role, and a remedy', async () => {
    const url = new URL(created.url)
    url.pathname = '/nowhere'
    const unknown = await errorOf(connect({ url: url.href, applicationName: 'strata test' }))
    expect(unknown).toMatchObject({ code: 'NO_SUCH_DATABASE', sqlstate: '3D000', hint: expect.any(String) })
    expect(unknown.message).toContain('/nowhere')
    const stranger = new URL(created.url)
    stranger.username = 'stranger'
    stranger.password = 'hunter2-hunter2'
    const refused = await errorOf(connect({ url: stranger.href, applicationName: 'strata test' }))
    expect(refused).toMatchObject({ code: 'LOGIN_REFUSED', hint: expect.any(String) })
    expect(everythingOf(refused)).not.toContain('hunter2')
  })
})

describe('an error of a connection that cannot be made', () => {
  it('names host and port of a server that is not there, and nothing secret in it or its causes', async () => {
    const error = await errorOf(
      connect({
        url: 'postgresql://ada:s3cr3t%2Fpass@127.0.0.1:1/warehouse',
        applicationName: 'strata test',
      }),
    )
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', hint: expect.any(String) })
    expect(error.message).toContain('127.0.0.1:1/warehouse')
    expect(everythingOf(error)).not.toMatch(/s3cr3t/)
  })

  it('names the folder of a socket that is not there', async () => {
    const error = await errorOf(
      connect({ url: 'postgresql://ada@/warehouse?host=/nonexistent', applicationName: 'strata test' }),
    )
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    expect(error.message).toContain('/nonexistent/warehouse')
  })

  it('refuses what is no URL of PostgreSQL, without repeating it', async () => {
    const urls = [
      'nonsense s3cr3t',
      'mysql://ada:s3cr3t@db/warehouse',
      'postgresql://ada:s3/cr3t@db/warehouse',
      'postgresql://ada:12/s3cr3t@db/warehouse',
      'postgresql://ada:12#s3cr3t@db/warehouse',
      'postgresql://ada:12?s3cr3t@db/warehouse',
    ]
    for (const url of urls) {
      const error = await errorOf(connect({ url, applicationName: 'strata test' }))
      expect(error, url).toMatchObject({ code: 'BAD_DATABASE_URL', hint: expect.any(String) })
      expect(everythingOf(error), url).not.toMatch(/cr3t/)
    }
  })

  it('comes in time from a server that says nothing', async () => {
    const { createServer } = await import('node:net')
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const begun = Date.now()
    const error = await errorOf(
      connect({
        url: `postgresql://ada@127.0.0.1:${port}/x`,
        applicationName: 'strata test',
        connectTimeoutSeconds: 0.3,
      }),
    )
    expect(error.code).toBe('DATABASE_UNREACHABLE')
    expect(Date.now() - begun).toBeLessThan(5_000)
    silent.close()
  })
})
