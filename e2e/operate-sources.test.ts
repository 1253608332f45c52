import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../packages/postgres/src/index.ts'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'

describe('looking after what lands', () => {
  let project: ModelsProject
  let first: Outcome

  beforeAll(async () => {
    project = createModelsProject('clinic')
    first = await project.runWith({ environment: { ETL_PARALLEL_JOBS: '1' } }, 'extract')
  })
  afterAll(() => project.remove())

  async function query(text: string): Promise<readonly object[]> {
    const url = (await project.run('db', 'url')).stdout.trim()
    const database = await connect({ url, applicationName: 'test' })
    try {
      return (await database.query<object>(text)).rows
    } finally {
      await database.close()
    }
  }

  const deadLetter = (id: number, record: string) => `
    insert into strata.dead_letters (landing_schema, job, instance_id, slice, reason, record, record_hash)
    values ('bronze', 'clinical_conductor.patients', ${id}, '{}', 'no_key', '${record}', decode(md5('${record}'), 'hex'))`

  test('status has a line a job and instance, within 80 columns, and closes what a process left running', async () => {
    expect(first).toMatchObject({ code: 0 })
    const failures = await project.run('runs', '--jobs', '--failures')
    expect(failures.stdout).toBe('No job has failed in the last 7 days in bronze.\n')
    await query(`
      insert into bronze.dw_etl_runs (job_id, run_status, started_at)
      select id, 'running', now() - interval '1 hour' from bronze.dw_etl_jobs where name = 'Sites'`)
    const { code, stdout, stderr } = await project.run('source', 'status')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^clinical_conductor\n {2}job +instance +complete +last run +captured\n/)
    expect(stdout).toMatch(/^✓ patients +north +\S+ ago +success +100 %$/m)
    for (const line of stdout.trim().split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(stderr).toContain('2 job runs had been left running by a process that has gone')
    const again = await project.run('source', 'status', 'clinical_conductor.subjects', '--json')
    expect(again.stderr).toBe('')
    const statuses = again.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(statuses).toMatchObject([
      {
        job: 'clinical_conductor.subjects',
        instance: 'north',
        slices: { complete: 20, failed: 0 },
        failing: [],
      },
      { job: 'clinical_conductor.subjects', instance: 'south' },
    ])
  })

  test('a backfill reads a window, moves no watermark, and says so in its run', async () => {
    const watermarks =
      'select job, instance_id, slice, watermark_text from strata.job_watermarks order by 1, 2, 3'
    const before = await query(watermarks)
    const backfill = await project.run('extract', '--since', '2024-02-01', '--until', '2024-02-15')
    expect(backfill).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('without a cursor left out: clinical_conductor.sites'),
    })
    expect(backfill.stdout).not.toContain('clinical_conductor.sites')
    expect(await query(watermarks)).toEqual(before)
    const runs = await query("select run_context from bronze.dw_etl_runs where run_context ? 'since'")
    expect(runs).toHaveLength(6)
    expect(runs[0]).toEqual({
      run_context: { since: '2024-02-01T00:00:00.000Z', until: '2024-02-15T00:00:00.000Z' },
    })
    for (const [words, message] of [
      [['--since', 'last week'], '--since is "last week", which is no date or time'],
      [['--since', '2024-02-01', '--full-refresh'], '--full-refresh reads everything'],
      [['--until', '2024-02-01', '-s', 'sites'], 'clinical_conductor.sites has none'],
    ] as const) {
      const refused = await project.run('extract', ...words)
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
    }
  })

  test('the variables of the old loader hold, from .env too', async () => {
    project.write('.env', 'ETL_INCREMENTAL_LOAD=no\n')
    const whole = await project.run('extract', '--select', 'patients')
    expect(whole.stdout).toMatch(/clinical_conductor\.patients +2,\d+ fetched/)
    project.write('.env', 'ETL_PARALLEL_JOBS=many\n')
    expect(await project.run('extract')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ETL_PARALLEL_JOBS is "many"'),
    })
    project.write('.env', '')
  })

  test('replay lands what can be landed, and 1 says that some is left until it is dismissed', async () => {
    await query(deadLetter(1, '{"id": 99999999, "note": "late"}'))
    await query(deadLetter(2, '{"note": "no key"}'))
    const dry = await project.run('source', 'replay', '--dry-run')
    expect(dry).toMatchObject({
      code: 1,
      stdout:
        'clinical_conductor.patients, instance north: 1 would land\nclinical_conductor.patients, instance south: 1 would stay open\n  1: the record has no key\n',
    })
    const replay = await project.run('source', 'replay', 'clinical_conductor', '--json')
    expect(replay.code).toBe(1)
    expect(
      replay.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { instance: 'north', landed: 1, open: [] },
      { instance: 'south', landed: 0, open: [{ why: 'the record has no key', letters: 1 }] },
    ])
    expect(
      await query(
        "select data->>'note' as note from bronze.dim_patients_staging where data->>'id' = '99999999'",
      ),
    ).toEqual([{ note: 'late' }])
    expect((await project.run('source', 'status')).stdout).toContain('1 dead letter: no_key')
    expect(await project.run('source', 'replay', '--dismiss')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('would close every dead letter'),
    })
    const other = await project.run('source', 'replay', '--reason', 'nokey')
    expect(other.stdout).toContain('There are those of the reasons no_key (1).')
    const foreseen = await project.run('source', 'replay', 'clinical_conductor', '--dismiss', '--dry-run')
    expect(foreseen).toMatchObject({ code: 0, stdout: '1 dead letter would be dismissed.\n' })
    const [letter] = (await query(
      'select id::text from strata.dead_letters where resolved_at is null',
    )) as readonly { readonly id: string }[]
    const alone = await project.run('source', 'replay', '--id', letter!.id, '--dry-run')
    expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining('1 dead letter would stay open') })
    const dismissed = await project.run('source', 'replay', '--reason', 'no_key', '--dismiss')
    expect(dismissed).toMatchObject({ code: 0, stdout: '1 dead letter dismissed.\n' })
    expect(await project.run('source', 'replay')).toMatchObject({
      code: 0,
      stdout: 'No dead letter is open.\n',
    })
  })

  test('the runs of jobs have a history and rates', async () => {
    const { code, stdout } = await project.run('runs', '--jobs', '--last', '50')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Patients +north +\w+( load)? +success/)
    expect(stdout).toMatch(/Sites +north +(\w+( load)? +)?failed/)
    for (const line of stdout.trim().split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const rates = await project.run('runs', '--jobs', '--rates', '--json')
    const sites = rates.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find(({ name, instance }) => name === 'Sites' && instance === 'north')
    expect(sites).toMatchObject({ failed: 1, runs: 2, successRate: 0.5 })
    const slowest = await project.run('runs', '--jobs', '--slowest')
    expect(slowest.stdout).toMatch(/job +instance +median +slowest/)
    const failures = await project.run('runs', '--jobs', '--failures')
    expect(failures.stdout).toContain('closed: its process ended without finishing')
  })
})
