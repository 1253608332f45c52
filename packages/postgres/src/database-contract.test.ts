import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '@strata/core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { connect } from './connect.ts'
import { createTestDatabase, describeServers, type TestDatabase } from './testing/index.ts'

/** The error that a promise rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<DatabaseError> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(DatabaseError)
  return outcome as DatabaseError
}

describeServers('a database', (server) => {
  let created: TestDatabase
  let database: TestDatabase['database']
  beforeAll(async () => {
    created = await createTestDatabase(server)
    database = created.database
    await database.query(
      'create table patient (id int primary key, name text not null, age int check (age > 0))',
    )
  })
  afterEach(async () => void (await database.query('truncate patient')))
  afterAll(() => created.drop())

  /** A pool with one connection, so that the next user gets that of the last. */
  const single = () => connect({ url: created.url, applicationName: 'strata single', maxConnections: 1 })

  it('takes text with parameters, or text alone', async () => {
    const { rows, rowCount } = await database.query<{ sum: number }>({
      text: 'select $1::int + $2::int as sum',
      values: [1, 2],
    })
    expect(rows).toEqual([{ sum: 3 }])
    expect(rowCount).toBe(1)
    expect((await database.query('select')).rowCount).toBe(1)
  })

  it('tells names and types of columns also when there are no rows', async () => {
    const { fields, rows } = await database.query('select id, name from patient')
    expect(rows).toEqual([])
    expect(fields).toEqual([
      { name: 'id', typeOid: 23 },
      { name: 'name', typeOid: 25 },
    ])
  })

  it('counts the rows that a command touched', async () => {
    expect((await database.query("insert into patient values (1, 'a', 1), (2, 'b', 2)")).rowCount).toBe(2)
    expect((await database.query('update patient set age = 3 where id = 2')).rowCount).toBe(1)
  })

  it('refuses a second statement in one text, and does not run the first', async () => {
    const error = await errorOf(database.query("insert into patient values (1, 'a', 1); select 1"))
    expect(error.sqlstate).toBe('42601')
    expect((await database.query('select from patient')).rowCount).toBe(0)
  })

  it('hands over what JavaScript would spoil as the text that the server sent', async () => {
    const { rows } = await database.query(`select 9007199254740993::int8 as int8, 1.10::numeric as numeric,
      '2026-01-31 23:59:59.123456+02'::timestamptz as timestamptz, '2026-01-31 23:59:59.123456'::timestamp as timestamp,
      '0001-01-01'::date as date, '18446744073709551615'::xid8 as xid8, '10:20:10,14'::pg_snapshot as pg_snapshot,
      '{9007199254740993}'::int8[] as int8s, '{1.10,2.50}'::numeric[] as numerics, '1 day 02:00'::interval as interval`)
    expect(rows[0]).toEqual({
      int8: '9007199254740993',
      numeric: '1.10',
      timestamptz: '2026-01-31 21:59:59.123456+00',
      timestamp: '2026-01-31 23:59:59.123456',
      date: '0001-01-01',
      xid8: '18446744073709551615',
      pg_snapshot: '10:20:10,14',
      int8s: '{9007199254740993}',
      numerics: '{1.10,2.50}',
      interval: '1 day 02:00:00',
    })
  })

  it('hands over as values what JavaScript holds exactly', async () => {
    const { rows } =
      await database.query(`select true as bool, 7::int4 as int4, 0.1::float8 + 0.2 as float8, null as nothing,
      '{"a": [1]}'::jsonb as json, array['x', null, 'y,"z'] as texts, '\\x00ff'::bytea as bytes`)
    expect(rows[0]).toEqual({
      bool: true,
      int4: 7,
      float8: 0.30000000000000004,
      nothing: null,
      json: { a: [1] },
      texts: ['x', null, 'y,"z'],
      bytes: Buffer.from([0, 255]),
    })
  })

  it('gives values that do not depend on the settings of the role or the database', async () => {
    await database.query(`do $$ begin
      execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database());
      execute format('alter database %I set datestyle = ''SQL, DMY''', current_database());
      execute format('alter database %I set extra_float_digits = 0', current_database());
      execute format('alter database %I set search_path = pg_catalog', current_database());
      execute format('alter database %I set lock_timeout = ''1s''', current_database());
      execute format('alter database %I set statement_timeout = ''1h''', current_database());
      execute format('alter database %I set default_transaction_read_only = on', current_database());
      execute format('alter database %I set jit = on', current_database());
    end $$`)
    const fresh = await single()
    const { rows } =
      await fresh.query(`select '2026-02-01 00:00+00'::timestamptz as at, 0.1::float8 + 0.2 as sum,
      current_setting('timezone') as zone, current_setting('search_path') as path, current_setting('client_connection_check_interval') as watch,
      current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
      current_setting('transaction_read_only') as read_only, current_setting('jit') as jit`)
    expect(rows[0]).toEqual({
      at: '2026-02-01 00:00:00+00',
      sum: 0.30000000000000004,
      zone: 'UTC',
      path: 'public',
      watch: '500ms',
      // A second runner waits; how long statements may take is for the user to say.
      lock: '0',
      statement: '1h',
      read_only: 'off',
      jit: 'off',
    })
    expect(
      await fresh.transaction(async (inside) => (await inside.query('show transaction_read_only')).rows),
    ).toEqual([{ transaction_read_only: 'off' }])
    await fresh.close()
    await database.query(
      `do $$ begin execute format('alter database %I reset all', current_database()); end $$`,
    )
  })

  it('takes a search path, and whether statements are compiled, from the options of the URL', async () => {
    const url = new URL(created.url)
    url.searchParams.set('options', '-c search_path=pg_catalog -c jit=on')
    const other = await connect({ url: url.href, applicationName: 'strata test' })
    expect((await other.query('show search_path')).rows).toEqual([{ search_path: 'pg_catalog' }])
    expect((await other.query('show jit')).rows).toEqual([{ jit: 'on' }])
    await other.close()
  })

  it('throws values that no parameter can be as what they are, bugs, and stays usable', async () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const one = await single()
    await expect(one.query({ text: 'select $1::jsonb', values: [circular] })).rejects.toThrow(TypeError)
    expect((await one.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await one.close()
  })

  it('commits when the work resolves, and returns its value', async () => {
    const value = await database.transaction(async (transaction) => {
      await transaction.query("insert into patient values (1, 'a', 1)")
      expect((await transaction.query('show transaction_isolation')).rows).toEqual([
        { transaction_isolation: 'read committed' },
      ])
      return 'done'
    })
    expect(value).toBe('done')
    expect((await database.query('select from patient')).rowCount).toBe(1)
  })

  it('rolls back and rethrows the very error when the work rejects', async () => {
    const mine = new Error('mine')
    const work = database.transaction(async (transaction) => {
      await transaction.query("insert into patient values (1, 'a', 1)")
      throw mine
    })
    await expect(work).rejects.toBe(mine)
    expect((await database.query('select from patient')).rowCount).toBe(0)
  })

  it('rejects when a swallowed error made the server roll back at COMMIT', async () => {
    const error = await errorOf(
      database.transaction(async (transaction) => {
        await transaction.query("insert into patient values (1, 'a', 1)")
        await transaction.query('select 1 / 0').catch(() => {})
      }),
    )
    expect(error.code).toBe('TRANSACTION_ABORTED')
    expect((await database.query('select from patient')).rowCount).toBe(0)
  })

  it('begins a transaction with its first statement, in the same message where that is a script', async () => {
    const mine = `select split_part(query, '; ', 1) as begins, pg_current_xact_id_if_assigned() from pg_stat_activity where pid = pg_backend_pid()`
    const { rows } = await database.transaction((transaction) =>
      transaction.query({ text: `set local work_mem = '1MB'; ${mine}`, script: true }),
    )
    expect(rows).toMatchObject([{ begins: 'begin isolation level read committed' }])
    expect(await database.transaction(async () => 'nothing')).toBe('nothing')
  })

  it('tells where in its first script a transaction failed, and runs nothing after it', async () => {
    let position: number | undefined
    const work = database.transaction(
      async (transaction) => {
        const error = await errorOf(transaction.query({ text: 'select 1; select nobody', script: true }))
        position = error.position
        await transaction.query("insert into patient values (1, 'a', 1)").catch(() => {})
      },
      { applicationName: 'näme' },
    )
    expect((await errorOf(work)).code).toBe('UNKNOWN_COLUMN')
    expect(position).toBe(18)
    expect((await database.query('select from patient')).rowCount).toBe(0)
  })

  it('rejects when COMMIT itself fails, and the connection stays usable', async () => {
    const one = await single()
    await one.query('create table visit (patient int references patient deferrable initially deferred)')
    const error = await errorOf(
      one.transaction((transaction) => transaction.query('insert into visit values (99)')),
    )
    expect(error.code).toBe('FOREIGN_KEY_VIOLATION')
    expect((await one.query('select from visit')).rowCount).toBe(0)
    await one.query('drop table visit')
    await one.close()
  })

  it('runs statements of one transaction one after the other when nobody waits for them', async () => {
    const ids = Array.from({ length: 20 }, (_, id) => id)
    await database.transaction(async (transaction) => {
      await Promise.all(
        ids.map((id) => transaction.query({ text: "insert into patient values ($1, 'a', 1)", values: [id] })),
      )
    })
    expect((await database.query('select from patient')).rowCount).toBe(20)
  })

  it('serves more transactions at once than it has connections', async () => {
    const few = await connect({
      url: created.url,
      applicationName: 'strata few',
      maxConnections: 4,
      connectTimeoutSeconds: 1,
    })
    const processes = new Set<number>()
    await Promise.all(
      Array.from({ length: 20 }, (_, id) =>
        few.transaction(async (transaction) => {
          processes.add(transaction.processId)
          await transaction.query({ text: "insert into patient values ($1, 'a', 1)", values: [id] })
          // In all longer than the time to connect, which says nothing about a wait for others.
          await transaction.query('select pg_sleep(0.25)')
        }),
      ),
    )
    expect(processes.size).toBeLessThanOrEqual(4)
    expect((await few.query('select from patient')).rowCount).toBe(20)
    await few.close()
  })

  it('gives a session one connection outside any transaction', async () => {
    await database.session(async (session) => {
      const before = await session.query<{ pid: number; xid: string }>(
        'select pg_backend_pid() as pid, pg_current_xact_id()::text as xid',
      )
      const after = await session.query<{ pid: number; xid: string }>(
        'select pg_backend_pid() as pid, pg_current_xact_id()::text as xid',
      )
      expect(before.rows[0]!.pid).toBe(session.processId)
      expect(after.rows[0]!.pid).toBe(session.processId)
      expect(after.rows[0]!.xid).not.toBe(before.rows[0]!.xid)
    })
  })

  it('refuses a session that is used after its end', async () => {
    const kept = await database.session(async (session) => session)
    await expect(kept.query('select 1')).rejects.toThrow('the session has ended')
  })

  it('shows the application name, cut to what the server takes, and gives the next user the usual one', async () => {
    const one = await single()
    const name = (of: { query: typeof one.query }) =>
      of
        .query<{ name: string }>("select current_setting('application_name') as name")
        .then(({ rows }) => rows[0]!.name)
    expect(await one.transaction(name, { applicationName: 'strata run=7 node=patients' })).toBe(
      'strata run=7 node=patients',
    )
    expect(await one.transaction(name)).toBe('strata single')
    expect(await one.session(name, { applicationName: 'x'.repeat(100) })).toBe('x'.repeat(63))
    expect(await name(one)).toBe('strata single')
    await one.close()
  })

  it('leaves nothing of one user of a connection to the next', async () => {
    const one = await single()
    await one.session(async (session) => {
      await session.query('create temp table leftover ()')
      await session.query("set statement_timeout = '5s'")
      await session.query("set timezone = 'Asia/Tokyo'")
      await session.query('select pg_advisory_lock(4711)')
      await session.query('begin')
      await session.query('select 1 / 0').catch(() => {})
    })
    const { rows } =
      await one.query(`select to_regclass('leftover') as leftover, current_setting('statement_timeout') as timeout,
      current_setting('timezone') as zone, (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`)
    expect(rows).toEqual([{ leftover: null, timeout: '0', zone: 'UTC', locks: 0 }])
    await one.query('create temp table leftover ()')
    await one.query('begin')
    expect((await one.query("select to_regclass('leftover') as leftover")).rows).toEqual([{ leftover: null }])
    await one.transaction((transaction) => transaction.query('create temp table leftover ()'))
    expect((await one.query("select to_regclass('leftover') as leftover")).rows).toEqual([{ leftover: null }])
    await one.close()
  })

  it('leaves a connection as it is behind a transaction that executes only ours, unless that fails', async () => {
    const one = await single()
    const leaves = async (work: Promise<unknown>) => {
      await work.catch(() => {})
      return (await one.query("select nullif(current_setting('strata.left', true), '') as it")).rows[0]!['it']
    }
    const leave = "select set_config('strata.left', 'something', false)"
    const ours = { executesOnlyOurs: true }
    expect(await leaves(one.transaction((transaction) => transaction.query(leave)))).toBeNull()
    expect(await leaves(one.transaction((transaction) => transaction.query(leave), ours))).toBe('something')
    const failing = one.transaction(async (transaction) => {
      await transaction.query(leave)
      throw new Error('mine')
    }, ours)
    expect(await leaves(failing)).toBeNull()
    await one.close()
  })

  it('waits for what runs when it is closed, more than once, and takes nothing afterwards', async () => {
    const one = await single()
    const running = one.query('select pg_sleep(0.2)')
    await sleep(50)
    await Promise.all([one.close(), one.close()])
    await expect(running).resolves.toBeDefined()
    await one.close()
    await expect(one.query('select 1')).rejects.toThrow('the database has been closed')
    const { rows } = await database.query<{ open: number }>(
      "select count(*)::int as open from pg_stat_activity where application_name = 'strata single' and datname = current_database()",
    )
    expect(rows).toEqual([{ open: 0 }])
  })
})
