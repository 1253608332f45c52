import { displayLocation, forbiddenVariable } from '@strata/core'
import { describe, expect, it } from 'vitest'
import type { CompileOptions } from './compile.ts'
import { type Files, testTarget as target, compileFiles as withoutSource } from './testing/compile-files.ts'

const source = `version: 2
sources:
  - name: cc
    connector:
      kind: odata
      auth: { kind: api_key }
      instances: [{ id: 1, name: north, base_url: { env: CC_URL }, api_key: { env: CC_KEY } }]
    tables:
      - name: patients
        identifier: dim_patients_staging
        job: { endpoint: /api/v1/patients/odata }
      - name: subjects
        identifier: dim_subjects_staging
        job:
          endpoint: /api/v1/studies/{studyId}/subjects/odata
          slices: [{ parameter: studyId, table: patients }]
  - name: erp
    schema: legacy
    tables: [{ name: orders }]
`

/** With `sources/cc.yml` beside the files. */
function compileFiles(files: Files, options: Partial<CompileOptions> = {}) {
  return withoutSource({ 'sources/cc.yml': source, ...files }, options)
}

describe('a compiled model', () => {
  it('has its references replaced by relations of its target', () => {
    const files = {
      'strata.yml': 'name: shop\nmodels:\n  shop:\n    marts: { +schema: gold }\n',
      'models/staging/a.sql': "select * from {{ source('erp', 'orders') }}",
      'models/marts/b.sql':
        "{{ config(alias='bee') }}select * from {{ ref('a') }} join {{ ref('shop', 'a') }} using (id)",
    }
    const plain = compileFiles(files)
    expect(plain.complaints).toEqual([])
    expect(plain.model('a').select.full).toBe('select * from "legacy"."orders"')
    expect(plain.model('b').select.full).toBe('select * from "public"."a" join "public"."a" using (id)')
    expect(plain.model('b').relation).toEqual({ schema: 'gold', name: 'bee' })
    expect(plain.model('b').parents).toEqual(['model.shop.a'])

    const prefixed = compileFiles(files, { target: { ...target, prefix: 'ci_7_' } })
    expect(prefixed.model('b').relation.schema).toBe('ci_7_gold')
    expect(prefixed.model('b').select.full).toContain('"ci_7_public"."a"')
    expect(prefixed.model('a').select.full).toContain('"legacy"."orders"')
  })

  it('takes its configuration from the project file, then properties, then itself', () => {
    const { model } = compileFiles({
      'strata.yml': 'name: shop\nmodels:\n  +materialized: view\n  shop: { +tags: [all] }\n',
      'models/a.yml':
        'models:\n  - name: a\n    config: { materialized: table, tags: [yaml] }\n    meta: { phi: true }\n',
      'models/a.sql': "{{ config(tags='sql') }}select 1 as id",
      'models/b.sql': "{{ config(materialized='incremental', unique_key=['x', 'y']) }}select 1 as x, 2 as y",
    })
    expect(model('a')).toMatchObject({
      tags: ['all', 'yaml', 'sql'],
      meta: { phi: true },
      config: { materialized: 'table' },
    })
    expect(model('b').config).toMatchObject({ materialized: 'incremental', uniqueKey: ['x', 'y'] })
  })

  it('is left out when it is disabled', () => {
    const { graph, complaints } = compileFiles({ 'models/a.sql': '{{ config(enabled=false) }}select 1' })
    expect(graph.nodes.filter((node) => node.kind === 'model')).toEqual([])
    expect(complaints).toEqual([])
  })

  it('sees vars, environment, target, this and the start of the run', () => {
    const { model, complaints } = compileFiles(
      {
        'strata.yml': 'name: shop\nvars: { region: north, shop: { limit: 10 } }\n',
        'models/a.sql':
          "{{ var('region') }} {{ var('limit') }} {{ var('none', 'fallback') }} {{ env_var('DBT_X') }} {{ target.name }} {{ this }} {{ run_started_at.strftime('%Y-%m-%d') }}",
      },
      { vars: { region: 'south' }, environmentVariable: (name) => (name === 'DBT_X' ? 'yes' : undefined) },
    )
    expect(complaints).toEqual([])
    expect(model('a').select.full).toBe('south 10 fallback yes default "public"."a" 2026-01-02')
  })

  it('calls macros of other files, by name and by package', () => {
    const { model, complaints } = compileFiles({
      'macros/m.sql':
        "{% macro cents(c) %}{{ c }} / 100{% endmacro %}{% macro both(c) %}{{ cents(c) }} from {{ ref('b') }}{% endmacro %}",
      'models/a.sql': "select {{ cents('x') }}, {{ shop.both('y') }}",
      'models/b.sql': 'select 1',
    })
    expect(complaints).toEqual([])
    expect(model('a').select.full).toBe('select x / 100, y / 100 from "public"."b"')
    expect(model('a').parents).toEqual(['model.shop.b'])
  })
})

describe('an incremental model', () => {
  it('has a place for the increment of each edge, and reads the whole relation in a full build', () => {
    const { model, complaints } = compileFiles({
      'models/p.sql':
        "{{ config(materialized='incremental', unique_key='id') }}select * from {{ increment(source('cc', 'patients')) }} as p",
      'models/q.sql':
        "{{ config(materialized='incremental', unique_key='id') }}select * from {{ increment(ref('p')) }} join {{ increment(source('cc', 'subjects')) }} using (id)",
    })
    expect(complaints).toEqual([])
    expect(model('p').select).toEqual({
      full: 'select * from "bronze"."dim_patients_staging" as p',
      increment: ['select * from ', { incrementOf: 'source.shop.cc.patients' }, ' as p'],
    })
    expect(model('q').increments.map((edge) => edge.parent)).toEqual([
      'model.shop.p',
      'source.shop.cc.subjects',
    ])
    expect(model('p').config['track_changes']).toBe(true)
    expect(model('q').config['track_changes']).toBeUndefined()
  })

  it('may ask for the keys whose rows changed: all of them in a full build', () => {
    const { model, complaints } = compileFiles({
      'models/p.sql':
        "{{ config(materialized='incremental', unique_key='id') }}select * from {{ increment(source('cc', 'patients')) }} as p",
      'models/q.sql':
        "{{ config(materialized='incremental', unique_key='site') }}select site, count(*) from {{ ref('p') }} where site in ({{ changed_keys(ref('p'), 'site') }}) or site in ({{ changed_keys(ref('p'), 'old \"site', into='site') }}) group by site",
    })
    expect(complaints).toEqual([])
    expect(model('q').select).toEqual({
      full: 'select site, count(*) from "public"."p" where site in (select distinct "site" from (select "site" from "public"."p" offset 0) as whole) or site in (select distinct "old ""site" from (select "old ""site" from "public"."p" offset 0) as whole) group by site',
      increment: [
        'select site, count(*) from "public"."p" where site in (',
        { keysOf: 'model.shop.p', column: 'site' },
        ') or site in (',
        { keysOf: 'model.shop.p', column: 'old "site' },
        ') group by site',
      ],
    })
    expect(model('q').increments).toEqual([
      {
        parent: 'model.shop.p',
        relation: { schema: 'public', name: 'p' },
        keys: [
          { column: 'site', into: 'site' },
          { column: 'old "site', into: 'site' },
        ],
      },
    ])
    expect(model('p').config['track_changes']).toBe(true)
  })

  it("may be written dbt's way, and what stands in its is_incremental() block is an edge as well", () => {
    const { model, complaints } = compileFiles({
      'models/a.sql': 'select 1 as id',
      'models/b.sql':
        "{{ config(materialized='incremental') }}select * from {{ source('erp', 'orders') }}{% if is_incremental() %} where id > (select max(id) from {{ this }}) and id in (select id from {{ ref('a') }}){% endif %}",
    })
    expect(complaints).toEqual([])
    expect(model('b').select.full).toBe('select * from "legacy"."orders"')
    expect(model('b').select.increment!.join('')).toContain('where id > (select max(id) from "public"."b")')
    expect(model('b').parents).toEqual(['source.shop.erp.orders', 'model.shop.a'])
  })

  it('is refused where the parent does not record its changes, or the model is not incremental', () => {
    const { complaints } = compileFiles({
      'models/a.sql': 'select 1 as id',
      'models/b.sql':
        "{{ config(materialized='incremental') }}select * from {{ increment(ref('a')) }}, {{ increment(source('erp', 'orders')) }}",
      'models/c.sql': "select * from {{ increment(source('cc', 'patients')) }}",
      'models/d.sql': "select {{ changed_keys(ref('a')) }}",
      'models/e.sql': "{{ config(materialized='incremental') }}{{ changed_keys(ref('a'), 'id') }}",
    })
    expect(complaints).toEqual([
      'models/b.sql:1:58 INCREMENT_OF_UNTRACKED',
      'models/b.sql:1:85 INCREMENT_OF_UNTRACKED',
      'models/c.sql:1:18 INCREMENT_OUTSIDE_INCREMENTAL',
      'models/d.sql:1:11 TEMPLATE_ARGUMENTS',
      'models/e.sql:1:44 INCREMENT_OF_UNTRACKED',
    ])
  })
})

describe('diagnostics', () => {
  it('tell of a source with a mistake once, and not of all who read it', () => {
    const { complaints } = compileFiles({
      'models/a.sql': "select * from {{ source('shop', 'orders') }}",
      'models/b.sql': "select * from {{ source('shop', 'orders') }}, {{ source('shp', 'orders') }}",
      'models/m.yml':
        'sources:\n  - name: shop\n    freshness: {warn_after: {count: 12, period: hours}}\n    tables: [{name: orders}]\n',
    })
    expect(complaints).toEqual(['models/b.sql:1:50 UNKNOWN_SOURCE', 'models/m.yml:3:49 BAD_VALUE'])
  })

  it('come all at once, with file, line and column, and near misses', () => {
    const { diagnostics, complaints } = compileFiles({
      'models/a.sql': "select *\nfrom {{ ref('custmers') }}",
      'models/b.sql': "select {{ source('cc', 'patient') }}, {{ source('c', 'x') }}",
      'models/c.sql': 'select {% if x %} 1',
      'models/customers.sql': "{{ config(materialized='tabel') }}select {{ var('limt') }}",
      'models/m.yml':
        'models:\n  - name: a\n    columns: [{ name: id, data_tests: [uniqe] }]\n  - name: gone\n',
    })
    expect(complaints).toEqual([
      'models/a.sql:2:9 UNKNOWN_REF',
      'models/b.sql:1:11 UNKNOWN_SOURCE',
      'models/b.sql:1:42 UNKNOWN_SOURCE',
      'models/c.sql:1:8 TEMPLATE_UNCLOSED',
      'models/customers.sql:1:4 UNKNOWN_MATERIALIZATION',
      'models/customers.sql:1:45 UNKNOWN_VAR',
      'models/m.yml:3:40 UNKNOWN_TEST',
      'models/m.yml:4:11 PROPERTIES_WITHOUT_MODEL',
    ])
    expect(diagnostics[0]!.hint).toBe('Did you mean "customers"?')
    expect(diagnostics[1]!.hint).toBe('Did you mean "patients"?')
  })

  it('name the whole way round a cycle', () => {
    const { diagnostics } = compileFiles({
      'models/a.sql': "select * from {{ ref('b') }}",
      'models/b.sql': "select * from {{ ref('c') }}",
      'models/c.sql': "select * from {{ ref('a') }}",
    })
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]!.message).toMatch(/→ .* → .* → /)
    expect(displayLocation(diagnostics[0]!.location)).toMatch(/^models\/[abc]\.sql:1:18$/)
    expect(diagnostics[0]!.related).toHaveLength(2)
  })

  it('tell of two files of one name, and of two models of one relation', () => {
    const { complaints } = compileFiles({
      'models/x/a.sql': 'select 1',
      'models/y/a.sql': 'select 1',
      'models/b.sql': "{{ config(alias='same') }}select 1",
      'models/c.sql': "{{ config(alias='same') }}select 1",
    })
    expect(complaints).toEqual(['models/c.sql:1:4 DUPLICATE_RELATION', 'models/y/a.sql:1:1 DUPLICATE_NAME'])
  })

  it('tell of a source table that is declared twice', () => {
    const { complaints } = compileFiles({
      'sources/erp.yml': 'sources:\n  - name: erp\n    tables: [{ name: orders }]\n',
    })
    expect(complaints).toEqual(['sources/erp.yml:3:22 DUPLICATE_SOURCE'])
  })

  it('tell of names that Postgres would cut, the prefix of the target counted', () => {
    const name = 'm'.repeat(60)
    const { complaints } = compileFiles(
      { [`models/${name}.sql`]: 'select 1', 'models/a.sql': `{{ config(schema='${name}') }}select 1` },
      { target: { ...target, prefix: 'ci_1_' } },
    )
    expect(complaints).toEqual(['models/a.sql:1:4 NAME_TOO_LONG'])
  })

  it('tell of two jobs that claim one id or one bronze table', () => {
    const table = (name: string, identifier: string, id: number) =>
      `      - { name: ${name}, identifier: ${identifier}, job: { id: ${id}, endpoint: /${name} } }\n`
    const { complaints } = compileFiles({
      'sources/x.yml': `sources:\n  - name: x\n    connector: { kind: odata, auth: { kind: api_key }, instances: [{ id: 1, name: a, base_url: u, api_key: { env: K } }] }\n    tables:\n${table('t', 'one', 7)}${table('u', 'two', 7)}${table('v', 'one', 8)}`,
    })
    expect(complaints).toEqual(['sources/x.yml:6:37 JOB_CLASH', 'sources/x.yml:7:37 JOB_CLASH'])
  })

  it('do not complain of references to a model whose own file is broken', () => {
    const { complaints } = compileFiles({
      'models/a.sql': '{{ ',
      'models/b.sql': "select * from {{ ref('a') }}",
    })
    expect(complaints).toHaveLength(1)
  })

  it('show the way through macros to a template error', () => {
    const { diagnostics } = compileFiles({
      'macros/m.sql':
        '{% macro outer() %}\n{{ inner() }}{% endmacro %}\n{% macro inner() %}{{ missing }}{% endmacro %}',
      'models/a.sql': 'select\n  {{ outer() }}',
    })
    expect(diagnostics[0]).toMatchObject({
      code: 'TEMPLATE_UNDEFINED',
      location: { file: 'macros/m.sql', line: 3 },
    })
    expect(diagnostics[0]!.related!.map(({ location }) => displayLocation(location))).toEqual([
      'macros/m.sql:2:4',
      'models/a.sql:2:6',
    ])
  })

  it('keep templates from reading the environment', () => {
    const { complaints } = compileFiles(
      { 'models/a.sql': "{{ env_var('DATABASE_URL') }}" },
      { environmentVariable: () => forbiddenVariable },
    )
    expect(complaints).toEqual(['models/a.sql:1:4 FORBIDDEN_ENV_VAR'])
  })

  it('find a job whose endpoint has a place that no slice fills, and a slice of an unknown table', () => {
    const { complaints } = compileFiles({
      'sources/x.yml':
        'sources:\n  - name: x\n    connector: { kind: odata, auth: { kind: api_key }, instances: [{ id: 1, name: a, base_url: u, api_key: { env: K } }] }\n    tables:\n      - name: t\n        job: { endpoint: "/a/{p}/{q}", slices: [{ parameter: p, table: nowhere }] }\n',
    })
    expect(complaints).toEqual(['sources/x.yml:6:26 MISSING_SLICE', 'sources/x.yml:6:72 UNKNOWN_SLICE_TABLE'])
  })
})

describe('data tests', () => {
  const files = {
    'models/a.sql': 'select 1 as id',
    'models/b.sql': 'select 1 as a_id',
    'models/m.yml': `models:
  - name: b
    columns:
      - name: a_id
        data_tests:
          - not_null
          - relationships: { to: ref('a'), field: id, severity: warn }
          - accepted_values: { arguments: { values: ["it's", 2] }, config: { where: a_id > 0 } }
`,
    'tests/no_orphans.sql': "select * from {{ ref('b') }} where a_id is null",
    'macros/positive.sql':
      '{% test positive(model, column_name) %}select * from {{ model }} where {{ column_name }} <= 0{% endtest %}',
    'models/n.yml': 'models:\n  - name: a\n    columns: [{ name: id, tests: [positive] }]\n',
  }

  it('are compiled from properties and files, with their parents', () => {
    const { graph, complaints } = compileFiles(files)
    expect(complaints).toEqual([])
    const tests = graph.nodes.filter((node) => node.kind === 'data_test')
    const summary = Object.fromEntries(
      tests.map((test) => [
        test.name,
        [test.config.severity, test.parents.join(' '), test.select.full.trim()],
      ]),
    )
    expect(summary).toEqual({
      not_null_b_a_id: ['error', 'model.shop.b', 'select a_id\nfrom "public"."b"\nwhere a_id is null'],
      relationships_b_a_id__id__ref_a_: [
        'warn',
        'model.shop.b model.shop.a',
        expect.stringContaining('select id as to_field from "public"."a"'),
      ],
      accepted_values_b_a_id__it_s__2: [
        'error',
        'model.shop.b',
        expect.stringContaining('(select * from "public"."b" where a_id > 0) dbt_subquery'),
      ],
      no_orphans: ['error', 'model.shop.b', 'select * from "public"."b" where a_id is null'],
      positive_a_id: ['error', 'model.shop.a', 'select * from "public"."a" where id <= 0'],
    })
    expect(summary['accepted_values_b_a_id__it_s__2']![2]).toContain("'it''s',\n  '2'")
  })
})
