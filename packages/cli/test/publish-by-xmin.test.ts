import { materialize } from '@strata/compiler'
import type { IncrementEdge, ModelStep, StepFacts } from '@strata/core'
import { describeOldestServer, settled } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

const edge: IncrementEdge = {
  parent: 'source.test.erp.orders',
  relation: { schema: 'erp', name: 'orders' },
  by: { kind: 'xmin' },
}

const orders: ModelStep = model('orders', 'select id, state from "erp"."orders"', {
  materialized: 'incremental',
  key: ['id'],
  increments: [edge],
  increment: ['select id, state from ', { incrementOf: edge.parent }],
})

/** Each state with its orders, by the changed keys of the model above: they know what a row was before. */
const states: ModelStep = model(
  'states',
  'select state, count(*)::int as orders from "silver"."orders" group by state',
  {
    materialized: 'incremental',
    key: ['state'],
    increments: [
      { parent: orders.id, relation: orders.relation, keys: [{ column: 'state', into: 'state' }] },
    ],
    increment: [
      'select state, count(*)::int as orders from "silver"."orders" where state in (',
      { keysOf: orders.id, column: 'state' },
      ') group by state',
    ],
  },
)
const tracked: ModelStep = { ...orders, config: { ...orders.config, track_changes: true } }

const rounds = process.env['STRATA_SOAK'] === '1' ? 300 : 12

describeOldestServer('a parent that is read by xmin', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    const opened = await openPublishFixture(server)
    fixture = {
      ...opened,
      // Some tests hold a transaction open themselves.
      publish: async (...given) => await settled(opened.database, 400).then(() => opened.publish(...given)),
    }
    await fixture.execute('create schema erp')
  })
  afterEach(() => fixture.drop())

  const filled = () =>
    fixture.execute(
      'create table erp.orders (id int, state text)',
      `insert into erp.orders select i, 'a' from generate_series(1, 5) i`,
    )
  const contents = (table: string) => fixture.rows(`select id, state from ${table} order by id`)

  it('gives new and changed rows, those of savepoints too, and no others', async () => {
    await filled()
    expect(await fixture.publish(orders)).toMatchObject({ action: 'build', failure: null })
    await fixture.database.transaction(async (transaction) => {
      await transaction.query(`update erp.orders set state = 'b' where id = 2`)
      await transaction.query('savepoint s')
      await transaction.query(`insert into erp.orders values (6, 'b')`)
      await transaction.query('release savepoint s')
      await transaction.query('savepoint s')
      await transaction.query(`insert into erp.orders values (7, 'b')`)
      await transaction.query('rollback to savepoint s')
    })
    const result = await fixture.publish(orders)
    expect(result).toMatchObject({
      message: 'incremental, erp.orders by xmin',
      counts: { rows: 2, changed: 1, inserted: 1 },
    })
    expect(await contents('silver.orders')).toEqual(await contents('erp.orders'))
    expect(await fixture.publish(orders)).toMatchObject({ counts: { rows: 0 } })
    const triggers = `select from pg_trigger where tgrelid = 'erp.orders'::regclass`
    expect(await fixture.rows(triggers)).toEqual([])
  })

  it('makes a model that equals its own full refresh after any history without deletes', async () => {
    await filled()
    let seed = 7
    const pick = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((seed / 2_147_483_648) * below)
    }
    const change = (): string => {
      const [id, other] = [1 + pick(20), 1 + pick(20)]
      switch (pick(4)) {
        case 0:
        case 1:
          return `insert into erp.orders select ${id}, 's${pick(4)}' where not exists (select from erp.orders where id = ${id})`
        case 2:
          return `update erp.orders set state = 's${pick(4)}' where id = ${id}`
        default:
          // Two rows exchange their keys.
          return `update erp.orders o set id = p.id from erp.orders p
where o.id in (${id}, ${other}) and p.id in (${id}, ${other}) and p.id <> o.id`
      }
    }
    for (let round = 0; round < rounds; round++) {
      await fixture.database.transaction(async (open) => {
        await open.query(change())
        await fixture.database.transaction(async (other) => {
          await other.query(`set local lock_timeout = 20`)
          await other.query('savepoint s')
          await other.query(change()).catch(() => other.query('rollback to savepoint s'))
        })
        expect(await fixture.publish(tracked)).toMatchObject({ failure: null })
        expect(await fixture.publish(states)).toMatchObject({ failure: null })
        await open.query(change())
      })
      expect(await fixture.publish(tracked)).toMatchObject({ action: 'increment', failure: null })
      expect(await fixture.publish(states)).toMatchObject({ action: 'increment', failure: null })
      expect(await contents('silver.orders')).toEqual(await contents('erp.orders'))
      expect(await fixture.rows('select state, orders from silver.states order by 1')).toEqual(
        await fixture.rows('select state, count(*)::int as orders from erp.orders group by 1 order by 1'),
      )
    }
  })

  it('gives the rows of a transaction that was open while others were read', async () => {
    await filled()
    await fixture.database.transaction(async (transaction) => {
      await transaction.query(`insert into erp.orders values (10, 'late')`)
      expect(await fixture.publish(orders)).toMatchObject({ action: 'build' })
      await fixture.execute(`insert into erp.orders values (11, 'b')`)
      expect(await fixture.publish(orders)).toMatchObject({ counts: { inserted: 1 } })
    })
    expect(await fixture.publish(orders)).toMatchObject({ counts: { inserted: 1 } })
    expect(await contents('silver.orders')).toEqual(await contents('erp.orders'))
  })

  it.each([
    'vacuum (freeze) erp.orders',
    'vacuum full erp.orders',
    'alter table erp.orders add column more int default 1',
  ])('reads nothing again for %s', async (statement) => {
    await filled()
    await fixture.publish(orders)
    await fixture.execute(statement)
    expect(await fixture.publish(orders)).toMatchObject({
      action: 'increment',
      counts: { rows: 0 },
      failure: null,
    })
  })

  it('reads all rows of another table of the same name', async () => {
    await filled()
    await fixture.publish(orders)
    await fixture.execute('alter table erp.orders rename to former')
    await filled()
    await fixture.execute('delete from erp.orders where id = 1')
    expect(await fixture.publish(orders)).toMatchObject({
      action: 'alter',
      message: 'erp.orders was replaced, in place',
      counts: { deleted: 1 },
    })
  })

  it('reads partitions, and all of one that was filled before it was attached', async () => {
    await fixture.execute(
      'create table erp.orders (id int, state text) partition by list (state)',
      `create table erp.a partition of erp.orders for values in ('a')`,
      `insert into erp.orders values (1, 'a')`,
      'create table erp.b (id int, state text)',
      `insert into erp.b values (2, 'b')`,
    )
    await fixture.publish(orders)
    await fixture.execute(
      `alter table erp.orders attach partition erp.b for values in ('b')`,
      `insert into erp.orders values (3, 'a')`,
    )
    expect(await fixture.publish(orders)).toMatchObject({
      action: 'increment',
      counts: { rows: 2, inserted: 2 },
    })
    expect(await fixture.publish(orders)).toMatchObject({ counts: { rows: 0 } })
  })

  it('is refused for views and foreign tables', async () => {
    await fixture.execute(`create view erp.orders as select 1 as id, 'a' as state`)
    expect(await fixture.publish(orders)).toMatchObject({
      failure: {
        code: 'XMIN_UNAVAILABLE',
        message:
          'silver.orders reads erp.orders by xmin, and as a view it knows no transaction that wrote its rows',
      },
    })
    await fixture.execute(
      'drop view erp.orders',
      'create foreign data wrapper nowhere',
      'create server nowhere foreign data wrapper nowhere',
      'create foreign table erp.orders (id int, state text) server nowhere',
    )
    expect((await fixture.publish(orders)).failure).toMatchObject({ code: 'XMIN_UNAVAILABLE' })
  })

  it('reads everything where it was read in another way before', async () => {
    await fixture.execute(
      'create table erp.orders (id int, state text, updated_at timestamptz default now())',
    )
    const { by: _, ...tracked } = edge
    const by = {
      kind: 'columns',
      columns: ['updated_at'],
      logic: 'or',
      lookback: null,
      min: null,
      max: null,
    } as const
    await fixture.publish({ ...orders, increments: [{ ...tracked, by }] })
    const again = 'erp.orders was read in another way so far, in place'
    expect(await fixture.publish(orders)).toMatchObject({ message: again })
    expect(await fixture.publish(orders)).toMatchObject({ action: 'increment' })
    expect(await fixture.publish({ ...orders, increments: [{ ...tracked, by }] })).toMatchObject({
      message: again,
    })
  })

  it('counts the distance of transactions round the end of their numbers', async () => {
    const selected = async (from: string, to: string) => {
      const condition = conditionOf(from, to)
      const rows = await fixture.rows(
        `select xmin::text from (values ('1'), ('725'), ('1000000'), ('4294967200'), ('4294967290'), ('2000000000')) v (text),
  lateral (select text::xid as xmin) x where ${condition}`,
      )
      return rows.map((row) => Number(row['xmin']))
    }
    expect(await selected('1000:1000:', '2000:2000:')).toEqual([])
    expect(await selected('725:726:', '726:726:')).toEqual([725])
    expect(await selected('700:800:750', '1000001:1000001:')).toEqual([725, 1_000_000])
    // From 96 before the end of the first epoch to 1,000 behind its end.
    expect(await selected('4294967200:4294967200:', '4294968296:4294968296:')).toEqual([
      1, 725, 4294967200, 4294967290,
    ])
    expect(await selected('4294967296:4294967296:', '4294967296:4294968296:')).toEqual([1, 725])
    // The same numbers, three epochs later.
    expect(await selected('12884902613:12884902613:', '12884902614:12884902614:')).toEqual([725])
    expect(await selected('725:725:', '4294968021:4294968021:')).toHaveLength(6)
  })
})

/** The condition that the step's own SQL has, between two snapshots. */
function conditionOf(from: string, snapshot: string): string {
  const facts: StepFacts = {
    relation: { kind: 'table', definitionHash: null } as NonNullable<StepFacts['relation']>,
    fingerprint: orders.fingerprint,
    definitionHash: null,
    doubt: null,
    foreign: false,
    snapshot,
    edges: [
      {
        ...edge,
        sourceOid: '1',
        from,
        doubt: null,
        former: null,
        by: { kind: 'xmin', relkinds: ['r'], tables: ['1'], newTables: [] },
      },
    ],
  }
  const relation = { ...facts.relation!, indexes: [], constraints: [], options: [], columns: [] }
  const [first] = materialize(orders, { ...facts, relation: { ...facts.relation!, ...relation } }).actions
  if (first?.kind !== 'execute') throw new Error('an increment begins with its copy')
  return first.sql.slice(first.sql.indexOf('where ') + 'where '.length)
}
