import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../packages/simulator/src/index.ts'
import { spokes } from '../clinical-project.ts'
import { createModelsProject, type ModelsProject } from '../run-models.ts'
import { knownJobs, knownTables } from './known-jobs.ts'

interface Column {
  readonly description: string
  readonly data_type: string | null
  readonly constraints: readonly { readonly type: string }[]
  readonly meta: { readonly phi?: boolean }
}

interface Node {
  readonly unique_id: string
  readonly name: string
  readonly resource_type: string
  readonly path: string
  readonly original_file_path: string
  readonly description: string
  readonly raw_code: string
  readonly columns: { readonly [name: string]: Column }
  readonly config: { readonly materialized: string; readonly contract?: { readonly enforced: boolean } }
  readonly meta: { readonly phi?: boolean }
  readonly depends_on: { readonly nodes: readonly string[] }
  readonly attached_node?: string | null
}

interface Job {
  readonly name: string
  readonly knownId: number | null
  readonly active: boolean
  readonly reason: string | null
  /** Empty: unknown. */
  readonly endpoint: string
  readonly key: readonly unknown[]
  readonly slices: readonly { readonly parameter: string }[]
}

interface Source {
  readonly unique_id: string
  readonly source_name: string
  readonly identifier: string
  readonly meta: { readonly phi?: boolean }
  readonly config: { readonly job?: Job }
}

interface Manifest {
  readonly nodes: { readonly [id: string]: Node }
  readonly sources: { readonly [id: string]: Source }
  readonly exposures: { readonly [id: string]: Pick<Node, 'depends_on'> }
  readonly unit_tests: { readonly [id: string]: { readonly model: string } }
}

const hubColumns = [
  ...[
    'id',
    'patient_id',
    'encounter_id',
    'activity_type',
    'clinical_purposes',
    'event_name',
    'event_date',
    'method',
  ],
  ...['body_site', 'performed_by', 'facility_name', 'shell_file_id', 'narrative_id', 'clinical_identity_key'],
  ...['ai_extracted', 'ai_confidence', 'is_synthetic', 'created_at', 'updated_at'],
]

let project: ModelsProject
let manifest: Manifest
let clinical: readonly Source[]
let silver: readonly Node[]
let gold: readonly Node[]
const testsOf = (node: Node) =>
  Object.values(manifest.nodes).filter(
    (one) => one.resource_type === 'test' && one.attached_node === node.unique_id,
  )

beforeAll(async () => {
  project = createModelsProject('clinical')
  const compiled = await project.run('compile')
  expect(compiled, compiled.stderr).toMatchObject({ code: 0 })
  manifest = JSON.parse(project.read('target/manifest.json')) as Manifest
  clinical = Object.values(manifest.sources).filter(({ source_name }) => source_name === 'clinical_conductor')
  const models = Object.values(manifest.nodes).filter(({ resource_type }) => resource_type === 'model')
  silver = models.filter(({ path }) => path.startsWith('silver/'))
  gold = models.filter(({ path }) => path.startsWith('gold/'))
})
afterAll(() => project.remove())

const jobOf = ({ config }: Source) => config.job!
const endpointUnknown = /endpoint unknown$/

describe('the sources', () => {
  test('have every job that is known, with its id, endpoint, table, slices and whether it is asked for', () => {
    const declared = new Map(clinical.map((source) => [jobOf(source).name, source]))
    for (const known of knownJobs) {
      const source = declared.get(known.name)
      expect(source, known.name).toBeDefined()
      const { knownId, active, endpoint, slices } = jobOf(source!)
      expect(
        { id: knownId, active, endpoint, slices: slices.map(({ parameter }) => parameter) },
        known.name,
      ).toEqual({
        id: known.id,
        active: known.active,
        endpoint: known.endpoint,
        slices: known.endpoint.match(/(?<=\{)\w+(?=\})/g) ?? [],
      })
      if (known.table !== null) expect(source!.identifier).toBe(known.table)
    }
  })

  test('have the keys that are known where they are not the id alone', () => {
    const keys = clinical.map((source) => [source.identifier, jobOf(source).key] as const)
    expect(Object.fromEntries(keys.filter(([, key]) => key.length !== 1))).toEqual({
      dim_visit_element_relationships_staging: [{ parameter: 'visitId' }, { field: ['id'] }],
      dim_study_visit_arms_staging: [{ field: ['id'] }, { field: ['study', 'id'] }, { field: ['arm', 'id'] }],
    })
    const others = keys.filter(([, key]) => key.length === 1).map(([, key]) => key)
    expect(new Set(others.map((key) => JSON.stringify(key)))).toEqual(new Set(['[{"field":["id"]}]']))
  })

  test('have every table that is known, each with one job', () => {
    const tables = Object.values(manifest.sources).map(({ identifier }) => identifier)
    for (const table of knownTables) expect(tables).toContain(table)
    expect(new Set(tables).size).toBe(tables.length)
    for (const source of clinical) expect(source.config.job, source.identifier).toBeDefined()
  })

  test('invent no endpoint: a job without a known one is not active, and says so', () => {
    const known = new Set(knownJobs.map(({ endpoint }) => endpoint))
    for (const source of clinical) {
      const { name, active, endpoint, reason } = jobOf(source)
      if (endpoint === '') {
        expect(active, name).toBe(false)
        expect(reason, name).toMatch(endpointUnknown)
      } else expect(known, name).toContain(endpoint)
      expect(active || (reason ?? '') !== '', name).toBe(true)
    }
  })

  test('mark what is assumed in the one model that reads it', () => {
    for (const source of Object.values(manifest.sources)) {
      if (source.source_name === 'landing') continue
      const readers = silver.filter(
        ({ name, depends_on }) => name !== 'unreadable_dates' && depends_on.nodes.includes(source.unique_id),
      )
      expect(readers.length, source.identifier).toBeLessThanOrEqual(1)
      for (const { name, raw_code } of readers) expect(raw_code, name).toMatch(/\bassum/i)
    }
  })
})

describe('the simulator', () => {
  let simulator: Simulator
  beforeAll(async () => {
    simulator = await startSimulator({ scale: 0.01 })
  })
  afterAll(() => simulator.close())

  const status = async (path: string) =>
    (await fetch(simulator.url(1) + path, { headers: { 'X-ApiKey': simulator.apiKey(1) } })).status

  test('serves every endpoint that is asked for', () => {
    for (const source of clinical.filter((one) => jobOf(one).active))
      expect(simulator.paths(1)).toContain(jobOf(source).endpoint)
  })

  test('answers as the real ones did where an endpoint is not there, or of another edition', async () => {
    const [study] = simulator.records('studies', 1)
    const { id } = JSON.parse(study!) as { readonly id: number }
    for (const source of clinical.filter((one) => !jobOf(one).active && jobOf(one).endpoint !== ''))
      expect(await status(jobOf(source).endpoint.replace('{studyId}', String(id)))).toBe(404)
    for (const path of ['monitor-queries', 'engagements'])
      expect(await status(`/api/v1/${path}/odata`)).toBe(501)
  })
})

describe('silver', () => {
  test('has a model a file, whose every column is typed and told, under an enforced contract', () => {
    for (const { name, description, columns, config, original_file_path } of silver) {
      expect(original_file_path).toMatch(new RegExp(`/${name}\\.sql$`))
      expect(description, name).toMatch(/\w+ \w+/)
      expect(config.contract?.enforced, name).toBe(true)
      expect(Object.keys(columns).length, name).toBeGreaterThan(0)
      for (const [column, { data_type, description: told }] of Object.entries(columns)) {
        expect(data_type, `${name}.${column}`).not.toBeNull()
        expect(told, `${name}.${column}`).toMatch(/\w/)
      }
    }
  })

  test('knows each row by a key, and the instance that it is of', () => {
    for (const node of silver) {
      const isKeyed =
        Object.values(node.columns).some(({ constraints }) =>
          constraints.some(({ type }) => type === 'primary_key'),
        ) || testsOf(node).some(({ name }) => /unique/.test(name))
      expect(isKeyed, node.name).toBe(true)
      expect(Object.keys(node.columns), node.name).toContain('source_instance_id')
    }
  })

  test('is a hub and seven spokes with the columns that are agreed upon, of which the hub reads none', () => {
    const model = (name: string) => silver.find((node) => node.name === name)!
    const isRequired = (node: Node, column: string) =>
      node.columns[column]!.constraints.some(({ type }) => ['not_null', 'primary_key'].includes(type))
    const hub = model('patient_clinical_events')
    expect(Object.keys(hub.columns)).toEqual(expect.arrayContaining(hubColumns))
    for (const column of ['id', 'patient_id', 'is_synthetic'])
      expect(isRequired(hub, column), column).toBe(true)
    for (const name of spokes) {
      const spoke = model(name)
      for (const column of ['event_id', 'patient_id']) expect(isRequired(spoke, column), name).toBe(true)
      expect(hub.depends_on.nodes).not.toContain(spoke.unique_id)
    }
    expect(Object.keys(model('healthcare_timeline_events').columns)).toContain('clinical_event_ids')
  })

  test('marks what is of patients wherever a source that is marked is read', () => {
    const marked = new Set(
      Object.values(manifest.sources)
        .filter(({ meta }) => meta.phi === true)
        .map(({ unique_id }) => unique_id),
    )
    for (const { name, meta, columns, depends_on } of silver) {
      if (!depends_on.nodes.some((id) => marked.has(id))) continue
      const some = Object.values(columns).some((column) => column.meta.phi === true)
      expect(meta.phi === true || some, name).toBe(true)
    }
  })
})

describe('gold', () => {
  test('has at least ten marts, each with its question, its grain, tests, and somebody who looks at it', () => {
    expect(gold.length).toBeGreaterThanOrEqual(10)
    const looked = new Set(Object.values(manifest.exposures).flatMap(({ depends_on }) => depends_on.nodes))
    const readByMarts = new Set(gold.flatMap(({ depends_on }) => depends_on.nodes))
    for (const node of gold) {
      expect(node.description, node.name).toMatch(/^Question: .*\?\s/)
      expect(node.description, node.name).toMatch(/\bGrain: one row per \w/)
      expect(testsOf(node).length, node.name).toBeGreaterThan(0)
      expect(looked.has(node.unique_id) || readByMarts.has(node.unique_id), node.name).toBe(true)
    }
  })

  test('proves each mart on rows', () => {
    const proven = new Set(Object.values(manifest.unit_tests).map(({ model }) => model))
    expect(gold.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([])
  })
})
