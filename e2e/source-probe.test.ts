import { afterAll, beforeAll, expect, test } from 'vitest'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'

let project: ModelsProject
let probed: Outcome
beforeAll(async () => {
  project = createModelsProject('clinical')
  await project.run('extract', '--select', 'studies')
  probed = await project.run('source', 'probe', 'clinical_conductor', '--json')
})
afterAll(() => project.remove())

interface Line {
  readonly kind: string
  readonly job: string
  readonly instance: string
  readonly facts: { readonly [fact: string]: unknown }
  readonly neverSeen: readonly { readonly path: string }[]
  readonly assumed: number
  readonly table: string
}

test('source probe says of each endpoint and instance what it supports, and what models assume of its records', async () => {
  expect(probed).toMatchObject({ code: 0, stderr: '' })
  const lines = probed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  const endpoints = lines.filter(({ kind }) => kind === 'endpoint')
  expect(endpoints.map(({ job, instance }) => `${job} ${instance}`).sort()).toEqual(
    ['patients', 'sites', 'studies', 'subjects'].flatMap((table) => [
      `clinical_conductor.${table} north`,
      `clinical_conductor.${table} south`,
    ]),
  )
  const patients = endpoints.find(({ job }) => job.endsWith('patients'))
  expect(patients?.facts).toMatchObject({
    orderBy: true,
    keyset: true,
    cursorField: 'modifiedDate',
    cursorFormat: 'iso_utc',
  })
  const fields = lines.filter(({ kind }) => kind === 'fields')
  expect(fields.map(({ table, neverSeen }) => [table, neverSeen])).toEqual(
    ['sites', 'studies', 'patients', 'subjects'].map((table) => [`clinical_conductor.${table}`, []]),
  )
  expect(fields.every(({ assumed }) => assumed > 3)).toBe(true)
})

test('source probe shows a table, and what a model reads that never occurs', async () => {
  const model = project.read('models/silver/sites.sql')
  project.write('models/silver/sites.sql', model.replace("s.data->>'city'", "s.data->>'cityName'"))
  const { code, stdout } = await project.run(
    'source',
    'probe',
    'clinical_conductor.sites',
    '--instance',
    'north',
    '--dry-run',
  )
  project.write('models/silver/sites.sql', model)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^sites +north +array/m)
  expect(stdout).toContain('never seen: cityName (sites); there is city')
  expect(stdout).toContain('Nothing of this is remembered.')
})

test('source probe names the instances and sources that there are', async () => {
  const instance = await project.run('source', 'probe', 'clinical_conductor', '--instance', 'east')
  expect(instance).toMatchObject({ code: 2, stderr: expect.stringContaining('north, south') })
  const source = await project.run('source', 'probe', 'elsewhere')
  expect(source).toMatchObject({ code: 2, stderr: expect.stringContaining('no job lands "elsewhere"') })
})
