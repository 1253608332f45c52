import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject, type Running } from '../run-models.ts'

/** `first` → `sleeper`, which sleeps in its SELECT → `last`. */
const slowly = ['run', '--vars', '{version: 2, seconds: 60}']
const quickly = (version: number) => ['run', '--vars', `{version: ${version}}`]

describeServers('a run that is ended from outside', (server) => {
  let own: TestDatabase
  let project: ModelsProject
  beforeAll(async () => {
    own = await createTestDatabase(server)
    project = createModelsProject('slow', { DATABASE_URL: own.url })
    expect(await project.run(...quickly(1))).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await project?.remove()
    await own?.drop()
  })

  /** Sessions of the run that the server still has. */
  const sessions = async () => {
    const { rows } = await own.database.query<{ state: string; wait: string }>(
      `select state, wait_event as wait from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and application_name like 'strata run=%'`,
    )
    return rows
  }
  const versions = async () => {
    const { rows } = await own.database.query(
      'select (select version from built.first) as first, (select version from built.sleeper) as sleeper, (select version from built.last) as last',
    )
    return rows[0]
  }
  const relations = async () => {
    const { rows } = await own.database.query<{ name: string }>(
      `select relname::text as name from pg_class where relnamespace = 'built'::regnamespace order by 1`,
    )
    return rows.map(({ name }) => name)
  }
  async function untilAsleep(running: Running): Promise<void> {
    while (!(await sessions()).some(({ wait }) => wait === 'PgSleep')) {
      if (running.process.exitCode !== null) throw new Error(running.output())
      await sleep(20)
    }
  }
  async function untilGone(): Promise<number> {
    const startedAt = performance.now()
    while ((await sessions()).length > 0) {
      if (performance.now() - startedAt > 20_000) throw new Error(JSON.stringify(await sessions()))
      await sleep(20)
    }
    return performance.now() - startedAt
  }

  describe.sequential('', () => {
    test.each(['SIGINT', 'SIGTERM'] as const)(
      'by %s has nothing running on the server a moment later, writes its results and exits 130',
      async (signal) => {
        const running = project.start({}, ...slowly)
        await untilAsleep(running)
        running.process.kill(signal)
        expect(await untilGone()).toBeLessThan(3_000)
        const outcome = await running.ended
        expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 130, signal: null })
        const { results } = JSON.parse(project.read('target/run_results.json')) as {
          results: readonly { unique_id: string; status: string }[]
        }
        expect(results.map(({ unique_id, status }) => `${unique_id} ${status}`)).toEqual([
          'model.slow.first success',
          'model.slow.sleeper skipped',
          'model.slow.last skipped',
        ])
        expect(await versions()).toEqual({ first: 2, sleeper: 1, last: 1 })
        expect(await relations()).toEqual(['first', 'last', 'sleeper'])
      },
    )

    test('by kill -9 is ended by the server too, and the next run is whole', async () => {
      const running = project.start({}, ...slowly)
      await untilAsleep(running)
      running.process.kill('SIGKILL')
      expect(await running.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
      await untilGone()
      expect(await versions()).toEqual({ first: 2, sleeper: 1, last: 1 })
      expect(await relations()).toEqual(['first', 'last', 'sleeper'])

      const next = await project.run(...quickly(3))
      expect(next, next.stdout + next.stderr).toMatchObject({ code: 0 })
      expect(await versions()).toEqual({ first: 3, sleeper: 3, last: 3 })
      expect(await relations()).toEqual(['first', 'last', 'sleeper'])
    })
  })
})
