import type { Json, ModelStep } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type ModelSettings, model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

describeOldestServer('options of relations', (server) => {
  let fixture: PublishFixture
  const suffix = `${process.pid}_${Math.random().toString(36).slice(2)}`
  const [ann, bob, eve] = [`ann_${suffix}`, `Bob ${suffix}`, `eve_${suffix}`]
  beforeAll(async () => {
    fixture = await openPublishFixture(server)
    for (const role of [ann, bob, eve]) await fixture.execute(`create role "${role}"`)
  })
  afterAll(async () => {
    for (const role of [ann, bob, eve]) await fixture.execute(`drop role "${role}"`)
    await fixture.drop()
  })
  afterEach(() =>
    fixture.execute(
      'drop schema if exists silver cascade',
      'delete from strata.relations',
      'delete from strata.watermarks',
      'truncate bronze.patients',
    ),
  )

  /** What the options decide has no part in the fingerprint, as in a plan. */
  const items = (config: NonNullable<ModelSettings['config']>, settings: ModelSettings = {}): ModelStep => ({
    ...model('items', 'select id, name from bronze.patients', {
      materialized: 'incremental',
      key: ['id'],
      ...settings,
      config,
    }),
    fingerprint: 'the same',
  })
  const publish = async (config: NonNullable<ModelSettings['config']>, settings: ModelSettings = {}) => {
    const result = await fixture.publish(items(config, settings))
    expect(result.failure).toBeNull()
    return result
  }
  const indexes = () =>
    fixture.rows(`select pg_get_indexdef(indexrelid) as index, indexrelid::int as oid from pg_index
      where indrelid = 'silver.items'::regclass and indexrelid::regclass::text not like '%strata_key' order by 1`)
  const definitions = async () =>
    (await indexes())
      .map(({ index }) => String(index).replace(/INDEX \S*__strata_[0-9a-f]{10} /, 'INDEX ours '))
      .sort()

  it.each(['table', 'incremental', 'materialized_view'] as const)(
    'builds a %s with its indexes',
    async (materialized) => {
      const declared: readonly Json[] = [
        { columns: ['name', 'id'] },
        { columns: ['id'], type: 'hash' },
        { columns: 'lower(name)', where: 'id is not null', unique: true },
        { columns: ['name desc'], include: ['id'], name: 'By Name' },
      ]
      const expected = [
        'CREATE INDEX "By Name" ON silver.items USING btree (name DESC) INCLUDE (id)',
        'CREATE INDEX ours ON silver.items USING btree (name, id)',
        'CREATE INDEX ours ON silver.items USING hash (id)',
        'CREATE UNIQUE INDEX ours ON silver.items USING btree (lower(name)) WHERE (id IS NOT NULL)',
      ]
      for (let round = 0; round < 2; round++) {
        await publish({ indexes: declared }, { materialized, fullRefresh: round === 1 })
        expect(await definitions()).toEqual(expected)
      }
      await publish({ indexes: declared.slice(1) }, { materialized })
      expect(await definitions()).toEqual([expected[0], ...expected.slice(2)])
    },
  )

  it('changes the indexes of an incremental model by what differs, and never those of others', async () => {
    const [first, second] = [{ columns: ['name'] }, { columns: ['name', 'id'] }]
    await publish({ indexes: [first, { columns: ['id'], name: 'named' }] })
    await fixture.execute('create index by_hand on silver.items (name)')
    const before = await indexes()
    await publish({ indexes: [first, { columns: ['id'], name: 'named' }] })
    expect(await indexes()).toEqual(before)
    await publish({ indexes: [second, { columns: ['id', 'name'], name: 'named' }] })
    expect(await definitions()).toEqual([
      'CREATE INDEX by_hand ON silver.items USING btree (name)',
      'CREATE INDEX named ON silver.items USING btree (id, name)',
      'CREATE INDEX ours ON silver.items USING btree (name, id)',
    ])
    await publish({})
    expect(await definitions()).toEqual(['CREATE INDEX by_hand ON silver.items USING btree (name)'])
  })

  it('repairs what a CREATE INDEX CONCURRENTLY of ours left that failed, and says when it fails again', async () => {
    await fixture.execute(`insert into bronze.patients (id, name) values ('1', 'a'), ('2', 'a')`)
    await publish({})
    const config = { indexes: [{ columns: ['name'], unique: true }] }
    const failed = await fixture.publish(items(config))
    expect(failed.failure).toMatchObject({
      code: 'AFTER_PUBLISHING',
      message: expect.stringMatching(/silver\.items is published, but then its option indexes failed/),
    })
    const valid = () =>
      fixture.rows(`select indisvalid as valid from pg_index where indrelid = 'silver.items'::regclass
        and indexrelid::regclass::text not like '%key'`)
    expect(await valid()).toEqual([{ valid: false }])
    await fixture.execute(
      `delete from silver.items where id = '2'`,
      `delete from bronze.patients where id = '2'`,
    )
    await publish(config)
    expect(await valid()).toEqual([{ valid: true }])
  })

  it('goes on where a run died between making an index and dropping the former one', async () => {
    const named = (columns: readonly string[]) => ({ indexes: [{ columns, name: 'named' }] })
    await publish(named(['id']))
    await fixture.execute('create index named__strata_next on silver.items (id, name)')
    await publish(named(['name']))
    expect(await definitions()).toEqual(['CREATE INDEX named ON silver.items USING btree (name)'])
  })

  it('lets two runs at once find that indexes are missing or outdated', async () => {
    await fixture.execute(
      `insert into bronze.patients (id, name) select g, g from generate_series(1, 20000) g`,
    )
    const named = (columns: readonly string[]) => ({ columns, name: 'named' })
    await publish({ indexes: [named(['id'])] })
    const config = { indexes: [named(['name']), { columns: ['name', 'id'] }, { columns: ['id', 'name'] }] }
    for (let round = 0; round < 3; round++) {
      await Promise.all([publish(config), publish(config), publish(config)])
      await publish(config)
      expect(await definitions()).toHaveLength(3)
      expect(await fixture.rows(`select from pg_index where not indisvalid`)).toEqual([])
      await publish({ indexes: [named(['id'])] })
    }
  })

  it('leaves an invalid index of others as it is', async () => {
    await publish({})
    await fixture.execute('create index by_hand on silver.items (name)')
    await fixture.execute(
      `update pg_index set indisvalid = false where indexrelid = 'silver.by_hand'::regclass`,
    )
    await publish({})
    expect(await definitions()).toHaveLength(1)
  })

  it('sets unlogged and fillfactor at a build, on the live table, and keeps what a DBA has set', async () => {
    const storage = async () =>
      (
        await fixture.rows(`select relpersistence::text as persistence, reloptions from pg_class
          where oid = 'silver.items'::regclass`)
      )[0]
    await publish({ unlogged: true, fillfactor: 80 })
    expect(await storage()).toEqual({ persistence: 'u', reloptions: ['fillfactor=80'] })
    await fixture.execute('alter table silver.items set (autovacuum_enabled = false)')
    await publish({ fillfactor: 70 })
    expect(await storage()).toEqual({
      persistence: 'p',
      reloptions: ['autovacuum_enabled=false', 'fillfactor=70'],
    })
    await publish({ unlogged: true }, { fullRefresh: true })
    expect(await storage()).toEqual({
      persistence: 'u',
      reloptions: ['autovacuum_enabled=false', 'fillfactor=70'],
    })
  })

  const kinds = ['view', 'table', 'incremental', 'materialized_view'] as const
  it.each(kinds)(
    'makes the grants of a %s what they should be, and leaves other privileges alone',
    async (materialized) => {
      const granted = async () =>
        (
          await fixture.rows(`select privilege_type || ' ' || coalesce(rolname, 'public') as grant
          from pg_class c, aclexplode(relacl) a left join pg_roles r on r.oid = grantee
          where c.oid = 'silver.items'::regclass and grantee <> relowner order by 1`)
        ).map((row) => row['grant'])
      await publish({ grants: { select: [ann.toUpperCase(), 'PUBLIC'] } }, { materialized })
      expect(await granted()).toEqual([`SELECT ${ann}`, 'SELECT public'])
      await fixture.execute(
        `grant update on silver.items to "${eve}"`,
        `grant select on silver.items to "${eve}"`,
      )
      await publish({ grants: { select: [ann, bob], insert: [] } }, { materialized })
      expect(await granted()).toEqual([`SELECT ${bob}`, `SELECT ${ann}`, `UPDATE ${eve}`].sort())
      await publish({}, { materialized })
      expect(await granted()).toHaveLength(3)
      await publish({ grants: { select: [] } }, { materialized })
      expect(await granted()).toEqual([`UPDATE ${eve}`])
    },
  )

  it.each(kinds)(
    'writes neither comments nor grants of a %s that are there already',
    async (materialized) => {
      const described = {
        description: 'All of them',
        columnDescriptions: { id: 'Its key', ghost: 'nowhere' },
      }
      const config = { grants: { select: [ann] } }
      await publish(config, { materialized, ...described })
      const catalog = () =>
        fixture.rows(`select case when relkind <> 'm' then c.xmin::text end as xmin, relacl::text, array(select xmin::text from pg_description where objoid = c.oid) as comments
        from pg_class c where oid = 'silver.items'::regclass`)
      const before = await catalog()
      await publish(config, { materialized, ...described })
      if (materialized !== 'table') expect(await catalog()).toEqual(before)
      const texts = () =>
        fixture.rows(`select obj_description('silver.items'::regclass, 'pg_class') as relation,
        col_description('silver.items'::regclass, 1) as id`)
      await publish(config, { materialized, ...described, columnDescriptions: { id: 'Another' } })
      expect(await texts()).toEqual([{ relation: 'All of them', id: 'Another' }])
    },
  )

  it.each(kinds)(
    'leaves the right to grant, and grants of single columns, as others gave them on a %s',
    async (materialized) => {
      await fixture.execute(`grant "${ann}" to current_user`)
      const config = { grants: { select: [ann] } }
      await publish({}, { materialized })
      await fixture.execute(
        `grant usage on schema silver to "${ann}"`,
        `grant select on silver.items to "${ann}" with grant option`,
        `grant select (name) on silver.items to "${bob}"`,
        `grant references (id) on silver.items to "${eve}" with grant option`,
        `do $$ begin set local role "${ann}"; grant select on silver.items to "${eve}"; end $$`,
      )
      const granted = () =>
        fixture.rows(`select null as column, relacl::text as acl from pg_class where oid = 'silver.items'::regclass union all
        select attname, attacl::text from pg_attribute where attrelid = 'silver.items'::regclass and attacl is not null order by 1`)
      const before = await granted()
      for (const settings of [{}, { fullRefresh: true }, {}]) {
        await publish(config, { materialized, ...settings })
        expect(await granted()).toEqual(before)
      }
    },
  )

  it('carries constraints and indexes of others over a rebuild, under their names', async () => {
    await publish({})
    await fixture.execute(
      'create table silver.names (name text primary key)',
      'alter table silver.items add primary key (id)',
      `alter table silver.items add constraint short check (length(name) < 5)`,
      'alter table silver.items alter column name set not null',
      'alter table silver.items add constraint known foreign key (name) references silver.names',
      'create index by_hand on silver.items (name) where id is not null',
    )
    const attached = () =>
      fixture.rows(`select conname::text as name, pg_get_constraintdef(oid) as definition from pg_constraint
        where conrelid = 'silver.items'::regclass and contype <> 'n'
        union all select 'index', pg_get_indexdef(indexrelid) from pg_index where indrelid = 'silver.items'::regclass
        union all select 'not null', attname from pg_attribute where attrelid = 'silver.items'::regclass and attnotnull and attnum > 0
        order by 1, 2`)
    const before = await attached()
    expect(before).toHaveLength(8)
    await publish({}, { fullRefresh: true })
    expect(await attached()).toEqual(before)
    await fixture.execute(`insert into bronze.patients (id, name) values ('1', 'too long')`)
    const { failure } = await fixture.publish(items({}, { fullRefresh: true }))
    expect(failure).toMatchObject({
      message: expect.stringMatching(/the constraint short, which somebody added: .*violated/),
      hint: expect.stringContaining('drop it'),
    })
    expect(await attached()).toEqual(before)
  })

  it('lets an index go with its column, and refuses to lose a constraint with it', async () => {
    const table = (select: string) => model('items', select, { materialized: 'table' })
    await fixture.publish(table('select 1 as id, 2 as gone'))
    await fixture.execute('create index by_hand on silver.items (gone)')
    expect((await fixture.publish(table('select 1 as id'))).failure).toBeNull()
    expect(await indexes()).toEqual([])
    await fixture.execute('alter table silver.items add constraint positive check (id > 0)')
    expect((await fixture.publish(table('select 1 as other'))).failure).toMatchObject({
      message: expect.stringContaining('the constraint positive, which somebody added'),
    })
  })

  it.each([
    ['a key that the SELECT does not yield', {}, ['ghost'], /^its option unique_key: .*"ghost"/],
    [
      'an index on no column',
      { indexes: [{ columns: ['ghost'] }] },
      ['id'],
      /^its option indexes: .*"ghost"/,
    ],
    ['a grant to no role', { grants: { select: ['ghost'] } }, ['id'], /^its option grants: .*"ghost"/],
    ['no privilege', { grants: { peek: [ann] } }, ['id'], /^its option grants: .*peek/],
  ] as const)('says which option names %s', async (_, config, key, message) => {
    for (const materialized of ['table', 'incremental', 'materialized_view'] as const) {
      const placed = materialized === 'table' ? { ...config, publish: 'in_place' } : config
      const { failure } = await fixture.publish(
        items(placed as NonNullable<ModelSettings['config']>, { materialized, key }),
      )
      expect(failure).toMatchObject({ message: expect.stringMatching(message), hint: expect.any(String) })
      expect(failure!.sql).toBeUndefined()
    }
  })

  it('says that an index cannot be made whose name another table has taken', async () => {
    const unique = { indexes: [{ columns: ['name'], name: 'taken', unique: true }] }
    await publish({})
    await fixture.execute(
      'create table silver.other (id int)',
      'create index taken on silver.other (id)',
      `comment on index silver.taken is 'by hand'`,
    )
    for (let round = 0; round < 2; round++) {
      expect((await fixture.publish(items(unique))).failure).toMatchObject({
        code: 'AFTER_PUBLISHING',
        message: expect.stringMatching(/option indexes failed: .*"taken"/),
      })
    }
    expect(
      await fixture.rows(`select obj_description('silver.taken'::regclass, 'pg_class') as comment`),
    ).toEqual([{ comment: 'by hand' }])
    await fixture.execute('drop index silver.taken')
    await publish(unique)
    expect(await definitions()).toEqual(['CREATE UNIQUE INDEX taken ON silver.items USING btree (name)'])
  })
})
