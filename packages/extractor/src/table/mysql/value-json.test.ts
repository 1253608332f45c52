import { afterAll, expect, it } from 'vitest'
import { describeMariadb } from '../../testing/mariadb.ts'
import { openTestSource, readAll, readChunks, tableJob } from '../../testing/mysql-source.ts'
import type { TableSource } from '../table-source.ts'

describeMariadb('the values of a MySQL table', (database) => {
  const sources: TableSource[] = []
  afterAll(() => Promise.all(sources.map((source) => source.close())))

  /** The records of a table with a key `n` and a column `v`, one for each value as SQL: what stands behind `"v":`. */
  async function valuesOf(
    type: string,
    values: readonly string[],
    timeZone: string | null = null,
  ): Promise<readonly string[]> {
    const source = openTestSource(database(), { timeZone })
    sources.push(source)
    await database().query(
      `create or replace table t (n int primary key, v ${type}) charset utf8mb4;
       ${values.map((value, index) => `insert into t values (${index}, ${value});`).join('\n')}`,
    )
    const rows = await readAll(source, tableJob('t', ['n']))
    return rows.map(({ json }, index) => {
      const start = `{"n":${index},"v":`
      expect(json.startsWith(start)).toBe(true)
      JSON.parse(json)
      return json.slice(start.length, -1)
    })
  }

  it.each<[type: string, values: readonly string[], json: readonly string[]]>([
    ['tinyint', ['-128', '127', 'null'], ['-128', '127', 'null']],
    ['tinyint(1)', ['true', 'false'], ['1', '0']],
    ['smallint unsigned', ['65535'], ['65535']],
    ['int(8) zerofill', ['42', '0'], ['42', '0']],
    ['bigint', ['-9223372036854775808', '9007199254740993'], ['-9223372036854775808', '9007199254740993']],
    ['bigint unsigned', ['18446744073709551615'], ['18446744073709551615']],
    ['bigint(20) unsigned zerofill', ['9007199254740993'], ['9007199254740993']],
    [
      'decimal(65,30)',
      ['-12345678901234567890123456789012345.123456789012345678901234567891', '0.1'],
      [
        '-12345678901234567890123456789012345.123456789012345678901234567891',
        '0.100000000000000000000000000000',
      ],
    ],
    ['decimal(10,2)', ['-0.50', '12'], ['-0.50', '12.00']],
    ['decimal(6,2) zerofill', ['1.5', '0'], ['1.50', '0.00']],
    [
      'double',
      ['0.1', '1.7976931348623157e308', '5e-324', '-1e20', '123456789.12345679', '0.1 + 0.2e0'],
      ['0.1', '1.7976931348623157e308', '5e-324', '-1e20', '123456789.12345679', '0.30000000000000004'],
    ],
    ['double(10,2)', ['12.5'], ['12.50']],
    [
      'float',
      ['0.1', '16777216', '3.4028235e38', '1.17549435e-38', '0.3333333333', 'null'],
      ['0.1', '16777216', '3.4028235e+38', '1.1754944e-38', '0.33333334', 'null'],
    ],
    ['bit(1)', [`b'1'`, `b'0'`], ['1', '0']],
    ['bit(64)', [`b'${'1'.repeat(64)}'`, `b'101'`], ['18446744073709551615', '5']],
    ['bit(33)', [`b'1${'0'.repeat(32)}'`], ['4294967296']],
    ['year', ['2024', `'0000'`, '1901'], ['2024', '0', '1901']],
    ['time(3)', [`'-838:59:59'`, `'10:00:00.5'`], ['"-838:59:59.000"', '"10:00:00.500"']],
    ['char(5)', [`'a  '`], ['"a"']],
    ['varchar(50)', [`'a  '`, `''`, `'"\\\\\\n\\t\\0'`], ['"a  "', '""', '"\\"\\\\\\n\\t\\u0000"']],
    ['mediumtext', [`'Zoë 😀 漢字'`, `repeat('x', 70000)`], ['"Zoë 😀 漢字"', `"${'x'.repeat(70_000)}"`]],
    ['varchar(20) charset latin1', [`'Zoë€'`], ['"Zoë€"']],
    ['varchar(20) charset utf16', [`'Zoë'`], ['"Zoë"']],
    ['varchar(20) charset cp1251', [`'Ж'`], ['"Ж"']],
    [`enum('b','a')`, [`'a'`, `'b'`], ['"a"', '"b"']],
    [`set('x','y','z')`, [`'z,x'`, `''`], ['"x,z"', '""']],
    ['varbinary(10)', [`x'00ff10'`, `''`], ['"AP8Q"', '""']],
    ['binary(4)', [`x'61'`], ['"YQAAAA=="']],
    ['longblob', [`x'fffe'`, 'null'], ['"//4="', 'null']],
    ['point', ['point(1, 2)'], ['"AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA=="']],
    [
      'json',
      [`'{"a":  [1.50, "x\\\\ny"]}'`, `'"text"'`, `'{\\n\\t"a": 1\\n}'`, 'null'],
      ['{"a":  [1.50, "x\\ny"]}', '"text"', '{  "a": 1 }', 'null'],
    ],
    ['uuid', [`'123e4567-e89b-12d3-a456-426655440000'`], ['"123e4567-e89b-12d3-a456-426655440000"']],
    ['inet6', [`'2001:db8::1'`], ['"2001:db8::1"']],
    [
      'date',
      [`'2024-05-01'`, `'0001-01-01'`, `'9999-12-31'`],
      ['"2024-05-01"', '"0001-01-01"', '"9999-12-31"'],
    ],
    [
      'datetime(6)',
      [`'2024-05-01 10:00:00.1'`, `'0001-01-01'`],
      ['"2024-05-01T10:00:00.100000"', '"0001-01-01T00:00:00.000000"'],
    ],
    ['datetime', [`'2024-02-29 23:59:59'`], ['"2024-02-29T23:59:59"']],
    // The sessions that write are five hours behind UTC.
    ['timestamp(3) null', [`'2024-05-01 20:00:00.5'`], ['"2024-05-02T01:00:00.500Z"']],
  ])('come exactly as %s holds them', async (type, values, json) => {
    expect(await valuesOf(type, values)).toEqual(json)
  })

  it('embed a document that is none as text', async () => {
    await database().query(`set check_constraint_checks = 0`)
    try {
      expect(await valuesOf('json', [`'{"a":'`])).toEqual([`"{\\"a\\":"`])
    } finally {
      await database().query(`set check_constraint_checks = 1`)
    }
  })

  it('are null, and counted, where no calendar has such a date', async () => {
    const source = openTestSource(database())
    sources.push(source)
    await database().query(
      `create or replace table t (n int primary key, d date, dt datetime, ts timestamp not null default 0);
       insert into t values (1, '0000-00-00', '2024-02-30 10:00:00', 0), (2, '2024-00-10', '2023-02-29', 0),
         (3, '2024-05-00', '0000-05-01', '2024-05-01 10:00:00'), (4, '1900-02-29', '2000-02-29', now())`,
    )
    const chunks = await source.snapshot(AbortSignal.timeout(20_000), (snapshot) =>
      readChunks(snapshot, tableJob('t', ['n']), { changes: ['d', 'ts'] }),
    )
    expect(chunks.map(({ zeroDates }) => zeroDates)).toEqual([9])
    expect(chunks[0]!.rows.map(({ changes }) => changes[0])).toEqual([null, null, null, null])
    expect(chunks[0]!.rows.map(({ json }) => JSON.parse(json))).toMatchObject([
      { d: null, dt: null, ts: null },
      { d: null, dt: null, ts: null },
      { d: null, dt: null, ts: '2024-05-01T15:00:00Z' },
      { d: null, dt: '2000-02-29T00:00:00' },
    ])
    expect(chunks[0]!.rows[2]!.changes).toEqual([null, '2024-05-01 15:00:00.000000'])
  })

  it('have the offset of the declared zone where they are wall clock times', async () => {
    const times = [
      `'2024-01-15 12:00:00'`,
      `'2024-07-15 12:00:00'`,
      // Skipped, and shown twice: as Postgres takes them.
      `'2024-03-10 02:30:00'`,
      `'2024-11-03 01:30:00'`,
      `'2024-11-03 00:59:59'`,
      `'0001-01-01 00:00:00'`,
    ]
    expect(await valuesOf('datetime', times, 'America/New_York')).toEqual([
      '"2024-01-15T12:00:00-05:00"',
      '"2024-07-15T12:00:00-04:00"',
      '"2024-03-10T02:30:00-05:00"',
      '"2024-11-03T01:30:00-05:00"',
      '"2024-11-03T00:59:59-04:00"',
      '"0001-01-01T00:00:00-04:56"',
    ])
    expect(await valuesOf('date', [`'2024-07-15'`], 'America/New_York')).toEqual(['"2024-07-15"'])
  })

  it('keep the name of their column, whatever it is', async () => {
    const columns = ['Zoë"x', "it's; drop table t", 'back`tick', 'c'.repeat(64), '漢字', 'a\\b', '%s ?']
    const table = 'odd `table`; "name" -- '.padEnd(63, 'x')
    const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``
    await database().query(
      `create table ${quoted(table)} (n int primary key, ${columns.map((name) => `${quoted(name)} int`)});
       insert into ${quoted(table)} values (1, 0, 1, 2, 3, 4, 5, 6)`,
    )
    const source = openTestSource(database())
    sources.push(source)
    const job = tableJob(table, [columns[1]!, columns[2]!, columns[4]!])
    const [row] = await readAll(source, job, { changes: [columns[0]!] })
    expect(JSON.parse(row!.json)).toEqual({
      n: 1,
      ...Object.fromEntries(columns.map((name, i) => [name, i])),
    })
    expect(row!.changes).toEqual(['0'])
    const count = await source.snapshot(AbortSignal.timeout(20_000), (snapshot) => {
      const bound = {
        name: columns[2]!,
        type: 'number',
        from: '2',
        until: '3',
        min: null,
        max: null,
      } as const
      return snapshot.count(job, { kind: 'changed', logic: 'or', withoutChange: true, columns: [bound] })
    })
    expect(count).toBe(1)
  })
})
