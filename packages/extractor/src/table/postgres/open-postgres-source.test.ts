import type { DatabaseConnector, TableJob } from '@strata/core'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  chunksOf,
  northInstance,
  postgresConnector,
  requestOf,
  rowsOf,
  tableJob,
} from '../../testing/table-jobs.ts'
import type { ColumnWindow, RowsRequest, TableSnapshot } from '../table-source.ts'
import { openPostgresSource } from './open-postgres-source.ts'

describeServers('a Postgres source', (server) => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await createTestDatabase(server)
  })
  afterAll(() => test.drop())

  const run = (text: string) => test.database.query({ text, script: true })
  const open = (settings: Partial<DatabaseConnector> = {}) =>
    openPostgresSource(postgresConnector(settings), northInstance, test.database)
  const inSnapshot = <T>(
    work: (snapshot: TableSnapshot) => Promise<T>,
    settings: Partial<DatabaseConnector> = {},
    signal = new AbortController().signal,
  ): Promise<T> => open(settings).snapshot(signal, work)
  const read = (
    job: TableJob,
    request: Partial<RowsRequest> = {},
    settings: Partial<DatabaseConnector> = {},
  ) =>
    inSnapshot(async (snapshot) => rowsOf(snapshot.rows(await requestOf(snapshot, job, request))), settings)
  const records = async (...given: Parameters<typeof read>) =>
    (await read(...given)).map(({ json }) => JSON.parse(json) as { [column: string]: unknown })

  describe('the columns of a table', () => {
    it('are told in order, with their types and whether they are changes', async () => {
      await run(`
        create domain small_date as date not null;
        create domain tiny_date as small_date;
        create table kinds (
          id bigint primary key, name varchar(20), at timestamp(3), seen timestamptz not null, day date, own tiny_date,
          whole numeric(12, 0), part numeric(12, 2), any_number numeric, small smallint, ratio float8, dropped int
        );
        alter table kinds drop column dropped`)
      const { columns, fingerprint } = await inSnapshot((snapshot) => snapshot.table(tableJob('kinds')))
      expect(columns.map(({ name, type, nullable, change }) => [name, type, nullable, change])).toEqual([
        ['id', 'bigint', false, 'number'],
        ['name', 'character varying(20)', true, null],
        ['at', 'timestamp(3) without time zone', true, 'local_time'],
        ['seen', 'timestamp with time zone', false, 'instant'],
        ['day', 'date', true, 'date'],
        ['own', 'tiny_date', true, 'date'],
        ['whole', 'numeric(12,0)', true, 'number'],
        ['part', 'numeric(12,2)', true, null],
        ['any_number', 'numeric', true, null],
        ['small', 'smallint', true, 'number'],
        ['ratio', 'double precision', true, null],
      ])
      expect(fingerprint).toBeNull()
    })

    it('of a table that is not there are an error that names those like it', async () => {
      await run(`create schema shop; create table shop.orders (id int); create table order_lines (id int)`)
      await expect(inSnapshot((snapshot) => snapshot.table(tableJob('order_line')))).rejects.toMatchObject({
        code: 'SOURCE_TABLE_MISSING',
        message: 'clinic.order_line: there is no table order_line in the source',
        hint: expect.stringMatching(/^correct relation: of the job; there is order_lines, shop\.orders, /),
      })
      const job = tableJob('orders', ['id'], { relation: { schema: 'shop', name: 'orders' } })
      expect((await inSnapshot((snapshot) => snapshot.table(job))).columns).toHaveLength(1)
    })
  })

  describe('a record', () => {
    it('has every value as the server writes it in JSON, with all its digits', async () => {
      await run(`
        create type mood as enum ('glad');
        create type pair as (x int, y text);
        create table values_of (
          id int8 primary key, n numeric, f float8, nan numeric, b bytea, j json, jb jsonb, ts timestamp, tz timestamptz, d date, t time,
          arr text[], r int4range, e mood, bits bit(3), i interval, c pair, ok bool, txt text, u uuid, inf timestamptz, absent text);
        insert into values_of values (9007199254740993, 1234567890123456789.10, 0.1, 'NaN', decode(repeat('00ff', 60), 'hex'),
          '{"a": 1.10, "a": "\\u0000"}', '{"big": 9007199254740993}', '2024-02-29 10:00:00.123456', '2024-05-01 10:00+02', '0001-01-01',
          '23:59:59.5', '{"a,b",null}', '[1,5)', 'glad', '101', '1 day 02:00', row(1, 'z'), true, E'tab\\tline\\nquote" \\\\ ü 😀',
          '123e4567-e89b-12d3-a456-426614174000', 'infinity', null)`)
      const [row] = await read(tableJob('values_of'))
      const base64 = Buffer.from('00ff'.repeat(60), 'hex').toString('base64')
      expect(row!.json).toBe(
        [
          '{"id":9007199254740993,"n":1234567890123456789.10,"f":0.1,"nan":"NaN"',
          `"b":"${base64}","j":{"a": 1.10, "a": "\\u0000"},"jb":{"big": 9007199254740993}`,
          '"ts":"2024-02-29T10:00:00.123456","tz":"2024-05-01T08:00:00+00:00","d":"0001-01-01","t":"23:59:59.5"',
          '"arr":["a,b",null],"r":"[1,5)","e":"glad","bits":"101","i":"1 day 02:00:00","c":{"x":1,"y":"z"},"ok":true',
          '"txt":"tab\\tline\\nquote\\" \\\\ ü 😀","u":"123e4567-e89b-12d3-a456-426614174000","inf":"infinity","absent":null}',
        ].join(','),
      )
    })

    it('has times without a zone with the offset that the declared zone had then', async () => {
      await run(`
        create table local_times (id int primary key, at timestamp);
        insert into local_times values (1, '2024-01-15 12:00:00.5'), (2, '2024-07-15 12:00'), (3, '2024-03-10 02:30'),
          (4, '2024-11-03 01:30'), (5, '1850-01-01 00:00'), (6, 'infinity'), (7, '0044-03-15 12:00 BC'), (8, null)`)
      const local = await records(tableJob('local_times'), {}, { timeZone: 'America/New_York' })
      expect(local.map(({ at }) => at)).toEqual([
        '2024-01-15T12:00:00.5-05:00',
        '2024-07-15T12:00:00-04:00',
        '2024-03-10T02:30:00-05:00',
        '2024-11-03T01:30:00-05:00',
        '1850-01-01T00:00:00-04:56:02',
        'infinity',
        '0044-03-15T12:00:00 BC',
        null,
      ])
      const india = await records(tableJob('local_times'), {}, { timeZone: 'Asia/Kolkata' })
      expect(india[0]!['at']).toBe('2024-01-15T12:00:00.5+05:30')
      expect((await records(tableJob('local_times')))[0]!['at']).toBe('2024-01-15T12:00:00.5')
    })

    it('has the columns that are asked for, whatever their names are', async () => {
      await run(`
        create table "odd; -- ""name" (id int primary key, t int, record int, record_ text, "select ""x""; --" int, "Ünï" int, secret text);
        insert into "odd; -- ""name" values (1, 2, 3, 'four', 5, 6, 'seven')`)
      const job = tableJob('odd; -- "name')
      const [row] = await inSnapshot(async (snapshot) => {
        const { columns } = await snapshot.table(job)
        const wanted = columns.filter(({ name }) => name !== 'secret')
        return rowsOf(snapshot.rows(await requestOf(snapshot, job, { columns: wanted })))
      })
      expect(row!.json).toBe('{"id":1,"t":2,"record":3,"record_":"four","select \\"x\\"; --":5,"Ünï":6}')
    })

    it('comes from views, materialized views and partitioned tables as well', async () => {
      await run(`
        create table parts (id int, p int) partition by list (p);
        create table parts_1 partition of parts for values in (1);
        create table parts_2 partition of parts for values in (2);
        insert into parts values (2, 1), (1, 2);
        create view parts_view as select id * 10 as id from parts;
        create materialized view parts_kept as select id * 100 as id from parts`)
      const ids = async (name: string) => (await records(tableJob(name))).map(({ id }) => id)
      expect(await ids('parts')).toEqual([1, 2])
      expect(await ids('parts_view')).toEqual([10, 20])
      expect(await ids('parts_kept')).toEqual([100, 200])
    })
  })

  describe('a walk', () => {
    const keys: readonly (readonly [string, string, string])[] = [
      ['int8', 'bigint', `(n - 500) * 18446744073709551::bigint`],
      ['numeric', 'numeric', `n::numeric / 3`],
      [
        'a text that ignores case',
        'text collate ignore_case',
        `chr(65 + n % 26) || chr(97 + n % 25) || n || '''\\ '`,
      ],
      ['a text of the server', 'text', `chr(33 + n % 90) || ' ' || n`],
      ['char(n)', 'char(9)', `n::text`],
      ['uuid', 'uuid', `md5(n::text)::uuid`],
      ['date', 'date', `date '0001-01-01' + n * 400`],
      ['timestamp', 'timestamp(6)', `timestamp '2024-01-01' + n * interval '0.000001 s'`],
      ['timestamptz', 'timestamptz', `timestamptz '2024-01-01 00:00+00' + n * interval '0.000001 s'`],
      ['bytea', 'bytea', `decode(md5(n::text), 'hex')`],
      ['a domain', 'short', `'x' || n`],
      ['interval', 'interval', `n * interval '1 hour'`],
      ['an array', 'int[]', `array[n % 7, n]`],
      ['an enum', 'weekday', `(enum_range(null::weekday))[n]`],
    ]

    it.each(keys)(
      'by a key of %s goes on behind where an earlier one stood, and meets each row once',
      async (_name, type, value) => {
        await run(`
        create collation if not exists ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        do $$ begin
          create domain short as varchar(8); create type weekday as enum ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun');
        exception when duplicate_object then null; end $$;
        drop table if exists walked;
        create table walked (id ${type} primary key, n int);
        insert into walked select ${value}, n from generate_series(1, ${type === 'weekday' ? 7 : 1000}) as n`)
        const job = tableJob('walked')
        const all = await read(job)
        const seen: string[] = []
        // Each step is a process of its own.
        for (let after: readonly string[] | null = null; ; ) {
          const chunkRows = type === 'weekday' ? 2 : 170
          const chunk = await inSnapshot(async (snapshot) => {
            for await (const first of snapshot.rows(await requestOf(snapshot, job, { after, chunkRows })))
              return first
            return null
          })
          if (chunk === null) break
          seen.push(...chunk.rows.map(({ json }) => json))
          after = chunk.last
        }
        expect(seen).toEqual(all.map(({ json }) => json))
        expect(new Set(seen).size).toBe(type === 'weekday' ? 7 : 1000)
      },
    )

    it('by several columns goes in their order, in chunks, and leaves rows without a key out', async () => {
      await run(`
        create table composite (a int, b text, c int);
        insert into composite select n % 5, nullif(n % 7, 0)::text, n from generate_series(1, 100) as n where n % 5 * n % 7 <> 1`)
      const job = tableJob('composite', ['a', 'b', 'c'])
      const { chunks, without, count } = await inSnapshot(async (snapshot) => {
        const request = await requestOf(snapshot, job, { chunkRows: 30 })
        return {
          chunks: await chunksOf(snapshot.rows(request)),
          without: await snapshot.keyless(request, 5),
          count: await snapshot.count(job, { kind: 'all' }),
        }
      })
      const rows = chunks.flatMap((chunk) => chunk.rows.map(({ json }) => JSON.parse(json)))
      expect(chunks.map((chunk) => chunk.rows.length).slice(0, -1)).toEqual(chunks.slice(1).map(() => 30))
      expect(rows).toHaveLength(count)
      expect(rows.every(({ b }) => b !== null)).toBe(true)
      expect(rows).toEqual([...rows].sort((x, y) => x.a - y.a || Number(x.b) - Number(y.b) || x.c - y.c))
      expect(chunks[0]!.last).toEqual(Object.values(rows[29]).map(String))
      expect(without).toHaveLength(5)
      for (const { json } of without) expect(JSON.parse(json)).toMatchObject({ b: null })
    })

    it('sees one state of the source, whatever others write meanwhile', async () => {
      await run(
        `create table busy (id int primary key, v int); insert into busy select n, 0 from generate_series(1, 2000) as n`,
      )
      const job = tableJob('busy')
      const seen = await inSnapshot(async (snapshot) => {
        const request = await requestOf(snapshot, job, { chunkRows: 500 })
        const values = new Set<number>()
        let rows = 0
        for await (const chunk of snapshot.rows(request)) {
          await run(
            `update busy set v = v + 1; delete from busy where id = ${2000 - rows / 500}; insert into busy values (${-rows - 1}, 7)`,
          )
          rows += chunk.rows.length
          for (const { json } of chunk.rows) values.add((JSON.parse(json) as { v: number }).v)
        }
        return { rows, values: [...values], count: await snapshot.count(job, { kind: 'all' }) }
      })
      expect(seen).toEqual({ rows: 2000, values: [0], count: 2000 })
    })

    it('that is left early leaves the snapshot usable, and takes shorter chunks where rows are long', async () => {
      await run(`create table long_rows (id int primary key, body text);
        insert into long_rows select n, repeat('x', 30000) from generate_series(1, 1800) as n`)
      const job = tableJob('long_rows')
      await inSnapshot(async (snapshot) => {
        const request = await requestOf(snapshot, job, { chunkRows: 10_000 })
        for await (const chunk of snapshot.rows(request)) {
          expect(chunk.rows).toHaveLength(1000)
          break
        }
        expect(await snapshot.count(job, { kind: 'all' })).toBe(1800)
        const sizes = (await chunksOf(snapshot.rows(request))).map(({ rows }) => rows.length)
        expect(sizes[1]).toBeLessThan(600)
        expect(sizes.reduce((sum, size) => sum + size)).toBe(1800)
      })
      const { rows } = await test.database.query('show transaction_read_only')
      expect(rows).toEqual([{ transaction_read_only: 'off' }])
    })
  })

  describe('changes', () => {
    const column = (settings: Partial<ColumnWindow>): ColumnWindow => ({
      name: 'at',
      type: 'local_time',
      from: null,
      until: null,
      min: null,
      max: null,
      ...settings,
    })
    const changed = (
      columns: readonly ColumnWindow[],
      withoutChange = false,
    ): Pick<RowsRequest, 'window'> => ({
      window: { kind: 'changed', logic: 'or', columns, withoutChange },
    })

    beforeAll(async () => {
      await run(`
        create table changing (id int primary key, at timestamp, seen timestamptz, day date, n numeric(20, 0), v int8);
        insert into changing values
          (1, '2024-05-01 10:00:00.123456', '2024-05-01 10:00:00.000001+02', '2024-05-01', 18446744073709551615, -5),
          (2, 'infinity', '-infinity', 'infinity', 'NaN', 7),
          (3, '0044-01-01 BC', '12024-01-01 00:00Z', '0044-01-01 BC', 0, 9),
          (4, null, null, null, null, null)`)
    })

    it('are told as text that sorts as they do; what has no such text is null', async () => {
      const rows = await read(tableJob('changing'), { changes: ['at', 'seen', 'day', 'n', 'v'] })
      expect(rows.map(({ changes }) => changes)).toEqual([
        [
          '2024-05-01 10:00:00.123456',
          '2024-05-01 08:00:00.000001',
          '2024-05-01',
          '18446744073709551615',
          '-5',
        ],
        [null, null, null, null, '7'],
        [null, null, null, '0', '9'],
        [null, null, null, null, null],
      ])
    })

    it.each<[string, ColumnWindow, boolean, number[]]>([
      ['a time from a microsecond on', column({ from: '2024-05-01 10:00:00.123456' }), false, [1, 2]],
      [
        'a time beyond it',
        column({ from: '2024-05-01 10:00:00.123457', max: '2030-01-01 00:00:00.000000' }),
        false,
        [],
      ],
      [
        'an instant',
        column({
          name: 'seen',
          type: 'instant',
          from: '2024-05-01 08:00:00.000001',
          max: '2030-01-01 00:00:00.000000',
        }),
        false,
        [1],
      ],
      [
        'an instant until',
        column({
          name: 'seen',
          type: 'instant',
          until: '2024-05-01 08:00:00.000001',
          min: '1990-01-01 00:00:00.000000',
        }),
        false,
        [],
      ],
      [
        'a date within bounds',
        column({ name: 'day', type: 'date', min: '1990-01-01', max: '2030-01-01' }),
        false,
        [1],
      ],
      ['a number', column({ name: 'v', type: 'number', from: '-5', until: '9' }), false, [1, 2]],
      [
        'a large number',
        column({ name: 'n', type: 'number', from: '18446744073709551615', max: '99999999999999999999' }),
        false,
        [1],
      ],
      ['a value or none', column({ name: 'v', type: 'number', from: '8' }), true, [3, 4]],
    ])('select rows by %s', async (_name, window, withoutChange, ids) => {
      const job = tableJob('changing')
      const asked = changed([window], withoutChange)
      expect((await records(job, asked)).map(({ id }) => id)).toEqual(ids)
      expect(await inSnapshot((snapshot) => snapshot.count(job, asked.window))).toBe(ids.length)
    })

    it('use the index of their column, and those of the key that of the key', async () => {
      await run(`
        create table indexed (id bigint primary key, at timestamptz, version int);
        create index on indexed (at); create index on indexed (version);
        insert into indexed select n, timestamptz '2024-01-01 00:00Z' + n * interval '1 s', n from generate_series(1, 20000) as n;
        analyze indexed`)
      const log: string[] = []
      const spied: typeof test.database = {
        ...test.database,
        session: (work, options) =>
          test.database.session(
            (session) =>
              work({
                ...session,
                query: (statement) => {
                  log.push(typeof statement === 'string' ? statement : statement.text)
                  return session.query(statement)
                },
              }),
            options,
          ),
      }
      const job = tableJob('indexed')
      const source = openPostgresSource(postgresConnector(), northInstance, spied)
      await source.snapshot(new AbortController().signal, async (snapshot) => {
        for (const window of [
          column({ type: 'instant', from: '2024-01-01 05:33:10.000000' }),
          column({ name: 'version', type: 'number', from: '19990' }),
        ])
          await rowsOf(snapshot.rows(await requestOf(snapshot, job, changed([window]))))
        await rowsOf(snapshot.rows(await requestOf(snapshot, job, { after: ['19990'] })))
      })
      const walks = log.flatMap((text) => /^declare .*? for (.*)/s.exec(text)?.[1] ?? [])
      expect(walks).toHaveLength(3)
      for (const [walk, index] of walks.map(
        (text, at) => [text, ['indexed_at_idx', 'indexed_version_idx', 'indexed_pkey'][at]!] as const,
      )) {
        const { rows } = await test.database.query<{ 'QUERY PLAN': string }>(`explain ${walk}`)
        expect(rows.map((line) => line['QUERY PLAN']).join('\n')).toContain(index)
      }
    })
  })

  it('has the clock of the moment of its snapshot, in UTC and as its zone shows it', async () => {
    const before = Date.now()
    const { utc, local } = await inSnapshot(async ({ clock }) => clock, { timeZone: 'Asia/Kolkata' })
    for (const text of [utc, local]) expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/)
    const at = Date.parse(`${utc}Z`)
    expect(Math.abs(at - before)).toBeLessThan(30_000)
    expect(Date.parse(`${local}Z`) - at).toBe(5.5 * 60 * 60 * 1000)
    const plain = await inSnapshot(async ({ clock }) => clock)
    expect(plain.local).toBe(plain.utc)
  })

  it('never writes', async () => {
    await run(`
      create table writable (id int primary key);
      create function writes() returns int language sql as 'insert into writable values (1) returning id';
      create view writing as select writes() as id`)
    await expect(records(tableJob('writing'))).rejects.toMatchObject({ code: 'SOURCE_FAILING' })
  })
})
