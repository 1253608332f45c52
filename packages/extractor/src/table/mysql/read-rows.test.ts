import { afterAll, expect, it } from 'vitest'
import { describeMariadb } from '../../testing/mariadb.ts'
import { openTestSource, readAll, readChunks, rowsRequest, tableJob } from '../../testing/mysql-source.ts'
import type { RowWindow, SourceChunk, TableSource } from '../table-source.ts'

describeMariadb('the walk through a MySQL table', (database) => {
  const sources: TableSource[] = []
  afterAll(() => Promise.all(sources.map((source) => source.close())))
  const open = (): TableSource => {
    const source = openTestSource(database())
    sources.push(source)
    return source
  }
  const limit = () => AbortSignal.timeout(60_000)

  it.each<[type: string, values: readonly string[]]>([
    ['int', ['-3', '-1', '0', '5', '12']],
    ['int(6) zerofill', ['3', '20', '100000']],
    // Neighbours that are the same as doubles.
    ['bigint', ['-9223372036854775808', '9007199254740992', '9007199254740993', '9223372036854775807']],
    ['bigint unsigned', ['0', '18446744073709551613', '18446744073709551614', '18446744073709551615']],
    [
      'decimal(38,10)',
      ['-1.5', '0.0000000001', '9007199254740993.0000000001', '9007199254740993.0000000002'],
    ],
    ['varchar(20) collate utf8mb4_general_ci', [`'a'`, `'B'`, `'b c'`, `''`, `'Zoë'`, `'10'`, `'9'`]],
    ['varchar(20) collate utf8mb4_nopad_bin', [`'a'`, `'a '`, `'a  '`, `' a'`, `'A'`, `'''\\\\"'`]],
    ['varchar(20) charset latin1', [`'é'`, `'f'`, `'€'`]],
    ['char(4)', [`'a'`, `'b'`, `''`]],
    ['binary(3)', [`x'000000'`, `x'00ff00'`, `x'61'`, `x'ffffff'`]],
    ['varbinary(20)', [`''`, `x'00'`, `x'0000'`, `x'27'`, `x'5c'`, `x'ff'`]],
    ['date', [`'0000-00-00'`, `'2024-00-00'`, `'2024-02-30'`, `'2024-03-01'`, `'0001-01-01'`]],
    [
      'datetime(6)',
      [
        `'0000-00-00'`,
        `'2024-02-30 10:00:00'`,
        `'2024-03-01 10:00:00.000001'`,
        `'2024-03-01 10:00:00.000002'`,
      ],
    ],
    ['timestamp(3)', [`'2024-03-01 10:00:00.001'`, `'2024-03-01 10:00:00.002'`, `'2024-11-03 01:30:00'`]],
    ['time(2)', [`'-838:59:59'`, `'-00:00:01'`, `'09:00:00'`, `'100:00:00.01'`]],
    ['year', ['0', '1901', '1999', '2155']],
    ['bit(64)', [`b'0'`, `b'1'`, `b'${'1'.repeat(63)}0'`, `b'${'1'.repeat(64)}'`]],
    // Not in the order of the alphabet.
    [`enum('z','a','m','')`, [`'z'`, `'a'`, `'m'`, `''`]],
    [`set('z','a','m')`, [`'z'`, `'a'`, `'m,z'`, `''`, `'a,m'`]],
    ['uuid', [`'123e4567-e89b-12d3-a456-426655440000'`, `'00000000-e89b-12d3-b456-426655440000'`, `uuid()`]],
  ])('finds each row once by a key of type %s, and so after a break', async (type, values) => {
    await database().query(
      `create or replace table t (k ${type} not null primary key, n int) charset utf8mb4;
       ${values.map((value, index) => `insert into t values (${value}, ${index});`).join('\n')}`,
    )
    const all = values.map((_, index) => index)
    const job = tableJob('t', ['k'])
    const source = open()
    const numbers = (chunks: readonly SourceChunk[]) =>
      chunks.flatMap(({ rows }) => rows.map(({ json }) => JSON.parse(json).n as number))
    const inOrder = (await database().query('select n from t order by k')).map(({ n }) => n)
    for (const chunkRows of [1, 2, 1000]) {
      const chunks = await source.snapshot(limit(), (snapshot) => readChunks(snapshot, job, { chunkRows }))
      expect(numbers(chunks)).toEqual(inOrder)
    }
    expect([...inOrder].sort()).toEqual(all)
    const [first] = await source.snapshot(limit(), (snapshot) => readChunks(snapshot, job, { chunkRows: 1 }))
    const rest = await source.snapshot(limit(), (snapshot) =>
      readChunks(snapshot, job, { after: first!.last }),
    )
    expect([...numbers([first!]), ...numbers(rest)]).toEqual(inOrder)
  })

  it('finds each row once by a key of several columns, of which one may be null', async () => {
    await database().query(
      `create table composite (a int null, b varchar(5) not null, c datetime, n int, unique (a, b, c));
       insert into composite select nullif(seq % 3, 2), concat('x', seq % 5), date_add('2024-01-01', interval seq hour), seq from seq_1_to_60`,
    )
    const job = tableJob('composite', ['a', 'b', 'c'])
    await open().snapshot(limit(), async (snapshot) => {
      const chunks = await readChunks(snapshot, job, { chunkRows: 7 })
      const rows = chunks.flatMap(({ rows }) => rows.map(({ json }) => JSON.parse(json)))
      expect(chunks.map(({ rows }) => rows.length)).toEqual([7, 7, 7, 7, 7, 5])
      expect(new Set(rows.map(({ n }) => n)).size).toBe(40)
      expect(rows.map(({ a, b, c }) => `${a}${b}${c}`)).toEqual(
        rows.map(({ a, b, c }) => `${a}${b}${c}`).sort(),
      )
      expect(await snapshot.count(job, { kind: 'all' })).toBe(40)
      const without = await snapshot.keyless(await rowsRequest(snapshot, job), 100)
      expect(without.map(({ json }) => JSON.parse(json).a)).toEqual(Array(20).fill(null))
      expect(await snapshot.keyless(await rowsRequest(snapshot, job), 3)).toHaveLength(3)
    })
  })

  it('tears no rows apart that share a key which is not unique', async () => {
    await database().query(
      `create table shared (k varchar(5) collate utf8mb4_general_ci not null, n int);
       insert into shared select elt(1 + seq % 4, 'a', 'A', 'b', 'c'), seq from seq_1_to_40`,
    )
    const chunks = await open().snapshot(limit(), (snapshot) =>
      readChunks(snapshot, tableJob('shared', ['k']), { chunkRows: 5 }),
    )
    expect(chunks.map(({ rows }) => rows.length)).toEqual([20, 10, 10])
  })

  it('says that it cannot go on in another snapshot from a key that Postgres cannot store', async () => {
    await database().query(
      `create table zeros (k varchar(5) primary key); insert into zeros values ('a'), ('b\\0'), ('c')`,
    )
    const chunks = await open().snapshot(limit(), (snapshot) =>
      readChunks(snapshot, tableJob('zeros', ['k']), { chunkRows: 1 }),
    )
    expect(chunks.map(({ last }) => last)).toEqual([['a'], null, ['c']])
  })

  it('sees nothing of what others write meanwhile', async () => {
    await database().query(
      `create table busy (k int primary key, v int) engine = innodb; insert into busy select seq, 0 from seq_1_to_100`,
    )
    const job = tableJob('busy', ['k'])
    const writer = await database().connect()
    try {
      await open().snapshot(limit(), async (snapshot) => {
        const request = await rowsRequest(snapshot, job, { chunkRows: 10 })
        const seen: { k: number; v: number }[] = []
        for await (const { rows } of snapshot.rows(request)) {
          seen.push(...rows.map(({ json }) => JSON.parse(json)))
          await writer.query(
            `update busy set v = v + 1; delete from busy where k > 95; insert into busy select seq + 1000, 0 from seq_1_to_50 on duplicate key update v = 9`,
          )
        }
        expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => ({ k: index + 1, v: 0 })))
        expect(await snapshot.count(job, { kind: 'all' })).toBe(100)
      })
      expect(await readAll(open(), job)).toHaveLength(145)
    } finally {
      await writer.end()
    }
  })

  it('selects by the values of change columns, and counts the same', async () => {
    await database().query(
      `create table changing (k int primary key, d date, at datetime(3), ts timestamp(6) null, n bigint unsigned);
       insert into changing values
         (1, '2024-05-01', '2024-05-01 10:00:00.5', '2024-05-01 10:00:00.123456', 9007199254740992),
         (2, '2024-05-02', '2024-05-01 10:00:00.501', '2024-05-01 10:00:00.123457', 9007199254740993),
         (3, '1902-07-31', '2099-01-01', '2024-05-03', 18446744073709551615),
         (4, null, null, null, null)`,
    )
    const job = tableJob('changing', ['k'])
    const bounds = { from: null, until: null, min: null, max: null }
    const windows: readonly [RowWindow, readonly number[]][] = [
      [changed([{ ...bounds, name: 'd', type: 'date', from: '2024-05-01', until: '2024-05-02' }]), [1]],
      [
        changed([{ ...bounds, name: 'd', type: 'date', min: '1990-01-01', max: '2030-01-01' }], true),
        [1, 2, 4],
      ],
      [changed([{ ...bounds, name: 'at', type: 'local_time', from: '2024-05-01 10:00:00.500001' }]), [2, 3]],
      // Written by a session that is five hours behind UTC.
      [changed([{ ...bounds, name: 'ts', type: 'instant', from: '2024-05-01 15:00:00.123457' }]), [2, 3]],
      [changed([{ ...bounds, name: 'n', type: 'number', from: '9007199254740993' }]), [2, 3]],
      [changed([{ ...bounds, name: 'n', type: 'number', until: '18446744073709551615' }]), [1, 2]],
    ]
    await open().snapshot(limit(), async (snapshot) => {
      const { columns } = await snapshot.table(job)
      expect(columns.map(({ change }) => change)).toEqual([
        'number',
        'date',
        'local_time',
        'instant',
        'number',
      ])
      for (const [window, keys] of windows) {
        const chunks = await readChunks(snapshot, job, { window, changes: ['ts'] })
        expect(chunks.flatMap(({ rows }) => rows.map(({ json }) => JSON.parse(json).k))).toEqual(keys)
        expect(await snapshot.count(job, window)).toBe(keys.length)
      }
      const [chunk] = await readChunks(snapshot, job, {
        columns: columns.slice(0, 1),
        changes: ['n', 'at', 'd', 'ts'],
      })
      expect(chunk!.rows[0]).toEqual({
        json: '{"k":1}',
        changes: [
          '9007199254740992',
          '2024-05-01 10:00:00.500000',
          '2024-05-01',
          '2024-05-01 15:00:00.123456',
        ],
      })
      expect(chunk!.rows[3]!.changes).toEqual([null, null, null, null])
    })
  })

  it('holds no more than a few large rows at once', async () => {
    await database().query(
      `create table large (k int primary key, v longblob);
       insert into large select seq, repeat(char(seq), 3000000) from seq_1_to_30`,
    )
    const sizes: number[] = []
    await open().snapshot(limit(), async (snapshot) => {
      const request = await rowsRequest(snapshot, tableJob('large', ['k']), { chunkRows: 10_000 })
      for await (const { rows } of snapshot.rows(request)) sizes.push(rows.length)
    })
    expect(sizes.reduce((sum, size) => sum + size)).toBe(30)
    expect(Math.max(...sizes)).toBeLessThan(12)
  })

  it('ends when its rows are not wanted any more, and the snapshot goes on', async () => {
    const job = tableJob('endless', ['k'])
    await database().query(
      'create table endless (k int primary key); insert into endless select seq from seq_1_to_5000',
    )
    await open().snapshot(limit(), async (snapshot) => {
      const request = await rowsRequest(snapshot, job, { chunkRows: 100 })
      for await (const { rows } of snapshot.rows(request)) {
        expect(rows).toHaveLength(100)
        break
      }
      expect(await snapshot.count(job, { kind: 'all' })).toBe(5000)
      expect((await readChunks(snapshot, job, { chunkRows: 5000 }))[0]!.rows).toHaveLength(5000)
    })
  })

  function changed(
    columns: Extract<RowWindow, { kind: 'changed' }>['columns'],
    withoutChange = false,
  ): RowWindow {
    return { kind: 'changed', logic: 'or', columns, withoutChange }
  }
})
