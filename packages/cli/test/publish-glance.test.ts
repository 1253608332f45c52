import type { ModelStep } from '@strata/core'
import { connect } from '@strata/postgres'
import { describeServers } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { model, openPublishFixture, type PublishFixture, target } from './publish-fixture.ts'

describeServers('a step for which the plan found nothing to do', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
  })
  afterEach(() => fixture.drop())

  const settings = { description: 'Living patients' }
  const alive = model('alive', 'select id, name from bronze.patients', settings)
  const planned: ModelStep = { ...alive, intent: 'skip', reason: 'unchanged' }
  const unchanged = { status: 'success', action: 'none', message: 'unchanged' }

  it('is over without its lock, and without a transaction that writes', async () => {
    await fixture.publish(alive)
    const lock = `hashtextextended('strata:silver.alive', 0)`
    await fixture.database.session(async (session) => {
      await session.query(`select pg_advisory_lock(${lock})`)
      const waits: string[] = []
      const result = await fixture.publish(planned, {
        onEvent: (event) => event.kind === 'step_waiting' && waits.push(event.message),
      })
      expect(result).toMatchObject(unchanged)
      expect(waits).toEqual([])
    })
  })

  const meanwhile: readonly (readonly [string, readonly string[], object])[] = [
    [
      'its definition was altered',
      ['create or replace view silver.alive as select id, upper(name) as name from bronze.patients'],
      { action: 'replace', message: 'its definition was altered' },
    ],
    ['its comment was lost', ['comment on view silver.alive is null'], { action: 'alter' }],
    ['it was dropped', ['drop view silver.alive'], { action: 'build', message: 'first build' }],
    [
      'another target built it',
      [`update strata.relations set target = 'other', written_by = default`],
      { action: 'replace', message: 'it was built by target other' },
    ],
    [
      'its state came out of a dump',
      [`update strata.relations set written_by = '3'`],
      { action: 'replace', message: 'its state was restored from a copy' },
    ],
    [
      'it was built from other SQL',
      [`update strata.relations set fingerprint = 'f', written_by = default`],
      { action: 'replace', message: 'SQL or configuration changed' },
    ],
    [
      'somebody else put a view there',
      ['drop view silver.alive', 'create view silver.alive as select 1 as one'],
      { status: 'failed', failure: { code: 'NOT_OURS' } },
    ],
    [
      'somebody else put a table there',
      ['drop view silver.alive', 'create table silver.alive (id int)'],
      { status: 'failed', failure: { code: 'NOT_OURS' } },
    ],
    [
      'what is recorded was forgotten',
      ['delete from strata.relations'],
      { status: 'failed', failure: { code: 'NOT_OURS' } },
    ],
  ]

  it.each(meanwhile)('is done after all when %s since', async (_, statements, expected) => {
    await fixture.publish(alive)
    await fixture.execute(...statements)
    expect(await fixture.publish(planned)).toMatchObject(expected)
  })

  it('is done after all when its grants were changed since', async () => {
    const granted = model('shown', 'select 1 as one', { config: { grants: { select: ['public'] } } })
    await fixture.publish(granted)
    expect(await fixture.publish({ ...granted, intent: 'skip' })).toMatchObject(unchanged)
    await fixture.execute('revoke select on silver.shown from public')
    expect(await fixture.publish({ ...granted, intent: 'skip' })).toMatchObject({ action: 'alter' })
    expect(
      await fixture.rows(`select has_table_privilege('public', 'silver.shown', 'select') as may`),
    ).toEqual([{ may: true }])
  })

  it('follows its star all the same', async () => {
    const star = model('every', 'select * from bronze.patients')
    await fixture.publish(star)
    await fixture.execute('alter table bronze.patients add column born date')
    expect(await fixture.publish({ ...star, intent: 'skip' })).toMatchObject({
      action: 'replace',
      message: 'its SELECT yields other columns',
    })
  })

  it('runs its hooks all the same', async () => {
    await fixture.execute('create table bronze.log (said text)')
    const hook = { sql: `insert into bronze.log values ('before')`, template: '', transaction: true }
    await fixture.publish(alive)
    expect(await fixture.publish({ ...planned, preHooks: [hook] })).toMatchObject(unchanged)
    expect(await fixture.rows('select * from bronze.log')).toEqual([{ said: 'before' }])
  })

  it('drops former relations that wait for nothing any more', async () => {
    await fixture.publish(alive)
    await fixture.execute(
      'create table silver.former ()',
      `insert into strata.relations (target, schema_name, relation_name, node, kind, relation_oid, fingerprint, retired, run_id, built_at)
values ('${target.name}', 'silver', 'former', 'n', 'table', 'silver.former'::regclass, '', true, 'r', now())`,
    )
    expect(await fixture.publish(planned)).toMatchObject(unchanged)
    expect(await fixture.rows(`select to_regclass('silver.former') as former`)).toEqual([{ former: null }])
  })

  it('waits with its lock where it cannot be looked at for the moment', async () => {
    await fixture.publish(alive)
    const { rows } = await fixture.database.query<{ name: string }>('select current_database() as name')
    const url = new URL(server.url)
    url.pathname = `/${rows[0]!.name}`
    const other = await connect({ url: url.href, applicationName: 'strata other', maxConnections: 1 })
    let publishing: ReturnType<typeof fixture.publish> | undefined
    await other.transaction(async (transaction) => {
      await transaction.query('lock table bronze.patients in access exclusive mode')
      publishing = fixture.publish(planned)
      for (let tries = 0; tries < 200; tries++) {
        const held = await transaction.query(
          `select from pg_locks where locktype = 'advisory' and granted and objsubid = 1
and ((classid::bigint << 32) | objid::bigint) = hashtextextended('strata:silver.alive', 0)`,
        )
        if (held.rowCount > 0) return
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error('the step never took its lock')
    })
    expect(await publishing).toMatchObject(unchanged)
    await other.close()
  })
})
