import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, DatabaseConnector } from '@strata/core'
import { connect } from '@strata/postgres'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { northInstance, postgresConnector, requestOf, rowsOf, tableJob } from '../../testing/table-jobs.ts'
import type { TableSnapshot } from '../table-source.ts'
import { openPostgresSource } from './open-postgres-source.ts'

describeServers('a Postgres source that fails', (server) => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await createTestDatabase(server)
    await run(`
      create table visits (id int primary key, ratio float8, note json);
      insert into visits select n, n, '{}' from generate_series(1, 3000) as n;
      create view slow as select id, pg_sleep(30)::text as slept from visits;
      create view torn as select id, (id || 'secret')::int as n from visits;
      create function raised(id int) returns int language plpgsql as $$ begin raise 'row secret'; end $$;
      create view raising as select id, raised(id) as n from visits`)
  })
  afterAll(() => test.drop())

  const run = (text: string) => test.database.query({ text, script: true })
  const inSnapshot = <T>(
    work: (snapshot: TableSnapshot) => Promise<T>,
    settings: Partial<DatabaseConnector> = {},
    signal = new AbortController().signal,
    database: Database = test.database,
  ): Promise<T> =>
    openPostgresSource(postgresConnector(settings), northInstance, database).snapshot(signal, work)
  const read = async (snapshot: TableSnapshot, name = 'visits', key = ['id']) =>
    rowsOf(snapshot.rows(await requestOf(snapshot, tableJob(name, key))))
  /** As the command line has it: the connection is made when it is needed. */
  const lazily = (url: string): Database => ({
    ...test.database,
    session: async (work, options) => {
      const database = await connect({ url, applicationName: 'strata test', maxConnections: 1 })
      return database.session(work, options).finally(() => database.close())
    },
  })
  const urlWith = (change: (url: URL) => void): string => {
    const url = new URL(test.url)
    change(url)
    return url.href
  }

  it('to answer is unreachable, and its password is not told', async () => {
    const url = 'postgres://reader:s3cretword@127.0.0.1:9/clinic'
    const failure = await inSnapshot(read, {}, undefined, lazily(url)).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringMatching(
        /^clinic instance north cannot be reached: cannot reach the database at 127.0.0.1:9\/clinic: /,
      ),
    })
    expect(JSON.stringify(failure)).not.toContain('s3cretword')
  })

  it('to let us in says that it refuses the login; a database that is not there is told', async () => {
    const role = `locked_${process.pid}_${server.name}`
    await run(`create role ${role} nologin`)
    try {
      const url = urlWith((one) => {
        one.username = role
      })
      await expect(inSnapshot(read, {}, undefined, lazily(url))).rejects.toMatchObject({
        code: 'SOURCE_UNAUTHORIZED',
        message: expect.stringMatching(/^clinic instance north refuses our login: /),
      })
    } finally {
      await run(`drop role ${role}`)
    }
    const url = urlWith((one) => {
      one.pathname = '/absent'
    })
    await expect(inSnapshot(read, {}, undefined, lazily(url))).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringMatching(/^clinic instance north has no such database: /),
    })
  })

  it('to let us read a table names it', async () => {
    const role = `poor_${process.pid}_${server.name}`
    await run(`create role ${role} login`)
    try {
      const url = urlWith((one) => {
        one.username = role
      })
      await expect(inSnapshot(read, {}, undefined, lazily(url))).rejects.toMatchObject({
        code: 'SOURCE_TABLE_DENIED',
        message: 'clinic instance north does not let us read: permission denied for table visits',
      })
    } finally {
      await run(`drop role ${role}`)
    }
  })

  it('to answer in time says whose limit that was', async () => {
    await expect(
      inSnapshot((snapshot) => read(snapshot, 'slow'), { timeoutSeconds: 0.3 }),
    ).rejects.toMatchObject({
      code: 'SOURCE_TIMEOUT',
      hint: expect.stringContaining('raise timeout of the connector'),
    })
  })

  it('in a row of a view shows none of its values', async () => {
    for (const [view, sqlstate] of [
      ['torn', '22P02'],
      ['raising', 'P0001'],
    ] as const) {
      const failure = await inSnapshot((snapshot) => read(snapshot, view)).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        code: 'SOURCE_FAILING',
        message: `clinic instance north fails: SQLSTATE ${sqlstate}`,
      })
    }
  })

  it('to order its rows, or has a key that is not exact, asks for another key', async () => {
    await expect(inSnapshot((snapshot) => read(snapshot, 'visits', ['ratio']))).rejects.toMatchObject({
      code: 'SOURCE_KEY_TYPE',
      message: expect.stringContaining('clinic.visits: its key ratio is of the type double precision'),
    })
    await expect(inSnapshot((snapshot) => read(snapshot, 'visits', ['note']))).rejects.toMatchObject({
      code: 'SOURCE_KEY_TYPE',
    })
  })

  it('because somebody cancels the statement or ends the connection says so', async () => {
    const stopped = async (how: string) => {
      const reading = inSnapshot((snapshot) => read(snapshot, 'slow'))
      const stop = async (): Promise<void> => {
        const { rowCount } = await test.database.query(
          `select ${how}(pid) from pg_stat_activity where query like 'fetch%' and datname = current_database()`,
        )
        if (rowCount > 0) return
        await sleep(25)
        await stop()
      }
      await Promise.all([expect(reading).rejects.toMatchObject({ code: codes[how] }), stop()])
    }
    const codes: { readonly [how: string]: string } = {
      pg_cancel_backend: 'SOURCE_FAILING',
      pg_terminate_backend: 'SOURCE_CONNECTION',
    }
    for (const how of Object.keys(codes)) await stopped(how)
  })

  it('to end in time for us is left, and nothing of what was asked runs on', async () => {
    const controller = new AbortController()
    const reading = inSnapshot((snapshot) => read(snapshot, 'slow'), {}, controller.signal)
    setTimeout(() => controller.abort(), 300)
    const began = Date.now()
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(Date.now() - began).toBeLessThan(5000)
    const { rows } = await test.database.query(
      `select query from pg_stat_activity where datname = current_database() and state = 'active' and query like 'fetch%'`,
    )
    expect(rows).toEqual([])
    expect(await inSnapshot((snapshot) => read(snapshot))).toHaveLength(3000)
  })

  it('for the one who uses it is not blamed for that', async () => {
    const own = new Error('of the one who reads')
    await expect(
      inSnapshot(async () => {
        throw own
      }),
    ).rejects.toBe(own)
  })

  it('while several read waits for its turn: no more at once than are allowed', async () => {
    const source = openPostgresSource(postgresConnector({ concurrency: 2 }), northInstance, test.database)
    let [now, most] = [0, 0]
    const one = () =>
      source.admit(() =>
        source.snapshot(new AbortController().signal, async () => {
          most = Math.max(most, ++now)
          await sleep(20)
          now -= 1
        }),
      )
    await Promise.all(Array.from({ length: 6 }, one))
    expect(most).toBe(2)
  })
})
