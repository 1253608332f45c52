import {
  type DatabaseConnector,
  databaseConnectorDefaults,
  type TableJob,
  tableJobDefaults,
  tableWatermarkDefaults,
} from '@strata/core'
import sql from 'sql-template-tag'
import { expect, test } from 'vitest'
import { describeMariadbLanding } from '../testing/mariadb-landing.ts'
import type { TableLanding } from '../testing/table-landing.ts'

const connector: DatabaseConnector = {
  ...databaseConnectorDefaults,
  source: 'dental',
  kind: 'mysql',
  timeZone: 'America/Chicago',
  instances: [],
}

describeMariadbLanding('that lands', connector, (both) => {
  let landing: TableLanding

  const columns = (...names: readonly string[]) =>
    names.map((name) => ({ name, min: '2000-01-01', max: null }))
  function job(
    table: string,
    over: Partial<TableJob> = {},
    change: readonly string[] = ['edited', 'day'],
  ): TableJob {
    return {
      ...tableJobDefaults,
      source: 'dental',
      table,
      name: table,
      target: { schema: 'bronze', name: `od_${table}` },
      key: [{ field: ['num'] }],
      relation: { schema: null, name: table },
      watermark: { ...tableWatermarkDefaults, lookbackSeconds: 0, columns: columns(...change) },
      sweep: null,
      chunkRows: 7,
      ...over,
    }
  }

  /** A table of 20 rows, the last of which changed last, and its job. */
  async function made(
    name: string,
    over: Partial<TableJob> = {},
    change?: readonly string[],
  ): Promise<TableJob> {
    await both().there.query(`
        set time_zone = '+00:00';
        create table ${name} (
          num bigint primary key, note varchar(50), edited timestamp(6) null, day date null, entered datetime null)`)
    await both().there.query(`
        insert into ${name} select seq, concat('row ', seq), timestamp('2024-05-01 00:00:00') + interval seq hour,
          date('2024-05-01') + interval seq day, '2024-04-01 12:00:00' + interval seq minute from seq_1_to_20`)
    const declared = job(name, over, change)
    landing = await both().prepare(declared)
    return declared
  }

  const bronze = async (name: string) =>
    (
      await both().own.database.query<{ num: string; note: string; gone: boolean }>(
        `select data->>'num' as num, data->>'note' as note, deleted_at is not null as gone
           from bronze.od_${name} order by (data->>'num')::bigint`,
      )
    ).rows
  const state = async (name: string) =>
    (
      await both().own.database.query<{
        status: string
        column_watermarks: object
        place: unknown
        watermark: string
        swept: boolean
      }>(sql`
          select status, column_watermarks, place, to_char(watermark at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as watermark,
            swept_at is not null as swept
          from strata.job_watermarks where job = ${`dental.${name}`}`)
    ).rows[0]
  const counts = async (name: string) =>
    (
      await both().own.database.query<{ counts: Record<string, number>; kind: string }>(sql`
          select counts, kind from strata.job_runs where job = ${`dental.${name}`} order by run_id desc limit 1`)
    ).rows[0]!

  test('lands whole the first time, and has a watermark for each of its change columns', async () => {
    const table = await made('first')
    expect(await landing.land(table)).toMatchObject({
      status: 'success',
      message: 'first load',
      counts: { fetched: 20, inserted: 20, changed: 0, unchanged: 0 },
    })
    expect((await bronze('first')).map(({ note }) => note)).toEqual(
      Array.from({ length: 20 }, (_, i) => `row ${i + 1}`),
    )
    expect(await state('first')).toEqual({
      status: 'complete',
      column_watermarks: { edited: '2024-05-01 20:00:00.000000', day: '2024-05-21' },
      place: null,
      watermark: '2024-05-01 20:00',
      swept: true,
    })
    expect(await counts('first')).toMatchObject({
      kind: 'full',
      counts: { available: 20, captured: 20, missing: 0 },
    })
    const { rows } = await both().own.database.query(
      `select data, cursor_at::text from bronze.od_first where data->>'num' = '3'`,
    )
    expect(rows).toEqual([
      {
        data: {
          num: 3,
          note: 'row 3',
          edited: '2024-05-01T03:00:00.000000Z',
          day: '2024-05-04',
          entered: '2024-04-01T12:03:00-05:00',
        },
        cursor_at: '2024-05-01 03:00:00+00',
      },
    ])
  })

  test('then brings what any of its columns tells of, and what is unchanged is not written', async () => {
    const table = await made('either')
    await landing.land(table)
    await both().there.query(`
        update either set note = 'edited', edited = '2024-05-02 00:00:00' where num = 3;
        update either set note = 'dated', day = '2024-05-30' where num = 4;
        update either set note = 'unseen' where num = 5;
        insert into either values (21, 'new', '2024-05-02 01:00:00', null, null)`)
    const outcome = await landing.land(table)
    // The rows at the watermarks themselves are read again.
    expect(outcome).toMatchObject({
      message: 'incremental',
      counts: { fetched: 4, inserted: 1, changed: 2, unchanged: 1 },
    })
    const notes = (await bronze('either')).map(({ note }) => note)
    expect([notes[2], notes[3], notes[4], notes[20]]).toEqual(['edited', 'dated', 'row 5', 'new'])
    expect(await state('either')).toMatchObject({
      column_watermarks: { edited: '2024-05-02 01:00:00.000000', day: '2024-05-30' },
    })
  })

  test('with `and` brings only what all of its columns tell of', async () => {
    const together = {
      ...tableWatermarkDefaults,
      lookbackSeconds: 0,
      logic: 'and' as const,
      columns: columns('edited', 'day'),
    }
    const table = await made('together', { watermark: together })
    await landing.land(table)
    await both().there.query(`
        update together set note = 'one', edited = '2024-05-02 00:00:00' where num = 3;
        update together set note = 'two', edited = '2024-05-02 00:00:00', day = '2024-05-30' where num = 4`)
    expect(await landing.land(table)).toMatchObject({ counts: { changed: 1 } })
    const notes = (await bronze('together')).map(({ note }) => note)
    expect([notes[2], notes[3]]).toEqual(['row 3', 'two'])
  })

  test('believes no value outside its bounds: it selects no row and moves no watermark', async () => {
    const table = await made('bounded')
    await both().there.query(
      `update bounded set edited = '1999-12-31 00:00:00', day = '2999-01-01' where num = 1`,
    )
    await landing.land(table)
    expect(await state('bounded')).toMatchObject({
      column_watermarks: { edited: '2024-05-01 20:00:00.000000', day: '2024-05-21' },
    })
    await both().there.query(
      `update bounded set note = 'wrong', edited = null, day = '2998-01-01' where num = 1`,
    )
    expect(await landing.land(table)).toMatchObject({ counts: { fetched: 1, changed: 0 } })
    expect((await bronze('bounded'))[0]).toMatchObject({ note: 'row 1' })
  })

  test('moves no watermark beyond the source’s clock, and reads what lies there until its time has come', async () => {
    const table = await made('ahead', {
      watermark: {
        ...tableWatermarkDefaults,
        lookbackSeconds: 0,
        columns: [{ name: 'day', min: null, max: '2099-12-31' }],
      },
    })
    await both().there.query(`update ahead set day = current_date + interval 30 day where num = 1`)
    await landing.land(table)
    expect(await state('ahead')).toMatchObject({ column_watermarks: { day: '2024-05-21' } })
    await both().there.query(`update ahead set note = 'planned anew' where num = 1`)
    expect(await landing.land(table)).toMatchObject({ counts: { changed: 1 } })
  })

  test('asks for the rows without a value in any of its columns with each load', async () => {
    const table = await made('nameless')
    await landing.land(table)
    await both().there.query(`update nameless set note = 'timeless', edited = null, day = null where num = 2`)
    expect(await landing.land(table)).toMatchObject({ counts: { changed: 1 } })
    const { watermark } = table
    const raising = { ...table, watermark: { ...watermark!, onMissing: 'raise' as const } }
    expect(await landing.land(raising)).toMatch(/^SOURCE_CURSOR_MISSING: dental.nameless: 1 row has no value/)
  })

  test('finds by its keys what is gone, and what no change column told of', async () => {
    const table = await made('swept', { sweep: { everySeconds: 0 } })
    await landing.land(table)
    await both().there.query(`
        delete from swept where num in (7, 8);
        insert into swept values (30, 'backdated', '2024-04-01 00:00:00', '2024-04-01', null)`)
    expect(await landing.land(table)).toMatchObject({ counts: { deleted: 2, missed: 1, inserted: 1 } })
    const rows = await bronze('swept')
    expect(rows.filter(({ gone }) => gone).map(({ num }) => num)).toEqual(['7', '8'])
    expect(rows.at(-1)).toMatchObject({ note: 'backdated', gone: false })
    await both().there.query(`insert into swept values (7, 'again', '2024-06-01 00:00:00', null, null)`)
    await landing.land(table)
    expect((await bronze('swept'))[6]).toEqual({ num: '7', note: 'again', gone: false })
  })

  test('with a sweep of rows also finds what changed unseen, and says how much', async () => {
    const table = await made('hashed', { sweep: { everySeconds: 0 }, compare: 'rows' })
    await landing.land(table)
    await both().there.query(`update hashed set note = 'unseen' where num in (5, 6)`)
    expect(await landing.land(table)).toMatchObject({
      counts: { missed: 2, changed: 2 },
      message: 'incremental; 2 that increments had missed',
    })
    expect((await bronze('hashed'))[4]).toMatchObject({ note: 'unseen' })
  })

  test('without change columns is compared row by row, and what is gone is found each time', async () => {
    const table = await made('plain', { watermark: null })
    await landing.land(table)
    await both().there.query(
      `update plain set note = 'changed' where num = 11; delete from plain where num = 12`,
    )
    expect(await landing.land(table)).toMatchObject({
      message: 'full load',
      counts: { fetched: 19, inserted: 0, changed: 1, unchanged: 18, deleted: 1 },
    })
  })

  test('marks nothing where more is gone than the job allows, and says so', async () => {
    const table = await made('emptied', { sweep: { everySeconds: 0 } })
    await landing.land(table)
    await both().there.query(`delete from emptied where num > 3`)
    expect(await landing.land(table)).toMatchObject({ status: 'warned', counts: { deleted: 0 } })
    expect((await bronze('emptied')).every(({ gone }) => !gone)).toBe(true)
  })

  test('is read whole, with a warning, when a change column is not there any more', async () => {
    const table = await made('renamed')
    await landing.land(table)
    await both().there.query(
      `alter table renamed rename column edited to changed; update renamed set note = 'x' where num = 1`,
    )
    expect(await landing.land(table)).toMatchObject({
      status: 'warned',
      message:
        'full load; everything is read: the change column edited is not there (there is entered, changed, note, day, num)',
      counts: { fetched: 20 },
    })
    expect(await landing.land(table)).toMatchObject({ status: 'warned', counts: { changed: 0 } })
    await both().there.query('alter table renamed rename column changed to edited')
    expect(await landing.land(table)).toMatchObject({
      message: 'full load; everything is read: edited is new, changed is gone',
    })
    expect(await landing.land(table)).toMatchObject({ status: 'success', message: 'incremental' })
  })

  test('fails when a change column has never been there: its name is wrong', async () => {
    const table = await made('mistyped', {}, ['edited', 'Day'])
    await expect(landing.land(table)).resolves.toBe(
      'SOURCE_COLUMN_MISSING: dental.mistyped has no column Day, which is to tell of its changes',
    )
  })

  test('that has no change column, and goes on behind rows of an earlier run, says how old these are', async () => {
    const table = await made('halved', { watermark: null })
    const stop = new AbortController()
    const cut = await both().prepare(table, ({ kind }) => {
      if (kind === 'step_progress') stop.abort(new Error('stopped'))
    })
    await expect(cut.land(table, { signal: stop.signal })).rejects.toThrow()
    await both().there.query(`update halved set note = 'other' where num = 1`)
    expect(await landing.land(table)).toMatchObject({
      status: 'warned',
      message: expect.stringMatching(
        /^first load; the first \d+ rows are as an earlier run read them, at \d{4}-\S+ \S+ UTC: what was changed in them since comes with the next load$/,
      ),
    })
    expect((await bronze('halved'))[0]).toMatchObject({ note: 'row 1' })
    expect(await landing.land(table)).toMatchObject({ status: 'success', counts: { changed: 1 } })
  })

  test('counts a date that no calendar has once, however often it is read', async () => {
    const table = await made('undated', { sweep: { everySeconds: 0 }, compare: 'rows' })
    await landing.land(table)
    await both().there.query(
      `update undated set day = '0000-00-00', edited = '2024-06-01 00:00:00' where num in (2, 3)`,
    )
    expect(await landing.land(table)).toMatchObject({ counts: { changed: 2 } })
    expect((await counts('undated')).counts).toMatchObject({ zeroDates: 2 })
  })

  test('fails, and moves no watermark, when bronze lacks what the source gives', async () => {
    const table = await made('swallowed')
    await landing.land(table)
    await both().own.database.query(`
        create function bronze.swallow() returns trigger language plpgsql as $$
        begin if new.data->>'num' in ('22', '23') then return null; end if; return new; end $$`)
    await both().own.database.query(
      'create trigger swallow before insert on bronze.od_swallowed for each row execute function bronze.swallow()',
    )
    await both().there.query(`
        insert into swallowed values (21, 'kept', '2024-06-01 00:00:00', null, null), (22, 'lost', '2024-06-01 00:00:00', null, null),
          (23, 'lost', '2024-06-02 00:00:00', null, null)`)
    expect(await landing.land(table)).toBe(
      'SOURCE_ROWS_MISSING: dental.swallowed instance main: of 4 rows that the source gives 2 are not in bronze.od_swallowed: ["22"], ["23"]',
    )
    expect(await state('swallowed')).toMatchObject({
      status: 'failed',
      column_watermarks: { edited: '2024-05-01 20:00:00.000000' },
    })
    expect(await landing.land({ ...table, onMismatch: 'full_load' })).toMatch(/^SOURCE_ROWS_MISSING/)
    await both().own.database.query('drop trigger swallow on bronze.od_swallowed')
    expect(await landing.land(table)).toMatchObject({ status: 'success', counts: { inserted: 2 } })
  })

  test('with `on_mismatch: full_load` reads everything again, and says so', async () => {
    const table = await made('mended', { onMismatch: 'full_load' })
    await landing.land(table)
    await both().own.database.query('create table bronze.swallowed (num text primary key)')
    await both().own.database.query(`
        create function bronze.swallow_once() returns trigger language plpgsql as $$
        begin
          if new.data->>'num' <> '22' or exists (select from bronze.swallowed) then return new; end if;
          insert into bronze.swallowed values ('22');
          return null;
        end $$`)
    await both().own.database.query(
      'create trigger swallow before insert on bronze.od_mended for each row execute function bronze.swallow_once()',
    )
    await both().there.query(`insert into mended values (22, 'lost once', '2024-06-01 00:00:00', null, null)`)
    expect(await landing.land(table)).toMatchObject({
      status: 'warned',
      message: 'incremental; 1 rows were missing: everything was read again',
    })
    expect((await bronze('mended')).at(-1)).toMatchObject({ note: 'lost once' })
    expect((await counts('mended')).counts).toMatchObject({ missing: 1 })
  })

  test('whose key tells rows not apart is an error that names keys', async () => {
    const table = await made('twice', { key: [{ field: ['day'] }] })
    await both().there.query(`update twice set day = '2024-05-05' where num in (1, 2)`)
    expect(await landing.land(table)).toBe(
      'SOURCE_KEY_NOT_UNIQUE: dental.twice: the key is not unique: 20 rows, and 18 different keys; more than one row has ["2024-05-05"]',
    )
  })

  test('sets rows without a key aside', async () => {
    await both().there.query(
      `create table keyless (num bigint null, note varchar(20), edited timestamp(6) null, day date null)`,
    )
    await both().there.query(
      `insert into keyless values (1, 'a', '2024-05-01 00:00:00', null), (null, 'b', '2024-05-01 00:00:00', null)`,
    )
    const table = job('keyless')
    landing = await both().prepare(table)
    expect(await landing.land(table)).toMatchObject({
      status: 'warned',
      counts: { fetched: 2, inserted: 1, quarantined: 1 },
    })
  })

  test('says which table or key is not there', async () => {
    const table = await made('there')
    expect(await landing.land({ ...table, relation: { schema: null, name: 'ther' } })).toMatch(
      /^SOURCE_TABLE_MISSING: /,
    )
    expect(await landing.land({ ...table, key: [{ field: ['nummer'] }] })).toMatch(
      /^SOURCE_KEY_MISSING: dental.there has no column nummer/,
    )
  })

  test('is filled in for a span of time without a watermark moving', async () => {
    const table = await made('span')
    await landing.land(table)
    await both().there.query(`update span set note = 'filled in' where num in (2, 3, 15)`)
    const window = { since: '2024-05-01T02:00:00.000Z', until: '2024-05-01T04:00:00.000Z' }
    const before = await state('span')
    const narrow = { ...table, watermark: { ...table.watermark!, columns: columns('edited') } }
    expect(await landing.land(narrow, { window })).toMatchObject({ counts: { fetched: 2, changed: 2 } })
    expect(await state('span')).toEqual(before)
  })

  test('that was emptied in bronze is read whole', async () => {
    const table = await made('lost')
    await landing.land(table)
    await both().own.database.query('delete from bronze.od_lost')
    expect(await landing.land(table)).toMatchObject({ counts: { inserted: 20 } })
  })

  test('is read in one state, whoever writes meanwhile; the next load brings what they wrote', async () => {
    const table = await made('busy', { chunkRows: 20 })
    const writer = await both().there.connect()
    await writer.query(`set time_zone = '+00:00'`)
    let writing = true
    const written = (async () => {
      for (let turn = 0; writing && turn < 500; turn++) {
        await writer.query(`insert into busy values (${100 + turn}, 'late', now(6), null, null)`)
        await writer.query(
          `update busy set note = 'late ${turn}', edited = now(6) where num = ${1 + (turn % 20)}`,
        )
      }
    })()
    for (let load = 0; load < 4; load++)
      expect(await landing.land(table)).toMatchObject({ status: 'success' })
    writing = false
    await written
    await landing.land({ ...table, watermark: { ...table.watermark!, lookbackSeconds: 3600 } })
    const truth = await both().there.query(
      `select cast(num as char) as num, note from busy order by busy.num`,
    )
    expect((await bronze('busy')).map(({ num, note }) => ({ num, note }))).toEqual(truth)
    await writer.end()
  })
})
