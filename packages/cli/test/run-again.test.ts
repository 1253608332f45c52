import type { Event, Step, StepExecutor } from '@strata/core'
import { DatabaseError } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import {
  type RunOptions,
  readKnownRelations,
  readLastRun,
  readNodeStatistics,
  readRun,
  readRuns,
  run,
} from '@strata/runner'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { model, openPublishFixture, type PublishFixture, target } from './publish-fixture.ts'

describeOldestServer('a step that fails by no fault of its own', (server) => {
  let fixture: PublishFixture
  let events: Event[]
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
    events = []
  })
  afterEach(() => fixture.drop())

  const onEvent = (event: Event) => events.push(event)
  const retried = () => events.flatMap((event) => (event.kind === 'step_retried' ? [event.message] : []))
  const options = (model: StepExecutor, more: Partial<RunOptions> = {}): RunOptions => ({
    database: fixture.database,
    executors: { model: model as never },
    clock: () => new Date(),
    emit: onEvent,
    signal: new AbortController().signal,
    threads: 1,
    ...more,
  })
  const plan = (...steps: Step[]) => ({ version: 1, command: 'run', target, steps }) as const

  it('begins again when its connection is ended, and publishes once', async () => {
    await fixture.execute('create table bronze.gate (open boolean)')
    const select =
      'select 1 as id, case when exists (select from bronze.gate) then null else pg_sleep(30) end::text as p'
    const running = fixture.publish(model('slow', select, { materialized: 'table' }), { onEvent })
    for (let ended = 0; ended === 0; ) {
      const rows = await fixture.rows(
        `select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
      )
      if (rows.length === 0) continue
      await fixture.execute(
        'insert into bronze.gate values (true)',
        `select pg_terminate_backend(${rows[0]!['pid']})`,
      )
      ended = 1
    }
    expect(await running).toMatchObject({ status: 'success', action: 'build' })
    expect(retried()).toEqual([expect.stringMatching(/^begins again: /)])
    expect(await fixture.rows('select id from silver.slow')).toEqual([{ id: 1 }])
  })

  it('counts as done when the answer to its COMMIT was lost', async () => {
    const step = model('m', 'select 1 as id', { materialized: 'table' })
    let calls = 0
    const lost: StepExecutor = async (_step, { runId }) => {
      calls++
      await fixture.execute(
        'create schema silver',
        'create table silver.m as select 1 as id',
        `insert into strata.relations (target, schema_name, relation_name, node, kind, relation_oid, fingerprint, run_id, built_at)
values ('test', 'silver', 'm', '${step.id}', 'table', 'silver.m'::regclass, 'f', '${runId}', now())`,
      )
      throw new DatabaseError({ code: 'CONNECTION_LOST', message: 'lost' })
    }
    const { results } = await run(plan(step), options(lost))
    expect(results[0]).toMatchObject({ status: 'success', message: expect.stringContaining('published') })
    expect(calls).toBe(1)
  })

  it('fails with the third deadlock, and at once with any other error', async () => {
    let calls = 0
    const failing =
      (sqlstate: string): StepExecutor =>
      () => {
        calls++
        throw new DatabaseError({ code: 'X', message: 'x', sqlstate })
      }
    expect((await run(plan(model('m', 'select 1')), options(failing('40P01')))).status).toBe('failed')
    expect(calls).toBe(3)
    expect((await run(plan(model('m', 'select 1')), options(failing('22012')))).status).toBe('failed')
    expect(calls).toBe(4)
  })

  it('leaves a history: runs, steps, what each node does, and what relations were built from', async () => {
    const steps = [
      model('a', 'select 1 as id', { materialized: 'table' }),
      model('b', 'select nosuch', { parents: ['model.test.a'] }),
    ]
    await fixture.run(steps)
    await fixture.run([steps[0]!])
    const { database } = fixture
    const runs = await readRuns(database, target, 20)
    expect(runs.map(({ status, counts, steps }) => [status, counts, steps])).toEqual([
      ['success', { success: 1 }, 1],
      ['failed', { success: 1, failed: 1 }, 2],
    ])
    expect(await readRun(database, target, runs[1]!.runId.slice(0, 9))).toEqual([runs[1]])
    expect(await readRuns(database, { name: 'other', prefix: '' }, 20)).toEqual([])
    expect((await readLastRun(database, target))?.steps).toMatchObject([
      { name: 'silver.a', status: 'success' },
    ])
    expect(await readNodeStatistics(database, target, 20)).toMatchObject([
      { name: 'silver.a', runs: 2, failed: 0, successRate: 1 },
      { name: 'silver.b', runs: 1, failed: 1, successRate: 0, lastErrorCode: 'UNKNOWN_COLUMN' },
    ])
    expect([...(await readKnownRelations(database, target)).values()]).toMatchObject([
      {
        node: 'model.test.a',
        sql: 'select 1 as id',
        configuration: { materialized: 'table', uniqueKey: [] },
      },
    ])
  })

  it('is expected to take what it took: the next run says how long it will last', async () => {
    const slow = model('slow', 'select 1 as id, pg_sleep(0.3)::text as p', { materialized: 'table' })
    await fixture.publish(slow, { onEvent })
    expect(events.some(({ kind }) => kind === 'estimate')).toBe(false)
    await fixture.publish(slow, { onEvent })
    const estimate = events.find((event) => event.kind === 'estimate')
    expect(estimate?.remainingMilliseconds).toBeGreaterThan(250)
  })
})
