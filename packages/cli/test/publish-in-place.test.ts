import { setTimeout as sleep } from 'node:timers/promises'
import { describeServers } from '@strata/postgres/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type ModelSettings, model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

describeServers('refreshing a table in place', (server) => {
  let fixture: PublishFixture
  beforeAll(async () => {
    fixture = await openPublishFixture(server)
  })
  afterAll(() => fixture.drop())
  beforeEach(() => fixture.execute('create schema gold'))
  afterEach(() =>
    fixture.execute('drop schema if exists silver, gold cascade', 'delete from strata.relations'),
  )

  const sites = (values: string, settings: ModelSettings = {}) =>
    model('sites', `select * from (values ${values}) as v (id, name)`, { materialized: 'table', ...settings })
  const inPlace = { config: { publish: 'in_place' }, key: ['id'] } as const
  const oid = async () => (await fixture.rows(`select 'silver.sites'::regclass::oid as oid`))[0]!['oid']
  const versions = () => fixture.rows('select id, name, xmin::text from silver.sites order by id, name')

  const bound: readonly (readonly [what: string, identity: string, ...statements: string[]])[] = [
    ['a materialized view', 'gold.m', 'create materialized view gold.m as select * from silver.sites'],
    [
      'a foreign key',
      'visits_site_fkey on gold.visits',
      'alter table silver.sites add primary key (id)',
      'create table gold.visits (site int references silver.sites)',
    ],
    ['a column of its row type', 'gold.kept', 'create table gold.kept (site silver.sites)'],
    [
      'a function',
      'gold.count_sites',
      'create function gold.count_sites() returns bigint language sql begin atomic select count(*) from silver.sites; end',
    ],
    ['a table that inherits', 'gold.heir', 'create table gold.heir () inherits (silver.sites)'],
    [
      'a policy of another table',
      'reading on gold.guarded',
      'create table gold.guarded (id int)',
      'create policy reading on gold.guarded using (id in (select id from silver.sites))',
    ],
    [
      'a rule of another table',
      'watch on gold.other',
      'create table gold.other (id int)',
      'create rule watch as on insert to gold.other do also select * from silver.sites',
    ],
  ]

  it.each(bound)(
    'where %s is bound to it: it stays, and only what differs is written',
    async (_, identity, ...statements) => {
      await fixture.publish(sites(`(1, 'a'), (2, 'b'), (3, null)`))
      await fixture.execute(...statements)
      const before = await oid()
      const [unchanged] = await versions()
      expect(await fixture.publish(sites(`(1, 'a'), (3, 'c'), (4, 'd')`))).toMatchObject({
        status: 'success',
        action: 'rebuild',
        message: expect.stringContaining(identity),
        counts: { rows: 3, inserted: 2, deleted: 2 },
      })
      expect(await oid()).toBe(before)
      expect(await versions()).toMatchObject([unchanged!, { id: 3, name: 'c' }, { id: 4, name: 'd' }])
    },
  )

  it('adds new columns, and says what is bound where others would have to change', async () => {
    await fixture.publish(sites(`(1, 'a')`))
    await fixture.execute('create table gold.kept (site silver.sites)')
    const grown = model('sites', `select 0 as place, 1 as id, 'a' as name`, { materialized: 'table' })
    expect(await fixture.publish(grown)).toMatchObject({ status: 'success' })
    expect(await fixture.rows('select id, name, place from silver.sites')).toEqual([
      { id: 1, name: 'a', place: 0 },
    ])
    const { failure } = await fixture.publish(
      model('sites', `select 1::bigint as id, 0 as place`, { materialized: 'table' }),
    )
    expect(failure).toMatchObject({
      code: 'BOUND_OBJECTS',
      message: expect.stringMatching(/id was integer and is bigint; name is gone.* gold\.kept\.site/),
    })
    expect(await fixture.rows('select count(*)::int as n from silver.sites')).toEqual([{ n: 1 }])
  })

  it('refuses to make another kind of what something of others is bound to', async () => {
    await fixture.publish(sites(`(1, 'a')`, { materialized: 'view' }))
    await fixture.execute('create materialized view gold.m as select id from silver.sites')
    const { failure } = await fixture.publish(sites(`(1, 'a')`))
    expect(failure).toMatchObject({ code: 'BOUND_OBJECTS', message: expect.stringContaining('gold.m') })
  })

  it('counts equal rows where there is no key, whatever their types', async () => {
    const rows = (values: string) =>
      model('sites', `select id, j::json as name from (values ${values}) as v (id, j)`, {
        materialized: 'table',
        config: { publish: 'in_place' },
      })
    await fixture.publish(rows(`(1, '{"a": 1}'), (1, '{"a": 1}'), (1, '{"a": 1}'), (2, null)`))
    expect(
      await fixture.publish(rows(`(1, '{"a": 1}'), (1, '{"a": 1}'), (2, null), (2, null), (3, '{"a":1}')`)),
    ).toMatchObject({ status: 'success', counts: { rows: 5, deleted: 1, inserted: 2 } })
    expect(
      await fixture.rows(
        'select id, name::text, count(*)::int from silver.sites group by 1, 2 order by 1, 2',
      ),
    ).toEqual([
      { id: 1, name: '{"a": 1}', count: 2 },
      { id: 2, name: null, count: 2 },
      { id: 3, name: '{"a":1}', count: 1 },
    ])
  })

  it('writes by the key that publish: in_place has enforced, NULLs like other values', async () => {
    await fixture.publish(sites(`(1, 'a'), (2, 'b'), (null, 'c')`, inPlace))
    const before = await oid()
    const [unchanged] = await versions()
    expect(await fixture.publish(sites(`(1, 'a'), (null, 'd'), (4, 'e')`, inPlace))).toMatchObject({
      message: 'full table, in place',
      counts: { rows: 3, changed: 1, inserted: 1, deleted: 1 },
    })
    expect(await oid()).toBe(before)
    expect(await versions()).toMatchObject([unchanged!, { id: 4, name: 'e' }, { id: null, name: 'd' }])
    const { failure } = await fixture.publish(sites(`(1, 'a'), (1, 'b')`, inPlace))
    expect(failure).toMatchObject({ code: 'DUPLICATE_KEYS', message: expect.stringContaining('id=1') })
  })

  it('takes another key, and another set of columns, without anything in the way', async () => {
    await fixture.publish(sites(`(1, 'a'), (2, 'b')`, inPlace))
    const byName = { ...inPlace, key: ['name'] }
    expect(await fixture.publish(sites(`(1, 'a'), (1, 'b')`, byName))).toMatchObject({ status: 'success' })
    expect(
      await fixture.rows(
        `select pg_get_indexdef(indexrelid) as index from pg_index where indrelid = 'silver.sites'::regclass`,
      ),
    ).toEqual([
      {
        index: 'CREATE UNIQUE INDEX sites__strata_key ON silver.sites USING btree (name) NULLS NOT DISTINCT',
      },
    ])
    const retyped = model('sites', `select '1' as id`, { materialized: 'table', ...inPlace })
    expect(await fixture.publish(retyped)).toMatchObject({ status: 'success', action: 'rebuild' })
    expect(await fixture.rows('select * from silver.sites')).toEqual([{ id: '1' }])
  })

  it('shows a reader with an older snapshot the rows of its time, where an exchange shows none', async () => {
    const seen = async (settings: ModelSettings) => {
      await fixture.publish(sites(`(1, 'a')`, settings))
      return fixture.database.transaction(async (reader) => {
        await reader.query('set transaction isolation level repeatable read')
        await reader.query('select from bronze.patients')
        await fixture.publish(sites(`(2, 'b'), (3, 'c')`, settings))
        return (await reader.query('select id from silver.sites')).rows
      })
    }
    expect(await seen({})).toEqual([])
    expect(await seen(inPlace)).toEqual([{ id: 1 }])
  })

  it('refuses the loss of a row that another table refers to, and changes nothing', async () => {
    await fixture.publish(sites(`(1, 'a'), (2, 'b')`))
    await fixture.execute(
      'alter table silver.sites add primary key (id)',
      'create table gold.visits (site int references silver.sites)',
      'insert into gold.visits values (2)',
    )
    const { failure } = await fixture.publish(sites(`(1, 'z')`))
    expect(failure).toMatchObject({ sqlstate: '23503', message: expect.stringContaining('visits') })
    expect(await fixture.rows('select name from silver.sites order by id')).toEqual([
      { name: 'a' },
      { name: 'b' },
    ])
  })

  it('leaves a temporary view of another session where it is', async () => {
    await fixture.publish(sites(`(1, 'a')`))
    await fixture.execute('create view gold.reader as select id from silver.sites')
    const before = await oid()
    await fixture.database.session(async (other) => {
      await other.query('create temp view mine as select id from silver.sites')
      await other.query('create temp view further as select id from gold.reader')
      expect(await fixture.publish(sites(`(1, 'a'), (2, 'b')`))).toMatchObject({
        failure: null,
        message: expect.stringMatching(/in place.*view pg_temp\w*\.mine/),
      })
      expect((await other.query('select count(*)::int as n from mine')).rows).toEqual([{ n: 2 }])
      expect(await oid()).toBe(before)
      const view = sites(`(1, 'a')`, { materialized: 'view' })
      expect(await fixture.publish(view)).toMatchObject({ failure: { code: 'BOUND_OBJECTS' } })
    })
    // They go with the other session, a moment after it was closed.
    while ((await fixture.rows(`select from pg_class where relname = 'mine'`)).length > 0) await sleep(5)
    expect((await fixture.publish(sites(`(3, 'c')`))).failure).toBeNull()
    expect(await oid()).not.toBe(before)
  })

  it('exchanges no view that a temporary one of another session reads, and names it', async () => {
    await fixture.publish(model('sites', `select 1 as id, 'a' as name`))
    await fixture.database.session(async (other) => {
      await other.query('create temp view mine as select id from silver.sites')
      expect((await fixture.publish(model('sites', `select 2 as id, 'b' as name`))).failure).toBeNull()
      expect((await fixture.publish(model('sites', 'select 1::bigint as id'))).failure).toMatchObject({
        code: 'BOUND_OBJECTS',
        message: expect.stringContaining('mine'),
      })
    })
  })

  it('refuses a table whose policies hide rows from the role that builds it', async () => {
    const role = `builder_${process.pid}_${Math.random().toString(36).slice(2)}`
    const asBuilder = (values: string): ReturnType<typeof sites> => ({
      ...sites(values, { config: { publish: 'in_place' } }),
      preHooks: [{ template: '', sql: `set local role ${role}`, transaction: true }],
    })
    const hint = 'alter table "silver"."sites" no force row level security'
    await fixture.execute(
      `create role ${role}`,
      'create schema silver',
      `grant all on schema silver, strata to ${role}`,
      `grant all on all tables in schema strata to ${role}`,
    )
    try {
      await fixture.publish(asBuilder(`(1, 'a'), (2, 'b')`))
      await fixture.execute(
        'alter table silver.sites enable row level security',
        'create policy mine on silver.sites using (false) with check (true)',
      )
      // Policies do not apply to the owner, unless they are forced.
      expect((await fixture.publish(asBuilder(`(1, 'a'), (2, 'c')`))).failure).toBeNull()
      await fixture.execute('alter table silver.sites force row level security')
      expect((await fixture.publish(asBuilder(`(1, 'a'), (2, 'd')`))).failure).toMatchObject({
        code: 'ROW_SECURITY',
        message: expect.stringContaining('silver.sites'),
        hint: expect.stringContaining(hint),
      })
      expect((await versions()).map((row) => row['name'])).toEqual(['a', 'c'])
      await fixture.execute(hint)
      expect((await fixture.publish(asBuilder(`(1, 'a'), (2, 'd')`))).failure).toBeNull()
      expect((await versions()).map((row) => row['name'])).toEqual(['a', 'd'])
    } finally {
      await fixture.execute(`drop owned by ${role} cascade`, `drop role ${role}`)
    }
  })
})
