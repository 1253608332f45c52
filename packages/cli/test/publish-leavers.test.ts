import type { IncrementEdge, ModelStep, StepResult } from '@strata/core'
import { describeOldestServer, settled } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { bronzePatients, model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

/** Active patients by e-mail address: rows leave by a status, by a new address, by a tombstone, and by a delete. */
const active = (select = 'select name as email, id from '): ModelStep => {
  const where = ` as p where p.name <> ''`
  return model('active', `${select}"bronze"."patients"${where}`, {
    materialized: 'incremental',
    key: ['email'],
    increments: [bronzePatients],
    increment: [select, { incrementOf: bronzePatients.parent }, where],
  })
}

describeOldestServer('rows that leave (R17)', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
    await fixture.execute(
      `insert into bronze.patients (id, name) values ('1', 'a@x'), ('2', 'b@x'), ('3', 'c@x')`,
    )
  })
  afterEach(() => fixture.drop())

  const emails = async () =>
    (await fixture.rows('select email from silver.active order by 1')).map((row) => row['email'])

  it('by a filter, by another key, by a delete: they leave the model as well', async () => {
    expect(await fixture.publish(active())).toMatchObject({
      status: 'success',
      action: 'build',
      failure: null,
    })
    await fixture.execute(
      `update bronze.patients set name = '', changed_xid = default where id = '1'`,
      `update bronze.patients set name = 'd@x', changed_xid = default where id = '2'`,
      `delete from bronze.patients where id = '3'`,
    )
    const result = await fixture.publish(active())
    expect(result).toMatchObject({ action: 'increment', counts: { inserted: 1, deleted: 3 }, failure: null })
    expect(await emails()).toEqual(['d@x'])
  })

  it('stays where another row yields its key', async () => {
    await fixture.execute(`insert into bronze.patients (id, name) values ('4', 'a@x')`)
    const distinct = active('select distinct on (name) name as email, id from ')
    expect(await fixture.publish(distinct)).toMatchObject({ action: 'build', failure: null })
    await fixture.execute(`delete from bronze.patients where id = '1'`)
    expect(await fixture.publish(distinct)).toMatchObject({ action: 'increment', failure: null })
    expect(await fixture.rows('select email, id from silver.active order by 1')).toEqual([
      { email: 'a@x', id: '4' },
      { email: 'b@x', id: '2' },
      { email: 'c@x', id: '3' },
    ])
  })

  it('under another role of replication, and while triggers were disabled', async () => {
    await fixture.publish(active())
    await fixture.execute(
      `do $$ begin set local session_replication_role = replica; delete from bronze.patients where id = '1'; end $$`,
    )
    expect(await fixture.publish(active())).toMatchObject({ action: 'increment', counts: { deleted: 1 } })
    expect(await emails()).toEqual(['b@x', 'c@x'])
    await fixture.execute(
      'alter table bronze.patients disable trigger all',
      `delete from bronze.patients where id = '2'`,
      'alter table bronze.patients enable trigger all',
    )
    expect(await fixture.publish(active())).toMatchObject({
      status: 'success',
      message: expect.stringContaining('not all rows that left bronze.patients are known'),
    })
    expect(await emails()).toEqual(['c@x'])
    await fixture.execute(
      `delete from bronze.patients where id = '3'`,
      `insert into bronze.patients (id, name) values ('9', 'z@x')`,
    )
    expect(await fixture.publish(active())).toMatchObject({ action: 'increment', counts: { deleted: 1 } })
  })

  it('reads former rows once, and lets go of them', async () => {
    await fixture.publish(active())
    await fixture.execute(`update bronze.patients set name = 'z@x', changed_xid = default where id = '1'`)
    await fixture.publish(active())
    await fixture.execute(`update bronze.patients set name = 'y@x', changed_xid = default where id = '1'`)
    // What a transaction of another test may still see stays.
    await settled(fixture.database)
    await fixture.publish(active())
    const [former] = await fixture.rows(
      `select count(*)::int as rows, 'bronze.patients'::regclass::oid as oid from strata.former`,
    )
    expect(former).toMatchObject({ rows: 1 })
    expect(await fixture.rows(`select id from strata.former_${former!['oid']}`)).toHaveLength(0)
    expect(await emails()).toEqual(['b@x', 'c@x', 'y@x'])
  })

  it('is seen by the children of an incremental model, whatever the model did to its rows', async () => {
    const parent = { ...active(), config: { ...active().config, track_changes: true } }
    const edge: IncrementEdge = { parent: parent.id, relation: parent.relation }
    const child = model('child', 'select email from "silver"."active"', {
      materialized: 'incremental',
      key: ['email'],
      increments: [edge],
      increment: ['select email from ', { incrementOf: edge.parent }],
    })
    const children = async () =>
      (await fixture.rows('select email from silver.child order by 1')).map((row) => row['email'])
    await fixture.publish(parent)
    await fixture.publish(child)
    await fixture.execute(`delete from bronze.patients where id = '3'`)
    await fixture.publish(parent)
    expect(await fixture.publish(child)).toMatchObject({
      action: 'increment',
      counts: { deleted: 1 },
      failure: null,
    })
    expect(await children()).toEqual(['a@x', 'b@x'])
    await fixture.execute(`truncate bronze.patients`)
    await fixture.publish(parent)
    await fixture.publish(child)
    expect(await children()).toEqual([])
  })

  it('is not doubted because a sibling that was built meanwhile has seen more, where nothing left', async () => {
    const parent = { ...active(), config: { ...active().config, track_changes: true } }
    const edge: IncrementEdge = { parent: parent.id, relation: parent.relation }
    const childOf = (name: string, where = '') =>
      model(name, `select email from "silver"."active"${where}`, {
        materialized: 'incremental',
        key: ['email'],
        increments: [edge],
        increment: ['select email from ', { incrementOf: edge.parent }, where],
      })
    await fixture.publish(parent)
    /** The slow child looks while another transaction runs, which has ended when the quick one looks. */
    const bothAtOnce = async (
      slow: ModelStep,
      quick: readonly ModelStep[],
      meanwhile: readonly string[] = [],
    ) => {
      let building: Promise<StepResult> | undefined
      await fixture.database.session(async (gate) => {
        await gate.query('select pg_advisory_lock(77)')
        await fixture.database.transaction(async (other) => {
          await other.query('select pg_current_xact_id()')
          building = fixture.publish(slow)
          const waiting = `select from pg_locks where locktype = 'advisory' and objid = 77 and not granted`
          await vi.waitUntil(async () => (await fixture.rows(waiting)).length > 0, { timeout: 10_000 })
          for (const statement of meanwhile) await other.query(statement)
        })
        for (const one of quick) expect(await fixture.publish(one)).toMatchObject({ failure: null })
        await gate.query('select pg_advisory_unlock(77)')
      })
      expect(await building).toMatchObject({ action: 'build', failure: null })
    }
    const behindTheGate = ' where (select pg_advisory_xact_lock_shared(77)) is not null'
    const slow = childOf('slow', behindTheGate)
    await bothAtOnce(slow, [childOf('quick')])
    expect(await fixture.publish(slow)).toMatchObject({ action: 'increment', message: 'incremental' })

    // Where a row did leave that the sibling let go of, it is.
    const late = childOf('late', behindTheGate)
    await fixture.execute('drop table silver.slow')
    await bothAtOnce(late, [childOf('quick')], [`delete from silver.active where email = 'c@x'`])
    expect(await fixture.publish(late)).toMatchObject({
      message: expect.stringContaining('not all rows that left silver.active are known'),
    })
    expect(await fixture.rows('select email from silver.late order by 1')).toEqual([
      { email: 'a@x' },
      { email: 'b@x' },
    ])
  })

  it('recomputes the groups that changed, and drops those that are gone', async () => {
    const edge: IncrementEdge = { ...bronzePatients, keys: [{ column: 'name', into: 'name' }] }
    const counted = model(
      'counted',
      'select name, count(*) as patients from "bronze"."patients" group by name',
      {
        materialized: 'incremental',
        key: ['name'],
        increments: [edge],
        increment: [
          'select name, count(*) as patients from "bronze"."patients" where name in (',
          { keysOf: edge.parent, column: 'name' },
          ') group by name',
        ],
      },
    )
    await fixture.publish(counted)
    await fixture.execute(
      `update bronze.patients set name = 'b@x', changed_xid = default where id = '1'`,
      `insert into bronze.patients (id, name) values ('5', 'c@x')`,
    )
    expect(await fixture.publish(counted)).toMatchObject({
      action: 'increment',
      counts: { deleted: 1, changed: 2 },
      failure: null,
    })
    expect(
      await fixture.rows('select name, patients::int as patients from silver.counted order by 1'),
    ).toEqual([
      { name: 'b@x', patients: 2 },
      { name: 'c@x', patients: 2 },
    ])
  })

  it('leaves although the SELECT cannot read what it was', async () => {
    const numbers = (): ModelStep =>
      model('numbers', 'select name::int as number, id from "bronze"."patients"', {
        materialized: 'incremental',
        key: ['number'],
        increments: [bronzePatients],
        increment: ['select name::int as number, id from ', { incrementOf: bronzePatients.parent }],
      })
    await fixture.execute(
      `truncate bronze.patients`,
      `insert into bronze.patients (id, name) values ('1', '1'), ('2', '2')`,
    )
    await fixture.publish(numbers())
    await fixture.execute(`update bronze.patients set name = 'x', changed_xid = default where id = '1'`)
    expect(await fixture.publish(numbers())).toMatchObject({
      status: 'failed',
      failure: { sqlstate: '22P02' },
    })
    await fixture.execute(`update bronze.patients set name = '7', changed_xid = default where id = '1'`)
    expect(await fixture.publish(numbers())).toMatchObject({ action: 'increment', failure: null })
    expect(await fixture.rows('select number from silver.numbers order by 1')).toEqual([
      { number: 2 },
      { number: 7 },
    ])
  })

  it('takes groups along that were deleted and inserted whole', async () => {
    const step = { ...active(), config: { ...active().config, incremental_strategy: 'delete+insert' } }
    await fixture.publish(step)
    await fixture.execute(
      `delete from bronze.patients where id = '1'`,
      `update bronze.patients set name = 'z@x', changed_xid = default where id = '2'`,
    )
    await fixture.publish(step)
    expect(await emails()).toEqual(['c@x', 'z@x'])
  })

  it('keeps writing to the source possible, whatever becomes of its columns', async () => {
    await fixture.execute(
      `create domain bronze.given as text not null`,
      `alter table bronze.patients alter column name type varchar(5), add column note bronze.given default 'x'`,
    )
    await fixture.publish(active('select name::text as email, id from '))
    await fixture.execute(
      `alter table bronze.patients alter column name type varchar(50), drop column note`,
      `update bronze.patients set name = 'much longer than five', changed_xid = default where id = '1'`,
      `update bronze.patients set name = 'q@x', changed_xid = default where id = '1'`,
    )
    expect(await fixture.publish(active('select name::text as email, id from '))).toMatchObject({
      action: 'increment',
      failure: null,
    })
    expect(await emails()).toEqual(['b@x', 'c@x', 'q@x'])
  })

  it('reads everything again when a column came whose former values nobody knows', async () => {
    await fixture.publish(active())
    await fixture.execute(
      `delete from bronze.patients where id = '1'`,
      `alter table bronze.patients add column active boolean not null default true`,
    )
    const where = ` as p where p.active`
    const step: ModelStep = {
      ...active(),
      fingerprint: active().fingerprint,
      select: {
        full: `select name as email, id from "bronze"."patients"${where}`,
        increment: ['select name as email, id from ', { incrementOf: bronzePatients.parent }, where],
      },
    }
    await fixture.publish(step)
    expect(await emails()).toEqual(['b@x', 'c@x'])
  })

  it('runs nothing of those who may write to the source with the rights of those who made Strata’s schema', async () => {
    await fixture.publish(active())
    await fixture.execute(
      'create table bronze.heard (by_whom name)',
      `create function bronze.overhear() returns boolean language plpgsql as $$ begin insert into bronze.heard values (current_user); return true; end $$`,
    )
    await fixture.database.session(async (session) => {
      await session.query(
        'create temp view pg_attribute as select attname, atttypid, attrelid, attnum, attisdropped from pg_catalog.pg_attribute where bronze.overhear()',
      )
      await session.query(
        'create temp view former_rows as select * from bronze.patients where bronze.overhear()',
      )
      await session.query(`update bronze.patients set name = 'd@x', changed_xid = default where id = '1'`)
    })
    expect(await fixture.rows('select * from bronze.heard')).toEqual([])
  })

  it('shows former rows to nobody whom default privileges would show them', async () => {
    await fixture.execute('alter default privileges grant select on tables to public')
    await fixture.publish(active())
    const [grants] = await fixture.rows(
      `select count(*)::int as others from pg_class c, aclexplode(c.relacl) a where c.relname like 'former\\_%' and a.grantee <> c.relowner`,
    )
    expect(grants).toEqual({ others: 0 })
  })

  it('says so where they are not seen: a source with partitions', async () => {
    await fixture.execute(
      'alter table bronze.patients rename to first_patients',
      `create table bronze.patients (id text, name text, updated_at timestamptz default now(),
         changed_xid xid8 not null default pg_current_xact_id()) partition by list (id)`,
      `create table bronze.part partition of bronze.patients default`,
      `insert into bronze.patients (id, name) values ('1', 'a@x')`,
    )
    await fixture.publish(active())
    expect(await fixture.publish(active())).toMatchObject({
      message: 'incremental; rows that leave bronze.patients are not seen',
    })
  })
})
