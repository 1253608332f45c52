import { describeOldestServer } from '@strata/postgres/testing'
import { cleanTarget } from '@strata/runner'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { openPublishFixture, type PublishFixture, target } from './publish-fixture.ts'
import { type SnapshotOptions, snapshot, take } from './snapshot-fixture.ts'

/** What dbt 1.11 makes of the same rows, unless a test says otherwise. */
describeOldestServer('snapshots', (server) => {
  let fixture: PublishFixture
  beforeAll(async () => {
    fixture = await openPublishFixture(server)
  })
  afterAll(() => fixture.drop())
  beforeEach(() =>
    fixture.execute(
      'create schema raw',
      'create table raw.people (id int, site text, name varchar(5), updated_at timestamp)',
      `insert into raw.people values (1, 'a', 'Ada', '2020-01-01'), (2, 'a', 'Bo', '2020-01-01'), (3, 'b', null, '2020-01-01')`,
    ),
  )
  afterEach(() =>
    fixture.execute(
      'drop schema if exists history cascade',
      'drop schema if exists raw cascade',
      'delete from strata.relations',
      'delete from strata.schemas',
    ),
  )

  const again = (options?: SnapshotOptions) => take(fixture.database, snapshot(options))
  const change = (...statements: readonly string[]) => fixture.execute(...statements)

  /** `Ada 2020-01-01..2020-02-01`; what happened during the test is `now`. */
  async function history(id: number, more = ''): Promise<readonly string[]> {
    const moment = (column: string) =>
      `case when ${column} between now() - interval '1 hour' and now() + interval '1 hour' then 'now' else coalesce(to_char(${column}, 'YYYY-MM-DD'), '') end`
    const rows = await fixture.rows(
      `select concat(coalesce(name, '-'), ' ', ${moment('dbt_valid_from')}, '..', ${moment('dbt_valid_to')}${more}) as line
       from history.people where id = ${id} order by dbt_valid_from nulls first, dbt_valid_to nulls last`,
    )
    return rows.map((row) => String(row['line']))
  }

  it('keeps the first version of each row, in the columns that dbt adds', async () => {
    expect(await again()).toMatchObject({ status: 'success', action: 'build', counts: { rows: 3 } })
    expect(await fixture.rows('select * from history.people where id = 1')).toEqual([
      {
        id: 1,
        site: 'a',
        name: 'Ada',
        updated_at: '2020-01-01 00:00:00',
        dbt_scd_id: '1594ed15a40582bdbe0bc8e1fcc6b1f5',
        dbt_updated_at: '2020-01-01 00:00:00',
        dbt_valid_from: '2020-01-01 00:00:00',
        dbt_valid_to: null,
      },
    ])
  })

  it('ends a version where updated_at is newer, and begins the next', async () => {
    await again()
    await change(
      `update raw.people set name = 'Eva', updated_at = '2020-02-01' where id = 1`,
      `insert into raw.people values (4, 'b', 'Dan', '2020-02-02')`,
      'delete from raw.people where id = 3',
    )
    expect(await again()).toMatchObject({
      action: 'increment',
      message: 'by updated_at',
      counts: { rows: 3, inserted: 1, changed: 1, deleted: 0, unchanged: 1 },
    })
    expect(await history(1)).toEqual(['Ada 2020-01-01..2020-02-01', 'Eva 2020-02-01..'])
    expect(await history(3)).toEqual(['- 2020-01-01..'])
    expect(await history(4)).toEqual(['Dan 2020-02-02..'])
    expect(await fixture.rows('select dbt_scd_id from history.people where id = 1 order by 1')).toEqual([
      { dbt_scd_id: '15121fd6f50ff72062297f4fdb392256' },
      { dbt_scd_id: '1594ed15a40582bdbe0bc8e1fcc6b1f5' },
    ])
  })

  it('writes nothing where nothing changed', async () => {
    await again()
    const before = await fixture.rows('select xmin::text, ctid::text from history.people order by id')
    expect(await again()).toMatchObject({ counts: { inserted: 0, changed: 0, deleted: 0, unchanged: 3 } })
    expect(await fixture.rows('select xmin::text, ctid::text from history.people order by id')).toEqual(
      before,
    )
  })

  it('leaves rows alone whose updated_at stands still or goes back', async () => {
    await again()
    await change(
      `update raw.people set name = 'Tie' where id = 1`,
      `update raw.people set name = 'Back', updated_at = '2019-01-01' where id = 2`,
      `update raw.people set name = 'Micro', updated_at = '2020-01-01 00:00:00.000001' where id = 3`,
    )
    await again()
    expect(await history(1)).toEqual(['Ada 2020-01-01..'])
    expect(await history(2)).toEqual(['Bo 2020-01-01..'])
    expect(await history(3)).toEqual(['- 2020-01-01..2020-01-01', 'Micro 2020-01-01..'])
  })

  it('begins a version when a row gets its first updated_at, which dbt never sees', async () => {
    await change('update raw.people set updated_at = null where id = 1')
    await again()
    expect(await history(1)).toEqual(['Ada ..'])
    await again()
    await change(`update raw.people set updated_at = '2020-05-01' where id = 1`)
    await again()
    await change('update raw.people set updated_at = null where id = 1')
    await again()
    expect(await history(1)).toEqual(['Ada ..2020-05-01', 'Ada 2020-05-01..'])
  })

  it.each([
    ['all columns', 'all', ['Ada now..now', 'Ada now..now', 'Eva now..']],
    ['some columns', ['name'], ['Ada now..now', 'Eva now..']],
  ] as const)('finds changes by %s', async (_, columns, expected) => {
    const strategy = { kind: 'check', columns, updatedAt: null } as const
    await again({ strategy })
    await change(`update raw.people set site = 'z' where id = 1`)
    await again({ strategy })
    await change(
      `update raw.people set name = 'Eva' where id = 1`,
      `update raw.people set name = 'x' where id = 3`,
    )
    await again({ strategy })
    await change('update raw.people set name = null where id = 3')
    await again({ strategy })
    expect(await history(1)).toEqual(expected)
    expect(await history(3)).toEqual(['- now..now', 'x now..now', '- now..'])
  })

  it('compares types that have no equality, and columns that got another type, without a version at each look', async () => {
    await change(
      `alter table raw.people add doc json default '{"a": 1}', add at point default '(1,2)'`,
      'alter table raw.people add rate numeric(10,2) default 1.5',
    )
    const strategy = { kind: 'check', columns: 'all', updatedAt: null } as const
    await again({ strategy })
    await change('alter table raw.people alter site type varchar(10), alter updated_at type timestamptz')
    await change('alter table raw.people alter rate type double precision')
    await again({ strategy })
    expect(await again({ strategy })).toMatchObject({ status: 'success', counts: { unchanged: 3 } })
    expect(await history(1)).toHaveLength(1)
    await change(`update raw.people set doc = '{"a": 2}' where id = 1`)
    expect(await again({ strategy })).toMatchObject({ counts: { changed: 1 } })
  })

  it('begins a version when it is found where updated_at does not move on; with dbt it has no length, or ends before it begins', async () => {
    const strategy = { kind: 'check', columns: ['name'], updatedAt: 'updated_at' } as const
    await again({ strategy })
    await change(
      `update raw.people set name = 'Eva', updated_at = '2020-02-01' where id = 1`,
      `update raw.people set name = 'Tie' where id = 2`,
      `update raw.people set name = 'Null', updated_at = null where id = 3`,
    )
    await again({ strategy })
    await change(`update raw.people set name = 'Old', updated_at = '2019-01-01' where id = 1`)
    await again({ strategy })
    expect(await history(1)).toEqual(['Ada 2020-01-01..2020-02-01', 'Eva 2020-02-01..now', 'Old now..'])
    expect(await history(2)).toEqual(['Bo 2020-01-01..now', 'Tie now..'])
    expect(await history(3)).toEqual(['- 2020-01-01..now', 'Null now..'])
  })

  it('ends the version of a row that is gone, and begins another when it comes back', async () => {
    const hardDeletes = 'invalidate' as const
    await again({ hardDeletes })
    await change('delete from raw.people where id in (1, 2)')
    expect(await again({ hardDeletes })).toMatchObject({ counts: { deleted: 2 } })
    expect(await history(1)).toEqual(['Ada 2020-01-01..now'])
    expect(await again({ hardDeletes })).toMatchObject({ counts: { deleted: 0 } })
    await change(`insert into raw.people values (1, 'a', 'Ada', '2030-01-01'), (2, 'a', 'Bo', '2020-01-01')`)
    await again({ hardDeletes })
    expect(await history(1)).toEqual(['Ada 2020-01-01..now', 'Ada 2030-01-01..'])
    // With dbt its validity would begin in 2020 once more, and overlap the first.
    expect(await history(2)).toEqual(['Bo 2020-01-01..now', 'Bo now..'])
    expect(
      await fixture.rows(
        'select count(*)::int as n, count(distinct dbt_scd_id)::int as ids from history.people',
      ),
    ).toEqual([{ n: 5, ids: 5 }])
  })

  it('writes a record of a deletion', async () => {
    const hardDeletes = 'new_record' as const
    await again({ hardDeletes })
    await change('delete from raw.people where id in (1, 2)')
    await again({ hardDeletes })
    expect(await again({ hardDeletes })).toMatchObject({ counts: { deleted: 0, unchanged: 1 } })
    const deleted = ", ' ', dbt_is_deleted"
    expect(await history(1, deleted)).toEqual(['Ada 2020-01-01..now False', 'Ada now.. True'])
    await change(`insert into raw.people values (1, 'a', 'Ada', '2030-01-01'), (2, 'a', 'Bo', '2020-01-01')`)
    await again({ hardDeletes })
    expect(await history(1, deleted)).toEqual([
      'Ada 2020-01-01..now False',
      'Ada now..2030-01-01 True',
      'Ada 2030-01-01.. False',
    ])
    expect(await history(2, deleted)).toEqual([
      'Bo 2020-01-01..now False',
      'Bo now..now True',
      'Bo now.. False',
    ])
    const ids =
      await fixture.rows(`select dbt_scd_id = md5(lag(dbt_scd_id) over (order by dbt_valid_from) || '|' || dbt_valid_from::varchar) as chained
      from history.people where id = 1 order by dbt_valid_from`)
    expect(ids[1]).toEqual({ chained: true })
  })

  it.each([
    ['invalidate', ['Bo 2020-01-01..now', 'Bo now..now', 'Late now..']],
    ['new_record', ['Bo 2020-01-01..now', 'Bo now..now', 'Bo now..now', 'Late now..']],
  ] as const)(
    'sees that a row that came back was changed before it was found again (%s)',
    async (hardDeletes, expected) => {
      await again({ hardDeletes })
      await change('delete from raw.people where id = 2')
      await again({ hardDeletes })
      await change(`insert into raw.people values (2, 'a', 'Bo', '2020-01-01')`)
      await again({ hardDeletes })
      expect(await again({ hardDeletes })).toMatchObject({ counts: { changed: 0, unchanged: 3 } })
      await change(`update raw.people set name = 'Late', updated_at = '2020-06-01' where id = 2`)
      expect(await again({ hardDeletes })).toMatchObject({ counts: { changed: 1 } })
      expect(await again({ hardDeletes })).toMatchObject({ counts: { changed: 0, unchanged: 3 } })
      expect(await history(2)).toEqual(expected)
      expect(
        await fixture.rows(
          `select count(distinct dbt_scd_id)::int as ids, bool_and(dbt_valid_from <= coalesce(dbt_valid_to, 'infinity')) as ordered
           from history.people where id = 2`,
        ),
      ).toEqual([{ ids: expected.length, ordered: true }])
    },
  )

  it('sees the first updated_at of a row that came back without one', async () => {
    const hardDeletes = 'invalidate' as const
    await again({ hardDeletes })
    await change('delete from raw.people where id = 2')
    await again({ hardDeletes })
    await change(`insert into raw.people values (2, 'a', 'Bo', null)`)
    await again({ hardDeletes })
    await change(`update raw.people set name = 'Set', updated_at = '2020-06-01' where id = 2`)
    await again({ hardDeletes })
    expect(await history(2)).toEqual(['Bo 2020-01-01..now', 'Bo now..now', 'Set now..'])
  })

  it('begins no versions for a history whose versions do not say what updated_at was', async () => {
    await again()
    await change('alter table history.people drop column dbt_updated_at')
    expect(await again()).toMatchObject({ status: 'success', counts: { changed: 0, unchanged: 3 } })
    await change(`update raw.people set name = 'Eva', updated_at = '2020-02-01' where id = 1`)
    await again()
    expect(await history(1)).toEqual(['Ada 2020-01-01..2020-02-01', 'Eva 2020-02-01..'])
  })

  it('gets the column of deletions when they are asked for later', async () => {
    await again()
    await change('delete from raw.people where id = 1')
    expect(await again({ hardDeletes: 'new_record' })).toMatchObject({
      status: 'success',
      message: expect.stringContaining('dbt_is_deleted is new'),
    })
    expect(await history(1, ", ' ', dbt_is_deleted")).toEqual(['Ada 2020-01-01..now False', 'Ada now.. True'])
  })

  it.each(["'9999-12-31'::timestamp", "to_date('9999-12-31', 'YYYY-MM-DD')", "cast('9999-12-31' as date)"])(
    'marks current rows with dbt_valid_to_current %s',
    async (validToCurrent) => {
      const options = { validToCurrent, hardDeletes: 'new_record' } as const
      // Those that have none yet are current as well.
      await again({ hardDeletes: 'new_record' })
      await change(`update raw.people set name = 'Eva', updated_at = '2020-02-01' where id = 1`)
      await again(options)
      await change('delete from raw.people where id = 1')
      await again(options)
      expect(await history(1)).toEqual([
        'Ada 2020-01-01..2020-02-01',
        'Eva 2020-02-01..now',
        'Eva now..9999-12-31',
      ])
      expect(await history(2)).toEqual(['Bo 2020-01-01..'])
    },
  )

  it('gives its columns other names', async () => {
    const columns = {
      scdId: 'version_id',
      validFrom: 'Starts',
      validTo: 'ends',
      updatedAt: 'changed',
      isDeleted: 'gone',
    }
    await again({ columns, hardDeletes: 'new_record' })
    await change('delete from raw.people where id = 1')
    await again({ columns, hardDeletes: 'new_record' })
    expect(
      await fixture.rows(
        `select "Starts", ends is null as current, gone from history.people where id = 1 order by "Starts"`,
      ),
    ).toEqual([
      { Starts: '2020-01-01 00:00:00', current: false, gone: 'False' },
      { Starts: expect.stringMatching(/^20/), current: true, gone: 'True' },
    ])
    expect(await again()).toMatchObject({
      failure: {
        code: 'NOT_A_SNAPSHOT',
        message: expect.stringContaining('it has no column dbt_scd_id, dbt_valid_from, dbt_valid_to'),
      },
    })
  })

  it.each([
    ['of two columns', ['id', 'site']],
    ['that is an expression', [`id || '-' || site`]],
    ['written in capitals', ['ID', 'Site']],
  ])('tells rows apart by a key %s', async (_, key) => {
    await change(`insert into raw.people values (1, 'b', 'Ann', '2020-01-01')`)
    await again({ key, hardDeletes: 'invalidate' })
    await change(`update raw.people set name = 'Eva', updated_at = '2020-02-01' where id = 1 and site = 'b'`)
    expect(await again({ key, hardDeletes: 'invalidate' })).toMatchObject({
      status: 'success',
      counts: { changed: 1, unchanged: 3 },
    })
  })

  it('names keys that several rows share, and rows without one, on the first day as on any other', async () => {
    await change(`insert into raw.people values (2, 'c', 'Bob', '2020-01-01')`)
    const duplicate = {
      status: 'failed',
      failure: { code: 'DUPLICATE_KEYS', message: expect.stringContaining('id=2: 2 rows') },
    }
    expect(await again()).toMatchObject(duplicate)
    await change(`delete from raw.people where name = 'Bob'`)
    await again()
    await change(`insert into raw.people values (2, 'c', 'Bob', '2020-01-01')`)
    expect(await again()).toMatchObject(duplicate)
    expect(await again({ config: { meta: { phi: true } } })).toMatchObject({
      failure: { message: expect.stringContaining('one key: 2 rows') },
    })
    await change(`update raw.people set id = null where name = 'Bob'`)
    expect(await again()).toMatchObject({
      failure: { code: 'NULL_KEYS', message: expect.stringContaining('id=null: 1 row') },
    })
    expect(await history(2)).toEqual(['Bo 2020-01-01..'])
  })

  it('says which option names what the SELECT does not yield', async () => {
    const unknown = (option: string, column: string, hint: string) => ({
      failure: {
        code: 'UNKNOWN_COLUMN',
        message: `${option} of history.people names ${column}, which its SELECT does not yield`,
        hint,
      },
    })
    const all = 'It yields id, site, name, updated_at.'
    const misspelt = { kind: 'timestamp', updatedAt: 'Updated_ta' } as const
    const wrong: readonly (readonly [SnapshotOptions, object])[] = [
      [{ key: ['nr'] }, unknown('unique_key', 'nr', all)],
      [{ key: ['id', '"Site"'] }, unknown('unique_key', 'Site', `Did you mean "site"? ${all}`)],
      [{ strategy: misspelt }, unknown('updated_at', 'updated_ta', `Did you mean "updated_at"? ${all}`)],
      [
        { strategy: { kind: 'check', columns: ['name', 'mail'], updatedAt: null } },
        unknown('check_cols', 'mail', all),
      ],
    ]
    for (const [options, expected] of wrong) expect(await again(options)).toMatchObject(expected)
    expect(await again({ key: ["id || '-' || nr"] })).toMatchObject({
      failure: { message: expect.stringContaining('its option unique_key: column "nr" does not exist') },
    })
    expect(await again({ select: 'select *, 1 as dbt_scd_id from raw.people' })).toMatchObject({
      failure: { code: 'RESERVED_COLUMN' },
    })
    await again()
    for (const [options, expected] of wrong) expect(await again(options)).toMatchObject(expected)
    await change('drop table history.people')
    expect(await again({ select: 'select id, nme from raw.people' })).toMatchObject({
      failure: { sql: 'select id, nme from raw.people', position: 12 },
    })
    expect(await again({ strategy: { kind: 'custom', name: 'mine' } })).toMatchObject({
      failure: { code: 'UNSUPPORTED_STRATEGY' },
    })
    expect(await fixture.rows(`select to_regclass('history.people') is null as gone`)).toEqual([
      { gone: true },
    ])
  })

  it('follows columns that come, go, grow and are renamed', async () => {
    await again()
    await change(
      'alter table raw.people add extra text',
      `update raw.people set extra = 'e', updated_at = '2020-02-01' where id = 1`,
    )
    expect(await again()).toMatchObject({ message: 'by updated_at; extra is new' })
    await change(
      'alter table raw.people drop column site, alter name type varchar(30), alter id type bigint',
      `update raw.people set name = 'a longer name', updated_at = '2020-03-01' where id = 1`,
    )
    expect(await again()).toMatchObject({
      message:
        'by updated_at; id was integer and is bigint, name was character varying(5) and is character varying(30)',
    })
    await change(
      'alter table raw.people rename extra to more',
      `update raw.people set updated_at = '2020-04-01' where id = 1`,
    )
    await again()
    expect(
      await fixture.rows(
        'select site, name, extra, more from history.people where id = 1 order by dbt_valid_from',
      ),
    ).toEqual([
      { site: 'a', name: 'Ada', extra: null, more: null },
      { site: 'a', name: 'Ada', extra: 'e', more: null },
      { site: null, name: 'a longer name', extra: 'e', more: null },
      { site: null, name: 'a longer name', extra: null, more: 'e' },
    ])
  })

  it('makes a version of a row for a new column only where that has a value; with dbt of every row', async () => {
    const strategy = { kind: 'check', columns: 'all', updatedAt: null } as const
    await again({ strategy })
    await change('alter table raw.people add extra text', `update raw.people set extra = 'e' where id = 1`)
    expect(await again({ strategy })).toMatchObject({ counts: { changed: 1, unchanged: 2 } })
  })

  it('does not take a source without rows for one whose rows were all deleted', async () => {
    const hardDeletes = 'invalidate' as const
    await again({ hardDeletes })
    await change('delete from raw.people')
    expect(await again({ hardDeletes })).toMatchObject({
      failure: { code: 'EMPTY_RESULT', message: expect.stringContaining('3 rows') },
    })
    expect(await again()).toMatchObject({ status: 'success' })
    expect(await again({ hardDeletes, allowEmpty: true })).toMatchObject({ counts: { deleted: 3 } })
  })

  it('never has two current versions of a row: two runs at once, or somebody else’s statement', async () => {
    const options = { strategy: { kind: 'check', columns: 'all', updatedAt: null } } as const
    await again(options)
    await change(
      `update raw.people set name = 'Eva' where id = 1`,
      `insert into raw.people values (4, 'a', 'Dan')`,
    )
    const slow = { ...options, select: 'select p.* from raw.people p, pg_sleep(0.3)' }
    const both = await Promise.all([again(slow), again(slow)])
    expect(both.map(({ status }) => status)).toEqual(['success', 'success'])
    expect(both.map(({ counts }) => counts.inserted).sort()).toEqual([0, 1])
    expect(await history(1)).toEqual(['Ada now..now', 'Eva now..'])
    expect(await history(4)).toEqual(['Dan now..'])
    await expect(
      change(`insert into history.people (id, dbt_scd_id) values (1, 'second')`),
    ).rejects.toMatchObject({ sqlstate: '23505' })
  })

  it('two first runs at once make one table', async () => {
    const select = 'select p.* from raw.people p, pg_sleep(0.2)'
    const both = await Promise.all([again({ select }), again({ select })])
    expect(both.map(({ status, action }) => `${status} ${action}`).sort()).toEqual([
      'success build',
      'success increment',
    ])
    expect(await fixture.rows('select id from history.people order by id')).toHaveLength(3)
  })

  it('a connection that is cut in the middle leaves the history as it was, and the step begins again', async () => {
    await again()
    await change(`update raw.people set name = 'Eva', updated_at = '2020-02-01' where id = 1`)
    const running = again({ select: 'select p.* from raw.people p, pg_sleep(1)' })
    let cut = 0
    for (let tries = 0; tries < 200 && cut === 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      const { rowCount } = await fixture.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like '%strata_stage%pg_sleep(1)%' and pid <> pg_backend_pid() and state = 'active' and wait_event = 'PgSleep' and datname = current_database()`,
      )
      cut = rowCount
    }
    expect(cut).toBe(1)
    expect(await history(1)).toEqual(['Ada 2020-01-01..'])
    expect(await running).toMatchObject({ status: 'success', counts: { changed: 1 } })
    expect(await history(1)).toEqual(['Ada 2020-01-01..2020-02-01', 'Eva 2020-02-01..'])
  })

  it('goes on with a history of dbt’s when it is told to, and clean leaves that alone', async () => {
    await change(
      'create schema history',
      `create table history.people as select *, md5('x' || id) as dbt_scd_id, updated_at as dbt_updated_at,
         updated_at as dbt_valid_from, null::timestamp as dbt_valid_to from raw.people`,
      `update raw.people set name = 'Eva', updated_at = '2020-02-01' where id = 1`,
    )
    expect(await again()).toMatchObject({
      failure: {
        code: 'NOT_OURS',
        message: 'there is a history history.people that Strata did not begin',
        hint: expect.stringContaining('models snapshot --take-over --select people'),
      },
    })
    expect(await again({ takeOver: true })).toMatchObject({
      status: 'success',
      message: 'takes over the history that Strata did not begin, by updated_at',
    })
    expect(await again()).toMatchObject({ status: 'success', counts: { unchanged: 3 } })
    expect(await history(1)).toEqual(['Ada 2020-01-01..2020-02-01', 'Eva 2020-02-01..'])
    await expect(
      change(`insert into history.people (id, dbt_scd_id) values (1, 'second')`),
    ).rejects.toMatchObject({ sqlstate: '23505' })

    expect(await cleanTarget(fixture.database, target)).toMatchObject({
      kept: [{ name: 'table history.people', reason: 'it was there before; Strata only took it over' }],
    })
    expect(await history(1)).toHaveLength(2)
  })

  it('never takes over what is no history, nor one with several current versions of a row', async () => {
    await change('create schema history', 'create table history.people (id int)')
    expect(await again({ takeOver: true })).toMatchObject({
      failure: {
        code: 'NOT_OURS',
        hint: expect.stringContaining('It is no snapshot: it has no column dbt_scd_id'),
      },
    })
    await change(
      'drop table history.people',
      `create table history.people as select *, md5('x' || id) as dbt_scd_id, updated_at as dbt_updated_at,
         updated_at as dbt_valid_from, null::timestamp as dbt_valid_to from raw.people, generate_series(1, 2)
         where id < 3 or generate_series = 1`,
    )
    expect(await again({ takeOver: true })).toMatchObject({
      failure: { code: 'SEVERAL_CURRENT', message: expect.stringContaining('id=1: 2 rows; id=2: 2 rows') },
    })
  })

  it('does not write into the history of another target', async () => {
    await again()
    const dev = { ...target, name: 'dev' }
    expect(await take(fixture.database, snapshot(), { target: dev })).toMatchObject({
      failure: {
        code: 'NOT_OURS',
        message: 'there is a history history.people that the target test began',
      },
    })
    expect(await take(fixture.database, snapshot({ takeOver: true }), { target: dev })).toMatchObject({
      status: 'success',
    })
  })
})
