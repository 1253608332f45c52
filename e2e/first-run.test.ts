import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, embeddedServerStatus } from '../packages/postgres/src/index.ts'
import { createClock, startSimulator } from '../packages/simulator/src/index.ts'
import { createModelsProject, fromSource, type ModelsProject, type Outcome } from './run-models.ts'
import { countsIn, stepLines } from './step-lines.ts'

const day = 24 * 60 * 60 * 1000

describe.concurrent('a fresh checkout', () => {
  describe.sequential('a fresh project on the embedded server', () => {
    let project: ModelsProject
    let first: Outcome
    let second: Outcome

    beforeAll(async () => {
      project = createModelsProject('clinical')
      first = await project.runWith({ nodeOptions: fromSource() }, 'run', '--select', '+patients')
      second = await project.run('run', '--select', '+patients')
    })
    afterAll(() => project.remove())

    test('the first run lands and builds patients, and says so in one line a step', () => {
      expect(first).toMatchObject({ code: 0, stderr: '' })
      expect(first.stdout).toMatch(/^Strata \S+ {2}project clinical, target default, embedded PostgreSQL 18/)
      expect(first.stdout).toContain(
        'clinical_conductor is simulated (north, south); simulated time 2024-03-01.',
      )
      const lines = stepLines(first.stdout)
      expect(lines).toMatchObject([
        { mark: '✓', kind: 'job', name: 'clinical_conductor.patients', rows: 2000 },
        { mark: '✓', kind: 'model', name: 'silver.patients', rows: 2000 },
      ])
      for (const line of lines) expect(line.time).toMatch(/^\d+\.\ds$/)
    })

    test('the first run ends with a summary and the commands to go on with', () => {
      expect(first.stdout).toMatch(/\nDone in \d+\.\ds: 2 steps, 2 succeeded\.\n/)
      expect(first.stdout).toContain(
        'Landed: 2,000 fetched, 2,000 inserted (+), 0 changed (~), 0 unchanged (=).\n',
      )
      expect(first.stdout).toMatch(/\nNext:\n {2}models show patients +first rows\n/)
      expect(first.stdout).toContain('models test --select patients')
      expect(first.stdout).toContain('psql "$(models db url)"')
    })

    test('the second run counts exactly what has changed at the simulated sites since', async () => {
      // A slow machine is told how long it will take.
      expect(second).toMatchObject({ code: 0, stderr: expect.stringMatching(/^(About \S+ left.*\n)*$/) })
      expect(second.stdout).toContain('simulated time 2024-03-02.')
      const from = createClock().now()
      const to = new Date(from.getTime() + day)
      const simulator = await startSimulator({ seed: 1, scale: 1, clock: createClock(to) })
      const changes = [1, 2].map((instance) => simulator.changesBetween('patients', instance, from, to))
      await simulator.close()
      const inserted = changes.reduce((sum, each) => sum + each.inserted, 0)
      const changed = changes.reduce((sum, each) => sum + each.changed, 0)
      expect(inserted).toBeGreaterThan(0)
      expect(changed).toBeGreaterThan(0)

      const [job, model] = stepLines(second.stdout)
      const landed = countsIn(job!.detail)
      expect(landed).toMatchObject({ inserted, changed })
      expect(job!.rows).toBe(landed.inserted + landed.changed + landed.unchanged)
      expect(model!.rows).toBe(inserted + changed)
      expect(countsIn(model!.detail)).toMatchObject({ inserted, changed })
      expect(second.stdout).toContain(
        `Landed: ${job!.rows} fetched, ${inserted} inserted (+), ${changed} changed (~), ${landed.unchanged} unchanged (=).`,
      )
    })

    test('patients, built by increments, equals its own full build', async () => {
      const full = await project.run('run', '--target', 'dev', '--select', 'patients')
      expect(full).toMatchObject({ code: 0, stderr: '' })
      expect(stepLines(full.stdout)).toMatchObject([{ kind: 'model', name: 'dev_ada_silver.patients' }])
      const shown = await project.run('show', '--json', '--inline', difference)
      expect(shown).toMatchObject({ code: 0, stderr: '' })
      expect(JSON.parse(shown.stdout)).toEqual({
        incremental_only: '0',
        full_only: '0',
        rows: String(stepLines(full.stdout)[0]!.rows),
      })
    })

    test('a full refresh replaces patients by the same rows', async () => {
      const refreshed = await project.run('run', '--select', 'patients', '--full-refresh', '--no-extract')
      expect(refreshed.code).toBe(0)
      expect(stepLines(refreshed.stdout)).toMatchObject([{ mark: '✓', rows: 2004 }])
      const shown = await project.run('show', '--json', '--inline', difference)
      expect(JSON.parse(shown.stdout)).toMatchObject({ incremental_only: '0', full_only: '0' })
    })

    test('the bare name of a model builds that model alone, and lands nothing', async () => {
      const outcome = await project.run('plan', '--select', 'patients')
      expect(outcome.stdout).toMatch(
        /^model {2}silver\.patients .*\n\nA run would do this on target default: 1 model\.\n$/,
      )
    })

    test('output in a pipe holds no escape codes', () => {
      expect(first.stdout + second.stdout).not.toContain('\u001b')
      expect(first.stdout + second.stdout).not.toContain('\r')
    })

    test('with --json each line of a run is one JSON event', async () => {
      const outcome = await project.run('run', '--select', 'patients', '--no-extract', '--json')
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      const events = outcome.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly kind: string })
      expect(new Set(events.map((event) => event.kind))).toEqual(
        new Set(['heading', 'run_started', 'estimate', 'step_started', 'step_finished', 'run_finished']),
      )
      expect(events.at(-1)).toMatchObject({ result: { status: 'success' } })
    })

    test('show --json prints rows and nothing else', async () => {
      const outcome = await project.run('show', 'patients', '--json', '--limit', '3')
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      const rows = outcome.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly [column: string]: unknown })
      expect(rows).toHaveLength(3)
      for (const row of rows)
        expect(Object.keys(row).slice(0, 2)).toEqual(['patient_id', 'source_instance_id'])
    })

    test('a reader that closes the pipe early is no error', async () => {
      const outcome = await project.shell(`{ models list; echo "code $?" >&2; } | head -n 1`)
      expect(outcome.stdout.trimEnd().split('\n')).toHaveLength(1)
      expect(outcome.stderr).toBe('code 0\n')
    })
  })

  describe.sequential('another fresh project', () => {
    let project: ModelsProject
    beforeAll(() => {
      project = createModelsProject('clinic')
    })
    afterAll(() => project.remove())

    test('two commands at once in a fresh project share one server, and both succeed', async () => {
      const outcomes = await Promise.all([project.run('run'), project.run('run')])
      for (const outcome of outcomes) {
        expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0)
        expect(stepLines(outcome.stdout).map((line) => line.mark)).toEqual(Array(10).fill('✓'))
      }

      const status = await embeddedServerStatus({ projectDirectory: project.directory })
      if (!status.running) throw new Error('the server has stopped already')
      const database = await connect({ url: status.url, applicationName: 'e2e' })
      const { rows } = await database.query('select status, count(*)::int from strata.runs group by status')
      await database.close()
      expect(rows).toEqual([{ status: 'success', count: 2 }])

      const tests = await project.run('test', '--quiet')
      expect(tests).toMatchObject({ code: 0, stdout: '', stderr: '' })
    })
  })
})

const difference = `select
  (select count(*) from (select * from {{ ref('patients') }} except all select * from dev_ada_silver.patients) as d) as incremental_only,
  (select count(*) from (select * from dev_ada_silver.patients except all select * from {{ ref('patients') }}) as d) as full_only,
  (select count(*) from {{ ref('patients') }}) as rows`
