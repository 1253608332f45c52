import type { Database, RelationFacts, RelationName } from '@strata/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect } from './connect.ts'
import { type FactsFunction, prepareFactsFunction } from './facts-function.ts'
import { readRelationFacts } from './relation-facts.ts'
import { createTestDatabase, describeServers, type TestDatabase } from './testing/index.ts'

describeServers('the function for the facts of a relation', (server) => {
  let created: TestDatabase
  let database: Database
  let prepared: FactsFunction

  beforeAll(async () => {
    created = await createTestDatabase(server)
    database = created.database
    const statements = [
      'create schema strata',
      `create table public.visits (id int primary key, seen date not null, doctor varchar(20), check (id > 0), unique (doctor))`,
      'create index visits_seen on public.visits (seen desc) where seen is not null',
      `comment on index visits_seen is 'by day'`,
      `comment on table public.visits is 'One row a visit.'`,
      `comment on column public.visits.doctor is 'Who saw them.'`,
      'grant select on public.visits to public',
      `alter table public.visits set (fillfactor = 70)`,
      'create view public.days with (security_barrier) as select seen, count(*) from public.visits group by seen',
      "create view public.weeks as select date_trunc('week', seen) as week from public.days",
      'create materialized view public.doctors as select doctor from public.visits with no data',
    ]
    for (const statement of statements) await database.query(statement)
    prepared = (await prepareFactsFunction(database))!
  })
  afterAll(() => created.drop())

  const ask = async (relation: string, whole: boolean, patience: number | null, of: Database = database) => {
    const { rows } = await of.query<{ found: unknown }>({
      text: `select ${prepared.name}(to_regclass($1)::oid, $2, $3) as found`,
      values: [relation, whole, patience],
    })
    return prepared.parse(rows[0]!.found)
  }

  it.each(['visits', 'days', 'weeks', 'doctors'])('says of %s what the queries say', async (name) => {
    const relation: RelationName = { schema: 'public', name }
    for (const extent of ['surface', 'whole'] as const) {
      const read = await database.transaction((transaction) =>
        readRelationFacts(transaction, relation, extent),
      )
      expect(await ask(`public.${name}`, extent === 'whole', null)).toEqual(read)
    }
    const { dependentViews } = (await ask(`public.${name}`, true, null)) as RelationFacts
    expect(dependentViews.map((view) => [view.relation.name, view.depth])).toEqual(
      name === 'visits'
        ? [
            ['weeks', 2],
            ['days', 1],
            ['doctors', 1],
          ]
        : name === 'days'
          ? [['weeks', 1]]
          : [],
    )
  })

  it('says nothing of what is not there', async () => {
    expect(await ask('public.nobody', true, null)).toBeNull()
  })

  it('gives back the locks that it took, and leaves the search path and the lock timeout as they were', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query({ text: `select ${prepared.name}('public.weeks'::regclass, true, 50)` })
      const { rows } = await transaction.query(
        `select current_setting('search_path') as path, current_setting('lock_timeout') as patience,
  array(select relation::regclass::text from pg_locks where pid = pg_backend_pid() and locktype = 'relation'
    and relation in ('days'::regclass, 'visits'::regclass)) as locked`,
      )
      expect(rows).toEqual([{ path: 'public', patience: '0', locked: [] }])
    })
  })

  it('says that it is busy rather than wait longer than it may', async () => {
    const other = await connect({ url: created.url, applicationName: 'strata other', maxConnections: 1 })
    await other.transaction(async (transaction) => {
      await transaction.query('lock table public.visits in access exclusive mode')
      expect(await ask('public.days', false, 20)).toBe('busy')
    })
    await other.close()
    expect(await ask('public.days', false, 20)).toMatchObject({ kind: 'view' })
  })

  it('is made once, however many make it at the same time', async () => {
    const fresh = await createTestDatabase(server)
    await fresh.database.query('create schema strata')
    const several = await Promise.all(
      [1, 2, 3].map(() => connect({ url: fresh.url, applicationName: 'strata racer', maxConnections: 1 })),
    )
    const names = await Promise.all(several.map(async (one) => (await prepareFactsFunction(one))?.name))
    expect(names).toEqual([prepared.name, prepared.name, prepared.name])
    for (const one of several) await one.close()
    await fresh.drop()
  })

  it('of that name, made by somebody whom we have no reason to trust, is not called', async () => {
    const fresh = await createTestDatabase(server)
    const eve = `eve_${process.pid}_${Math.random().toString(36).slice(2)}`
    const squat = `create function ${prepared.name}(oid, boolean, integer) returns json language sql return null::json`
    await fresh.database.query(`create role ${eve}`)
    await fresh.database.query(`create schema strata authorization ${eve}`)
    const another = async () => {
      const one = await connect({ url: fresh.url, applicationName: 'strata one', maxConnections: 1 })
      const found = await prepareFactsFunction(one)
      await one.close()
      return found
    }
    try {
      expect(await another()).toBeNull()
      await fresh.database.transaction(async (transaction) => {
        await transaction.query(`set local role ${eve}`)
        await transaction.query(squat)
      })
      expect(await another()).toBeNull()
      await fresh.database.query('alter schema strata owner to current_user')
      expect(await another()).toBeNull()
    } finally {
      await fresh.database.query(`drop schema strata cascade`)
      await fresh.database.query(`drop role ${eve}`)
      await fresh.drop()
    }
  })

  it('is done without where there is no place for it, or no right to make it', async () => {
    const bare = await createTestDatabase(server)
    expect(await prepareFactsFunction(bare.database)).toBeNull()
    const limited = `limited_${process.pid}_${Math.random().toString(36).slice(2)}`
    await bare.database.query('create schema strata')
    await bare.database.query(`create role ${limited} login password 'x'`)
    await bare.database.query(`grant usage on schema strata to ${limited}`)
    const url = new URL(bare.url)
    url.username = limited
    url.password = 'x'
    const one = await connect({ url: url.href, applicationName: 'strata limited', maxConnections: 1 })
    expect(await prepareFactsFunction(one)).toBeNull()
    await one.close()
    await bare.database.query(`drop owned by ${limited}`)
    await bare.database.query(`drop role ${limited}`)
    await bare.drop()
  })
})
