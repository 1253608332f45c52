import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Database } from '../packages/core/src/index.ts'
import { connect } from '../packages/postgres/src/index.ts'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../packages/postgres/src/testing/index.ts'
import { type Simulator, startSimulator } from '../packages/simulator/src/index.ts'
import { createModelsProject, type ModelsProject, type Running } from './run-models.ts'
import { stepLines } from './step-lines.ts'

const slowly = (version: number) => ['run', '--vars', `{version: ${version}, seconds: 30}`]
const quickly = (version: number) => ['run', '--vars', `{version: ${version}}`]

describe.concurrent('the end of a process', () => {
  describeServers('Ctrl-C', (server) =>
    describe.sequential('in a run', () => {
      let own: TestDatabase
      let project: ModelsProject
      beforeAll(async () => {
        own = await createTestDatabase(server)
        project = createModelsProject('slow', { DATABASE_URL: own.url })
        await project.run(...quickly(1))
      })
      afterAll(async () => {
        await project?.remove()
        await own?.drop()
      })

      test('during a run cancels the query, writes the results, publishes no half and exits 130', async () => {
        const running = project.start({}, ...slowly(2))
        await untilAsleep(own.database, running)
        const interruptedAt = performance.now()
        // A terminal's comes to this process and to the one that started it, which passes it on.
        running.process.kill('SIGINT')
        await sleep(50)
        running.process.kill('SIGINT')
        const outcome = await running.ended
        expect(performance.now() - interruptedAt).toBeLessThan(5_000)
        expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 130, signal: null })
        expect(await sleepers(own.database)).toBe(0)

        expect(outcome.stderr).toContain('Cancelling')
        expect(stepLines(outcome.stdout).map((step) => `${step.mark} ${step.name} ${step.detail}`)).toEqual([
          '✓ built.first full table',
          '- built.sleeper cancelled',
          '- built.last cancelled',
        ])
        expect(outcome.stdout).toMatch(/\nCancelled in .*: 3 steps, 1 succeeded, 2 cancelled\.\n/)
        const { results } = JSON.parse(project.read('target/run_results.json'))
        expect(results).toMatchObject([
          { unique_id: 'model.slow.first', status: 'success' },
          { unique_id: 'model.slow.sleeper', status: 'skipped', message: 'cancelled' },
          { unique_id: 'model.slow.last', status: 'skipped', message: 'cancelled' },
        ])

        const { rows } = await own.database.query(
          'select (select version from built.first) as first, (select version from built.sleeper) as sleeper, (select version from built.last) as last',
        )
        expect(rows).toEqual([{ first: 2, sleeper: 1, last: 1 }])
        const { rows: runs } = await own.database.query(
          'select status, (select count(*)::int from strata.steps as s where s.run_id = r.run_id) as steps from strata.runs as r order by started_at',
        )
        expect(runs).toEqual([
          { status: 'success', steps: 3 },
          { status: 'cancelled', steps: 3 },
        ])
        expect(await relationsOf(own.database)).toEqual(['first', 'last', 'sleeper'])
      })

      test('leaves a database that the next run uses', async () => {
        const outcome = await project.run(...quickly(3))
        expect(outcome).toMatchObject({ code: 0, stderr: '' })
        const { rows } = await own.database.query('select version from built.last')
        expect(rows).toEqual([{ version: 3 }])
      })
    }),
  )

  describe.sequential('Ctrl-C while a source is read', () => {
    let own: TestDatabase
    let project: ModelsProject
    let simulator: Simulator
    let requests = 0
    let isSlow = true
    beforeAll(async () => {
      own = await createTestDatabase(inject('servers').at(-1)!)
      simulator = await startSimulator({
        scale: 0.05,
        fault: async (_request, answer) => {
          requests += 1
          if (isSlow) await sleep(20_000, undefined, { ref: false })
          return answer()
        },
      })
      project = createModelsProject('clinic', {
        DATABASE_URL: own.url,
        CC_NORTH_URL: simulator.url(1),
        CC_NORTH_API_KEY: simulator.apiKey(1),
        CC_SOUTH_URL: simulator.url(2),
        CC_SOUTH_API_KEY: simulator.apiKey(2),
      })
    })
    afterAll(async () => {
      await simulator?.close()
      await project?.remove()
      await own?.drop()
    })

    test('exits 130 at once, with nothing landed and the landing closed', async () => {
      const running = project.start({}, 'run', '--select', '+patients')
      await until(running, () => requests > 0)
      const interruptedAt = performance.now()
      running.process.kill('SIGINT')
      const outcome = await running.ended
      expect(performance.now() - interruptedAt).toBeLessThan(5_000)
      expect(outcome.code, outcome.stdout + outcome.stderr).toBe(130)
      expect(stepLines(outcome.stdout).map((step) => `${step.mark} ${step.name}`)).toEqual([
        '- clinical_conductor.patients',
        '- silver.patients',
      ])
      const { rows } = await own.database.query(
        "select (select count(*)::int from bronze.dim_patients_staging) as landed, (select count(*)::int from bronze.dw_etl_runs where run_status = 'running') as running, (select count(*)::int from strata.job_watermarks where watermark is not null) as watermarks",
      )
      expect(rows).toEqual([{ landed: 0, running: 0, watermarks: 0 }])

      isSlow = false
      const again = await project.run('run', '--select', '+patients')
      expect(again).toMatchObject({ code: 0, stderr: '' })
      expect(again.stdout).toContain('100 inserted')
    })
  })

  describe.sequential('kill -9 in the middle of a run on the embedded server', () => {
    let project: ModelsProject
    let database: Database
    beforeAll(async () => {
      project = createModelsProject('slow')
      await project.run(...quickly(1))
      const { stdout } = await project.run('db', 'url')
      database = await connect({ url: stdout.trim(), applicationName: 'e2e' })
    })
    afterAll(async () => {
      await database?.close()
      await project?.remove()
    })

    test('leaves the old state, and a database that the next run uses', async () => {
      const running = project.start({}, ...slowly(2))
      await untilAsleep(database, running)
      running.process.kill('SIGKILL')
      expect(await running.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
      const { rows } = await database.query('select (select version from built.sleeper) as sleeper')
      expect(rows).toEqual([{ sleeper: 1 }])

      const next = await project.run(...quickly(3))
      expect(next, next.stdout + next.stderr).toMatchObject({ code: 0 })
      expect(next.milliseconds).toBeLessThan(10_000)
      const after = await database.query(
        'select (select version from built.first) as first, (select version from built.sleeper) as sleeper, (select version from built.last) as last',
      )
      expect(after.rows).toEqual([{ first: 3, sleeper: 3, last: 3 }])
      expect(await sleepers(database)).toBe(0)
      expect(await relationsOf(database)).toEqual(['first', 'last', 'sleeper'])
    })
  })
})

async function untilAsleep(database: Database, running: Running): Promise<void> {
  await until(running, async () => (await sleepers(database)) > 0)
}

async function until(running: Running, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 50) {
    if (waited > 20_000 || running.process.exitCode !== null) throw new Error(`in vain: ${running.output()}`)
    await sleep(50)
  }
}

/** Queries that sleep in this database now. */
async function sleepers(database: Database): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where datname = current_database() and state = 'active' and wait_event = 'PgSleep'",
  )
  return rows[0]!.count
}

async function relationsOf(database: Database): Promise<readonly string[]> {
  const { rows } = await database.query<{ name: string }>(
    "select relname::text as name from pg_class where relnamespace = 'built'::regnamespace order by relname",
  )
  return rows.map((row) => row.name)
}
