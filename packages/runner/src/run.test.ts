import type { DataTestStep, Event, JobStep, Plan } from '@strata/core'
import { connect, migrate } from '@strata/postgres'
import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createDataTestExecutor } from './data-tests/data-test-executor.ts'
import { type RunOptions, run } from './run.ts'
import { readState } from './state/read-state.ts'
import { runnerMigrations } from './state/runner-migrations.ts'

const check: DataTestStep = {
  kind: 'data_test',
  id: 'data_test.p.check',
  name: 'check',
  parents: [],
  intent: 'test',
  reason: 'selected',
  select: { full: 'select 1 where false', increment: null },
  late: false,
  config: { severity: 'error', warnIf: '!= 0', errorIf: '!= 0', failCalc: 'count(*)', limit: null },
}

function planOf(...steps: Plan['steps']): Plan {
  const target = {
    name: 'ci',
    database: 'strata',
    prefix: 'ci_1_',
    defaultSchema: 's',
    landingSchema: 'bronze',
    extract: false,
    threads: 1,
  }
  return { version: 1, command: 'test', target, steps }
}

describeServers('run', (server) => {
  let created: Awaited<ReturnType<typeof createTestDatabase>>
  let events: Event[]
  let options: RunOptions
  beforeEach(async () => {
    created = await createTestDatabase(server)
    const { database } = created
    await migrate(database, 'runner', runnerMigrations)
    events = []
    options = {
      database,
      executors: { data_test: createDataTestExecutor({ database }) },
      clock: () => new Date('2030-01-02T03:04:05.678Z'),
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
      threads: 1,
    }
  })
  afterEach(() => created.drop())

  it('does not explain a state that an older version wrote, and does once that is upgraded', async () => {
    const { database } = created
    await database.query('drop schema strata cascade')
    await migrate(database, 'runner', runnerMigrations.slice(0, 1))
    await expect(readState(database, planOf(check))).rejects.toMatchObject({ code: 'STATE_OUTDATED' })
    await migrate(database, 'runner', runnerMigrations)
    await readState(database, planOf(check))
  })

  it('returns a frozen result and records it under the target’s name and prefix', async () => {
    const result = await run(planOf(check), { ...options, runId: 'r1' })
    expect(result).toMatchObject({
      runId: 'r1',
      target: 'ci',
      status: 'success',
      startedAt: '2030-01-02T03:04:05.678Z',
    })
    expect(Object.isFrozen(result.results[0])).toBe(true)
    const { rows } = await created.database.query(
      `select r.target, r.status, s.node, s.counts, s.stale_because, r.finished_at = r.started_at as instant
       from strata.runs r join strata.steps s using (run_id)`,
    )
    expect(rows).toEqual([
      {
        target: 'ci/ci_1_',
        status: 'success',
        node: check.id,
        counts: { failures: 0 },
        stale_because: [],
        instant: true,
      },
    ])
  })

  it('passes over a step that the plan skips, and says why', async () => {
    const job = {
      ...check,
      kind: 'job',
      id: 'job.p.j',
      intent: 'skip',
      reason: 'not active',
    } as unknown as JobStep
    const never = async () => {
      throw new Error('it was executed')
    }
    const { results } = await run(planOf(job), { ...options, executors: { job: never } })
    expect(results[0]).toMatchObject({ status: 'success', action: 'skip', message: 'not active' })
  })

  it('reports a failed data test as a failed step, not as an exception', async () => {
    const failing = { ...check, select: { full: 'select 1', increment: null } }
    const wrong = { ...check, id: 'data_test.p.wrong', select: { full: 'select nosuch', increment: null } }
    const { status, results } = await run(planOf(failing, wrong), options)
    expect(status).toBe('failed')
    expect(results.map(({ failure }) => failure?.code)).toEqual(['DATA_TEST_FAILED', expect.any(String)])
    expect(results[1]?.failure).toMatchObject({ sqlstate: '42703', sql: 'select nosuch', position: 8 })
  })

  it('fails when the record of the run cannot be written, after telling how the steps ended', async () => {
    await created.database.query('alter table strata.steps add check (false)')
    await expect(run(planOf(check), options)).rejects.toMatchObject({ code: 'RUN_NOT_RECORDED' })
    expect(events.at(-1)).toMatchObject({ kind: 'run_finished', result: { status: 'success' } })
  })

  it('does not start when the run cannot be recorded', async () => {
    const closed = await connect({ url: created.url, applicationName: 'closed' })
    await closed.close()
    await expect(run(planOf(check), { ...options, database: closed })).rejects.toThrow()
    expect(events).toEqual([])
  })

  it('takes a missing executor for a bug', async () => {
    await expect(run(planOf(check), { ...options, executors: {} })).rejects.toThrow('no executor')
  })
})
