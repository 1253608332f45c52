import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'

const files = {
  'strata.yml': 'name: clinic\n',
  'sources/clinic.yml': `version: 2
sources:
  - name: clinic
    connector:
      kind: odata
      auth: { kind: none }
      instances: [{ id: 1, name: north, base_url: { env: CLINIC_URL } }]
    tables:
      - name: patients
        identifier: dim_patients_staging
        job: { endpoint: /patients, cursor: { field: modifiedDate } }
`,
  'models/patients.sql': `{{ config(materialized='incremental', unique_key='id') }}
select data->>'id' as id, data->>'city' as city from {{ increment(source('clinic', 'patients')) }} as p where deleted_at is null`,
  'models/cities.sql': `{{ config(materialized='incremental', unique_key='city') }}
select city, count(*)::int as patients from {{ ref('patients') }}
where city in ({{ changed_keys(ref('patients'), 'city') }}) group by city`,
}

describe('records that the source no longer has (R15, R17)', { timeout: 120_000 }, () => {
  let own: TestDatabase
  let project: ModelsProject
  let api: Server
  let patients: readonly { readonly id: number; readonly city: string }[] = []

  beforeAll(async () => {
    api = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
      const all = patients.map((patient) => ({ ...patient, modifiedDate: '2024-05-01T00:00:00Z' }))
      const skip = Number(searchParams.get('$skip') ?? 0)
      const value = all.slice(skip, skip + Number(searchParams.get('$top') ?? 1000))
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ '@odata.count': all.length, value }))
    })
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
    own = await createTestDatabase(inject('servers').at(-1)!)
    project = createModelsProject('empty', {
      DATABASE_URL: own.url,
      CLINIC_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    })
    await project.shell('mkdir models sources')
    for (const [file, text] of Object.entries(files)) project.write(file, text)
  })
  afterAll(async () => {
    await project?.remove()
    await own?.drop()
    await new Promise((resolve) => api?.close(resolve))
  })

  const succeeds = async (...words: readonly string[]) => {
    const outcome = await project.run(...words)
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
    return outcome
  }
  const models = async () => ({
    patients: (await own.database.query('select id, city from public.patients order by id')).rows,
    cities: (await own.database.query('select city, patients from public.cities order by city')).rows,
  })

  test('leave the incremental models that read them, also by groups, and come back with them', async () => {
    patients = [
      { id: 1, city: 'Bonn' },
      { id: 2, city: 'Bonn' },
      { id: 3, city: 'Ulm' },
    ]
    await succeeds('run', '--select', '+cities')
    const before = await models()
    expect(before.cities).toEqual([
      { city: 'Bonn', patients: 2 },
      { city: 'Ulm', patients: 1 },
    ])

    patients = patients.slice(0, 1)
    const refreshed = await succeeds('extract', '--full-refresh')
    expect(refreshed.stdout).toMatch(/clinic\.patients .*2 deleted|clinic\.patients .*-2/)
    await succeeds('run', '--select', 'patients', 'cities', '--no-extract')
    const after = await models()
    expect(after).toEqual({ patients: [{ id: '1', city: 'Bonn' }], cities: [{ city: 'Bonn', patients: 1 }] })
    await succeeds('run', '--select', 'patients', 'cities', '--no-extract', '--full-refresh')
    expect(await models()).toEqual(after)

    patients = [
      { id: 1, city: 'Bonn' },
      { id: 2, city: 'Bonn' },
      { id: 3, city: 'Ulm' },
    ]
    await succeeds('extract', '--full-refresh')
    await succeeds('run', '--select', 'patients', 'cities', '--no-extract')
    expect(await models()).toEqual(before)
  })
})
