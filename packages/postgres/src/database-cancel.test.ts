import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, DatabaseError } from '@strata/core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { connect } from './connect.ts'
import { createTestDatabase, describeServers, type TestDatabase } from './testing/index.ts'
import { eventually } from './testing/test-project.ts'

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'no error'
  } catch (error) {
    return error instanceof DatabaseError ? error.code : String(error)
  }
}

describeServers('a statement that is to stop', (server) => {
  let created: TestDatabase
  let database: Database
  let one: Database
  beforeAll(async () => {
    created = await createTestDatabase(server)
    database = created.database
  })
  beforeEach(async () => {
    one = await connect({ url: created.url, applicationName: 'strata one', maxConnections: 1 })
  })
  afterEach(() => one.close())
  afterAll(() => created.drop())

  const sleepers = async () => {
    const { rows } = await database.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'strata one' and state = 'active' and query like '%pg_sleep%'",
    )
    return rows.map(({ pid }) => pid)
  }
  const kill = (pid: number) => database.query({ text: 'select pg_terminate_backend($1)', values: [pid] })

  it('is cancelled on the server by a signal, and its connection serves the next', async () => {
    const controller = new AbortController()
    const work = one.transaction((transaction) => transaction.query('select pg_sleep(30)'), {
      signal: controller.signal,
    })
    await eventually(async () => (await sleepers()).length === 1)
    const [before] = await sleepers()
    const begun = Date.now()
    controller.abort()
    expect(await codeOf(work)).toBe('CANCELLED')
    expect(Date.now() - begun).toBeLessThan(2_000)
    expect(await sleepers()).toEqual([])
    expect((await one.query('select pg_backend_pid() as pid')).rows).toEqual([{ pid: before }])
  })

  it('does not start when the signal has fired before', async () => {
    let ran = false
    const work = one.transaction(
      async () => {
        ran = true
      },
      { signal: AbortSignal.abort() },
    )
    expect(await codeOf(work)).toBe('CANCELLED')
    expect(ran).toBe(false)
  })

  it('does not start, nor is anything committed, when the signal fires between two statements', async () => {
    await one.query('create table progress (step int)')
    const controller = new AbortController()
    const work = one.transaction(
      async (transaction) => {
        await transaction.query('insert into progress values (1)')
        controller.abort()
        await transaction.query('insert into progress values (2)').catch(() => {})
      },
      { signal: controller.signal },
    )
    expect(await codeOf(work)).toBe('CANCELLED')
    expect((await one.query('select from progress')).rowCount).toBe(0)
  })

  it('does not wait for a free connection after its signal has fired', async () => {
    const controller = new AbortController()
    await one.session(async () => {
      const waiting = one.session((session) => session.query('select 1'), { signal: controller.signal })
      await sleep(20)
      controller.abort()
      expect(await codeOf(waiting)).toBe('CANCELLED')
    })
    expect((await one.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('never makes the statement of the next user fail, however often signals fire', async () => {
    for (let round = 0; round < 25; round++) {
      const controller = new AbortController()
      const work = one.session((session) => session.query('select pg_sleep(0.01)'), {
        signal: controller.signal,
      })
      await sleep(Math.random() * 15)
      controller.abort()
      const [code, next] = await Promise.all([codeOf(work), codeOf(one.query('select pg_sleep(0.02)'))])
      expect(['CANCELLED', 'no error']).toContain(code)
      expect(next).toBe('no error')
    }
  })

  it('is cancelled with all others of the database', async () => {
    const both = [one.query('select pg_sleep(30)'), database.query('select pg_sleep(30)')]
    const codes = Promise.all(both.map(codeOf))
    await eventually(async () => (await sleepers()).length === 1)
    await Promise.all([one.cancel(), database.cancel()])
    expect(await codes).toEqual(['CANCELLED', 'CANCELLED'])
    await one.cancel()
    expect((await one.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('reports a connection that was ended as lost, and the next one gets another', async () => {
    const work = one.transaction((transaction) => transaction.query('select pg_sleep(30)'))
    const code = codeOf(work)
    await eventually(async () => (await sleepers()).length === 1)
    await kill((await sleepers())[0]!)
    expect(await code).toBe('CONNECTION_LOST')
    expect((await one.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('gives its connection back in every way in which a transaction can die', async () => {
    const deaths: readonly (() => Promise<unknown>)[] = [
      () => one.transaction((transaction) => kill(transaction.processId)),
      () =>
        one.transaction((transaction) =>
          kill(transaction.processId).then(() => transaction.query('select 1')),
        ),
      () =>
        one.transaction((transaction) =>
          kill(transaction.processId).then(() => Promise.reject(new Error('mine'))),
        ),
      () => one.session((session) => kill(session.processId).then(() => session.query('select 1'))),
      () => one.transaction((transaction) => transaction.query('rollback')),
      () => one.transaction(() => Promise.reject(new Error('mine'))),
      () =>
        one.transaction((transaction) => transaction.query('select pg_terminate_backend(pg_backend_pid())')),
    ]
    for (const death of deaths) {
      await death().catch(() => {})
      expect((await one.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    }
  })

  it('survives the end of an idle connection', async () => {
    const { rows } = await one.query<{ pid: number }>('select pg_backend_pid() as pid')
    await kill(rows[0]!.pid)
    await eventually(async () => (await codeOf(one.query('select 1'))) === 'no error')
    expect((await one.query('select pg_backend_pid() as pid')).rows).not.toEqual(rows)
  })

  it('reports its cancellation, and not the lost connection, when both happen', async () => {
    const controller = new AbortController()
    const work = one.transaction(
      async (transaction) => {
        const statement = transaction.query('select pg_sleep(30)')
        await eventually(async () => (await sleepers()).length === 1)
        controller.abort()
        await kill(transaction.processId)
        await statement
      },
      { signal: controller.signal },
    )
    expect(await codeOf(work)).toBe('CANCELLED')
  })
})
