import { afterAll, beforeAll, expect, test } from 'vitest'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'

let project: ModelsProject
let probed: Outcome
beforeAll(async () => {
  project = createModelsProject('clinic')
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

test('a source that is no API is not probed nor taken over, and it is said what is there instead', async () => {
  project.write(
    'sources/others.yml',
    `version: 2
sources:
  - name: opendental
    connector: { kind: mysql, instances: [{ id: 50, name: main, url: 'mysql://a@127.0.0.1:1/od' }] }
    tables: [{ name: patient, job: { key: PatNum } }]
  - name: exports
    connector: { kind: csv, instances: [{ id: 51, name: files, path: exports }] }
    tables: [{ name: letters, job: { files: letters.csv, key: id } }]
`,
  )
  for (const [words, remedy] of [
    [['probe', 'opendental'], 'source analyze opendental` looks at its catalog'],
    [['probe', 'exports.letters'], 'extract --select source:exports` reads its files'],
    [['take-over', 'opendental'], 'source analyze opendental` proposes how'],
  ] as const) {
    const refused = await project.run('source', ...words)
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('[NOT_AN_API]') })
    expect(refused.stderr).toContain(remedy)
  }
  const without = await project.runWith(
    { environment: { CC_NORTH_URL: '' } },
    'source',
    'probe',
    'clinical_conductor',
  )
  expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('[SOURCE_NOT_CONFIGURED]') })
  expect(without.stderr).not.toContain('--no-extract')
  project.write('sources/others.yml', 'version: 2\n')
})

test('a job that is called by its name in dw_etl_jobs is told by its own', async () => {
  for (const words of [
    ['source', 'probe', 'GhlContacts'],
    ['extract', '--select', 'GhlContacts'],
  ])
    expect(await project.run(...words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'Did you mean "gohighlevel.contacts"? GhlContacts is its name in dw_etl_jobs.',
      ),
    })
})

test('source probe names the instances and sources that there are', async () => {
  const instance = await project.run('source', 'probe', 'clinical_conductor', '--instance', 'east')
  expect(instance).toMatchObject({ code: 2, stderr: expect.stringContaining('north, south') })
  const source = await project.run('source', 'probe', 'elsewhere')
  expect(source).toMatchObject({ code: 2, stderr: expect.stringContaining('no job lands "elsewhere"') })
})
