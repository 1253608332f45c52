import { materialize } from '@strata/compiler'
import type { Materialize } from '@strata/core'
import { describeServers } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

describeServers('exchanging tables and views', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
  })
  afterEach(() => fixture.drop())

  const relations = () =>
    fixture.rows(`select c.relname as name, c.relkind as kind from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('silver', 'gold') and c.relkind in ('r', 'v', 'm') order by 1`)
  const numbers = (settings = {}) =>
    model('numbers', 'select g as n from generate_series(1, 1000) as g', {
      materialized: 'table',
      ...settings,
    })

  it('rebuilds tables that one view joins side by side, and never has one step hold up the other', async () => {
    const table = (name: string) =>
      model(name, `select g as n from generate_series(1, 20000) as g`, { materialized: 'table' })
    const tables = ['t1', 't2', 't3', 't4'].map(table)
    await fixture.run(tables)
    await fixture.execute(
      'create schema gold',
      'create view gold.joined as select n from silver.t1 join silver.t2 using (n) join silver.t3 using (n) join silver.t4 using (n)',
    )
    for (let round = 0; round < 5; round++) {
      const { results } = await fixture.run(tables, { exchangeTries: 20 })
      expect(results.map(({ status, failure }) => failure?.code ?? status)).toEqual(Array(4).fill('success'))
    }
    expect(await fixture.rows('select count(*)::int as n from gold.joined')).toEqual([{ n: 20000 }])
  })

  it('refuses to make a view of a table whose policies would be lost while its grants stay', async () => {
    await fixture.publish(numbers())
    await fixture.execute(
      'alter table silver.numbers enable row level security',
      'create policy none on silver.numbers using (false)',
      'grant select on silver.numbers to public',
    )
    const result = await fixture.publish(numbers({ materialized: 'view' }))
    expect(result).toMatchObject({ status: 'failed', failure: { code: 'POLICIES_WOULD_BE_LOST' } })
    expect(await relations()).toMatchObject([{ name: 'numbers', kind: 'r' }])
  })

  it('shows readers of a table and of views on it neither an error nor a missing or empty relation', async () => {
    await fixture.publish(numbers())
    await fixture.execute(
      'create schema gold',
      'create view gold.inside with (security_barrier = true) as select n from silver.numbers where n > 0',
      'create view gold.outside as select i.n from gold.inside i join silver.numbers using (n)',
      `comment on view gold.outside is 'kept'`,
    )
    let reading = true
    let reads = 0
    const read = async (relation: string) => {
      while (reading) {
        const [row] = await fixture.rows(`select count(*)::int as n from ${relation}`)
        expect(row).toEqual({ n: 1000 })
        reads++
      }
    }
    const readers = ['silver.numbers', 'gold.inside', 'gold.outside'].map(read)
    for (let rebuild = 0; rebuild < 5; rebuild++) {
      expect(await fixture.publish(numbers())).toMatchObject({
        status: 'success',
        action: 'rebuild',
        counts: { rows: 1000 },
      })
    }
    reading = false
    await Promise.all(readers)
    expect(reads).toBeGreaterThan(10)
    expect((await relations()).map((row) => row.name)).toEqual(['inside', 'numbers', 'outside'])
    expect(
      await fixture.rows(`select reloptions, obj_description('gold.outside'::regclass, 'pg_class') as comment
        from pg_class where oid = 'gold.inside'::regclass`),
    ).toEqual([{ reloptions: ['security_barrier=true'], comment: 'kept' }])
  })

  it('gives up when a reader holds the table in each try, and the former data stays', async () => {
    await fixture.publish(numbers())
    await fixture.database.transaction(async (reader) => {
      await reader.query('select from silver.numbers limit 1')
      const result = await fixture.publish(numbers(), { exchangeTries: 2 })
      expect(result).toMatchObject({ status: 'failed', failure: { code: 'RELATION_BUSY' } })
    })
    expect((await relations()).map((row) => row.name)).toEqual(['numbers'])
    expect(await fixture.publish(numbers())).toMatchObject({ status: 'success' })
  })

  it('waits for a reader that ends', async () => {
    await fixture.publish(numbers())
    let publishing: ReturnType<typeof fixture.publish> | undefined
    await fixture.database.transaction(async (reader) => {
      await reader.query('select from silver.numbers limit 1')
      publishing = fixture.publish(numbers())
      await reader.query('select pg_sleep(0.3)')
    })
    expect(await publishing).toMatchObject({ status: 'success' })
  })

  it('turns a view into a table, an incremental model and a view again, under the views that read it', async () => {
    const select = 'select 1 as id'
    const base = (materialized: 'view' | 'table' | 'incremental') =>
      model('base', select, { materialized, ...(materialized === 'incremental' ? { key: ['id'] } : {}) })
    await fixture.publish(base('view'))
    await fixture.execute('create schema gold', 'create view gold.reader as select id from silver.base')
    const expected = [
      ['table', 'r', 'was a view'],
      ['incremental', 'r', expect.stringContaining('SQL or configuration changed')],
      ['view', 'v', 'was a table'],
      ['incremental', 'r', 'was a view'],
    ] as const
    for (const [materialized, kind, message] of expected) {
      expect(await fixture.publish(base(materialized))).toMatchObject({ status: 'success', message })
      expect(await relations()).toEqual([
        { name: 'base', kind },
        { name: 'reader', kind: 'v' },
      ])
      expect(await fixture.rows('select id from gold.reader')).toEqual([{ id: 1 }])
    }
  })

  it('leaves a view alone that did not change, down to its catalog rows', async () => {
    const step = model('v', 'select 1 as id')
    await fixture.publish(step)
    const catalog = () =>
      fixture.rows(`select c.xmin, r.xmin as rule from pg_class c join pg_rewrite r on r.ev_class = c.oid
        where c.oid = 'silver.v'::regclass`)
    const before = await catalog()
    expect(await fixture.publish(step)).toMatchObject({
      status: 'success',
      action: 'none',
      message: 'unchanged',
    })
    expect(await catalog()).toEqual(before)
    await fixture.execute('create or replace view silver.v as select 2 as id')
    expect(await fixture.publish(step)).toMatchObject({
      action: 'replace',
      message: 'its definition was altered',
    })
    expect(await fixture.rows('select id from silver.v')).toEqual([{ id: 1 }])
  })

  it('replaces a view whose columns changed, with its options and under its readers', async () => {
    await fixture.publish(model('v', 'select 1 as id, 2 as gone'))
    await fixture.execute(
      'create schema gold',
      'alter view silver.v set (security_invoker = true)',
      'create view gold.reader as select id from silver.v',
      `comment on column silver.v.gone is 'of a column that goes'`,
    )
    expect(await fixture.publish(model('v', 'select 1 as first, 1 as id'))).toMatchObject({
      status: 'success',
      action: 'replace',
    })
    expect(await fixture.rows('select id from gold.reader')).toEqual([{ id: 1 }])
    expect(await fixture.rows(`select reloptions from pg_class where oid = 'silver.v'::regclass`)).toEqual([
      { reloptions: ['security_invoker=true'] },
    ])
  })

  it('refuses a change that a stranger’s view cannot follow, names the view, and changes nothing', async () => {
    await fixture.publish(model('v', 'select 1 as id, 2 as gone'))
    await fixture.execute('create schema gold', 'create view gold.reader as select gone from silver.v')
    const result = await fixture.publish(model('v', 'select 1 as id'))
    expect(result.failure).toMatchObject({
      code: 'DEPENDENT_VIEW',
      message: expect.stringContaining('gold.reader'),
    })
    expect(await fixture.rows('select gone from gold.reader')).toEqual([{ gone: 2 }])
  })

  it('keeps a view of ours on the former relation until its own step, then drops that', async () => {
    const before = [
      model('base', 'select 1 as id, 2 as gone', { materialized: 'table' }),
      model('child', 'select gone from silver.base', { parents: ['model.test.base'] }),
    ]
    const after = [
      model('base', 'select 1 as id', { materialized: 'table' }),
      model('child', 'select id from silver.base', { parents: ['model.test.base'] }),
    ]
    await fixture.run(before)
    expect(await fixture.publish(after[0]!)).toMatchObject({
      status: 'success',
      message: 'full table; until its own step silver.child stays on the former relation',
    })
    expect(await fixture.rows('select gone from silver.child')).toEqual([{ gone: 2 }])
    expect(await fixture.publish(after[0]!)).toMatchObject({ status: 'success' })
    expect(await fixture.publish({ ...after[1]!, parents: [] })).toMatchObject({ status: 'success' })
    expect(await fixture.rows('select id from silver.child')).toEqual([{ id: 1 }])
    expect((await relations()).map((row) => row.name)).toEqual(['base', 'child'])
    expect(await fixture.rows('select from strata.relations where retired')).toEqual([])
  })

  it('takes views into account that came while it built', async () => {
    await fixture.publish(numbers())
    await fixture.execute('create schema gold')
    let came = false
    const intruding: Materialize = (step, facts) => {
      const publication = materialize(step, facts)
      if (came) return publication
      came = true
      return {
        ...publication,
        actions: [{ kind: 'execute', sql: 'select pg_sleep(0.4)' }, ...publication.actions],
      }
    }
    const publishing = fixture.publish(numbers(), { materialize: intruding })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await fixture.execute('create view gold.new as select n from silver.numbers')
    expect(await publishing).toMatchObject({ status: 'success' })
    expect(await fixture.rows('select count(*)::int as n from gold.new')).toEqual([{ n: 1000 }])
  })

  it('carries over what hangs on a table: grants, policies, triggers, statistics, comments', async () => {
    const table = (more = '') => model('t', `select 1 as id, 2 as site${more}`, { materialized: 'table' })
    await fixture.publish(table(', 3 as gone'))
    await fixture.execute(
      'grant select on silver.t to public',
      'grant update (gone) on silver.t to public',
      'alter table silver.t enable row level security',
      'create policy own on silver.t for select using (site > 0)',
      `create function public.nothing() returns trigger language plpgsql as 'begin return new; end'`,
      'create trigger watch before insert on silver.t for each row execute function public.nothing()',
      'create statistics silver.pairs on id, site from silver.t',
      `comment on column silver.t.site is 'by hand'`,
    )
    const attached = () =>
      fixture.rows(`select relacl::text, relrowsecurity, col_description(c.oid, 2) as comment,
          array(select polname || pg_get_expr(polqual, polrelid) from pg_policy where polrelid = c.oid) as policies,
          array(select tgname::text from pg_trigger where tgrelid = c.oid) as triggers,
          array(select stxname::text from pg_statistic_ext where stxrelid = c.oid) as statistics
        from pg_class c where oid = 'silver.t'::regclass`)
    const before = await attached()
    expect(before[0]).toMatchObject({
      policies: ['own(site > 0)'],
      triggers: ['watch'],
      statistics: ['pairs'],
      comment: 'by hand',
    })
    expect(await fixture.publish(table())).toMatchObject({ status: 'success' })
    expect(await attached()).toEqual(before)
  })

  it('keeps settings of columns and what is said of everything on a table, as far as its columns are there', async () => {
    const table = (more = '') =>
      model('t', `select 1 as id, 'a' as name, 3.5 as size${more}`, { materialized: 'table' })
    await fixture.publish(table(', 1 as gone'))
    const dress = (column: string) => [
      `alter table silver.t alter column ${column} set statistics 500`,
      `alter table silver.t alter column ${column} set (n_distinct = 7)`,
      `create statistics silver.pairs_${column} on id, ${column} from silver.t`,
      `alter statistics silver.pairs_${column} set statistics 300`,
      `comment on statistics silver.pairs_${column} is 'pairs'`,
      `create index by_${column} on silver.t (${column})`,
      `comment on index silver.by_${column} is 'found by hand'`,
    ]
    await fixture.execute(
      ...dress('name'),
      'alter table silver.t alter column name set storage external, alter column name set compression pglz',
      'alter table silver.t cluster on by_name',
      'alter table silver.t add constraint positive check (id > 0)',
      `comment on constraint positive on silver.t is 'by law'`,
      'create policy own on silver.t for select using (id > 0)',
      `comment on policy own on silver.t is 'for all'`,
      `create function public.nothing() returns trigger language plpgsql as 'begin return new; end'`,
      'create trigger watch before insert on silver.t for each row execute function public.nothing()',
      `comment on trigger watch on silver.t is 'who watches'`,
    )
    const settings = async () => [
      await fixture.rows(`select attname, attstattarget, (select string_agg(option, ',') from unnest(attoptions) as option where option not like 'pg_attver=%') as attoptions, attstorage, attcompression from pg_attribute
        where attrelid = 'silver.t'::regclass and attnum > 0 and not attisdropped and attname <> 'gone' order by 1`),
      await fixture.rows(`select c.relname, i.indisclustered from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = 'silver.t'::regclass and c.relname <> 'by_gone' order by 1`),
      await fixture.rows(`select stxname, stxstattarget from pg_statistic_ext where stxname <> 'pairs_gone'`),
      await fixture.rows(`select distinct description from pg_description
        where description in ('by law', 'for all', 'who watches', 'pairs', 'found by hand') order by 1`),
    ]
    const before = await settings()
    expect(before[0]).toContainEqual(
      expect.objectContaining({
        attname: 'name',
        attstattarget: 500,
        attoptions: 'n_distinct=7',
        attstorage: 'e',
        attcompression: 'p',
      }),
    )
    expect(before[1]).toEqual([{ relname: 'by_name', indisclustered: true }])
    expect(before[3]).toHaveLength(5)
    await fixture.execute(...dress('gone'), 'alter table silver.t alter column size set storage external')
    await fixture.publish(table())
    expect((await fixture.publish(table())).failure).toBeNull()
    const after = await settings()
    expect(after.slice(1)).toEqual(before.slice(1))
    expect(after[0]).toContainEqual(before[0]!.find((row) => row['attname'] === 'name'))
    expect(
      await fixture.rows(`select from pg_statistic_ext_data d join pg_statistic_ext s on s.oid = d.stxoid
      where s.stxname = 'pairs_name'`),
    ).toHaveLength(1)
    const smaller = model('t', `select 1 as id, 'a' as name, 3 as size`, { materialized: 'table' })
    expect((await fixture.publish(smaller)).failure).toBeNull()
  })

  it('gives statistics objects their names although a view of ours keeps the former table', async () => {
    const table = (more: string) =>
      model('base', `select 1 as id, 2 as site${more}`, { materialized: 'table' })
    await fixture.run([
      table(', 3 as gone'),
      model('child', 'select gone from silver.base', { parents: ['model.test.base'] }),
    ])
    await fixture.execute('create statistics silver.pairs on id, site from silver.base')
    const { failure, message } = await fixture.publish(table(''))
    expect(failure).toBeNull()
    expect(message).toContain('silver.child stays on the former relation')
    expect(
      await fixture.rows(
        `select stxrelid = 'silver.base'::regclass as on from pg_statistic_ext where stxname = 'pairs'`,
      ),
    ).toEqual([{ on: true }])
  })

  it('keeps a sequence that somebody has given to a column', async () => {
    const table = model('t', 'select 1 as id', { materialized: 'table' })
    await fixture.publish(table)
    await fixture.execute(
      'create sequence silver.numbers_of_t',
      'alter sequence silver.numbers_of_t owned by silver.t.id',
    )
    const { failure, message } = await fixture.publish(table)
    expect(failure).toBeNull()
    expect(message).toContain('sequence silver.numbers_of_t')
    expect(await fixture.rows(`select pg_get_serial_sequence('silver.t', 'id') as sequence`)).toEqual([
      { sequence: 'silver.numbers_of_t' },
    ])
  })

  it('describes relations and columns, and passes over a description of no column', async () => {
    const columnDescriptions = { id: `it's the "id"`, ghost: 'nowhere' }
    for (const materialized of ['view', 'table', 'table', 'view'] as const) {
      const settings = { materialized, description: 'All "of" it\\', columnDescriptions }
      expect(await fixture.publish(model('d', 'select 1 as id', settings))).toMatchObject({
        status: 'success',
      })
      expect(
        await fixture.rows(`select obj_description(oid, 'pg_class') as relation, col_description(oid, 1) as id
          from pg_class where oid = 'silver.d'::regclass`),
      ).toEqual([{ relation: 'All "of" it\\', id: `it's the "id"` }])
    }
  })

  it('points into the model’s own SELECT where Postgres refuses it', async () => {
    const select = `select '😀' as smile,\n  nosuch\nfrom pg_class`
    for (const materialized of ['view', 'table', 'incremental'] as const) {
      const { failure } = await fixture.publish(model('wrong', select, { materialized }))
      expect(failure).toMatchObject({ sqlstate: '42703', sql: select })
      expect([...select].slice(failure!.position! - 1).join('')).toMatch(/^nosuch/)
    }
  })

  it('runs no second statement that a model smuggles in', async () => {
    await fixture.execute('create table bronze.precious ()')
    const { failure } = await fixture.publish(
      model('evil', 'select 1; drop table bronze.precious', { materialized: 'table' }),
    )
    expect(failure).toMatchObject({ sqlstate: '42601' })
    expect(await fixture.rows('select from bronze.precious')).toEqual([])
  })
})
