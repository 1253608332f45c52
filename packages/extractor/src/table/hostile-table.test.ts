import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DatabaseConnector,
  databaseConnectorDefaults,
  type FileJob,
  type FilesConnector,
  fileJobDefaults,
  SourceError,
  type TableJob,
  tableJobDefaults,
  tableWatermarkDefaults,
} from '@strata/core'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import sql from 'sql-template-tag'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeMariadbLanding } from '../testing/mariadb-landing.ts'
import { prepareTableLanding, type TableLanding } from '../testing/table-landing.ts'
import { openCsvSource } from './csv/open-csv-source.ts'
import type { TableSource } from './table-source.ts'

const connector: DatabaseConnector = {
  ...databaseConnectorDefaults,
  source: 'dental',
  kind: 'mysql',
  timeZone: 'Asia/Tokyo',
  instances: [],
}

describeMariadbLanding('in a hostile source', connector, (both) => {
  async function made(
    table: string,
    statements: string,
    columns: readonly string[],
    over: Partial<TableJob> = {},
  ): Promise<readonly [TableJob, TableLanding]> {
    await both().there.query(`set time_zone = '+09:00'; ${statements}`)
    const changes = columns.map((name) => ({ name, min: null, max: null }))
    const declared: TableJob = {
      ...tableJobDefaults,
      source: 'dental',
      table,
      name: table,
      target: { schema: 'bronze', name: `od_${table}` },
      key: [{ field: ['num'] }],
      relation: { schema: null, name: table },
      watermark: { ...tableWatermarkDefaults, columns: changes },
      sweep: null,
      chunkRows: 4,
      ...over,
    }
    return [declared, await both().prepare(declared)]
  }

  const bronze = async (table: string) =>
    (
      await both().own.database.query<{ data: Record<string, unknown> }>(
        `select data from bronze.od_${table} where deleted_at is null order by data->>'num' collate "C"`,
      )
    ).rows.map(({ data }) => data)
  const watermarks = async (table: string) =>
    (
      await both().own.database.query<{ column_watermarks: object }>(
        sql`select column_watermarks from strata.job_watermarks where job = ${`dental.${table}`}`,
      )
    ).rows[0]?.column_watermarks

  /** A source whose connection is lost behind some chunks. */
  const failingAfter = (chunks: number): TableSource => ({
    ...both().source,
    snapshot: (signal, work) =>
      both().source.snapshot(signal, (snapshot) =>
        work({
          ...snapshot,
          async *rows(request) {
            let left = chunks
            for await (const chunk of snapshot.rows(request)) {
              if (left-- === 0)
                throw new SourceError({ code: 'SOURCE_CONNECTION', message: 'lost', hint: 'again' })
              yield chunk
            }
          },
        }),
      ),
  })

  test('whose rows have versions loses no change that came between the two halves of a load', async () => {
    const [table, landing] = await made(
      'versions',
      `create table versions (num int primary key, note varchar(20), version int);
         insert into versions select seq, 'old', seq from seq_1_to_12`,
      ['version'],
    )
    expect(await landing.land(table, { tableSourceOf: () => failingAfter(1) })).toMatch(/^SOURCE_CONNECTION/)
    await both().there.query(`
        update versions set note = 'new', version = 13 where num = 2;
        update versions set note = 'new', version = 14 where num = 11`)
    await landing.land(table)
    await landing.land(table)
    expect((await bronze('versions')).filter(({ note }) => note === 'new').map(({ num }) => num)).toEqual([
      11, 2,
    ])
  })

  test('whose engine gives no snapshot loses no change of a version that is made while it is read', async () => {
    const [table, landing] = await made(
      'flat',
      `create table flat (num int primary key, note varchar(20), version int) engine = myisam;
         insert into flat select seq, 'old', seq from seq_1_to_16`,
      ['version'],
    )
    let changed = false
    const busy: TableSource = {
      ...both().source,
      snapshot: (signal, work) =>
        both().source.snapshot(signal, (snapshot) =>
          work({
            ...snapshot,
            async *rows(request) {
              for await (const chunk of snapshot.rows(request)) {
                yield chunk
                if (changed) continue
                changed = true
                await both().there.query(`
                    update flat set note = 'new', version = 20 where num = 2;
                    update flat set note = 'new', version = 21 where num = 15`)
              }
            },
          }),
        ),
    }
    await landing.land(table, { tableSourceOf: () => busy })
    await landing.land(table)
    expect((await bronze('flat')).filter(({ note }) => note === 'new').map(({ num }) => num)).toEqual([15, 2])
  })

  test.each([
    ['date', 'datetime'],
    ['datetime', 'date'],
    ['int', 'date'],
    ['date', 'int'],
    ['datetime', 'timestamp'],
  ])('is read whole when a change column becomes %s, then %s', async (before, after) => {
    const name = `from_${before}_${after}`
    const value = (type: string, at: string) => (type === 'int' ? '20240601' : `'${at}'`)
    const [table, landing] = await made(
      name,
      `create table ${name} (num int primary key, note varchar(20), edited ${before} null);
         insert into ${name} values (1, 'old', ${value(before, '2024-06-01 10:00:00')}), (2, 'old', ${value(before, '2024-06-01 10:00:00')})`,
      ['edited'],
    )
    await landing.land(table)
    await both().there.query(`
        set time_zone = '+09:00';
        alter table ${name} drop column edited, add column edited ${after} null;
        update ${name} set note = 'new', edited = ${value(after, '2024-05-20 10:00:00')}`)
    expect(await landing.land(table)).toMatchObject({ status: 'warned', counts: { changed: 2 } })
    await both().there.query(
      `update ${name} set note = 'newer', edited = ${value(after, '2024-05-21 10:00:00')} where num = 1`,
    )
    await landing.land(table)
    expect((await bronze(name)).map(({ note }) => note)).toEqual(['newer', 'new'])
  })

  test('that was restored is read from where it stands now, once everything is read', async () => {
    const [table, landing] = await made(
      'restored',
      `create table restored (num int primary key, note varchar(20), version int);
         insert into restored values (1, 'old', 100), (2, 'old', 200)`,
      ['version'],
    )
    await landing.land(table)
    await both().there.query(`update restored set note = 'restored', version = 50`)
    await landing.land(table, { fullRefresh: true })
    expect(await watermarks('restored')).toEqual({ version: '50' })
    await both().there.query(`update restored set note = 'new', version = 51 where num = 1`)
    await landing.land(table)
    expect((await bronze('restored')).map(({ note }) => note)).toEqual(['new', 'restored'])
  })

  test('is read whole when the job asks for something else', async () => {
    const [table, landing] = await made(
      'asked',
      `create table asked (num int primary key, part int, note varchar(20), secret varchar(20), edited datetime);
         insert into asked values (1, 1, 'a', 's', '2024-05-01'), (2, 1, 'b', 's', '2024-05-02');
         create table other (num int primary key, part int, note varchar(20), secret varchar(20), edited datetime);
         insert into other values (1, 1, 'x', 's', '2024-01-01'), (2, 1, 'y', 's', '2024-01-01')`,
      ['edited'],
    )
    await landing.land(table)
    const without = { ...table, excludeColumns: ['secret'] }
    await landing.land(without)
    expect((await bronze('asked')).map((row) => 'secret' in row)).toEqual([false, false])
    await both().there.query(`alter table asked add column added int not null default 7`)
    await landing.land(without)
    expect((await bronze('asked')).map(({ added }) => added)).toEqual([7, 7])
    const elsewhere = { ...without, relation: { schema: null, name: 'other' } }
    await landing.land(elsewhere)
    expect((await bronze('asked')).map(({ note }) => note)).toEqual(['x', 'y'])
    expect(await landing.land(elsewhere)).toMatchObject({ status: 'success', message: 'incremental' })
  })

  test('whose key is declared anew does not have its rows twice', async () => {
    const [table, landing] = await made(
      'rekeyed',
      `create table rekeyed (num int primary key, part int, edited datetime);
         insert into rekeyed select seq, 1, '2024-05-01' from seq_1_to_30`,
      ['edited'],
    )
    await landing.land(table)
    await landing.land({ ...table, key: [{ field: ['num'] }, { field: ['part'] }] })
    expect(await bronze('rekeyed')).toHaveLength(30)
  })

  test.each(['SECRET', 'secrets'])('is not landed with a column that %s was to leave out', async (name) => {
    const own = `left_${name.toLowerCase()}_`
    const [table, landing] = await made(
      own,
      `create table ${own} (num int primary key, secret varchar(20), edited datetime);
         insert into ${own} values (1, 's', '2024-05-01')`,
      ['edited'],
      { excludeColumns: [name] },
    )
    expect(await landing.land(table)).toMatch(/^SOURCE_COLUMN_MISSING: /)
    expect(await bronze(own)).toEqual([])
  })

  test('sets a row aside that cannot be stored, with all digits of its key', async () => {
    const [table, landing] = await made(
      'deep',
      `create table deep (num bigint, part decimal(5, 2), doc json, edited datetime, primary key (num, part));
         insert into deep values (9007199254740993, 1.50, '{"a": [1e200000, "2"]}', '2024-05-01'), (2, 2.00, '{}', '2024-05-01')`,
      ['edited'],
      { key: [{ field: ['num'] }, { field: ['part'] }] },
    )
    expect(await landing.land(table)).toMatchObject({ counts: { inserted: 1, quarantined: 1 } })
  })

  test('brings new rows whose change columns are all zero dates', async () => {
    const [table, landing] = await made(
      'zeros',
      `set sql_mode = ''; create table zeros (num int primary key, edited datetime null, day date null);
         insert into zeros values (1, '2024-05-01', '2024-05-01')`,
      ['edited', 'day'],
    )
    await landing.land(table)
    await both().there.query(
      `set sql_mode = ''; insert into zeros values (2, '0000-00-00', '0000-00-00'), (3, '0000-00-00', null)`,
    )
    expect(await landing.land(table)).toMatchObject({ counts: { inserted: 2 } })
  })

  test('is not filled in for a span where a change column is not there', async () => {
    const [table, landing] = await made(
      'spanned',
      `create table spanned (num int primary key, edited datetime); insert into spanned values (1, '2024-05-01')`,
      ['edited', 'changed'],
    )
    const window = { since: '2024-05-01T02:00:00.000Z', until: '2024-05-01T04:00:00.000Z' }
    expect(await landing.land(table, { window })).toMatch(/^SOURCE_COLUMN_MISSING: .* no column changed/)
  })

  test('with bounds that are no numbers says so', async () => {
    const [table, landing] = await made(
      'bounds',
      `create table bounds (num int primary key, edited datetime, version int);
         insert into bounds values (1, '2024-05-01', 1)`,
      ['edited', 'version'],
    )
    const columns = ['edited', 'version'].map((name) => ({ name, min: '2000-01-01', max: null }))
    const bounded = { ...table, watermark: { ...table.watermark!, columns } }
    expect(await landing.land(bounded)).toMatchObject({ counts: { inserted: 1 } })
    expect(await landing.land(bounded)).toMatchObject({ status: 'success' })
    const number = {
      ...table,
      watermark: { ...table.watermark!, columns: columns.map((one) => ({ ...one, min: '5' })) },
    }
    expect(await landing.land(number)).toMatch(/^BAD_BOUNDS/)
  })
})

describe('files', () => {
  describeServers('that are hostile', (server) => {
    let own: TestDatabase
    let folder: string
    beforeAll(async () => {
      own = await createTestDatabase(server)
      folder = mkdtempSync(join(tmpdir(), 'strata-hostile-'))
    })
    afterAll(async () => {
      rmSync(folder, { recursive: true })
      await own.drop()
    })
    const files: FilesConnector = { kind: 'csv', source: 'lab', instances: [] }

    async function prepared(table: string): Promise<readonly [FileJob, TableLanding]> {
      const instance = {
        id: 9,
        name: 'lab',
        address: folder,
        credentials: {},
        parameters: {},
        simulated: false,
      }
      const job: FileJob = {
        ...fileJobDefaults,
        source: 'lab',
        table,
        name: table,
        target: { schema: 'bronze', name: `lab_${table}` },
        key: [{ field: ['num'] }],
        files: `${table}*.csv`,
      }
      return [
        job,
        await prepareTableLanding(own.database, [job], files, instance, openCsvSource(files, instance)),
      ]
    }

    test('keep saying that too many rows are gone, and mark them once that is allowed', async () => {
      const [job, landing] = await prepared('gone')
      const content = (rows: number) =>
        `num,v\n${Array.from({ length: rows }, (_, index) => `${index},a\n`).join('')}`
      writeFileSync(join(folder, 'gone.csv'), content(40))
      await landing.land(job)
      writeFileSync(join(folder, 'gone.csv'), content(2))
      expect(await landing.land(job)).toMatchObject({ status: 'warned' })
      expect(await landing.land(job)).toMatchObject({ status: 'warned' })
      expect(await landing.land({ ...job, maxDeletedShare: 1 })).toMatchObject({ counts: { deleted: 38 } })
      expect(await landing.land(job)).toMatchObject({ message: 'nothing changed' })
    })

    test('without a line of names do not have their first patient in an error', async () => {
      const [job, landing] = await prepared('bare')
      writeFileSync(join(folder, 'bare-1.csv'), '4711,Lovelace\n4712,Hopper\n')
      expect(await landing.land(job)).toMatch(/^SOURCE_KEY_MISSING/)
      const { rows } = await own.database.query(
        'select to_jsonb(w)::text as text from strata.job_watermarks as w',
      )
      const hints = landing.events.map((event) => JSON.stringify(event)).join()
      expect(JSON.stringify(rows) + hints).not.toMatch(/Lovelace/)
      writeFileSync(join(folder, 'bare-2.csv'), '4711,Curie\n')
      expect(await landing.land(job)).not.toMatch(/Lovelace|Curie/)
    })
  })
})
