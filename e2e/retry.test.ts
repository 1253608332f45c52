import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'
import { stepLines } from './step-lines.ts'

const day = 86_400_000
const today = Math.floor(Date.now() / day) * day
const daysAgo = (days: number) => new Date(today - days * day).toISOString()
const spanOf = (days: number) => [daysAgo(days), daysAgo(days - 1)]

const files = {
  'dbt_project.yml': `name: shop
version: '1.0'
config-version: 2
profile: shop
`,
  'models/events.sql': `{{ config(materialized='table', event_time='at') }}
select n as id, timestamptz '${daysAgo(0)}' - n * interval '1 day' as at from generate_series(0, 3) as n`,
  'models/visits.sql': `{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', batch_size='day',
  begin='${daysAgo(3).slice(0, 10)}') }}
select id, at, '{{ model.batch.id if model.batch }}' as batch, 1 / (id - ({{ var('bad', -1) }})) as share from {{ ref('events') }}`,
  'models/child.sql': "select count(*) as visits from {{ ref('visits') }}",
}

/** The file as dbt writes it after a run of which one batch failed; empty and null options stand in it as well. */
const resultsOfDbt = {
  metadata: {
    dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json',
    dbt_version: '1.11.16',
    generated_at: '2026-01-02T03:04:05.678901Z',
    invocation_id: 'a-b-c',
  },
  results: [
    { unique_id: 'model.shop.events', status: 'success', batch_results: null },
    {
      unique_id: 'model.shop.visits',
      status: 'partial success',
      batch_results: {
        successful: [3, 1, 0].map((days) => spanOf(days).map((text) => text.replace('.000Z', '+00:00'))),
        failed: [spanOf(2).map((text) => text.replace('.000Z', '+00:00'))],
      },
    },
    { unique_id: 'model.shop.child', status: 'skipped', batch_results: null },
  ],
  elapsed_time: 1.5,
  args: {
    which: 'run',
    select: [],
    exclude: [],
    vars: { bad: 9 },
    full_refresh: false,
    defer: false,
    target: null,
  },
}

describe('retry', { timeout: 180_000 }, () => {
  let own: TestDatabase
  let project: ModelsProject
  beforeAll(async () => {
    own = await createTestDatabase(inject('servers').at(-1)!)
    project = createModelsProject('empty', { DATABASE_URL: own.url })
    await project.shell('mkdir models target')
    for (const [file, text] of Object.entries(files)) project.write(file, text)
  })
  afterAll(async () => {
    await project?.remove()
    await own?.drop()
  })
  const batches = async () =>
    (
      await own.database.query<{ id: number; batch: string; share: number }>(
        'select id, batch, share from public.visits order by id desc',
      )
    ).rows
  const batchOf = (id: number) => daysAgo(id).slice(0, 10).replaceAll('-', '')

  test('takes up what dbt left undone, by its file, where the database knows of no run', async () => {
    await own.database.query(
      `create table public.events as select n as id, timestamptz '${daysAgo(0)}' - n * interval '1 day' as at from generate_series(0, 3) as n`,
    )
    project.write('target/run_results.json', JSON.stringify(resultsOfDbt))
    const retry = await project.run('retry')
    expect(retry, retry.stdout + retry.stderr).toMatchObject({ code: 0 })
    expect(stepLines(retry.stdout).map(({ mark, name }) => `${mark} ${name}`)).toEqual([
      '✓ public.visits',
      '✓ public.child',
    ])
    // None of its batches is known to be done here: all are, with the variables of that run.
    expect(await batches()).toEqual([3, 2, 1, 0].map((id) => ({ id, batch: batchOf(id), share: 0 })))
  })

  test('does exactly the batches again that failed, and tells of them in dbt’s words', async () => {
    const failed = await project.run(
      'run',
      '--select',
      'visits+',
      '--event-time-start',
      daysAgo(3),
      '--vars',
      '{bad: 2}',
    )
    expect(failed, failed.stdout + failed.stderr).toMatchObject({ code: 1 })
    const { results } = JSON.parse(project.read('target/run_results.json'))
    expect(results).toMatchObject([
      {
        unique_id: 'model.shop.visits',
        status: 'partial success',
        batch_results: { successful: [3, 1, 0].map(spanOf), failed: [spanOf(2)] },
      },
      { unique_id: 'model.shop.child', status: 'skipped', batch_results: null },
    ])
    const retry = await project.run('retry', '--vars', '{bad: 8}')
    expect(retry, retry.stdout + retry.stderr).toMatchObject({ code: 0 })
    expect(retry.stdout).toContain('1 batch')
    const shares = (await batches()).map(({ share }) => share)
    expect(shares).toEqual([1, 0, -1, 0])
  })
})
