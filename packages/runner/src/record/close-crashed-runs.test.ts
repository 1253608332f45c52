import { setTimeout as delay } from 'node:timers/promises'
import type { DataTestStep, Plan, StepOutcome } from '@strata/core'
import { migrate } from '@strata/postgres'
import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../run.ts'
import { runnerMigrations } from '../state/runner-migrations.ts'
import { closeCrashedRuns } from './close-crashed-runs.ts'

const success: StepOutcome = { status: 'success', action: 'test', message: '', counts: {} }

function test(name: string, parents: readonly string[] = []): DataTestStep {
  return {
    kind: 'data_test',
    id: `data_test.p.${name}`,
    name,
    parents,
    intent: 'test',
    reason: '',
    select: { full: 'select 1', increment: null },
    late: false,
    config: { severity: 'error', warnIf: '', errorIf: '', failCalc: 'count(*)', limit: null },
  }
}

const plan: Plan = {
  version: 1,
  command: 'test',
  target: {
    name: 'default',
    database: '',
    prefix: '',
    defaultSchema: 's',
    landingSchema: 'bronze',
    extract: false,
    threads: 1,
  },
  steps: [test('first'), test('hanging', ['data_test.p.first']), test('last', ['data_test.p.hanging'])],
}

describeServers('runs left behind', (server) => {
  let created: Awaited<ReturnType<typeof createTestDatabase>>
  let stop: AbortController
  beforeEach(async () => {
    created = await createTestDatabase(server)
    stop = new AbortController()
    await migrate(created.database, 'runner', runnerMigrations)
  })
  afterEach(async () => {
    stop.abort()
    await created.drop()
  })

  const start = (runId = 'r1') =>
    run(plan, {
      database: created.database,
      executors: {
        data_test: (step, { signal }) =>
          step.name !== 'hanging'
            ? Promise.resolve(success)
            : new Promise((resolve) => signal.addEventListener('abort', () => resolve(success))),
      },
      clock: () => new Date(),
      emit: () => {},
      signal: stop.signal,
      threads: 1,
      runId,
    })
  const until = async (sql: string) => {
    for (let waited = 0; (await rows(sql)).length === 0; waited += 10) {
      if (waited > 5_000) throw new Error(`in vain: ${sql}`)
      await delay(10)
    }
  }
  const rows = async (sql: string) => (await created.database.query(sql)).rows
  const steps = () =>
    rows('select name, status, started_at is not null as began from strata.steps order by name')
  const underWay = async () => {
    await until(`select from strata.runs where holds_lock`)
    await until(`select from strata.steps where status = 'running'`)
  }
  const dieOut = async () => {
    await created.database.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'strata run=% node=sign of life'`,
    )
  }

  it('are not closed while their lock is held, and show what is under way', async () => {
    const running = start()
    await underWay()
    expect(await closeCrashedRuns(created.database)).toEqual([])
    expect(await steps()).toEqual([
      { name: 'first', status: 'success', began: true },
      { name: 'hanging', status: 'running', began: true },
    ])
    stop.abort()
    expect((await running).status).toBe('cancelled')
    expect(await rows('select status from strata.runs')).toEqual([{ status: 'cancelled' }])
  })

  it('are closed once their lock is free, with every step that had not ended as interrupted', async () => {
    const running = start()
    await underWay()
    await dieOut()
    expect(await closeCrashedRuns(created.database)).toMatchObject([
      { runId: 'r1', command: 'test', interrupted: 1 },
    ])
    expect(await closeCrashedRuns(created.database)).toEqual([])
    expect(await rows('select status, finished_at = heartbeat_at as at_last_sign from strata.runs')).toEqual([
      { status: 'crashed', at_last_sign: true },
    ])
    expect(await steps()).toEqual([
      { name: 'first', status: 'success', began: true },
      { name: 'hanging', status: 'interrupted', began: true },
      { name: 'last', status: 'interrupted', began: false },
    ])
    // This one only seemed dead: it puts itself right.
    stop.abort()
    await running
    expect(await rows('select status from strata.runs')).toEqual([{ status: 'cancelled' }])
  })

  it('count a step as done whose publication is there', async () => {
    const running = start()
    await underWay()
    await created.database.query(
      `insert into strata.relations (target, schema_name, relation_name, node, kind, relation_oid, fingerprint, run_id, built_at)
values ('default', 's', 'x', 'data_test.p.hanging', 'table', 1, '', 'r1', now())`,
    )
    await dieOut()
    await closeCrashedRuns(created.database)
    expect((await steps())[1]).toEqual({ name: 'hanging', status: 'success', began: true })
    stop.abort()
    await running
  })

  it('are closed after a minute of silence where they could hold no lock', async () => {
    const left = (id: string, ago: string) =>
      created.database.query(
        `insert into strata.runs (run_id, target, command, status, steps, started_at, heartbeat_at)
values ('${id}', 'default', 'run', 'running', 0, now() - interval '1 hour', now() - interval '${ago}')`,
      )
    await left('quiet', '2 minutes')
    await left('alive', '20 seconds')
    expect((await closeCrashedRuns(created.database)).map(({ runId }) => runId)).toEqual(['quiet'])
  })

  it('are told of by the next run', async () => {
    await created.database.query(
      `insert into strata.runs (run_id, target, command, status, steps, started_at) values ('0123456789', 'default', 'run', 'running', 0, '2030-01-02 03:04+00')`,
    )
    const messages: string[] = []
    await run(
      { ...plan, steps: [] },
      {
        database: created.database,
        executors: {},
        clock: () => new Date(),
        emit: (event) => event.kind === 'notice' && messages.push(event.message),
        signal: stop.signal,
        threads: 1,
      },
    )
    expect(messages).toEqual(['The run 01234567 of 2030-01-02 03:04 was killed; 0 steps were interrupted.'])
  })
})
