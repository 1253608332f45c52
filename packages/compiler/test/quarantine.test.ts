import type { DataTestStep, NodeId, Target } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { buildPlan, type PlanOptions } from '../src/plan/build-plan.ts'
import { compileFiles, type Files, testTarget } from '../src/testing/compile-files.ts'

const source = (tests: string, job = 'job: { endpoint: /patients }'): Files => ({
  'models/clinic.yml': `sources:
  - name: clinic
    connector:
      kind: odata
      auth: { kind: api_key, name: X-ApiKey }
      instances: [{ id: 1, name: north, base_url: { env: URL }, api_key: { env: KEY } }]
    tables:
      - name: patients
        ${job}
        data_tests:
          - ${tests}
`,
  'models/patients.sql': `select data->>'id' as id from {{ source('clinic', 'patients') }}`,
})

/** `line:column CODE message` of each complaint. */
const complaintsOf = (files: Files) =>
  compileFiles(files).diagnostics.map(
    ({ location: { line, column }, code, message }) => `${line}:${column} ${code} ${message}`,
  )

describe('a data test that quarantines rows', () => {
  it.each([
    `not_null: { column_name: id, quarantine: true }`,
    `not_null: { column_name: id, config: { quarantine: "{{ true }}", where: "data->>'id' <> '1'" } }`,
    `accepted_values: { column_name: source_id, arguments: { values: ['1'] }, config: { quarantine: { max: 500 } } }`,
    `range: { column_name: id, min: 1, config: { quarantine: { max: 2.5% }, severity: warn } }`,
    `expression: { expression: "data->>'id' is not null", quarantine: true }`,
    `unique: { column_name: id, config: { quarantine: false } }`,
  ])('may be any about single rows: %s', (test) => {
    expect(complaintsOf(source(test))).toEqual([])
  })

  it.each([
    [
      source(`unique: { column_name: id, name: u, config: { quarantine: true } }`),
      '11:59 BAD_QUARANTINE u cannot quarantine rows: it does not say of each row by itself whether it fails',
    ],
    [
      source(`not_null: { column_name: id, name: t, config: { quarantine: true } }`, 'identifier: p'),
      '11:61 BAD_QUARANTINE t cannot quarantine rows: it is about no table that a job of the project lands',
    ],
    [
      source(
        `expression: { expression: "data->>'id' in (select id from {{ ref('other') }})", name: e, quarantine: true }`,
      ),
      '11:102 BAD_QUARANTINE e cannot quarantine rows: it reads other relations besides clinic.patients',
    ],
    [
      source(`not_null: { column_name: id, name: t, quarantine: true, limit: 5, error_if: '> 3' }`),
      '11:51 BAD_QUARANTINE t quarantines the rows that fail, and has limit and error_if, which judge how many they are',
    ],
    [
      source(`not_null: { column_name: id, name: t, config: { quarantine: { max: many } } }`),
      '11:13 BAD_VALUE config.quarantine.max: max is a number of rows, 500, or a share, 5%',
    ],
    [
      {
        ...source(`not_null: { column_name: id, name: t, quarantine: true }`),
        'macros/where.sql': `{% macro get_where_subquery(relation) %}(select id + 1 as id from {{ relation }}) s{% endmacro %}`,
      },
      '11:51 BAD_QUARANTINE t cannot quarantine rows: it does not say of each row by itself whether it fails',
    ],
    [
      { 'tests/t.sql': `{{ config(quarantine=true) }} select 1 as id where false` },
      '1:1 BAD_QUARANTINE t cannot quarantine rows: it is about no table that a job of the project lands',
    ],
  ])('is told where it cannot: %#', (files, complaint) => {
    expect(complaintsOf({ 'models/other.sql': `select '1' as id`, ...files })).toEqual([complaint])
  })

  const stepsOf = (files: Files, options: Partial<PlanOptions> = {}, target: Partial<Target> = {}) => {
    const { graph } = compileFiles(files)
    return buildPlan(graph, graph.nodes, {
      command: 'build',
      target: { ...testTarget, ...target },
      kinds: ['job', 'model', 'data_test'],
      fullRefresh: false,
      ...options,
    }).steps
  }
  const quarantines = (...given: Parameters<typeof stepsOf>) =>
    stepsOf(...given).flatMap((step) => (step.kind === 'data_test' ? [step.quarantine?.atMost] : []))

  it('does so in a build, where bronze is of its target', () => {
    const files = source(`not_null: { column_name: id, store_failures: true, quarantine: true }`)
    const step = stepsOf(files).find(({ kind }) => kind === 'data_test') as DataTestStep
    expect(step).toMatchObject({
      quarantine: {
        job: { source: 'clinic', table: 'patients' },
        atMost: { rows: 10, percent: 1, ceiling: 50 },
      },
      reason: 'moves failing rows out of bronze',
    })
    expect(step.store).toBeUndefined()
    const kinds = ['model', 'data_test'] as const
    expect(quarantines(files, { kinds })).toHaveLength(1)
    expect(quarantines(files, { kinds }, { extract: false })).toEqual([undefined])
    // Its own jobs have been asked for.
    expect(quarantines(files, {}, { extract: false })).toEqual([{ rows: 10, percent: 1, ceiling: 50 }])
    expect(quarantines(files, { command: 'test' })).toEqual([undefined])
  })

  it.each([
    ['{ max: 500 }', { rows: 500, percent: 0 }],
    ['{ max: 2.5% }', { rows: 0, percent: 2.5 }],
    ['false', undefined],
  ])('moves no more than it may: %s', (option, atMost) => {
    expect(quarantines(source(`not_null: { column_name: id, quarantine: ${option} }`))).toEqual([atMost])
  })

  it('stands before the other tests of its source, and before jobs whose slices are taken from that', () => {
    const sliced = `
      - name: visits
        job: { endpoint: "/patients/{id}/visits", slices: [{ parameter: id, table: patients, path: id }] }
`
    const files = source(
      `unique: { column_name: id, name: u }\n          - not_null: { column_name: id, name: n, quarantine: true }${sliced}`,
    )
    const steps = stepsOf(files)
    const placeOf = (id: NodeId) => steps.findIndex((step) => step.id === id)
    expect(steps.map(({ name }) => name)).toEqual([
      'clinic.patients',
      'n',
      'u',
      'clinic.visits',
      'public.patients',
    ])
    for (const { id, parents } of steps)
      for (const parent of parents) expect(placeOf(parent)).toBeLessThan(placeOf(id))
    expect(steps[2]!.parents).toContain(steps[1]!.id)
  })
})
