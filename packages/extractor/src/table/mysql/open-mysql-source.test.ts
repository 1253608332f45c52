import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DatabaseConnector, databaseConnectorDefaults, SourceError } from '@strata/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeMariadb, type MariadbDatabase } from '../../testing/mariadb.ts'
import { openTestSource, readAll, readChunks, rowsRequest, tableJob } from '../../testing/mysql-source.ts'
import type { TableSource } from '../table-source.ts'
import { withMysqlSession } from './mysql-session.ts'

describeMariadb('a MySQL source', (database) => {
  const sources: TableSource[] = []
  afterAll(() => Promise.all(sources.map((source) => source.close())))
  const open = (
    settings: Partial<DatabaseConnector> = {},
    place: Partial<MariadbDatabase> = {},
  ): TableSource => {
    const source = openTestSource({ ...database(), ...place }, settings)
    sources.push(source)
    return source
  }
  const limit = () => AbortSignal.timeout(60_000)
  const job = tableJob('patient', ['PatNum'])

  beforeAll(async () => {
    await database().query(
      `create table patient (PatNum bigint primary key, LName varchar(100));
       insert into patient select seq, concat('Miller', seq) from seq_1_to_1000;
       create table Patient_Old (n int primary key)`,
    )
  })

  /** What the walk through a table fails with. */
  async function failureOf(source: TableSource, of = job): Promise<SourceError> {
    const error: unknown = await readAll(source, of).then(
      () => null,
      (reason: unknown) => reason,
    )
    if (!(error instanceof SourceError)) throw new Error('it did not fail as a source does', { cause: error })
    expect(`${error.message} ${error.hint}`).not.toMatch(
      new RegExp(`${database().credentials.password}|Miller`),
    )
    expect(error.hint).toBeTruthy()
    return error
  }

  it('tells the clock of the server, and of the declared zone', async () => {
    const clockOf = (source: TableSource) => source.snapshot(limit(), async ({ clock }) => clock)
    const milliseconds = (text: string) => Date.parse(`${text.slice(0, 23).replace(' ', 'T')}Z`)
    const before = Date.now()
    const { utc, local } = await clockOf(open())
    expect(utc).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/)
    expect(milliseconds(utc)).toBeGreaterThanOrEqual(before - 1)
    expect(milliseconds(utc)).toBeLessThanOrEqual(Date.now())
    expect(milliseconds(utc) - milliseconds(local)).toBe(5 * 60 * 60_000)
    const kolkata = await clockOf(open({ timeZone: 'Asia/Kolkata' }))
    expect(milliseconds(kolkata.utc) - milliseconds(kolkata.local)).toBe(-5.5 * 60 * 60_000)
    expect(kolkata.local.slice(-6)).toBe(kolkata.utc.slice(-6))
  })

  it('describes the columns of a table, and of a view', async () => {
    await database().query(
      `create table described (a decimal(12,0) not null, b decimal(12,2), c year, d json, e double, f tinyint unsigned not null);
       create view seen as select a, f from described`,
    )
    await open().snapshot(limit(), async (snapshot) => {
      expect(await snapshot.table(tableJob('described', ['a']))).toEqual({
        columns: [
          { name: 'a', type: 'decimal(12,0)', nullable: false, change: 'number' },
          { name: 'b', type: 'decimal(12,2)', nullable: true, change: null },
          { name: 'c', type: 'year(4)', nullable: true, change: null },
          { name: 'd', type: 'json', nullable: true, change: null },
          { name: 'e', type: 'double', nullable: true, change: null },
          { name: 'f', type: 'tinyint(3) unsigned', nullable: false, change: 'number' },
        ],
        consistent: true,
        fingerprint: null,
      })
      expect(await readChunks(snapshot, tableJob('seen', ['a']))).toEqual([])
    })
  })

  it('admits no more loads at once than its connector says', async () => {
    const source = open({ concurrency: 2 })
    let running = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 6 }, () =>
        source.admit(() =>
          source.snapshot(limit(), async (snapshot) => {
            running += 1
            most = Math.max(most, running)
            // Long enough for the others to begin, if they could.
            await snapshot.count(job, { kind: 'all' })
            await new Promise((resolve) => setTimeout(resolve, 200))
            running -= 1
          }),
        ),
      ),
    )
    expect(most).toBe(2)
  })

  it('can write nothing', async () => {
    const place = {
      connector: { ...databaseConnectorDefaults, kind: 'mysql', source: 'opendental', instances: [] },
      instance: { ...database(), id: 1, name: 'north', parameters: {}, simulated: false },
    } as const
    for (const statement of ['delete from patient', 'create table written (n int)', 'drop table patient'])
      await expect(
        withMysqlSession(place, limit(), (session) => session.rows(statement)),
      ).rejects.toMatchObject({
        code: 'SOURCE_FAILING',
        message: expect.stringContaining('ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION'),
      })
  })

  it('ends what runs on the server when it is aborted, and is of use again', async () => {
    // Each row takes the server a tenth of a second, all of them a hundred.
    await database().query(
      `create function tarry(n bigint) returns bigint no sql return n + sleep(0.1);
       create view slow as select tarry(PatNum) as PatNum from patient`,
    )
    const source = open()
    const stop = new AbortController()
    const reason = new Error('enough')
    const started = performance.now()
    const reading = source.snapshot(stop.signal, (snapshot) =>
      snapshot.count(tableJob('slow', ['PatNum']), changedFrom('1')),
    )
    setTimeout(() => stop.abort(reason), 300)
    await expect(reading).rejects.toBe(reason)
    expect(performance.now() - started).toBeLessThan(10_000)
    await untilIdle()
    await expect(source.snapshot(stop.signal, async () => {})).rejects.toBe(reason)
    expect(await readAll(source, job)).toHaveLength(1000)
  })

  it('ends the statement of a chunk that nobody wants any more', async () => {
    await database().query(
      `create function dwell(n bigint) returns bigint no sql return n + sleep(10);
       create view \`slow later\` as select PatNum from patient where PatNum <= 3 or dwell(PatNum) > 0`,
    )
    const slow = tableJob('slow later', ['PatNum'])
    const started = performance.now()
    await open().snapshot(limit(), async (snapshot) => {
      for await (const { rows } of snapshot.rows(await rowsRequest(snapshot, slow, { chunkRows: 3 }))) {
        expect(rows).toHaveLength(3)
        await sleep(50)
        break
      }
      expect(await snapshot.count(job, { kind: 'all' })).toBe(1000)
    })
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('says what is wrong with a table, its key and its columns', async () => {
    expect(await failureOf(open(), tableJob('patient_old', ['n']))).toMatchObject({
      code: 'SOURCE_TABLE_MISSING',
      message: expect.stringContaining(`has no table patient_old in database ${database().name}`),
      hint: expect.stringContaining('there is Patient_Old, patient'),
    })
    expect(await failureOf(open(), tableJob('patient', ['Nr']))).toMatchObject({ code: 'SOURCE_KEY_MISSING' })
    await database().query('create table floating (n double primary key); insert into floating values (0.1)')
    expect(await failureOf(open(), tableJob('floating', ['n']))).toMatchObject({
      code: 'SOURCE_KEY_TYPE',
      message:
        'opendental.rows: column n of its key is double, of which two values cannot be told apart for certain',
    })
    const elsewhere = database().address.replace(`/${database().name}`, '')
    expect(await failureOf(open({}, { address: elsewhere }))).toMatchObject({
      code: 'SOURCE_TABLE_MISSING',
      message: expect.stringContaining('no database is named'),
    })
    const named = tableJob('patient', ['PatNum'], { relation: { schema: database().name, name: 'patient' } })
    expect(await readAll(open({}, { address: elsewhere }), named)).toHaveLength(1000)
  })

  it('says what is wrong with its address, its user and its rights', async () => {
    const { address, name } = database()
    expect(await failureOf(open({}, { credentials: { password: 'wrong' } }))).toMatchObject({
      code: 'SOURCE_UNAUTHORIZED',
      message: 'opendental instance north refuses our user and password (ER_ACCESS_DENIED_ERROR 1045)',
    })
    expect(await failureOf(open({}, { address: `${address}_not` }))).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('has no such database'),
    })
    expect(await failureOf(open({}, { address: `${address}?ssl-mode=REQUIRED` }))).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      hint: expect.stringContaining('ssl-mode'),
    })
    expect(await readAll(open({}, { address: `${address}?ssl-mode=preferred` }), job)).toHaveLength(1000)
    await expect(readAll(open({}, { address: `${address}?compress=1` }), job)).rejects.toMatchObject({
      code: 'BAD_SOURCE_URL',
    })
    await database().query(
      `create user 'reader_${name}'@'%' identified by 'p'; grant select (PatNum) on ${name}.patient to 'reader_${name}'@'%';
       grant select on ${name}.Patient_Old to 'reader_${name}'@'%'`,
    )
    const reader = { address: address.replace('strata@', `reader_${name}@`), credentials: { password: 'p' } }
    try {
      expect((await readAll(open({}, reader), job)).at(-1)!.json).toBe('{"PatNum":1000}')
      expect(await failureOf(open({}, reader), tableJob('described', ['a']))).toMatchObject({
        code: 'SOURCE_TABLE_MISSING',
        hint: expect.stringContaining('let our user read it'),
      })
    } finally {
      await database().query(`drop user 'reader_${name}'@'%'`)
    }
  })

  it('says when nothing answers, or something that is no MySQL', async () => {
    const sockets: Socket[] = []
    let greeting = ''
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => {}))
      if (greeting !== '') socket.write(greeting)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = `mysql://a@127.0.0.1:${(server.address() as AddressInfo).port}/x`
    const stop = new AbortController()
    const waiting = open({}, { address }).snapshot(stop.signal, async () => {})
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    const silent = await failureOf(open({ timeoutSeconds: 1 }, { address }))
    expect(silent).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('ETIMEDOUT'),
    })
    greeting = 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n'
    expect((await failureOf(open({ timeoutSeconds: 1 }, { address }))).code).toMatch(/^SOURCE_/)
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    expect(await failureOf(open({}, { address }))).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: 'opendental instance north cannot be reached (ECONNREFUSED)',
    })
  })

  it('reads tables whose engine knows no transactions', async () => {
    await database().query(
      `create table isam (n int primary key) engine = myisam; insert into isam select seq from seq_1_to_25;
       create table aria (n int primary key) engine = aria; insert into aria select seq from seq_1_to_25`,
    )
    for (const name of ['isam', 'aria'])
      expect(await readAll(open(), tableJob(name, ['n']), { chunkRows: 10 })).toHaveLength(25)
  })

  it('says when its query is killed, its connection cut, or its time over', async () => {
    const slow = tableJob('slow', ['PatNum'])
    const running = failureOf(open(), slow)
    await database().query(`kill query ${await slowSession()}`)
    expect(await running).toMatchObject({
      code: 'SOURCE_FAILING',
      message: expect.stringContaining('killed our query'),
    })
    await untilIdle()
    const cut = failureOf(open(), slow)
    await database().query(`kill ${await slowSession()}`)
    expect((await cut).code).toMatch(/^SOURCE_(CONNECTION|FAILING)$/)
    expect(await failureOf(open({ timeoutSeconds: 1 }), slow)).toMatchObject({
      code: 'SOURCE_TIMEOUT',
      hint: expect.stringContaining('timeout of the connector'),
    })
  })

  it('says when it was cut off between two chunks', async () => {
    const failed = open().snapshot(limit(), async (snapshot) => {
      for await (const { rows } of snapshot.rows(await rowsRequest(snapshot, job, { chunkRows: 10 }))) {
        expect(rows).toHaveLength(10)
        for (const { Id } of await others()) await database().query(`kill ${Id}`)
        await sleep(100)
      }
    })
    await expect(failed).rejects.toMatchObject({
      code: 'SOURCE_CONNECTION',
      hint: expect.stringContaining('run again'),
    })
  })

  it('closes when snapshots are open', async () => {
    const source = open()
    const reading = source.snapshot(limit(), (snapshot) =>
      snapshot.count(tableJob('slow', ['PatNum']), changedFrom('1')),
    )
    const failed = expect(reading).rejects.toThrow('opendental was closed')
    await slowSession()
    await source.close()
    await failed
    await untilIdle()
  })

  /** Sessions in our database that are not this test's own. */
  async function others(): Promise<readonly { Id: string; Info: string | null }[]> {
    const rows = await database().query(
      `select id as Id, info as Info from information_schema.processlist where db = '${database().name}' and id <> connection_id()`,
    )
    return rows as unknown as readonly { Id: string; Info: string | null }[]
  }

  async function slowSession(): Promise<string> {
    for (;;) {
      const slow = (await others()).find(({ Info }) => Info?.includes('`slow`'))
      if (slow !== undefined) return slow.Id
      await sleep(20)
    }
  }

  async function untilIdle(): Promise<void> {
    for (
      const start = Date.now();
      (await others()).some(({ Info }) => Info?.includes('`slow`'));
      await sleep(20)
    )
      if (Date.now() - start > 2000) throw new Error('the statement still runs')
  }

  function changedFrom(from: string) {
    const column = { name: 'PatNum', type: 'number', from, until: null, min: null, max: null } as const
    return { kind: 'changed', logic: 'or', columns: [column], withoutChange: false } as const
  }
})
