import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'
import { stepLines } from './step-lines.ts'

const source = `
sources:
  - name: clinic
    connector:
      kind: odata
      auth: { kind: none }
      instances: [{ id: 1, name: north, base_url: { env: CLINIC_URL } }]
    tables:
      - { name: rooms, identifier: dim_rooms_staging, job: { active: false } }
      - { name: beds, identifier: dim_beds_staging, job: { endpoint: /beds, active: false, reason: answers 501 } }
`

describe('jobs that are not active', () => {
  let own: TestDatabase
  let project: ModelsProject

  beforeAll(async () => {
    own = await createTestDatabase(inject('servers')[0]!)
    project = createModelsProject('empty', { DATABASE_URL: own.url })
    project.write('strata.yml', 'name: idle\n')
    for (const folder of ['models', 'sources']) await project.shell(`mkdir -p ${folder}`)
    project.write('sources/clinic.yml', source)
    project.write(
      'models/rooms.sql',
      "{{ config(materialized='incremental', unique_key='id') }}\nselect data->>'id' as id from {{ increment(source('clinic', 'rooms')) }}\n",
    )
    project.write(
      'models/beds.sql',
      "{{ config(materialized='ephemeral') }}\nselect * from {{ source('clinic', 'beds') }}",
    )
    project.write(
      'models/free_beds.sql',
      "{{ config(materialized='table') }}\nselect data->>'id' as id from {{ ref('beds') }} where deleted_at is null\n",
    )
  })
  afterAll(async () => {
    await project.remove()
    await own.drop()
  })

  test('leave empty tables to the models that read them, by whatever way these are reached', async () => {
    const alone = await project.run('run', '--select', 'free_beds')
    expect(alone).toMatchObject({ code: 0, stderr: '' })
    const whole = await project.run('run')
    expect(whole).toMatchObject({ code: 0, stderr: '' })
    expect(stepLines(whole.stdout).map(({ mark, name }) => `${mark} ${name}`)).toContain('✓ public.rooms')
    const { rows } = await own.database.query(`
      select (select count(*)::int from bronze.dim_rooms_staging) as rooms,
        (select count(*)::int from pg_indexes where schemaname = 'bronze' and tablename like 'dim_%_staging') as indexes`)
    expect(rows).toEqual([{ rooms: 0, indexes: 10 }])
  })

  test('are told with their reason wherever they stand', async () => {
    const [list, json, plan, status] = await Promise.all([
      project.run('list', '--resource-type', 'job'),
      project.run('list', '--resource-type', 'job', '--output', 'json'),
      project.run('plan'),
      project.run('source', 'status'),
    ])
    expect(list.stdout).toMatch(/clinic\.rooms {2}\(not active: endpoint unknown\)/)
    expect(JSON.parse(json.stdout.split('\n')[0]!)).toMatchObject({
      active: false,
      reason: 'endpoint unknown',
    })
    expect(plan.stdout).toMatch(/job +clinic\.rooms +skip +endpoint unknown/)
    expect(status.stdout).toMatch(/beds +north[\s\S]*off: answers 501/)
  })
})
