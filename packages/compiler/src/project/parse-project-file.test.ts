import { describe, expect, it } from 'vitest'
import { parseProjectFile } from './parse-project-file.ts'

const parse = (text: string, path = 'strata.yml') => parseProjectFile({ path, text })

describe('the project file', () => {
  it('gives the defaults of dbt where it says nothing', () => {
    const { project, diagnostics } = parse('name: shop\nmodels:\nvars:\n')
    expect(diagnostics).toEqual([])
    expect(project).toMatchObject({
      modelPaths: ['models'],
      sourcePaths: ['sources'],
      seedPaths: ['seeds'],
      snapshotPaths: ['snapshots'],
      analysisPaths: ['analyses'],
      macroPaths: ['macros'],
      testPaths: ['tests'],
      docsPaths: ['models', 'sources', 'seeds', 'snapshots', 'analyses', 'macros', 'tests'],
      assetPaths: [],
      targetPath: 'target',
      packagesInstallPath: 'dbt_packages',
      cleanTargets: ['target'],
      onRunStart: [],
      restrictAccess: false,
      quoting: { database: null, schema: null, identifier: null },
      landingSchema: 'bronze',
    })
  })

  it('takes every key of dbt', () => {
    const { project, diagnostics } = parse(
      `
name: 'shop'
version: 1.0
config-version: 2
profile: shop
require-dbt-version: [">=1.8.0", "<2.0.0"]
model-paths: ["models", marts/]
test-paths: tests
`.replace('test-paths: tests', 'test-paths: [tests]') +
        `
docs-paths: [docs]
analysis-paths: [analysis]
target-path: "target"
clean-targets: [target, dbt_packages]
vars:
  start: 2024-01-01
  other_package: { x: 1 }
models:
  +persist_docs: { relation: true }
  shop:
    staging: { +materialized: view, +tags: [a] }
seeds: { shop: { +quote_columns: false } }
snapshots: { +target_schema: history }
sources: { shop: { +enabled: true } }
tests: { +severity: warn }
unit_tests: { +enabled: true }
exposures: { +enabled: true }
metrics: {}
semantic-models: { +enabled: true }
saved-queries: {}
dispatch:
  - { macro_namespace: dbt_utils, search_order: [shop, dbt_utils] }
on-run-start: "create schema if not exists x"
on-run-end:
  - "{{ grant_all(schemas) }}"
  - "{{ log('end') }}"
quoting: { identifier: true, schema: "{{ var('q') }}" }
query-comment: { comment: x, append: true }
restrict-access: true
flags: { require_generic_test_arguments_property: true }
dbt-cloud: { project-id: 1 }
`,
      'dbt_project.yml',
    )
    expect(diagnostics).toEqual([])
    expect(project).toMatchObject({
      version: '1',
      requireDbtVersion: ['>=1.8.0', '<2.0.0'],
      modelPaths: ['models', 'marts/'],
      docsPaths: ['docs'],
      vars: { start: '2024-01-01', other_package: { x: 1 } },
      dataTests: { '+severity': 'warn' },
      dispatch: [{ macroNamespace: 'dbt_utils', searchOrder: ['shop', 'dbt_utils'] }],
      onRunStart: [
        {
          template: 'create schema if not exists x',
          location: { file: 'dbt_project.yml', line: 32, column: 15 },
        },
      ],
      onRunEnd: [
        { template: '{{ grant_all(schemas) }}', location: { line: 34, column: 5 } },
        { template: "{{ log('end') }}", location: { line: 35, column: 5 } },
      ],
      quoting: { identifier: true, schema: "{{ var('q') }}" },
      restrictAccess: true,
      queryComment: { comment: 'x', append: true },
    })
  })

  it('takes underscores for hyphens, and tells their place', () => {
    const { project, diagnostics } = parse('name: shop\nseed_paths: [data]\non_run_end: {a: b}\n')
    expect(project.name).toBe('project')
    expect(diagnostics).toMatchObject([
      {
        code: 'BAD_VALUE',
        message: expect.stringContaining('on-run-end'),
        location: { line: 3, column: 13 },
      },
    ])
    expect(parse('name: shop\nseed_paths: [data]\n').project.seedPaths).toEqual(['data'])
  })

  it('knows the old names of dbt', () => {
    const { project, diagnostics } = parse('name: a\nsource-paths: [m]\ndata-paths: [d]\n', 'dbt_project.yml')
    expect(project).toMatchObject({ modelPaths: ['m'], seedPaths: ['d'], sourcePaths: ['sources'] })
    expect(diagnostics).toMatchObject([
      {
        code: 'DEPRECATED_KEY',
        severity: 'warning',
        hint: 'Rename it to seed-paths.',
        location: { line: 3 },
      },
      {
        code: 'DEPRECATED_KEY',
        severity: 'warning',
        hint: 'Rename it to model-paths.',
        location: { line: 2 },
      },
    ])
    expect(parse('name: a\nsource-paths: [s]\n').project).toMatchObject({
      modelPaths: ['models'],
      sourcePaths: ['s'],
    })
  })

  it('warns of unknown keys and of configuration that looks misspelt', () => {
    const { diagnostics } = parse(
      'name: a\nmodel-path: [m]\nmodels:\n  a:\n    gold:\n      +materialised: table\n      +ours: 1\n',
    )
    expect(diagnostics).toMatchObject([
      { code: 'UNKNOWN_KEY', hint: expect.stringContaining('model-paths'), location: { line: 2, column: 1 } },
      { code: 'UNKNOWN_CONFIG', hint: 'Did you mean "+materialized"?', location: { line: 6, column: 7 } },
    ])
    expect(diagnostics.every(({ severity }) => severity === 'warning')).toBe(true)
  })

  it('still yields a project when it is broken, so that the other files are checked too', () => {
    const { project, diagnostics } = parse('name: 1st shop\nmodel-paths: models\n')
    expect(project.modelPaths).toEqual(['models'])
    expect(diagnostics.map(({ code }) => code)).toEqual(['BAD_VALUE', 'BAD_VALUE'])
    expect(parse('- a\n').diagnostics).toMatchObject([{ severity: 'error' }])
    expect(parse('').diagnostics).toMatchObject([{ code: 'MISSING_KEY', message: 'name is missing' }])
  })
})
