import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type ArtifactName, artifactProblems } from '../packages/compiler/src/testing/artifact-schemas.ts'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject, repository } from './run-models.ts'

type Section = { readonly [id: string]: { readonly [key: string]: unknown } }

interface Artifact {
  readonly nodes: Section
  readonly sources: Section
  readonly exposures: Section
  readonly unit_tests: Section
  readonly docs: Section
  readonly metadata: { readonly env: { readonly [name: string]: string } }
  readonly parent_map: { readonly [id: string]: readonly string[] }
  readonly child_map: { readonly [id: string]: readonly string[] }
  readonly results: readonly { readonly [key: string]: unknown }[]
}

function artifact(project: ModelsProject, name: ArtifactName): Artifact {
  return JSON.parse(project.read(`target/${name}.json`)) as Artifact
}

async function succeed(project: ModelsProject, ...words: readonly string[]): Promise<string> {
  const outcome = await project.run(...words)
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
  return outcome.stdout + outcome.stderr
}

const desk = `
sources:
  - name: desk
    schema: public_raw
    loaded_at_field: lent_on
    freshness: { warn_after: { count: 1, period: day } }
    tables:
      - name: loans
        description: as lent
        columns: [{ name: loan_id }]
      - name: books
`

describe.sequential('the artifacts of a project of dbt', () => {
  let project: ModelsProject
  let own: TestDatabase
  let told: string

  beforeAll(async () => {
    own = await createTestDatabase(inject('servers')[0]!)
    project = createModelsProject('empty', {
      DATABASE_URL: own.url,
      DBT_ENV_CUSTOM_ENV_BRANCH: 'main',
      DBT_ENV_SECRET_KEY: 'not-to-be-told',
    })
    cpSync(join(repository, 'e2e', 'fixtures', 'dbt-project'), project.directory, { recursive: true })
    project.write('models/desk.yml', desk)
    await succeed(project, 'deps')
    await succeed(project, 'build')
    await project.run('source', 'freshness')
    told = await succeed(project, 'docs', 'generate')
  })
  afterAll(async () => {
    await project?.remove()
    await own?.drop()
  })

  test.each(['manifest', 'catalog', 'run_results', 'sources'] as const)(
    '%s.json has the published keys and types, and no others',
    (name) => {
      expect(artifactProblems(name, artifact(project, name))).toEqual([])
    },
  )

  test('ids lead to entries', () => {
    const manifest = artifact(project, 'manifest')
    const { nodes, sources, exposures, unit_tests } = manifest
    const ids = Object.keys({ ...nodes, ...sources, ...exposures, ...unit_tests }).toSorted()
    expect(Object.keys(manifest.parent_map).toSorted()).toEqual(ids)
    expect(Object.keys(manifest.child_map).toSorted()).toEqual(ids)
    const used = [manifest.parent_map, manifest.child_map].flatMap((map) => Object.values(map).flat())
    expect(used.filter((id) => !ids.includes(id))).toEqual([])
    const { results } = artifact(project, 'run_results')
    expect(results.filter(({ unique_id }) => !ids.includes(String(unique_id)))).toEqual([])
  })

  test('a model says what it refers to, where its SQL was written, and the digest of its file', () => {
    const { nodes, docs } = artifact(project, 'manifest')
    expect(nodes['model.lending.fct_loans']).toMatchObject({
      path: 'marts/fct_loans.sql',
      original_file_path: 'models/marts/fct_loans.sql',
      refs: [{ name: 'stg_loans', package: null, version: null }],
      relation_name: expect.stringMatching(/^"test_\w+"\."public_marts"\."fct_loans"$/),
      // As dbt 1.11 has it.
      checksum: {
        name: 'sha256',
        checksum: '0acc1a7dea981cf6d192810f7cee255ea2a2fa27058d2c91e0feaf16d964fada',
      },
    })
    const { compiled_path, compiled_code } = nodes['model.toolbox.toolbox_greeting']!
    expect(compiled_path).toBe('target/compiled/toolbox/models/toolbox_greeting.sql')
    expect(project.read(String(compiled_path)).trim()).toBe(String(compiled_code).trim())
    expect(docs['doc.lending.member']).toMatchObject({ block_contents: 'Who may borrow.' })
    expect(docs).toHaveProperty(['doc.dbt.__overview__'])
  })

  test('the head holds what the user asked for, and no secrets', () => {
    const { env } = artifact(project, 'run_results').metadata
    expect(env).toEqual({
      BRANCH: 'main',
      strata_version: expect.any(String),
      strata_run_id: expect.any(String),
    })
  })

  test('the catalog holds what is in the database, with its columns, types and size', () => {
    const { nodes, sources } = artifact(project, 'catalog')
    expect(nodes['model.lending.fct_loans']).toMatchObject({
      metadata: { type: 'BASE TABLE', schema: 'public_marts', name: 'fct_loans', owner: expect.any(String) },
      columns: {
        loan_id: { type: 'bigint', index: 1, name: 'loan_id', comment: null },
        lent_on: { type: 'date', index: 4 },
      },
      stats: {
        row_count: { label: 'Row Count', value: 4, include: true },
        bytes: { value: expect.any(Number) },
        has_stats: { value: true, include: false },
      },
    })
    expect(nodes['model.lending.stg_loans']).toMatchObject({
      metadata: { type: 'VIEW' },
      stats: { has_stats: { value: false } },
    })
    expect(nodes).not.toHaveProperty(['model.lending.open_loans'])
    expect(Object.keys(sources)).toEqual(['source.lending.desk.loans'])
    expect(told).toContain('with 11 relations of the database')
    expect(told).toContain('Not there yet: desk.books.')
  })

  test('a selection makes a smaller catalog of the same manifest', async () => {
    const told = await succeed(project, 'docs', 'generate', '--select', 'fct_loans', '--json')
    expect(JSON.parse(told.trim())).toEqual({ kind: 'documented', relations: 1, absent: [] })
    const { nodes, sources } = artifact(project, 'catalog')
    expect([Object.keys(nodes), sources]).toEqual([['model.lending.fct_loans'], {}])
    expect(Object.keys(artifact(project, 'manifest').nodes).length).toBeGreaterThan(20)
  })

  test('docs serve says where the page comes from', async () => {
    const outcome = await project.run('docs', 'serve')
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('docs/artifacts.md') })
  })
})

describe.sequential('the artifacts of a project with jobs', () => {
  let project: ModelsProject
  let own: TestDatabase

  beforeAll(async () => {
    own = await createTestDatabase(inject('servers')[0]!)
    project = createModelsProject('clinic', { DATABASE_URL: own.url })
    await succeed(project, 'run', '--select', '+patients', '--simulate', 'clinical_conductor')
  })
  afterAll(async () => {
    await project?.remove()
    await own?.drop()
  })

  test('have the published keys and types, and no others', () => {
    for (const name of ['manifest', 'run_results'] as const)
      expect(artifactProblems(name, artifact(project, name)), name).toEqual([])
  })

  test('a job stands in the configuration of its source, and is nobody’s parent', () => {
    const manifest = artifact(project, 'manifest')
    expect(manifest.sources['source.clinical.clinical_conductor.patients']).toMatchObject({
      loader: 'Strata',
      config: { job: { unique_id: 'job.clinical.clinical_conductor.patients' } },
    })
    expect(JSON.stringify([manifest.parent_map, manifest.child_map])).not.toContain('"job.')
  })

  test('its result says what landed', () => {
    const { results } = artifact(project, 'run_results')
    expect(results[0]).toMatchObject({
      unique_id: 'job.clinical.clinical_conductor.patients',
      status: 'success',
      adapter_response: { action: 'land', counts: { inserted: expect.any(Number) } },
    })
  })
})

test('the manifest of the clinical project has the published keys and types, and no others', async () => {
  const project = createModelsProject('clinical')
  try {
    await succeed(project, 'docs', 'generate', '--empty-catalog')
    expect(project.exists('.strata')).toBe(false)
    for (const name of ['manifest', 'catalog'] as const)
      expect(artifactProblems(name, artifact(project, name)), name).toEqual([])
  } finally {
    await project.remove()
  }
})
