import {
  type Database,
  quoteRelation,
  type RelationFacts,
  type RelationName,
  type Session,
} from '@strata/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect } from './connect.ts'
import { readRelationFacts } from './relation-facts.ts'
import { createTestDatabase, describeServers, type TestDatabase } from './testing/index.ts'

const patients: RelationName = { schema: 'Silver', name: 'patients' }

describeServers('the facts of a relation', (server) => {
  let created: TestDatabase
  let database: Database
  const suffix = `${process.pid}_${Math.random().toString(36).slice(2)}`
  const [reader, writer, owner] = [`Reader ${suffix}`, `writer_${suffix}`, `owner_${suffix}`]

  beforeAll(async () => {
    created = await createTestDatabase(server)
    database = created.database
    const statements = [
      `create role "${reader}"`,
      `create role "${writer}"`,
      `create role "${owner}" login`,
      'create schema "Silver"',
      `grant all on schema "Silver" to "${owner}", "${reader}"`,
      `create table "Silver".patients (id int primary key, "Full Name" varchar(80) not null, born date, seen timestamptz(3))`,
      `create index patients_born on "Silver".patients (born desc) where born is not null`,
    ]
    for (const statement of statements) await database.query(statement)
  })
  afterAll(async () => {
    for (const role of [reader, writer, owner]) await database.query(`drop owned by "${role}" cascade`)
    await created.drop()
    const other = await connect({ url: server.url, applicationName: 'strata test', maxConnections: 1 })
    for (const role of [reader, writer, owner]) await other.query(`drop role "${role}"`)
    await other.close()
  })

  const factsOf = async (relation: RelationName): Promise<RelationFacts> => {
    const facts = await database.transaction((transaction) => readRelationFacts(transaction, relation))
    expect(facts).not.toBeNull()
    return facts!
  }

  it('are none where there is no relation, whatever the case of its name', async () => {
    const read = (relation: RelationName) =>
      database.transaction((transaction) => readRelationFacts(transaction, relation))
    expect(await read({ schema: 'silver', name: 'patients' })).toBeNull()
    expect(await read({ schema: 'Silver', name: 'Patients' })).toBeNull()
  })

  it('name columns in order with their types, and indexes', async () => {
    const facts = await factsOf(patients)
    expect(facts).toMatchObject({ kind: 'table', definitionHash: null, options: [], dependentViews: [] })
    expect(facts.columns).toEqual([
      { name: 'id', type: 'integer' },
      { name: 'Full Name', type: 'character varying(80)' },
      { name: 'born', type: 'date' },
      { name: 'seen', type: 'timestamp(3) with time zone' },
    ])
    const ready = { valid: true, building: false, comment: null }
    expect(facts.indexes).toEqual([
      {
        ...ready,
        name: 'patients_born',
        definition:
          'CREATE INDEX patients_born ON "Silver".patients USING btree (born DESC) WHERE (born IS NOT NULL)',
        body: 'USING btree (born DESC) WHERE (born IS NOT NULL)',
        columns: null,
        constraint: false,
        unique: false,
      },
      {
        ...ready,
        name: 'patients_pkey',
        definition: 'CREATE UNIQUE INDEX patients_pkey ON "Silver".patients USING btree (id)',
        body: 'USING btree (id)',
        columns: ['id'],
        constraint: true,
        unique: true,
      },
    ])
    expect(facts.constraints).toEqual([
      { name: 'Full Name', type: 'not_null', definition: '', validated: true, comment: null },
      { name: 'id', type: 'not_null', definition: '', validated: true, comment: null },
      {
        name: 'patients_pkey',
        type: 'primary_key',
        definition: 'PRIMARY KEY (id)',
        validated: true,
        comment: null,
      },
    ])
    expect(facts).toMatchObject({ unlogged: false, populated: true, grants: [], comment: null, bound: [] })
  })

  it('tell tables, views, materialized views and others apart', async () => {
    const make = {
      kinds_view: ['view', 'create view public.kinds_view as select 1 as one'],
      kinds_matview: [
        'materialized_view',
        'create materialized view public.kinds_matview as select 1 as one',
      ],
      kinds_partitioned: ['table', 'create table public.kinds_partitioned (id int) partition by list (id)'],
      kinds_sequence: ['other', 'create sequence public.kinds_sequence'],
    } as const
    for (const [name, [kind, statement]] of Object.entries(make)) {
      await database.query(statement)
      expect(await factsOf({ schema: 'public', name })).toMatchObject({ kind })
    }
    const view = { schema: 'public', name: 'kinds_view' }
    const before = await factsOf(view)
    expect(before.definitionHash).toMatch(/^[0-9a-f]{32}$/)
    await database.query('create or replace view public.kinds_view as select 2 as one')
    expect((await factsOf(view)).definitionHash).not.toBe(before.definitionHash)
  })

  it('hold the views that depend on it, the outermost first, so that they can be made again', async () => {
    await database.query(
      'create view public.adults with (security_barrier = true) as select id, born from "Silver".patients',
    )
    await database.query('create view public.counted as select count(*) as n from public.adults')
    await database.query(
      'create view public.both_ways as select a.id, c.n from "Silver".patients a cross join public.counted c',
    )
    await database.query('create materialized view public.stored as select id from "Silver".patients')
    await database.query(`alter view public.counted owner to "${owner}"`)
    const { dependentViews } = await factsOf(patients)
    expect(
      dependentViews.map(({ relation, depth, direct, kind }) => [relation.name, depth, direct, kind]),
    ).toEqual([
      ['both_ways', 3, true, 'view'],
      ['counted', 2, false, 'view'],
      ['adults', 1, true, 'view'],
      ['stored', 1, true, 'materialized_view'],
    ])
    const adults = dependentViews.find(({ relation }) => relation.name === 'adults')!
    expect(adults.options).toEqual(['security_barrier=true'])
    expect(adults.definition).toContain('"Silver".patients')
    expect(adults.definition).not.toMatch(/;\s*$/)
    expect(dependentViews.find(({ relation }) => relation.name === 'counted')!.owner).toBe(`${owner}`)
    for (const view of dependentViews.filter(({ kind }) => kind === 'view').reverse()) {
      const options = view.options.length === 0 ? '' : ` with (${view.options.join(', ')})`
      await database.query(
        `create or replace view ${quoteRelation(view.relation)}${options} as ${view.definition}`,
      )
    }
    expect((await factsOf(patients)).dependentViews).toEqual(dependentViews)
    await database.query('drop view public.both_ways, public.counted, public.adults')
    await database.query('drop materialized view public.stored')
  })

  it('end also where views read each other in a circle', async () => {
    await database.query('create table public.circle_start (id int)')
    await database.query('create view public.circle_a as select id from public.circle_start')
    await database.query('create view public.circle_b as select id from public.circle_a')
    await database.query(
      'create or replace view public.circle_a as select b.id from public.circle_start join public.circle_b b on true',
    )
    const { dependentViews } = await factsOf({ schema: 'public', name: 'circle_start' })
    expect(dependentViews.map(({ relation }) => relation.name).sort()).toEqual(['circle_a', 'circle_b'])
  })

  it('leave the search path as it was, and are refused outside a transaction', async () => {
    await database.transaction(async (transaction) => {
      const path = () =>
        transaction
          .query<{ search_path: string }>('show search_path')
          .then(({ rows }) => rows[0]!.search_path)
      expect(await path()).toBe('public')
      await transaction.query('set local search_path = "Silver", public')
      await readRelationFacts(transaction, patients)
      expect(await path()).toBe('"Silver", public')
    })
    await expect(database.session((session) => readRelationFacts(session, patients))).rejects.toThrow(
      'inside a transaction',
    )
  })

  /** All that is to survive a rebuild, read from the catalog. */
  async function belongingsOf(session: Session, table: string): Promise<unknown> {
    const { rows } = await session.query({
      text: `select pg_get_userbyid(c.relowner) as owner, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, obj_description(c.oid) as comment,
        (select json_agg(a::text order by a::text) from unnest(c.relacl) a) as acl,
        (select json_agg(row_to_json(a) order by a.attname) from (select attname, attacl::text[] as acl, col_description(attrelid, attnum) as comment
          from pg_attribute where attrelid = c.oid and attnum > 0) a) as columns,
        (select json_agg(row_to_json(p) order by p.policyname) from pg_policies p where p.schemaname || '.' || p.tablename = $1) as policies,
        (select json_agg(pg_get_triggerdef(t.oid) || t.tgenabled::text order by t.tgname) from pg_trigger t where t.tgrelid = c.oid and not tgisinternal) as triggers,
        (select json_agg(pg_get_ruledef(r.oid) order by r.rulename) from pg_rewrite r where r.ev_class = c.oid) as rules,
        (select json_agg(pg_get_statisticsobjdef(s.oid)) from pg_statistic_ext s where s.stxrelid = c.oid) as statistics,
        (select json_agg(row_to_json(p)) from pg_publication_tables p where p.schemaname || '.' || p.tablename = $1) as publications
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname || '.' || c.relname = $1`,
      values: [table],
    })
    return rows[0]
  }

  it('carry everything that hangs on a table over to one that takes its place', async () => {
    const statements = [
      'create function public.stamp() returns trigger language plpgsql as $$ begin return new; end $$',
      `grant select, insert on "Silver".patients to "${writer}"`,
      `grant update on "Silver".patients to "${writer}" with grant option`,
      'grant select on "Silver".patients to public',
      `grant select (id, "Full Name") on "Silver".patients to "${reader}"`,
      'alter table "Silver".patients enable row level security',
      'alter table "Silver".patients force row level security',
      `create policy "own rows" on "Silver".patients as restrictive for update to "${writer}", "${reader}" using (id > 0) with check (id < 1000)`,
      'create policy everybody on "Silver".patients for select using (true)',
      'create trigger stamp before insert on "Silver".patients for each row execute function public.stamp()',
      'create trigger off before update on "Silver".patients for each row execute function public.stamp()',
      'alter table "Silver".patients disable trigger off',
      'create rule no_delete as on delete to "Silver".patients do instead nothing',
      'create statistics "Silver".patients_stats (dependencies) on id, born from "Silver".patients',
      'create publication whole for table "Silver".patients',
      'create publication part for table "Silver".patients (id, born) where (id > 5)',
      `comment on table "Silver".patients is 'It''s a \\ table'`,
      `comment on column "Silver".patients."Full Name" is 'as in the passport'`,
      'alter table "Silver".patients replica identity using index patients_pkey',
      // The new table gets these grants by itself, and the old one has not got them.
      `alter default privileges in schema "Silver" grant delete on tables to "${reader}"`,
      `alter table "Silver".patients owner to "${owner}"`,
    ]
    for (const statement of statements) await database.query(statement)
    await database.transaction(async (transaction) => {
      const before = await belongingsOf(transaction, 'Silver.patients')
      const facts = (await readRelationFacts(transaction, patients))!
      await transaction.query('create table "Silver".fresh (like "Silver".patients)')
      await transaction.query('drop table "Silver".patients')
      await transaction.query('alter table "Silver".fresh rename to patients')
      await transaction.query('alter table "Silver".patients add constraint patients_pkey primary key (id)')
      for (const statement of facts.carryOver) await transaction.query(statement)
      expect(await belongingsOf(transaction, 'Silver.patients')).toEqual(before)
      // And once more from the new one, which has all of it.
      expect((await readRelationFacts(transaction, patients))!.carryOver).toEqual(facts.carryOver)
    })
  })

  it('fall back to a full replica identity where the index is gone', async () => {
    await database.transaction(async (transaction) => {
      const facts = (await readRelationFacts(transaction, patients))!
      await transaction.query('drop table "Silver".patients')
      await transaction.query(
        'create table "Silver".patients (id int, "Full Name" text, born date, seen timestamptz)',
      )
      for (const statement of facts.carryOver) await transaction.query(statement)
      expect(await belongingsOf(transaction, 'Silver.patients')).toMatchObject({ relreplident: 'f' })
    })
  })

  it('carry over what the current user was granted on a table of somebody else', async () => {
    const url = new URL(created.url)
    url.username = owner
    await database.query(`create table "Silver".shared (id int)`)
    await database.query(`grant select on "Silver".shared to "${owner}"`)
    await database.query(`alter table "Silver".shared owner to "${writer}"`)
    await database.query(`grant "${writer}" to "${owner}"`)
    await database.query(`grant all on schema "Silver" to "${writer}"`)
    const other = await connect({ url: url.href, applicationName: 'strata test', maxConnections: 1 })
    await other.transaction(async (transaction) => {
      const before = await belongingsOf(transaction, 'Silver.shared')
      const facts = (await readRelationFacts(transaction, { schema: 'Silver', name: 'shared' }))!
      await transaction.query('drop table "Silver".shared')
      await transaction.query('create table "Silver".shared (id int)')
      for (const statement of facts.carryOver) await transaction.query(statement)
      expect(await belongingsOf(transaction, 'Silver.shared')).toEqual(before)
    })
    await other.close()
  })

  it('carry grants, comments and the owner of a view over', async () => {
    await database.query('create view public.shown as select 1 as one')
    await database.query(`grant select on public.shown to "${reader}" with grant option`)
    await database.query(`comment on view public.shown is 'shown'`)
    await database.query(`comment on column public.shown.one is 'one'`)
    await database.query(`grant all on schema public to "${owner}"`)
    await database.query(`alter view public.shown owner to "${owner}"`)
    await database.transaction(async (transaction) => {
      const before = await belongingsOf(transaction, 'public.shown')
      const facts = (await readRelationFacts(transaction, { schema: 'public', name: 'shown' }))!
      await transaction.query('drop view public.shown')
      await transaction.query('create view public.shown as select 1 as one')
      for (const statement of facts.carryOver) await transaction.query(statement)
      expect(await belongingsOf(transaction, 'public.shown')).toEqual(before)
    })
  })

  it('name what is bound to a relation, and neither what belongs to it nor views that can follow', async () => {
    for (const statement of [
      'create table public.bound (id int primary key, site int check (site > 0), total int default 0)',
      'create view public.following as select id from public.bound',
      'alter table public.bound enable row level security',
      'create policy own on public.bound using (site > 0)',
      `create function public.noop() returns trigger language plpgsql as 'begin return new; end'`,
      'create trigger own before update on public.bound for each row when (old.site <> new.site) execute function public.noop()',
      'create statistics public.own on id, site from public.bound',
      'create index on public.bound ((site + 1)) where total > 0',
    ])
      await database.query(statement)
    const bound = { schema: 'public', name: 'bound' }
    expect((await factsOf(bound)).bound).toEqual([])
    for (const statement of [
      'create table public.child (id int references public.bound)',
      'create table public.heir () inherits (public.bound)',
      'create table public.holder (of public.bound)',
      'create materialized view public.stored_bound as select id from public.bound',
      'create function public.counted_bound() returns bigint language sql begin atomic select count(*) from public.bound; end',
      'create function public.first_bound() returns public.bound language sql as $$ select * from public.bound limit 1 $$',
      'create table public.guarded (id int)',
      'create policy reading on public.guarded using (id in (select id from public.bound))',
      `create view public.of_others as select id from public.bound`,
      `alter view public.of_others owner to "${owner}"`,
    ])
      await database.query(statement)
    const all = (await factsOf(bound)).bound.map(({ type, identity }) => `${type} ${identity}`)
    expect(all).toEqual([
      'function public.counted_bound()',
      'function public.first_bound()',
      'materialized view public.stored_bound',
      'policy reading on public.guarded',
      'table public.heir',
      'table column public.holder.of',
      'table constraint child_id_fkey on public.child',
    ])
    const seenByOther = await database.transaction(async (transaction) => {
      await transaction.query(`set local role "${reader}"`)
      return readRelationFacts(transaction, bound)
    })
    expect(seenByOther!.bound).toContainEqual({ type: 'view', identity: 'public.of_others' })
    expect((await factsOf({ schema: 'public', name: 'heir' })).bound).toEqual([
      { type: 'table', identity: 'public.bound' },
    ])
  })

  it('hold grants, comments and storage options as they are', async () => {
    for (const statement of [
      'create unlogged table public.kept (id int, site int) with (fillfactor = 70, toast.autovacuum_enabled = false)',
      `grant select, insert on public.kept to "${reader}"`,
      'grant select on public.kept to public',
      `comment on table public.kept is 'all'`,
      `comment on column public.kept.site is 'where'`,
    ])
      await database.query(statement)
    const facts = await factsOf({ schema: 'public', name: 'kept' })
    expect(facts).toMatchObject({
      unlogged: true,
      comment: 'all',
      columnComments: { site: 'where' },
      options: ['fillfactor=70'],
    })
    expect(facts.grants).toHaveLength(3)
    expect(facts.grants).toContainEqual({ privilege: 'insert', grantee: reader })
    expect(facts.grants).toContainEqual({ privilege: 'select', grantee: null })
  })
})
