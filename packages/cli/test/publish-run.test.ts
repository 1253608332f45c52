import { decideIntent } from '@strata/compiler'
import type { Event, Plan } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { cleanTarget, readState } from '@strata/runner'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  incrementalPatients,
  model,
  openPublishFixture,
  type PublishFixture,
  target,
} from './publish-fixture.ts'

describeOldestServer('running a plan of models', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
  })
  afterEach(() => fixture.drop())

  const ci = { ...target, name: 'ci', prefix: 'ci_17_' }
  const decide = async (steps: Plan['steps'], of = target) => {
    const state = await readState(fixture.database, { version: 1, command: 'run', target: of, steps })
    return steps.map((step) => (step.kind === 'model' ? decideIntent(step, state(step)).reason : step.kind))
  }

  it('skips what stands behind a failed step, and records every step', async () => {
    const { status, results, runId } = await fixture.run([
      model('a', 'select 1 as id'),
      model('broken', 'select 1 / 0 as id', { materialized: 'table', parents: ['model.test.a'] }),
      model('behind', 'select 1 as id', { parents: ['model.test.broken'] }),
      model('far', 'select 1 as id', { parents: ['model.test.behind'] }),
      model('beside', 'select 1 as id', { parents: ['model.test.a'] }),
    ])
    expect(status).toBe('failed')
    expect(results.map((result) => [result.name, result.status, result.because])).toEqual([
      ['silver.a', 'success', null],
      ['silver.broken', 'failed', null],
      ['silver.behind', 'skipped', 'model.test.broken'],
      ['silver.far', 'skipped', 'model.test.broken'],
      ['silver.beside', 'success', null],
    ])
    expect(await fixture.rows('select status, steps from strata.runs')).toEqual([
      { status: 'failed', steps: 5 },
    ])
    const recorded = await fixture.rows(
      `select name, status, error_code from strata.steps where run_id = '${runId}' order by 2, 1`,
    )
    expect(recorded).toHaveLength(5)
    expect(recorded[0]).toMatchObject({ name: 'silver.broken', error_code: results[1]!.failure!.code })
  })

  it('cancels on the server what runs, starts nothing else, and publishes nothing of it', async () => {
    const controller = new AbortController()
    const started = Date.now()
    const running = fixture.run(
      [
        model('slow', 'select 1 as id, pg_sleep(30)::text as p', { materialized: 'table' }),
        model('next', 'select 1 as id', { parents: ['model.test.slow'] }),
      ],
      { signal: controller.signal },
    )
    setTimeout(() => controller.abort(), 300)
    const result = await running
    expect(Date.now() - started).toBeLessThan(10_000)
    expect(result.status).toBe('cancelled')
    expect(result.results.map((step) => step.status)).toEqual(['cancelled', 'cancelled'])
    expect(await fixture.rows(`select to_regclass('silver.slow') as slow`)).toEqual([{ slow: null }])
    expect(
      await fixture.rows(
        `select from pg_stat_activity where query like '%pg_sleep(30)%' and pid <> pg_backend_pid()`,
      ),
    ).toEqual([])
    expect(await fixture.rows('select status from strata.runs')).toEqual([{ status: 'cancelled' }])
  })

  it('counts the failing rows of data tests, by severity', async () => {
    const test = (severity: 'error' | 'warn', full: string) =>
      ({
        kind: 'data_test',
        id: `data_test.test.${severity}.${full}`,
        name: full,
        parents: [],
        intent: 'test',
        reason: '',
        select: { full, increment: null },
        late: false,
        config: { severity, warnIf: '!= 0', errorIf: '!= 0', failCalc: 'count(*)', limit: null },
      }) as const
    const failing = 'select * from generate_series(1, 3) as secret -- a remark'
    const { results } = await fixture.run([
      test('error', 'select 1 where false'),
      test('error', failing),
      test('warn', failing),
    ])
    expect(results.map(({ status, message, counts }) => [status, message, counts.failures])).toEqual([
      ['success', 'passed', 0],
      ['failed', '3 failing rows', 3],
      ['warned', '3 failing rows', 3],
    ])
  })

  it('creates a schema that many steps need at once', async () => {
    const steps = Array.from({ length: 8 }, (_, number) =>
      model(`m${number}`, 'select 1 as id', { schema: 'fresh' }),
    )
    const [one, two] = await Promise.all([fixture.run(steps), fixture.run(steps)])
    expect([one.status, two.status]).toEqual(['success', 'success'])
    expect(await fixture.rows('select schema_name from strata.schemas')).toEqual([{ schema_name: 'fresh' }])
  })

  it('tells beforehand what a run then does', async () => {
    const patients = incrementalPatients()
    const names = model('names', 'select name from silver.patients', { parents: [patients.id] })
    const steps = [patients, names]
    expect(await decide(steps)).toEqual(['first build', 'first build'])
    await fixture.run(steps)
    expect(await decide(steps)).toEqual(['incremental', 'unchanged'])
    const { results } = await fixture.run(steps)
    expect(results.map((result) => result.message)).toEqual(['incremental', 'unchanged'])
    expect(await decide([{ ...patients, fingerprint: 'other' }, names])).toEqual([
      'SQL or configuration changed',
      'unchanged',
    ])
    await fixture.execute('create table silver.strange ()')
    expect(await decide([model('strange', 'select 1 as id')])).toEqual([expect.stringMatching(/^refused/)])
    await fixture.execute('drop schema strata cascade')
    expect(await decide(steps)).toEqual([
      expect.stringMatching(/^refused/),
      expect.stringMatching(/^refused/),
    ])
  })

  it('takes over what another target built, whole', async () => {
    const patients = incrementalPatients()
    await fixture.publish(patients)
    const prod = { ...target, name: 'prod' }
    expect(await fixture.publish(patients, { target: prod })).toMatchObject({
      action: 'rebuild',
      message: 'it was built by target test',
    })
    expect(await fixture.publish(patients, { target: prod })).toMatchObject({ action: 'increment' })
    expect(await fixture.publish(patients)).toMatchObject({
      action: 'rebuild',
      message: 'it was built by target prod',
    })
  })

  it('cleans a target of what it made, in any order of dependence, and of nothing else', async () => {
    const other = { ...ci, prefix: 'ci_18_' }
    const steps = (prefix: string) => [
      incrementalPatients({ schema: `${prefix}silver` }),
      model('names', `select name from ${prefix}silver.patients`, {
        schema: `${prefix}silver`,
        parents: ['model.test.patients'],
      }),
      model('funnel', `select count(*) as n from ${prefix}silver.names`, {
        schema: `${prefix}gold`,
        parents: ['model.test.names'],
      }),
    ]
    await fixture.run(steps('ci_17_'), { target: ci })
    await fixture.run(steps('ci_18_'), { target: other })
    await fixture.execute('create table ci_17_gold.by_hand ()')

    const cleaned = await cleanTarget(fixture.database, ci)
    expect(cleaned.dropped).toEqual([
      'view ci_17_gold.funnel',
      'view ci_17_silver.names',
      'table ci_17_silver.patients',
      'schema ci_17_silver',
    ])
    expect(cleaned.kept).toEqual([{ name: 'schema ci_17_gold', reason: expect.stringContaining('by_hand') }])
    expect(await fixture.rows('select n from ci_18_gold.funnel')).toHaveLength(1)
    expect(await fixture.rows('select from bronze.patients limit 1')).toEqual([])
    expect(
      await fixture.rows(
        `select distinct target from strata.relations union select target from strata.watermarks`,
      ),
    ).toEqual([{ target: 'ci/ci_18_' }])

    await fixture.execute('drop table ci_17_gold.by_hand')
    expect(await cleanTarget(fixture.database, ci)).toEqual({ dropped: ['schema ci_17_gold'], kept: [] })
  })

  it('keeps, when cleaning, what a stranger needs or has put in the place of ours', async () => {
    await fixture.run([model('a', 'select 1 as id', { materialized: 'table' }), model('b', 'select 1 as id')])
    await fixture.execute(
      'create view public.mine as select id from silver.a',
      'drop view silver.b',
      'create view silver.b as select 2 as precious',
    )
    const { dropped, kept } = await cleanTarget(fixture.database, target)
    expect(dropped).toEqual([])
    expect(kept.map((entry) => entry.name).sort()).toEqual([
      'schema silver',
      'table silver.a',
      'view silver.b',
    ])
    expect(await fixture.rows('select id, precious from public.mine, silver.b')).toEqual([
      { id: 1, precious: 2 },
    ])
  })

  it('tells each step once that it starts and once that it ends', async () => {
    const events: Event['kind'][] = []
    await fixture.run([model('a', 'select 1 as id')], { onEvent: (event) => events.push(event.kind) })
    expect(events).toEqual(['run_started', 'step_started', 'step_finished', 'run_finished'])
  })
})
