import { afterAll, beforeAll, expect, it } from 'vitest'
import { readCatalog } from './read-catalog.ts'
import { createTestDatabase, describeServers, type TestDatabase } from './testing/index.ts'

describeServers('the catalog of relations', (server) => {
  let own: TestDatabase
  const read = async (...names: readonly string[]) =>
    readCatalog(
      own.database,
      names.map((name) => ({ schema: 'Shop', name })),
    )

  beforeAll(async () => {
    own = await createTestDatabase(server)
    for (const sql of [
      'create schema "Shop"',
      'create table "Shop".orders (gone int, id bigint, "Amount" numeric(10,2), note varchar(20)[])',
      'alter table "Shop".orders drop column gone',
      `comment on table "Shop".orders is 'what was bought'`,
      `comment on column "Shop".orders."Amount" is 'in euros'`,
      'insert into "Shop".orders select n, n from generate_series(1, 100) as n',
      'analyze "Shop".orders',
      'create view "Shop".large as select id from "Shop".orders where id > 50',
      'create materialized view "Shop".kept as select id from "Shop".orders',
      'create table "Shop".by_day (day date) partition by range (day)',
      `create table "Shop".in_may partition of "Shop".by_day for values from ('2026-05-01') to ('2026-06-01')`,
      `insert into "Shop".by_day values ('2026-05-03')`,
      'create table "Shop".bare ()',
    ])
      await own.database.query(sql)
  })
  afterAll(() => own?.drop())

  it('says which columns a table has, of which types, and what is remarked on them', async () => {
    expect(await read('orders')).toMatchObject([
      {
        schema: 'Shop',
        name: 'orders',
        type: 'BASE TABLE',
        owner: expect.any(String),
        comment: 'what was bought',
        columns: [
          { name: 'id', type: 'bigint', index: 2, comment: null },
          { name: 'Amount', type: 'numeric(10,2)', index: 3, comment: 'in euros' },
          { name: 'note', type: 'character varying(20)[]', index: 4, comment: null },
        ],
      },
    ])
  })

  it('says how large it is, and when that was estimated', async () => {
    const [orders] = await read('orders')
    expect(orders).toMatchObject({ rows: 100, analyzedAt: expect.stringMatching(/^20..-..-..T..:..:..Z$/) })
    expect(orders!.bytes).toBeGreaterThan(4000)
    const [partitioned] = await read('by_day')
    expect(partitioned).toMatchObject({ type: 'BASE TABLE', rows: null, analyzedAt: null })
    expect(partitioned!.bytes).toBeGreaterThan(0)
  })

  it('knows of no size where nothing is stored', async () => {
    expect(await read('large', 'kept', 'bare')).toMatchObject([
      { name: 'bare', columns: [], rows: null },
      { name: 'kept', type: 'MATERIALIZED VIEW', bytes: expect.any(Number) },
      { name: 'large', type: 'VIEW', rows: null, bytes: null, analyzedAt: null },
    ])
  })

  it('passes over what is not there, and names in other letters', async () => {
    expect(await read('Orders', 'nothing')).toEqual([])
    expect(await read()).toEqual([])
  })
})
