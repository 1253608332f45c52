import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { describeDatabases } from './testing/describe-databases.ts'
import { instance, job, prepareLanding } from './testing/landing-fixture.ts'
import {
  pageOf,
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from './testing/record-server.ts'

describeDatabases('runs of a job', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  async function serve(
    answer: (request: RecordRequest) => RecordReply | Promise<RecordReply>,
    jobs: Parameters<typeof prepareLanding>[1],
  ) {
    server = await startRecordServer(answer)
    return await prepareLanding(database(), jobs, [instance({ address: server.url })])
  }

  const runsOf = async (name: string) =>
    (
      await database().query(`
        select r.run_status, r.records_loaded, r.error_message from bronze.dw_etl_runs r
        join bronze.dw_etl_jobs j on j.id = r.job_id where j.name = '${name}' order by run_id`)
    ).rows

  test('follow one another, and the waiting one says who is at it', async () => {
    const queued = job('queued')
    const landing = await serve(
      async ({ query }) => {
        await delay(100)
        return pageOf([{ id: 1 }], query)
      },
      [queued],
    )
    const outcomes = await Promise.all([landing.land(queued), landing.land(queued)])
    expect(outcomes.map(({ counts }) => counts.inserted).sort()).toEqual([0, 1])
    const waiting = landing.events.filter(({ kind }) => kind === 'step_waiting')
    expect(waiting).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /^instance north is being landed by strata run=01234567 job=clinic\.queued \(pid \d+\)$/,
        ),
      }),
    ])
  })

  test('of several instances never wait for each other in a circle, whatever order each lands them in', async () => {
    const shared = job('shared')
    server = await startRecordServer(({ query }) => pageOf([{ id: 1 }], query))
    const both = [
      instance({ address: server.url }),
      instance({ address: server.url, id: 2, name: 'south', credentials: { api_key: 'key-of-south' } }),
    ]
    const landing = await prepareLanding(database(), [shared], both)
    const circles = Array.from({ length: 12 }, (_, round) =>
      landing.land(shared, { instances: round % 2 === 0 ? both : both.toReversed() }),
    )
    const outcomes = await Promise.all(circles)
    expect(outcomes.every(({ status }) => status === 'success')).toBe(true)
  })

  test('left open by a process that died are closed by the next', async () => {
    const crashed = job('crashed')
    const landing = await serve(({ query }) => pageOf([{ id: 1 }], query), [crashed])
    await database().query(`
      insert into bronze.dw_etl_runs (job_id, run_status, started_at)
      select id, 'running', now() - interval '1 day' from bronze.dw_etl_jobs where name = 'Crashed'`)
    await landing.land(crashed)
    expect(await runsOf('Crashed')).toEqual([
      {
        run_status: 'failed',
        records_loaded: null,
        error_message: 'closed: its process ended without finishing',
      },
      { run_status: 'success', records_loaded: 1, error_message: null },
    ])
  })

  test('write nothing more once a successor has closed them', async () => {
    const cut = job('cutoff', { pageSize: 1 })
    const landing = await serve(
      async ({ query }) => {
        if (query.get('$skip') === '1') {
          await database().query(
            "update bronze.dw_etl_runs set run_status = 'failed', error_message = 'closed' where run_status = 'running'",
          )
        }
        return pageOf(
          [{ id: 1 }, { id: 2 }],
          new URLSearchParams([...query].filter(([name]) => name !== '$count')),
        )
      },
      [cut],
    )
    await expect(landing.land(cut)).rejects.toMatchObject({ code: 'RUN_SUPERSEDED' })
    const { rows } = await database().query("select data->>'id' as id from bronze.dim_cutoff_staging")
    expect(rows).toEqual([{ id: '1' }])
    expect(await runsOf('Cutoff')).toMatchObject([{ run_status: 'failed', error_message: 'closed' }])
  })

  test('that are cancelled end as failed and leave the watermark', async () => {
    const cancelled = job('cancelled', { pageSize: 1 })
    const abort = new AbortController()
    const landing = await serve(
      ({ query }) => {
        if (query.get('$skip') === '1') abort.abort()
        return pageOf([{ id: 1, modifiedDate: '2024-05-01T00:00:00Z' }, { id: 2 }], query)
      },
      [cancelled],
    )
    await expect(landing.land(cancelled, { signal: abort.signal })).rejects.toThrow()
    expect(await runsOf('Cancelled')).toMatchObject([{ run_status: 'failed', error_message: 'cancelled' }])
    const { rows } = await database().query(
      "select watermark from strata.job_watermarks where job = 'clinic.cancelled'",
    )
    expect(rows.every(({ watermark }) => watermark === null)).toBe(true)
  })

  test('do not begin for a job that is switched off, or that has landed recently enough', async () => {
    const rare = job('rare', { refreshAfterSeconds: 3600 })
    const landing = await serve(({ query }) => pageOf([{ id: 1 }], query), [rare])
    await landing.land(rare)
    expect(await landing.land(rare)).toMatchObject({
      status: 'success',
      action: 'skip',
      message: 'landed recently enough',
    })
    expect((await landing.land(rare, { ignoreRefreshAfter: true })).action).toBe('land')
    await database().query("update bronze.dw_etl_jobs set is_active = false where name = 'Rare'")
    expect(await landing.land(rare, { fullRefresh: true })).toMatchObject({
      action: 'skip',
      message: 'switched off in dw_etl_jobs',
    })
    expect(await runsOf('Rare')).toHaveLength(2)
  })

  test('hold no transaction id while they wait for the source', async () => {
    const idle = job('idle')
    let holders: readonly unknown[] = []
    const landing = await serve(
      async ({ query }) => {
        const { rows } = await database().query(`
        select state, backend_xid, backend_xmin from pg_stat_activity
        where application_name like 'strata run=% job=clinic.idle' and state like 'idle in%'`)
        holders = rows
        return pageOf([{ id: 1 }], query)
      },
      [idle],
    )
    await landing.land(idle)
    expect(holders).toEqual([{ state: 'idle in transaction', backend_xid: null, backend_xmin: null }])
  })
})
