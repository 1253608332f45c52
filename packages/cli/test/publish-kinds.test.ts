import type { Materialization } from '@strata/core'
import { describeServers } from '@strata/postgres/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type ModelSettings, model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

describeServers('kinds of relations', (server) => {
  let fixture: PublishFixture
  const reader = `kinds_reader_${process.pid}_${Math.random().toString(36).slice(2)}`
  beforeAll(async () => {
    fixture = await openPublishFixture(server)
    await fixture.execute(`create role ${reader}`)
  })
  afterAll(async () => {
    await fixture.execute('drop schema if exists silver, gold cascade', `drop role ${reader}`)
    await fixture.drop()
  })
  beforeEach(() => fixture.execute('create schema gold'))
  afterEach(() =>
    fixture.execute('drop schema if exists silver, gold cascade', 'delete from strata.relations'),
  )

  const letters = { view: 'v', table: 'r', incremental: 'r', materialized_view: 'm' } as const
  type Kind = keyof typeof letters
  const kinds = Object.keys(letters) as Kind[]
  const base = (materialized: Materialization, settings: ModelSettings = {}) =>
    model('base', 'select 1 as id, 2 as site', {
      materialized,
      key: materialized === 'view' || materialized === 'table' ? [] : ['id'],
      description: `as a ${materialized}`,
      ...settings,
    })
  const relation = async () =>
    (
      await fixture.rows(`select relkind::text as kind, obj_description(oid, 'pg_class') as comment,
        has_table_privilege('${reader}', oid, 'select') as readable from pg_class where oid = 'silver.base'::regclass`)
    )[0]
  const indexes = () =>
    fixture.rows(`select c.relname::text as name from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = 'silver.base'::regclass order by 1`)

  it.each(kinds.flatMap((from) => kinds.filter((to) => to !== from).map((to) => [from, to] as const)))(
    'a %s becomes a %s under the views that read it, and keeps its grants',
    async (from, to) => {
      await fixture.publish(base(from))
      await fixture.execute(
        'create view gold.reader with (security_barrier = true) as select id from silver.base',
        'create view gold.outer as select r.id, b.site from gold.reader r join silver.base b using (id)',
        `grant select on silver.base to ${reader}`,
      )
      expect(await relation()).toMatchObject({ kind: letters[from] })
      expect(await fixture.publish(base(to))).toMatchObject({ status: 'success', failure: null })
      expect(await relation()).toEqual({ kind: letters[to], comment: `as a ${to}`, readable: true })
      expect(await fixture.rows('select id, site from gold.outer')).toEqual([{ id: 1, site: 2 }])
      expect(
        await fixture.rows(`select relname::text as name from pg_class c join pg_namespace n
        on n.oid = relnamespace where nspname = 'silver' and relkind in ('r', 'v', 'm')`),
      ).toEqual([{ name: 'base' }])
      // And once more, as what it now is.
      expect(await fixture.publish(base(to))).toMatchObject({ status: 'success' })
    },
  )

  it('a materialized view is refreshed while it is read, by what differs', async () => {
    const numbers = model('base', 'select id, name from bronze.patients', {
      materialized: 'materialized_view',
      key: ['id'],
    })
    await fixture.execute(`insert into bronze.patients (id, name) values ('1', 'a'), ('2', 'b')`)
    expect(await fixture.publish(numbers)).toMatchObject({ action: 'build', counts: { rows: 2 } })
    const versions = () => fixture.rows('select id, name, xmin::text, tableoid from silver.base order by id')
    const [one] = await versions()
    await fixture.execute(
      `update bronze.patients set name = 'c' where id = '2'`,
      `insert into bronze.patients (id, name) values (null, 'd')`,
    )
    await fixture.database.transaction(async (open) => {
      await open.query('select from silver.base')
      expect(await fixture.publish(numbers)).toMatchObject({ action: 'rebuild', message: 'refresh' })
    })
    expect(await versions()).toMatchObject([one!, { id: '2', name: 'c' }, { id: null, name: 'd' }])
    await fixture.execute(`insert into bronze.patients (id, name) values ('1', 'again')`)
    const { failure } = await fixture.publish(numbers)
    expect(failure).toMatchObject({ message: expect.stringContaining('its refresh'), sqlstate: '23505' })
    expect(failure!.hint).toMatch(/^One row of the SELECT has each key/)
    const failing = { ...numbers, id: 'model.test.failing', relation: { schema: 'silver', name: 'failing' } }
    const divided = {
      ...failing,
      select: { ...numbers.select, full: `select 1 / length(name) as id from bronze.patients` },
    }
    await fixture.publish(divided)
    await fixture.execute(`update bronze.patients set name = '' where id = '2'`)
    expect((await fixture.publish(divided)).failure).toMatchObject({
      sqlstate: '22012',
      hint: expect.stringContaining('nullif'),
    })
    const restricted = { ...numbers, config: { ...numbers.config, meta: { phi: true } } }
    expect((await fixture.publish(restricted)).failure!.message).not.toContain('(1)')
    await fixture.execute('delete from bronze.patients')
  })

  it('a materialized view with another definition, or without a key, is built anew with what hangs on it', async () => {
    const settings = { materialized: 'materialized_view', key: ['id'] } as const
    await fixture.publish(base('materialized_view'))
    await fixture.execute(
      'create index by_hand on silver.base (site)',
      'create view gold.reader as select id from silver.base',
    )
    const oid = async () => (await fixture.rows(`select 'silver.base'::regclass::oid as oid`))[0]!['oid']
    const before = await oid()
    expect(await fixture.publish(model('base', 'select 3 as id, 4 as site', settings))).toMatchObject({
      action: 'rebuild',
      message: 'SQL or configuration changed',
    })
    expect(await oid()).not.toBe(before)
    expect(await fixture.rows('select id from gold.reader')).toEqual([{ id: 3 }])
    expect(await indexes()).toEqual([{ name: 'base__strata_key' }, { name: 'by_hand' }])
    const keyless = base('materialized_view', { key: [] })
    await fixture.publish(keyless)
    expect(await fixture.publish(keyless)).toMatchObject({
      status: 'success',
      message: 'built anew, for it has no unique index to be refreshed by',
    })
    expect(await indexes()).toEqual([{ name: 'by_hand' }])
  })

  it('a materialized view that was altered or emptied is built anew', async () => {
    await fixture.publish(base('materialized_view'))
    await fixture.execute('refresh materialized view silver.base with no data')
    expect(await fixture.publish(base('materialized_view'))).toMatchObject({ status: 'success' })
    expect(await fixture.rows('select id from silver.base')).toEqual([{ id: 1 }])
  })

  it('a materialized view of ours reads a table of ours through its rebuilds', async () => {
    const steps = [
      model('base', 'select 1 as id', { materialized: 'table' }),
      model('child', 'select id from silver.base', {
        materialized: 'materialized_view',
        key: ['id'],
        parents: ['model.test.base'],
      }),
    ]
    for (let round = 0; round < 3; round++) {
      const { results } = await fixture.run(steps)
      expect(results.map(({ status, failure }) => failure?.message ?? status)).toEqual(['success', 'success'])
    }
    expect(await fixture.rows('select id from silver.child')).toEqual([{ id: 1 }])
  })

  it.each(['view', 'table'] as const)(
    'a materialized view of ours stays on a former %s until its own step',
    async (materialized) => {
      const child = (select: string) =>
        model('child', select, { materialized: 'materialized_view', key: ['id'] })
      await fixture.publish(model('base', 'select 1 as id, 2 as gone', { materialized }))
      await fixture.publish(child('select id from silver.base'))
      const { message, failure } = await fixture.publish(model('base', `select 'x' as id`, { materialized }))
      expect(failure).toBeNull()
      expect(message).toContain('until its own step silver.child stays on the former relation')
      expect(await fixture.rows('select id from silver.child')).toEqual([{ id: 1 }])
      expect(await fixture.publish(child('select id from silver.base'))).toMatchObject({
        message: 'its definition was altered',
      })
      expect(await fixture.rows('select id from silver.child')).toEqual([{ id: 'x' }])
      expect(
        await fixture.rows(`select relname::text as name from pg_class where relnamespace = 'silver'::regnamespace
        and relkind <> 'i' order by 1`),
      ).toEqual([{ name: 'base' }, { name: 'child' }])
    },
  )

  it('a view with a star follows the columns of what it reads, and others are left alone', async () => {
    const child = (select: string) => model('child', select)
    const star = child('select b.*, 3 as last from silver.base as b')
    const columns = () =>
      fixture.rows(`select string_agg(attname, ',' order by attnum) as names, min(c.xmin::text) as version
        from pg_attribute a join pg_class c on c.oid = attrelid where c.oid = 'silver.child'::regclass and attnum > 0`)
    await fixture.publish(base('view'))
    await fixture.publish(star)
    await fixture.execute('create view gold.reader as select id, last from silver.child')
    const before = await columns()
    expect(await fixture.publish(star)).toMatchObject({ action: 'none', message: 'unchanged' })
    expect(await columns()).toEqual(before)
    await fixture.publish(model('base', 'select 1 as id, 2 as site, 4 as city'))
    expect(await fixture.publish(star)).toMatchObject({
      action: 'replace',
      message: 'its SELECT yields other columns',
    })
    expect(await columns()).toMatchObject([{ names: 'id,site,city,last' }])
    expect(await fixture.rows('select * from gold.reader')).toEqual([{ id: 1, last: 3 }])
    expect(await fixture.publish(star)).toMatchObject({ action: 'none', message: 'unchanged' })
    expect(await fixture.rows(`select from pg_class where relname like '%strata_columns'`)).toEqual([])
    const counting = child('select count(*)::int as id, 1 as last from silver.base')
    await fixture.publish(counting)
    expect(await fixture.publish(counting)).toMatchObject({ action: 'none', message: 'unchanged' })
  })

  it('a view with a star gets its grants together with its columns', async () => {
    const child = (grants: readonly string[]) => ({
      ...model('child', 'table silver.base', { config: { grants: { select: grants } } }),
      fingerprint: 'the same',
    })
    await fixture.publish(base('view'))
    await fixture.publish(child([]))
    await fixture.publish(model('base', 'select 1 as id, 2 as site, 4 as city'))
    expect(await fixture.publish(child([reader]))).toMatchObject({ action: 'replace' })
    expect(
      await fixture.rows(`select c.*, has_table_privilege('${reader}', 'silver.child', 'select') as readable
        from silver.child as c`),
    ).toEqual([{ id: 1, site: 2, city: 4, readable: true }])
    expect(await fixture.publish(child([]))).toMatchObject({ action: 'alter' })
  })
})
