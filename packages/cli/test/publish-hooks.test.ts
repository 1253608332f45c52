import type { Hook } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { bronzePatients, model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

const hook = (sql: string, transaction = true): Hook => ({ template: sql, sql, transaction })

describeOldestServer('hooks of a model', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
    await fixture.execute('create table public.told (what text, rows bigint)')
  })
  afterEach(() => fixture.drop())

  const a = (preHooks: readonly Hook[], postHooks: readonly Hook[]) => ({
    ...model('a', 'select 1 as id', { materialized: 'table' }),
    preHooks,
    postHooks,
  })
  const told = async () =>
    (await fixture.rows('select what from told order by what')).map((row) => row['what'])

  it('run before and after it, with names that need no schema, several statements in one of them', async () => {
    const { status } = await fixture.publish(
      a(
        [hook("insert into told values ('1 before'); insert into told values ('2 before')")],
        [hook("insert into told select '3 after', count(*) from silver.a")],
      ),
    )
    expect(status).toBe('success')
    expect(await told()).toEqual(['1 before', '2 before', '3 after'])
  })

  it('that fail after it leave the table and the state as they were', async () => {
    await fixture.publish(a([], []))
    const { status } = await fixture.publish({
      ...a([hook("insert into told values ('before')")], [hook('select 1 / 0')]),
      select: { full: 'select 2 as id', increment: null },
      fingerprint: 'other',
    })
    expect(status).toBe('failed')
    expect(await fixture.rows('select id from silver.a')).toEqual([{ id: 1 }])
    expect(await told()).toEqual([])
    expect((await fixture.rows('select fingerprint from strata.relations'))[0]!['fingerprint']).not.toBe(
      'other',
    )
  })

  it('before it may not roll back: the step would go on without its transaction', async () => {
    const { failure } = await fixture.publish(a([hook('rollback')], []))
    expect(failure?.code).toBe('TRANSACTION_ENDED')
    expect(await fixture.rows(`select to_regclass('silver.a') as a`)).toEqual([{ a: null }])
    expect((await fixture.publish(a([], []))).status).toBe('success')
  })

  it('before it may commit: the step begins behind it, in a transaction and under a lock of its own', async () => {
    const commits = hook("insert into told values ('begun'); commit")
    expect((await fixture.publish(a([commits], []))).status).toBe('success')
    expect(await told()).toEqual(['begun'])
    const failing = a([commits], [hook('select 1 / 0')])
    expect((await fixture.publish(failing)).status).toBe('failed')
    expect(await told()).toEqual(['begun', 'begun'])
    expect(await fixture.rows('select id from silver.a')).toEqual([{ id: 1 }])
  })

  it('behind it may not roll back what it published', async () => {
    const { failure } = await fixture.publish(a([], [hook('rollback')]))
    expect(failure?.code).toBe('TRANSACTION_ENDED')
    expect(await fixture.rows(`select to_regclass('silver.a') as a`)).toEqual([{ a: null }])
  })

  it('behind it may commit, as packages do', async () => {
    const commits = hook("begin; insert into told values ('committed'); commit")
    expect((await fixture.publish(a([], [commits]))).status).toBe('success')
    expect((await fixture.publish(a([], [commits]))).status).toBe('success')
    expect(await told()).toEqual(['committed', 'committed'])
    expect(await fixture.rows('select id from silver.a')).toEqual([{ id: 1 }])
  })

  it.each(['before', 'behind'])('%s a view leave nothing on its connection', async (place) => {
    const locks = [hook('select pg_advisory_lock(4711)')]
    const view = model('a', 'select 1 as id')
    const { status } = await fixture.publish({
      ...view,
      ...(place === 'before' ? { preHooks: locks } : { postHooks: locks }),
    })
    expect(status).toBe('success')
    const held = () =>
      fixture.rows(`select from pg_locks where locktype = 'advisory' and objid = 4711
and database = (select oid from pg_database where datname = current_database())`)
    // It is made as new in the background.
    await vi.waitFor(async () => expect(await held()).toEqual([]), { timeout: 5_000 })
  })

  it('outside of the transaction are not undone with it', async () => {
    const { status } = await fixture.publish(
      a([hook("insert into told values ('outside')", false)], [hook('select 1 / 0')]),
    )
    expect(status).toBe('failed')
    expect(await told()).toEqual(['outside'])
  })

  it('that write to a parent of an incremental model add rows that it reads once, whoever writes meanwhile', async () => {
    const add = `insert into bronze.patients (id, name) select 'by hook ' || count(*), '' from bronze.patients`
    const names = {
      ...model('names', 'select id from bronze.patients', {
        materialized: 'incremental',
        increments: [bronzePatients],
        increment: ['select id from ', { incrementOf: bronzePatients.parent }],
      }),
      preHooks: [hook(add)],
    }
    // Numbers of transactions that end meanwhile lie before and behind that of the step.
    let writing = true
    const others = (async () => {
      while (writing) await fixture.execute(`insert into public.told values ('other')`)
    })()
    for (let run = 0; run < 4; run++) {
      expect((await fixture.publish(names)).failure).toBeNull()
      expect(await fixture.rows('select id from silver.names order by id')).toEqual(
        await fixture.rows('select id from bronze.patients order by id'),
      )
    }
    writing = false
    await others
    expect((await fixture.publish({ ...names, preHooks: [] })).counts).toMatchObject({ rows: 0 })
  })

  it('behind a model that write to its parent add rows that its next run reads', async () => {
    const add = hook(`insert into bronze.patients (id) values ('later')`)
    const names = model('names', 'select id from bronze.patients', {
      materialized: 'incremental',
      increments: [bronzePatients],
      increment: ['select id from ', { incrementOf: bronzePatients.parent }],
    })
    // The transaction has its number before another one begins and ends, and reads behind that.
    const waits = hook('select pg_sleep(0.3)')
    let writing = true
    const others = (async () => {
      while (writing) await fixture.execute(`insert into public.told values ('other')`)
    })()
    await fixture.publish({ ...names, preHooks: [waits], postHooks: [add] })
    expect(await fixture.rows('select id from silver.names')).toEqual([])
    await fixture.publish({
      ...names,
      preHooks: [waits],
      postHooks: [hook(add.sql!.replace('later', 'last'))],
    })
    writing = false
    await others
    expect(await fixture.rows('select id from silver.names')).toEqual([{ id: 'later' }])
    await fixture.publish(names)
    expect(await fixture.rows('select id from silver.names order by id')).toEqual([
      { id: 'last' },
      { id: 'later' },
    ])
  })
})
