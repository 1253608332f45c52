import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Database, DatabaseError } from '@strata/core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { connect } from './connect.ts'
import { createTestDatabase, describeServers, type TestDatabase } from './testing/index.ts'
import { eventually } from './testing/test-project.ts'

type Chunks = AsyncIterable<string | Uint8Array>

async function* chunksOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* chunks
}

async function errorOf(promise: Promise<unknown>): Promise<DatabaseError> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(DatabaseError)
  return outcome as DatabaseError
}

const statement = 'copy "Visits 7" (id, note) from stdin'

describeServers('rows copied into a table', (server) => {
  let created: TestDatabase
  let database: Database
  let one: Database
  beforeAll(async () => {
    created = await createTestDatabase(server)
    database = created.database
    await database.query('create table "Visits 7" (id int primary key, note varchar(8))')
  })
  beforeEach(async () => {
    one = await connect({ url: created.url, applicationName: 'strata one', maxConnections: 1 })
  })
  afterEach(async () => {
    // Whatever happened, the connection serves the next.
    expect((await one.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await one.close()
    await database.query('truncate "Visits 7"')
  })
  afterAll(() => created.drop())

  const copy = (chunks: Chunks, text = statement) => one.session((session) => session.copyIn(text, chunks))
  const count = async () => (await database.query('select from "Visits 7"')).rowCount

  it('are counted, wherever the chunks are cut, as text or as bytes', async () => {
    const chunks = chunksOf('1\tö', 'ne', '', '\n2\t\\', 'N\n3', Buffer.from('\t日'))
    expect(await copy(chunks)).toBe(3)
    expect((await database.query('select * from "Visits 7" order by id')).rows).toEqual([
      { id: 1, note: 'öne' },
      { id: 2, note: null },
      { id: 3, note: '日' },
    ])
  })

  it('may be none', async () => {
    expect(await copy(chunksOf())).toBe(0)
    expect(await copy(chunksOf('', ''))).toBe(0)
  })

  it('belong to the transaction, between its other statements', async () => {
    const work = one.transaction(async (transaction) => {
      const copied = transaction.copyIn(statement, chunksOf('1\ta\n'))
      const seen = transaction.query('select from "Visits 7"')
      expect([await copied, (await seen).rowCount]).toEqual([1, 1])
      throw new Error('mine')
    })
    await expect(work).rejects.toThrow('mine')
    expect(await count()).toBe(0)
  })

  it.each([
    ['a value of another type', '1\ta\n2\tb\nx\tc\n', 'BAD_TEXT', 3],
    ['a value that is too long', '1\ta\n2\tmuch too long\n', 'VALUE_TOO_LONG', 2],
    ['a key that occurs twice', '1\ta\n2\tb\n1\tc\n4\td\n', 'UNIQUE_VIOLATION', 3],
    ['too few values', '1\ta\n2\n', 'SQLSTATE_22P04', 2],
  ])('are refused for %s, with the line and never a value', async (_, text, code, line) => {
    const error = await errorOf(copy(chunksOf(text)))
    expect(error).toMatchObject({ code, copyLine: line, sql: statement })
    if (code !== 'UNIQUE_VIOLATION') expect(JSON.stringify(error)).not.toMatch(/much too long|"x"/)
    expect(await count()).toBe(0)
  })

  it('are refused while many more are under way, and their source is told to stop', async () => {
    let ended = false
    let given = 0
    const endless = async function* () {
      try {
        for (;;) yield `${given++ === 50 ? 'x' : given}\t${'y'.repeat(8)}\n`
      } finally {
        ended = true
      }
    }
    expect(await errorOf(copy(endless()))).toMatchObject({ code: 'BAD_TEXT', copyLine: 51 })
    await eventually(() => ended)
    expect(given).toBeLessThan(1_000_000)
  })

  it('are refused for a table that is not there, without a line', async () => {
    const error = await errorOf(copy(chunksOf('1\n'), 'copy nowhere from stdin'))
    expect(error).toMatchObject({ code: 'UNKNOWN_RELATION', copyLine: undefined })
  })

  it('are not there when their source fails, whose error is thrown', async () => {
    const mine = new Error('the file broke off')
    const failing = async function* () {
      yield '1\ta\n'
      throw mine
    }
    await expect(copy(failing())).rejects.toBe(mine)
    expect(await count()).toBe(0)
  })

  it('take nothing but COPY FROM STDIN', async () => {
    await expect(copy(chunksOf(), 'select 1')).rejects.toThrow('only COPY')
  })

  it.each([
    ['while the source gives more and more', true],
    ['while the source gives nothing', false],
  ])('are cancelled by a signal %s', async (_, gives) => {
    const controller = new AbortController()
    const source = async function* () {
      for (let id = 0; ; id++) {
        yield `${id}\ta\n`
        if (!gives) await new Promise(() => {})
      }
    }
    const work = one.transaction((transaction) => transaction.copyIn(statement, source()), {
      signal: controller.signal,
    })
    await sleep(50)
    const begun = Date.now()
    controller.abort()
    expect((await errorOf(work)).code).toBe('CANCELLED')
    expect(Date.now() - begun).toBeLessThan(2_000)
    expect(await count()).toBe(0)
  })

  it('are cancelled while they wait for a lock', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query('lock table "Visits 7"')
      const work = errorOf(copy(chunksOf('1\ta\n')))
      await sleep(50)
      await one.cancel()
      expect((await work).code).toBe('CANCELLED')
    })
  })

  it.each([
    ['before the first chunk', 0],
    ['among the chunks', 5],
  ])('are lost with their connection %s', async (_, at) => {
    const work = one.session((session) => {
      const source = async function* () {
        for (let id = 0; ; id++) {
          if (id === at) {
            await database.query({ text: 'select pg_terminate_backend($1)', values: [session.processId] })
          }
          yield `${id}\t${'a'.repeat(8)}\n`
        }
      }
      return session.copyIn(statement, source())
    })
    expect((await errorOf(work)).code).toBe('CONNECTION_LOST')
    expect(await count()).toBe(0)
  })

  it('are not kept once they have been handed over', async () => {
    await database.query('create unlogged table wide (text text)')
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const handed: WeakRef<Buffer>[] = []
    let most = 0
    const source = async function* () {
      for (let count = 0; count < 100; count++) {
        const chunk = Buffer.from(`${'x'.repeat(1024 * 1024 - 1)}\n`)
        handed.push(new WeakRef(chunk))
        yield chunk
        if (count % 10 < 9) continue
        // What was held in this turn of the event loop is held to its end.
        await sleep(0)
        collectGarbage()
        most = Math.max(most, handed.filter((ref) => ref.deref() !== undefined).length)
      }
    }
    expect(await one.session((session) => session.copyIn('copy wide from stdin where false', source()))).toBe(
      0,
    )
    expect(most).toBeLessThan(20)
    await database.query('drop table wide')
  })

  it('are asked for no faster than the server takes them', async () => {
    await database.query('create table slow (text text)')
    await database.query(`create function wait() returns trigger language plpgsql as
      'begin perform pg_sleep(30); return new; end'`)
    await database.query('create trigger slow before insert on slow for each row execute function wait()')
    const controller = new AbortController()
    let given = 0
    const source = async function* () {
      for (;;) {
        given++
        yield `${'x'.repeat(1024 * 1024 - 1)}\n`
      }
    }
    const work = errorOf(
      one.session((session) => session.copyIn('copy slow from stdin', source()), {
        signal: controller.signal,
      }),
    )
    await sleep(300)
    // What the sockets hold, and not the memory of the process.
    expect(given).toBeLessThan(20)
    controller.abort()
    expect((await work).code).toBe('CANCELLED')
    await database.query('drop table slow cascade')
  })
})
