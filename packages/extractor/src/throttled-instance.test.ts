import { afterEach, expect, test } from 'vitest'
import { createJobExecutor } from './create-job-executor.ts'
import { describeDatabases } from './testing/describe-databases.ts'
import {
  connector,
  impatient,
  instance,
  job,
  landingTarget,
  prepareLanding,
  stepOf,
} from './testing/landing-fixture.ts'
import { pageOf, type RecordServer, startRecordServer } from './testing/record-server.ts'

describeDatabases('an instance that is throttled', (database) => {
  let server: RecordServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  test('never starves another, whatever the jobs of both that run at once', async () => {
    const jobs = ['beds', 'drugs', 'forms'].map((table) => job(table, { cursor: null, pageSize: 10 }))
    const asked = { north: [] as number[], south: [] as number[] }
    server = await startRecordServer(({ path, query }) => {
      const throttled = path.startsWith('/north')
      const times = throttled ? asked.north : asked.south
      times.push(performance.now())
      return throttled && times.length % 2 === 0
        ? { status: 429, headers: { 'retry-after': '1' }, body: {} }
        : pageOf(
            Array.from({ length: throttled ? 5 : 95 }, (_, index) => ({ id: index + 1 })),
            query,
          )
    })
    const instances = [
      instance({ address: `${server.url}/north` }),
      instance({
        id: 2,
        name: 'south',
        address: `${server.url}/south`,
        credentials: { api_key: 'key-of-south' },
      }),
    ]
    const used = connector({ concurrency: 2 })
    await prepareLanding(database(), jobs, instances, used)
    const executor = createJobExecutor({
      database: database(),
      instancesOf: () => instances,
      retryPolicy: { ...impatient, retries: 10 },
      landingConnections: 1,
    })
    const began = performance.now()
    const outcomes = await Promise.all(
      jobs.map((one) =>
        executor(stepOf(one, used), {
          runId: '0123456789abcdef',
          target: landingTarget,
          emit() {},
          signal: new AbortController().signal,
          clock: () => new Date(),
        }),
      ),
    )
    expect(outcomes.map(({ status, counts }) => [status, counts.inserted])).toEqual(
      jobs.map(() => ['success', 100]),
    )
    const lastOf = (times: readonly number[]) => times.at(-1)! - began
    expect(asked.south.length).toBeGreaterThanOrEqual(30)
    // Three jobs of at least one request each, with a refusal between any two of them.
    expect(lastOf(asked.north)).toBeGreaterThan(1900)
    expect(lastOf(asked.south)).toBeLessThan(lastOf(asked.north) - 900)
    // One run of the throttled instance may be through before its first refusal.
    const { rows } = await database().query<{ later: boolean }>(`
      select max(completed_at) filter (where credential_id = 1) > max(completed_at) filter (where credential_id = 2) as later
      from bronze.dw_etl_runs`)
    expect(rows).toEqual([{ later: true }])
  })
})
