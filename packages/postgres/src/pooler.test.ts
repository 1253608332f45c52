import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '@strata/core'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from './connect.ts'
import { createTestDatabase, describeServers, type TestDatabase } from './testing/index.ts'
import { hasPooler, startPooler, type TestPooler } from './testing/start-pooler.ts'

describe.runIf(hasPooler)('behind a pooler', () => {
  describeServers('in transaction mode', (server) => {
    let own: TestDatabase
    let pooler: TestPooler
    let database: Database
    beforeAll(async () => {
      own = await createTestDatabase(server)
      await own.database.query(`do $$ begin
        execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database());
        execute format('alter database %I set datestyle = ''SQL, DMY''', current_database());
        execute format('alter database %I set search_path = pg_catalog', current_database());
        execute format('alter database %I set lock_timeout = ''1s''', current_database());
      end $$`)
      pooler = await startPooler(own.url)
      database = await connect({ url: pooler.url, applicationName: 'strata pooled', maxConnections: 20 })
    })
    afterAll(async () => {
      await database?.close()
      await pooler?.stop()
      await own?.drop()
    })

    const settings = `select current_setting('timezone') as zone, current_setting('search_path') as path,
      current_setting('lock_timeout') as lock, current_setting('client_connection_check_interval') as watch,
      current_setting('application_name') as name, '2026-02-01 00:00+00'::timestamptz as at`
    const ours = {
      zone: 'UTC',
      path: 'public',
      lock: '0',
      watch: '500ms',
      name: 'strata pooled',
      at: '2026-02-01 00:00:00+00',
    }

    it('rows are copied with the settings of a session of ours, in a transaction or outside, and cancelled', async () => {
      await own.database.query('create table public.copied (at timestamptz)')
      const chunks = async function* () {
        yield '2026-02-01 00:00\n'
      }
      const copy = 'copy public.copied from stdin'
      await database.session((session) => session.copyIn(copy, chunks()))
      await database.transaction((transaction) => transaction.copyIn(copy, chunks()))
      expect((await database.query('select distinct at from public.copied')).rows).toEqual([
        { at: '2026-02-01 00:00:00+00' },
      ])
      const controller = new AbortController()
      const endless = async function* () {
        for (;;) yield '2026-02-01 00:00\n'
      }
      const work = database.session((session) => session.copyIn(copy, endless()), {
        signal: controller.signal,
      })
      setTimeout(() => controller.abort(), 50)
      await expect(work).rejects.toMatchObject({ code: 'CANCELLED' })
      expect((await database.query('select from public.copied')).rowCount).toBe(2)
    })

    it('every transaction and every statement has the settings of a session of ours', async () => {
      const found = await Promise.all([
        ...Array.from({ length: 10 }, () => database.query(settings)),
        database.transaction((transaction) => transaction.query(settings)),
        database.session((session) => session.query(settings)),
        database.session(async (session) => {
          await session.query('begin')
          const result = await session.query(settings)
          await session.query('rollback')
          return result
        }),
      ])
      for (const { rows } of found) expect(rows).toEqual([ours])
      const named = (of: { query: Database['query'] }) => of.query(settings)
      expect((await database.transaction(named, { applicationName: "node='x'" })).rows).toEqual([
        { ...ours, name: "node='x'" },
      ])
    })

    it('nothing of it stays on the server processes, which others use as well', async () => {
      await Promise.all(Array.from({ length: 12 }, () => database.query('select pg_sleep(0.05)')))
      for (let number = 0; number < 8; number++) {
        const client = new pg.Client({ connectionString: pooler.url })
        await client.connect()
        const { rows } = await client.query(
          `select current_setting('search_path') as path, current_setting('lock_timeout') as lock, current_setting('client_connection_check_interval') as watch`,
        )
        expect(rows).toEqual([{ path: 'pg_catalog', lock: '1s', watch: '0' }])
        await client.end()
      }
    })

    it('a single statement is all or nothing, and what cannot be in a transaction stands outside of one', async () => {
      await database.query('create table public.visit (id int primary key deferrable initially deferred)')
      await expect(database.query('insert into visit values (1), (1)')).rejects.toMatchObject({
        code: 'UNIQUE_VIOLATION',
      })
      await database.query('insert into visit values (1)')
      expect((await database.query('select id from visit')).rows).toEqual([{ id: 1 }])
      await database.query('create index concurrently visit_id on public.visit (id)')
      await database.session((session) => session.query('vacuum public.visit'))
      await database.session((session) =>
        session.query({
          text: 'insert into visit values (2); commit; insert into public.visit values (3)',
          script: true,
        }),
      )
      expect((await database.query('select id from visit order by 1')).rows).toEqual([
        { id: 1 },
        { id: 2 },
        { id: 3 },
      ])
    })

    it('a transaction is rolled back as a whole', async () => {
      await database.query('create table public.rolled (id int)')
      const failing = database.transaction(async (transaction) => {
        await transaction.query('insert into rolled values (1)')
        await transaction.query('select 1 / 0')
      })
      await expect(failing).rejects.toMatchObject({ code: 'DIVISION_BY_ZERO' })
      expect((await database.query('select from rolled')).rowCount).toBe(0)
    })

    it('what runs is cancelled, in a transaction and outside of one, and others are not', async () => {
      const bystander = database.query('select pg_sleep(1.5)')
      for (const cancelled of [
        (signal: AbortSignal) =>
          database.transaction((transaction) => transaction.query('select pg_sleep(60)'), { signal }),
        (signal: AbortSignal) =>
          database.session((session) => session.query('select pg_sleep(60)'), { signal }),
      ]) {
        const controller = new AbortController()
        const running = cancelled(controller.signal)
        running.catch(() => {})
        await sleep(150)
        const began = performance.now()
        controller.abort()
        await expect(running).rejects.toMatchObject({ code: 'CANCELLED' })
        expect(performance.now() - began).toBeLessThan(5_000)
      }
      await bystander
      expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    })
  })

  describeServers('in session mode', (server) => {
    it('everything works as well', async () => {
      const own = await createTestDatabase(server)
      const pooler = await startPooler(own.url, 'session')
      try {
        const database = await connect({ url: pooler.url, applicationName: 'strata pooled' })
        expect(
          (await database.transaction((transaction) => transaction.query('show timezone'))).rows,
        ).toEqual([{ TimeZone: 'UTC' }])
        await database.close()
      } finally {
        await pooler.stop()
        await own.drop()
      }
    })
  })

  describeServers('in statement mode', (server) => {
    it('nothing is begun, and the reason is said', async () => {
      const pooler = await startPooler(server.url, 'statement')
      try {
        await expect(connect({ url: pooler.url, applicationName: 'strata pooled' })).rejects.toMatchObject({
          code: 'POOLER_WITHOUT_TRANSACTIONS',
          hint: expect.stringContaining('pool_mode = transaction'),
        })
      } finally {
        await pooler.stop()
      }
    })
  })

  describeServers('with options in the URL', (server) => {
    it('says that they cannot pass', async () => {
      const pooler = await startPooler(server.url)
      const url = new URL(pooler.url)
      url.searchParams.set('options', '-c search_path=pg_catalog')
      try {
        await expect(connect({ url: url.href, applicationName: 'strata pooled' })).rejects.toMatchObject({
          code: 'POOLER_REFUSES',
          hint: expect.stringContaining('options'),
        })
      } finally {
        await pooler.stop()
      }
    })
  })
})
