import type { ConstraintType, Contract, EnforcedConstraint, Json, ModelStep } from '@strata/core'
import { describeServers } from '@strata/postgres/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ModelSettings, model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

const location = { file: 'models/items.yml', line: 3, column: 5 }

const rule = (
  type: ConstraintType,
  columns: readonly string[],
  definition: string,
  more: Partial<EnforcedConstraint> = {},
): EnforcedConstraint => ({
  type,
  columns,
  definition,
  name: `items__strata_${type}_${columns.join('_')}`,
  location,
  ...more,
})
const notNull = (column: string) =>
  rule('not_null', [column], `check ("${column}" is not null)`, { condition: `"${column}" is not null` })
const check = (condition: string, more: Partial<EnforcedConstraint> = {}) =>
  rule('check', [], `check (${condition})`, { condition, name: 'items__strata_ck', ...more })
const primaryKey = rule('primary_key', ['id'], 'primary key ("id")')
const unique = rule('unique', ['id', 'name'], 'unique ("id", "name")')
const foreignKey = rule(
  'foreign_key',
  ['site'],
  'foreign key ("site") references public.sites (id) on delete cascade',
)

const contractOf = (
  columns: readonly (readonly [string, string])[] | null,
  constraints: readonly EnforcedConstraint[] = [],
): Contract => ({
  columns:
    columns?.map(([name, type], index) => ({ name, type, location: { ...location, line: 10 + index } })) ??
    null,
  constraints,
  location,
})

describeServers('contracts', (server) => {
  let fixture: PublishFixture
  beforeAll(async () => {
    fixture = await openPublishFixture(server)
    await fixture.execute(
      'create table public.sites (id int primary key)',
      'insert into sites values (1), (2)',
    )
  })
  afterAll(() => fixture.drop())
  afterEach(() =>
    fixture.execute(
      'drop schema if exists silver cascade',
      'delete from strata.relations',
      'delete from strata.watermarks',
    ),
  )

  const items = (
    select: string,
    contract: Contract | null,
    materialized: NonNullable<ModelSettings['materialized']>,
    settings: ModelSettings = {},
  ): ModelStep => ({
    ...model('items', select, { materialized, ...settings }),
    ...(contract === null ? {} : { contract }),
    fingerprint: select,
  })
  const publish = async (...given: Parameters<typeof items>) => {
    const result = await fixture.publish(items(...given))
    expect(result.failure).toBeNull()
    return result
  }
  const columns = async () =>
    (
      await fixture.rows(`select attname || ' ' || format_type(atttypid, atttypmod) as text from pg_attribute
        where attrelid = 'silver.items'::regclass and attnum > 0 and not attisdropped order by attnum`)
    ).map(({ text }) => text)
  const constraints = async () =>
    (
      await fixture.rows(`select conname || ' ' || pg_get_constraintdef(oid) || case when convalidated then '' else '!' end as text
        from pg_constraint where conrelid = 'silver.items'::regclass and contype <> 'n'
        union all select 'not null ' || attname from pg_attribute where attrelid = 'silver.items'::regclass and attnum > 0 and attnotnull
        order by 1`)
    ).map(({ text }) => text)

  it.each(['table', 'incremental', 'view'] as const)(
    'of a %s are compared with its SELECT before anything is written, by name and type',
    async (materialized) => {
      await publish('select 0 as id', null, materialized)
      const wrong = contractOf([
        ['id', 'integer'],
        ['nmae', 'text'],
        ['at', 'date'],
      ])
      const select = `select 1::bigint as id, 'a' as name, now()::date as at`
      const { failure } = await fixture.publish(items(select, wrong, materialized, { fullRefresh: true }))
      expect(failure).toMatchObject({ code: 'CONTRACT_VIOLATED' })
      expect(
        failure!.message,
      ).toBe(`the SELECT of silver.items does not yield what its contract declares (models/items.yml:3:5):
  column  declared                     found
  id      integer                      bigint                      models/items.yml:10:5
  nmae    text                         (not yielded, but name is)  models/items.yml:11:5
  name    (not declared, but nmae is)  text`)
      expect(await fixture.rows('select * from silver.items')).toEqual([{ id: 0 }])
    },
  )

  it('take types as Postgres knows them, and those that dbt takes for equal', async () => {
    const kind = contractOf([
      ['amount', 'numeric'],
      ['code', 'varchar(3)'],
      ['id', 'INT'],
      ['tags', 'character varying[]'],
      ['at', 'timestamp'],
    ])
    const select = `select 1::smallint as id, 'abc'::text as code, 1.50::numeric(10, 2) as amount, array['a'] as tags, localtimestamp as at`
    for (const settings of [{}, { fullRefresh: true }, {}]) {
      await publish(select, kind, 'incremental', { key: ['id'], ...settings })
      expect(await columns()).toEqual([
        'amount numeric',
        'code character varying(3)',
        'id integer',
        'tags character varying[]',
        'at timestamp without time zone',
      ])
    }
    const longer = select.replace("'abc'", "'abcd'")
    const { failure } = await fixture.publish(items(longer, kind, 'table'))
    expect(failure?.message).toContain('value too long')
  })

  it('know types that dbt has no code for', async () => {
    const select = "select '12.34'::money as price"
    await publish(select, contractOf([['price', 'money']]), 'table')
    const { failure } = await fixture.publish(items(select, contractOf([['price', 'numeric']]), 'table'))
    expect(failure).toMatchObject({
      code: 'CONTRACT_VIOLATED',
      message: expect.stringMatching(/price +numeric +money/),
    })
  })

  it('name the column, and its place, of a type that there is not', async () => {
    const failureOf = async (...declared: readonly (readonly [string, string])[]) =>
      (await fixture.publish(items("select 1 as id, 'a' as tüx", contractOf(declared), 'table'))).failure
    expect(await failureOf(['id', 'integer'], ['tüx', 'txt'])).toMatchObject({
      message: 'the contract of silver.items, column tüx (models/items.yml:11:5): type "txt" does not exist',
      hint: 'Did you mean "text"? Each data_type is a type of this database, as in CREATE TABLE.',
    })
    expect(await failureOf(['id', 'nosuch'], ['tüx', 'text'])).toMatchObject({
      message:
        'the contract of silver.items, column id (models/items.yml:10:5): type "nosuch" does not exist',
      hint: 'Each data_type is a type of this database, as in CREATE TABLE.',
    })
  })

  it('give the table the declared order, whatever that of the SELECT is', async () => {
    const ordered = contractOf([
      ['name', 'text'],
      ['id', 'integer'],
    ])
    for (const materialized of ['table', 'incremental', 'incremental'] as const) {
      await publish(`select 1 as id, 'a' as name`, ordered, materialized, { key: ['id'] })
      expect(await columns()).toEqual(['name text', 'id integer'])
      expect(await fixture.rows('select id, name from silver.items')).toEqual([{ id: 1, name: 'a' }])
    }
    const nowhere = await fixture.publish(items('select 1 as id,\n nosuch', ordered, 'table'))
    expect(nowhere.failure).toMatchObject({ sqlstate: '42703', position: 18 })
  })

  const all = [primaryKey, unique, notNull('name'), check('id > 0'), foreignKey]
  const allMade = [
    'items__strata_ck CHECK ((id > 0))',
    'items__strata_foreign_key_site FOREIGN KEY (site) REFERENCES sites(id) ON DELETE CASCADE',
    'items__strata_primary_key_id PRIMARY KEY (id)',
    'items__strata_unique_id_name UNIQUE (id, name)',
    'not null id',
    'not null name',
  ]
  const rows = (more = '') => `select 1 as id, 'a'::text as name, 1 as site${more}`

  it.each(['table', 'incremental'] as const)(
    'put constraints on a %s that is built',
    async (materialized) => {
      for (let round = 0; round < 2; round++) {
        await publish(rows(), contractOf(null, all), materialized, { fullRefresh: true })
        expect(await constraints()).toEqual(allMade)
      }
      await publish(rows(), contractOf(null, [unique]), materialized, { fullRefresh: true })
      expect(await constraints()).toEqual([allMade[3]])
      await publish(rows(), null, materialized, { fullRefresh: true })
      expect(await constraints()).toEqual([])
    },
  )

  it('change the constraints of a live table by what differs, and leave those of others', async () => {
    const live = (contract: Contract | null) => publish(rows(), contract, 'incremental', { key: ['id'] })
    await live(null)
    await fixture.execute(
      'alter table silver.items add constraint by_hand check (site < 9), alter column site set not null',
    )
    const others = ['by_hand CHECK ((site < 9))', 'not null site']
    const oid = () => fixture.rows(`select 'silver.items'::regclass::oid::int as oid`)
    const before = await oid()
    expect((await live(contractOf(null, all))).message).toContain('adds the constraint items__strata_ck')
    expect(await constraints()).toEqual([...allMade, ...others].sort())
    await live(contractOf(null, all))
    const named = check('id < 5', { name: 'small' })
    await live(contractOf(null, [named]))
    expect(await constraints()).toEqual([...others, 'small CHECK ((id < 5))'].sort())
    await live(contractOf(null, [check('id < 6', { name: 'small' })]))
    expect(await constraints()).toEqual([...others, 'small CHECK ((id < 6))'].sort())
    expect((await live(null)).message).toContain('drops the constraint small')
    expect(await constraints()).toEqual(others)
    expect(await oid()).toEqual(before)
  })

  it('bind what a live table gets before it gets it, and name keys of what violates them', async () => {
    const settings = { key: ['id'] }
    await publish(rows(), null, 'incremental', settings)
    const two = `${rows()} union all select 2, null, 1`
    const { failure } = await fixture.publish(
      items(two, contractOf(null, [notNull('name')]), 'incremental', settings),
    )
    expect(failure).toMatchObject({
      code: 'CONSTRAINT_VIOLATED',
      message:
        'the column name of silver.items holds nulls, and its contract says that it does not (models/items.yml:3:5): id=2',
    })
    expect(await fixture.rows('select id from silver.items')).toEqual([{ id: 1 }])
    await fixture.execute(`insert into silver.items values (-1, 'b', 1)`)
    const old = await fixture.publish(
      items(rows(), contractOf(null, [check('id > 0')]), 'incremental', settings),
    )
    expect(old.failure).toMatchObject({
      code: 'AFTER_PUBLISHING',
      message: expect.stringContaining('the constraint items__strata_ck failed'),
      hint: expect.stringContaining('models/items.yml:3:5: check (id > 0)'),
    })
    await fixture.execute('delete from silver.items where id < 0')
    await publish(rows(), contractOf(null, [check('id > 0')]), 'incremental', settings)
    expect(await constraints()).toEqual([allMade[0]])
  })

  it.each([
    [
      'check',
      check('id > 1'),
      /^the constraint items__strata_ck of silver\.items does not hold: check \(id > 1\) \(models\/items\.yml:3:5\): id=1$/,
    ],
    ['not_null', notNull('nothing'), /^the column nothing of silver\.items holds nulls.*: id=1; id=2$/],
    [
      'unique',
      rule('unique', ['name'], 'unique ("name")'),
      /^the constraint .* does not hold: unique \("name"\).*Key \(name\)=\(a\)/,
    ],
    [
      'foreign_key',
      rule('foreign_key', ['ghost'], 'foreign key (ghost) references public.sites'),
      /foreign key.*Key \(ghost\)=\(7\) is not present/,
    ],
  ] as const)(
    'say which %s constraint does not hold, and where, and leave the table as it was',
    async (_, one, message) => {
      await publish('select 0 as id', null, 'table')
      const select = `${rows(', null::text as nothing, 7 as ghost')} union all ${rows(', null, 7').replace('1', '2')}`
      const settings = { key: ['id'] }
      const open = await fixture.publish(items(select, contractOf(null, [one]), 'table', settings))
      expect(open.failure).toMatchObject({
        code: 'CONSTRAINT_VIOLATED',
        message: expect.stringMatching(message),
      })
      const hidden = await fixture.publish(
        items(select, contractOf(null, [one]), 'table', { ...settings, config: { meta: { phi: true } } }),
      )
      expect(hidden.failure?.message).not.toMatch(/id=1|=\(/)
      expect(await fixture.rows('select * from silver.items')).toEqual([{ id: 0 }])
    },
  )

  it('hold on a table that is refreshed in place, for a foreign key points to it', async () => {
    await publish(rows(), contractOf(null, [primaryKey]), 'table')
    const child = {
      ...model('child', 'select 1 as item', { materialized: 'table' as const }),
      contract: contractOf(null, [
        rule('foreign_key', ['item'], 'foreign key (item) references silver.items (id)', {
          name: 'child_fk',
        }),
      ]),
    }
    expect((await fixture.publish(child)).failure).toBeNull()
    const result = await publish(`${rows()} union all select 2, 'b', 1`, contractOf(null, all), 'table')
    expect(result.message).toContain('in place')
    expect(await constraints()).toEqual(allMade)
    expect((await fixture.publish(child)).failure).toBeNull()
    expect(
      await fixture.rows(
        `select conname from pg_constraint where conrelid = 'silver.child'::regclass and contype = 'f'`,
      ),
    ).toEqual([{ conname: 'child_fk' }])
  })

  it.each(['table', 'incremental'] as const)(
    'let a foreign key of a %s point to the table itself, through rebuilds, changed columns and increments',
    async (materialized) => {
      const toItself = rule(
        'foreign_key',
        ['site'],
        'foreign key ("site") references "silver"."items" ("id") deferrable initially deferred',
      )
      const contract = contractOf(null, [primaryKey, toItself])
      const made = [
        'items__strata_foreign_key_site FOREIGN KEY (site) REFERENCES silver.items(id) DEFERRABLE INITIALLY DEFERRED',
        'items__strata_primary_key_id PRIMARY KEY (id)',
        'not null id',
      ]
      const full = { key: ['id'], fullRefresh: true }
      const own = 'select 1 as id, 1 as site'
      for (const select of [own, own, `${own}, 'a' as name`, "select '1'::bigint as id, 1::bigint as site"]) {
        const { message } = await publish(select, contract, materialized, full)
        expect(message).not.toContain('in place')
        expect(await constraints()).toEqual(made)
      }
      // The row that is there points to one that comes after it.
      const next = 'select 1::bigint as id, 2::bigint as site union all select 2, 1'
      await publish(next, contract, materialized, { key: ['id'] })
      expect(await constraints()).toEqual(made)
      const lost = await fixture.publish(
        items('select 1::bigint as id, 7::bigint as site', contract, materialized, { key: ['id'] }),
      )
      expect(lost.failure?.message).toContain('items__strata_foreign_key_site')
      expect(await fixture.rows('select id::int, site::int from silver.items order by id')).toEqual([
        { id: 1, site: 2 },
        { id: 2, site: 1 },
      ])
    },
  )

  it('take a repaired unique index for a constraint where a run died before it was one', async () => {
    const live = (contract: Contract | null) => publish(rows(), contract, 'incremental', { key: ['id'] })
    await live(null)
    await fixture.execute(`create unique index ${unique.name} on silver.items (id, name)`)
    await live(contractOf(null, [unique]))
    expect(await constraints()).toEqual([allMade[3]])
  })

  it.each(['table', 'incremental'] as const)(
    'policies guard a %s and are changed by what differs',
    async (materialized) => {
      const reader = `reader_${process.pid}_${Math.random().toString(36).slice(2)}`
      await fixture.execute(`create role "${reader}"`)
      const guarded = (policies: Json | undefined, more: ModelSettings = {}) =>
        publish(rows(), null, materialized, {
          key: ['id'],
          ...more,
          config: { grants: { select: [reader] }, ...(policies === undefined ? {} : { policies }) },
        })
      const seen = () =>
        fixture.database.transaction(async (transaction) => {
          await transaction.query(`grant usage on schema silver to "${reader}"`)
          await transaction.query(`set local role "${reader}"`)
          return (await transaction.query('select id from silver.items')).rows.length
        })
      const policies = () =>
        fixture.rows(`select polname::text as name, pg_get_expr(polqual, polrelid) as using from pg_policy
        where polrelid = 'silver.items'::regclass order by 1`)
      try {
        await guarded([{ name: 'own', command: 'select', roles: [reader], using: 'site = 1' }])
        expect(await seen()).toBe(1)
        for (const more of [{}, { fullRefresh: true }]) {
          await guarded([{ name: 'own', using: 'site = 2' }], more)
          expect(await policies()).toEqual([{ name: 'own', using: '(site = 2)' }])
          expect(await seen()).toBe(0)
        }
        await fixture.execute('create policy by_hand on silver.items using (site = 1)')
        await guarded([])
        expect(await policies()).toEqual([{ name: 'by_hand', using: '(site = 1)' }])
        expect(await seen()).toBe(1)
        await guarded([{ name: 'own', using: 'true' }])
        await fixture.execute('drop policy by_hand on silver.items')
        await guarded(undefined)
        expect(await policies()).toEqual([])
        expect(await seen()).toBe(1)
        const wrong = await fixture.publish(
          items(rows(), null, 'table', { config: { policies: [{ name: 'own', using: 'nosuch > 0' }] } }),
        )
        expect(wrong.failure?.message).toMatch(/^its option policies: .*"nosuch"/)
      } finally {
        await fixture.execute(`drop owned by "${reader}"`, `drop role "${reader}"`)
      }
    },
  )

  describe('views over a table that comes under policies', () => {
    const reader = `reader_${process.pid}_${Math.random().toString(36).slice(2)}`
    const options = (view: string) =>
      fixture.rows(`select reloptions::text as options from pg_class where oid = '${view}'::regclass`)
    const seen = (view: string) =>
      fixture.database.transaction(async (transaction) => {
        await transaction.query(`set local role "${reader}"`)
        return (await transaction.query(`select id from ${view}`)).rows.length
      })
    const readable = () =>
      fixture.execute(
        `grant usage on schema silver to "${reader}"`,
        `grant select on all tables in schema silver to "${reader}"`,
      )
    const policies = [{ name: 'own', command: 'select', using: 'id = 1' }]
    const two = `${rows()} union all select 2, 'secret', 2`
    beforeEach(() => fixture.execute(`create role "${reader}"`))
    afterEach(() => fixture.execute(`drop owned by "${reader}"`, `drop role "${reader}"`))

    it.each([
      ['table', {}],
      ['incremental', {}],
      ['incremental', { fullRefresh: true }],
      ['table', { config: { publish: 'in_place' } }],
    ] as const)('read with the rights of their readers from then on: a %s with %o', async (kind, more) => {
      await publish(two, null, kind, { key: ['id'], ...more })
      const direct = model('direct', 'select id from silver.items')
      expect((await fixture.publish(direct)).failure).toBeNull()
      await fixture.execute(
        'create view silver.by_hand as select id from silver.direct',
        'create view silver.meant with (security_invoker = false) as select id from silver.items',
        'create materialized view silver.stored as select id from silver.by_hand',
        'create view silver.of_stored as select id from silver.stored',
      )
      await readable()
      expect(await seen('silver.by_hand')).toBe(2)
      const guarded = { key: ['id'], ...more, config: { ...('config' in more ? more.config : {}), policies } }
      await publish(two, null, kind, guarded)
      await readable()
      const views = ['silver.items', 'silver.direct', 'silver.by_hand', 'silver.meant']
      const counts: number[] = []
      for (const view of views) counts.push(await seen(view))
      expect(counts).toEqual([1, 1, 1, 2])
      expect(await options('silver.of_stored')).toEqual([{ options: null }])
      expect((await fixture.publish(direct)).message).toBe('unchanged')
    })

    it('show nothing while they stay on the former table, for they cannot follow', async () => {
      await publish(two, null, 'table')
      const direct = model('direct', 'select id, name from silver.items')
      expect((await fixture.publish(direct)).failure).toBeNull()
      const result = await publish('select 1 as id', null, 'table', { config: { policies } })
      expect(result.message).toContain('silver.direct stays on the former relation')
      await readable()
      expect([await seen('silver.items'), await seen('silver.direct')]).toEqual([1, 0])
    })

    it('are put right when somebody alters whose rights they read with', async () => {
      await publish(two, null, 'table', { config: { policies } })
      for (const [invoker, altered, expected] of [
        [true, 'reset (security_invoker)', 1],
        [true, 'set (security_invoker = off)', 1],
        [false, 'set (security_invoker = on)', 2],
      ] as const) {
        const view = model('direct', 'select id from silver.items', { config: { security_invoker: invoker } })
        const again = () => fixture.publish({ ...view, intent: 'skip' })
        expect((await fixture.publish(view)).failure).toBeNull()
        await readable()
        expect((await again()).message).toBe('unchanged')
        await fixture.execute(`alter view silver.direct ${altered}`)
        expect((await again()).message).toMatch(/^unchanged; reads with the rights of .* again$/)
        expect(await seen('silver.direct')).toBe(expected)
      }
    })
  })

  it('call functions of Postgres, whatever others of their names are on the search path', async () => {
    const body = `language plpgsql as $$ begin raise 'called' using errcode = 'XX001'; end $$`
    await fixture.execute(`create function public.concat_ws(text, text, text) returns text ${body}`)
    try {
      for (const materialized of ['table', 'view'] as const) {
        await publish(rows(), null, materialized)
        await publish(rows(), null, materialized)
      }
    } finally {
      await fixture.execute('drop function public.concat_ws(text, text, text)')
    }
  })

  it('a view reads with the rights of its readers where its configuration says so', async () => {
    const options = () =>
      fixture.rows(`select reloptions::text as options from pg_class where oid = 'silver.items'::regclass`)
    for (const [invoker, expected] of [
      [undefined, null],
      [true, '{security_invoker=true}'],
      [false, '{security_invoker=false}'],
    ] as const) {
      const config: ModelSettings['config'] = invoker === undefined ? {} : { security_invoker: invoker }
      await publish(`select 1 as id, '${invoker}' as said`, null, 'view', { config })
      expect(await options()).toEqual([{ options: expected }])
    }
  })
})
