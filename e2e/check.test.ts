import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'

const patients = 'models/silver/patients.sql'

describe('models check', () => {
  let project: ModelsProject
  let first: Outcome
  beforeAll(async () => {
    project = createModelsProject('clinic')
    first = await project.run('check')
  })
  afterAll(() => project?.remove())

  test('types the project on a scratch database that is dropped afterwards', async () => {
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^\d+ models, \d+ sources, \d+ tests checked in [\d.]+s: no errors\.\n$/)
    const left = await project.run(
      'show',
      '--inline',
      "select count(*) as scratch from pg_database where datname like 'strata_check%'",
    )
    expect(left.stdout).toMatch(/\b0\b/)
  })

  test('starts no server where nothing was edited', async () => {
    await project.run('db', 'stop', '--force')
    const again = await project.run('check')
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect((await project.run('db', 'status')).stdout).not.toMatch(/is running/)
  })

  test('shows each mistake with its place and what was meant, and exits with 1', async () => {
    const before = project.read(patients)
    project.write(patients, before.replace('p.source_instance_id,', 'p.source_instance_idd,\n  nowhere.x,'))
    try {
      const text = await project.run('check', '--select', '+patients')
      expect(text.code).toBe(1)
      expect(text.stdout).toMatch(/error models\/silver\/patients\.sql:\d+:\d+ \[UNKNOWN_COLUMN\]/)
      expect(text.stdout).toContain('Did you mean "source_instance_id"?')
      expect(text.stdout).toMatch(/error models\/silver\/patients\.sql:\d+:\d+ \[UNKNOWN_ALIAS\]/)
      expect(text.stdout).toMatch(/: 2 errors in 1 model\.\n$/)

      const json = await project.run('check', '--json')
      const events = json.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { kind: string; errors?: number; broken?: number })
      expect(json.code).toBe(1)
      expect(events.at(-1)).toMatchObject({ kind: 'check_finished', errors: 2, broken: 1 })
      expect(events.filter(({ kind }) => kind === 'diagnostic')).toHaveLength(2)

      const github = await project.run('check', '--format', 'github')
      expect(github.stdout).toMatch(/^::error file=models\/silver\/patients\.sql,line=\d+/)
    } finally {
      project.write(patients, before)
    }
  })
})

describeServers('models check --on-server', (server) => {
  let own: TestDatabase
  let project: ModelsProject
  const ours = async () => {
    const { rows } = await own.database.query<{ name: string }>(
      "select nspname::text as name from pg_namespace where nspname like 'strata%'",
    )
    return rows.map(({ name }) => name)
  }
  beforeAll(async () => {
    own = await createTestDatabase(server)
    project = createModelsProject('clinic', { DATABASE_URL: own.url })
  })
  afterAll(async () => {
    await project?.remove()
    await own?.drop()
  })

  test('says what a right is missing for', async () => {
    const role = `strata_no_rights_${process.pid}`
    await own.database.query(`create role ${role}`)
    try {
      const url = new URL(own.url)
      url.searchParams.set('options', `-c role=${role}`)
      const outcome = await project.runWith(
        { environment: { DATABASE_URL: url.href } },
        'check',
        '--on-server',
      )
      expect(outcome.code).toBe(2)
      expect(outcome.stderr).toMatch(/permission denied for database .*: check --on-server makes schemas/)
    } finally {
      await own.database.query(`drop role ${role}`)
    }
  })

  test('types the project there, and leaves nothing', async () => {
    const outcome = await project.run('check', '--on-server')
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout).toMatch(/: no errors\.\n$/)
    expect(await ours()).toEqual([])
    expect(project.exists('.strata/postgres')).toBe(false)
  })

  test('leaves nothing when it is interrupted', async () => {
    const running = project.start({}, 'check', '--on-server')
    while ((await ours()).length === 0 && running.process.exitCode === null) await sleep(20)
    running.process.kill('SIGINT')
    const { code } = await running.ended
    expect([0, 130]).toContain(code)
    expect(await ours()).toEqual([])
  })

  test('warns of another version where the check is made on the embedded server', async () => {
    const { rows } = await own.database.query<{ version: string }>(
      "select split_part(current_setting('server_version'), '.', 1) as version",
    )
    const outcome = await project.run('check')
    expect(outcome.code).toBe(0)
    if (rows[0]!.version === '18') expect(outcome.stderr).toBe('')
    else expect(outcome.stderr).toContain(`the target's server has ${rows[0]!.version}.`)
  })
})
