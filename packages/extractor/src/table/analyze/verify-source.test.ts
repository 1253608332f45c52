import type { DatabaseConnector, Instance } from '@strata/core'
import { databaseConnectorDefaults } from '@strata/core'
import { expect, it } from 'vitest'
import { describeDatabases } from '../../testing/describe-databases.ts'
import { analyzeSource } from './analyze-source.ts'
import { openPostgresServer } from './postgres-server.ts'
import { verifySource } from './verify-source.ts'

const connector: DatabaseConnector = {
  ...databaseConnectorDefaults,
  kind: 'postgres',
  source: 'clinic',
  instances: [],
}
const instance: Instance = {
  id: 3,
  name: 'north',
  address: 'postgres://localhost/clinic',
  credentials: {},
  parameters: {},
  simulated: false,
}

describeDatabases('the change columns of a Postgres source', (database) => {
  const server = () => openPostgresServer(connector, instance, database(), new AbortController().signal)
  const analyze = (patterns: readonly string[]) =>
    analyzeSource({ server: server(), patterns, timeout: 60_000, now: Date.now })
  const verify = (patterns: readonly string[], sampleRows = 10_000) =>
    verifySource({
      server: server(),
      database: database(),
      landingSchema: 'bronze',
      instanceId: 3,
      jobOf: ({ name }) => `clinic.${name}`,
      patterns,
      sampleRows,
      timeout: 60_000,
      now: Date.now,
    })
  const script = (text: string) => database().query({ text, script: true })

  it('a trigger that sets a column is found, infinite dates are no change times, and partitions are one table', async () => {
    await script(`
      create schema shop;
      create function shop.touch() returns trigger language plpgsql as $$ begin new.touched_on := now(); return new; end $$;
      create table shop.orders (id bigint primary key, note text, touched_on timestamptz, due timestamp, row_version bigint not null default 1);
      create trigger touch before update on shop.orders for each row execute function shop.touch();
      insert into shop.orders select n, 'x', '2024-01-01'::timestamptz + n * interval '1 hour', 'infinity', n from generate_series(1, 500) n;
      create table shop.parts (id bigint, day date not null, primary key (day, id)) partition by range (day);
      create table shop.parts_2024 partition of shop.parts for values from ('2024-01-01') to ('2025-01-01');
      insert into shop.parts values (1, '2024-05-05')`)
    const { proposals } = await analyze(['shop.*'])
    expect(proposals.map(({ name }) => name)).toEqual(['orders', 'parts'])
    const [orders, parts] = proposals
    expect(orders?.kept.map(({ name }) => name)).toEqual(['touched_on', 'row_version'])
    expect(orders?.kept[0]?.evidence).toContain('set by the server on each update')
    expect(orders?.refused.map(({ name, refused }) => [name, refused])).toEqual([
      ['due', '100 % of the rows lie in the future (up to infinity)'],
    ])
    expect(parts?.key).toEqual({ columns: ['day', 'id'], of: 'primary' })
  })

  it('a large table is sampled by blocks', async () => {
    await script(`
      create table large (id bigint primary key, updated_at timestamp not null);
      insert into large select n, '2020-01-01'::timestamp + n * interval '1 minute' from generate_series(1, 50000) n;
      analyze large`)
    const { proposals } = await analyzeSource({
      server: server(),
      patterns: ['large'],
      sampleRows: 5_000,
      timeout: 60_000,
      now: Date.now,
    })
    expect(proposals[0]?.sample).toBe('about 10 % of its blocks')
    expect(proposals[0]?.kept[0]?.profile?.rows).toBeLessThan(20_000)
  })

  it('the miss rate of a column that lies in a third of the updates is a third, and comparisons add up', async () => {
    await script(`
      create table lies (id bigint primary key, note text, updated_at timestamp not null, modified timestamptz not null, row_version int not null);
      insert into lies select n, 'a', '2024-01-01', '2024-01-01', 1 from generate_series(1, 300) n`)
    const first = await verify(['lies'])
    expect(first.verifications).toMatchObject([{ job: 'clinic.lies', sampled: 300, comparison: null }])
    const change = (from: number, to: number) =>
      script(`update lies set note = note || 'b', modified = now(), row_version = row_version + 1,
        updated_at = case when id % 3 = 0 then updated_at else now() at time zone 'UTC' end where id between ${from} and ${to};
        delete from lies where id = 300; insert into lies values (${1000 + from}, 'new', now(), now(), 1)`)
    await change(1, 60)
    const [second] = (await verify(['lies'])).verifications
    expect(second?.comparison).toEqual({
      compared: 299,
      changed: 60,
      gone: 1,
      added: 1,
      columns: [
        { name: 'updated_at', changed: 60, missed: 20 },
        { name: 'modified', changed: 60, missed: 0 },
        { name: 'row_version', changed: 60, missed: 0 },
      ],
    })
    await change(61, 90)
    const [third] = (await verify(['lies'])).verifications
    expect(third?.overall).toEqual([
      { name: 'modified', changed: 90, missed: 0 },
      { name: 'row_version', changed: 90, missed: 0 },
      { name: 'updated_at', changed: 90, missed: 30 },
    ])
  })

  it('of a sampled table the same rows are read again, and nothing but keys, hashes and change times is stored', async () => {
    await script(`
      create table wide (a int, b text, secret text, updated_at timestamp not null, primary key (a, b));
      insert into wide select n, 'k' || n, 'confidential', '2024-01-01' from generate_series(1, 5000) n;
      analyze wide`)
    await verify(['wide'], 1_000)
    await script(`update wide set secret = 'confidential too', updated_at = now() at time zone 'UTC'`)
    const [found] = (await verify(['wide'], 1_000)).verifications
    expect(found?.error).toBeNull()
    const { compared = 0, changed, added } = found?.comparison ?? {}
    expect(compared).toBeGreaterThan(200)
    expect([changed, added]).toEqual([compared, null])
    expect(found?.overall).toEqual([{ name: 'updated_at', changed: compared, missed: 0 }])
    const { rows } = await database().query<{ text: string }>(
      `select string_agg(s::text, ' ') as text from strata.row_samples s where job = 'clinic.wide'`,
    )
    expect(rows[0]?.text).not.toContain('confidential')
  })
})
