import type { Json } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { answer, compileFiles, type Files } from '../src/testing/compile-files.ts'

/** What a model of a dbt project sees when it prints an expression about `graph`. */
function seen(expression: string, files: Files): Json {
  const { model, complaints } = compileFiles({
    'dbt_project.yml': 'name: shop\n',
    ...files,
    'models/looks.sql': `{% if execute %}{{ (${expression}) | tojson }}{% else %}x{% endif %}`,
  })
  expect(complaints).toEqual([])
  return JSON.parse(model('looks').select.full)
}

describe('graph, as dbt has it', () => {
  it('lists for a node the macros that it calls itself, dbt’s own among them', () => {
    const files = {
      'macros/m.sql':
        '{% macro outer() %}{{ inner() }}{% endmacro %}{% macro inner() %}{% endmacro %}{% macro told() %}{% endmacro %}',
      'models/a.sql':
        "{{ config(post_hook='{{ told() }}') }}select {{ dbt.dateadd('day', 1, 'x') }} {{ outer() }}{% if is_incremental() %}{{ inner() }}{% endif %}",
      'tests/one.sql': "select * from {{ ref('a') }} {{ outer() }}",
      'models/a.yml':
        'models: [{ name: a, columns: [{ name: id, tests: [unique, { accepted_values: { values: [1] } }] }] }]',
    }
    const macros = (id: string) => seen(`graph.nodes['${id}'].depends_on.macros`, files)
    expect(macros('model.shop.a')).toEqual([
      'macro.dbt.dateadd',
      'macro.shop.outer',
      'macro.dbt.is_incremental',
      'macro.shop.told',
    ])
    expect(macros('test.shop.one')).toEqual(['macro.shop.outer'])
    expect(
      seen(
        "graph.nodes.values() | selectattr('column_name') | map(attribute='depends_on.macros') | list",
        files,
      ),
    ).toEqual([['macro.dbt.test_unique'], ['macro.dbt.test_accepted_values', 'macro.dbt.get_where_subquery']])
  })

  it('has metrics with all of their parameters, and what they depend on', () => {
    const files = {
      'models/a.sql': 'select 1',
      'models/marts/m.yml': `semantic_models:
  - { name: orders, model: ref('a'), measures: [{ name: total, agg: sum }] }
metrics:
  - name: revenue
    label: Revenue
    type: simple
    type_params: { measure: total }
    filter: "{{ Dimension('x') }} > 0"
  - name: sum_up
    label: Sum
    type: cumulative
    type_params: { measure: { name: total, alias: t }, window: 30 days }
  - name: share
    label: Share
    type: ratio
    type_params: { numerator: revenue, denominator: sum_up }
  - { name: hidden, label: x, type: simple, type_params: { measure: total }, config: { enabled: false } }
`,
    }
    expect(seen("graph.metrics.values() | map(attribute='unique_id') | list", files)).toEqual([
      'metric.shop.revenue',
      'metric.shop.sum_up',
      'metric.shop.share',
    ])
    expect(seen("graph.metrics['metric.shop.revenue']", files)).toMatchObject({
      name: 'revenue',
      original_file_path: 'models/marts/m.yml',
      fqn: ['shop', 'marts', 'revenue'],
      type_params: { measure: { name: 'total', alias: null, join_to_timespine: false }, numerator: null },
      filter: { where_filters: [{ where_sql_template: "{{ Dimension('x') }} > 0" }] },
      depends_on: { nodes: ['semantic_model.shop.orders'] },
    })
    expect(seen("graph.metrics['metric.shop.sum_up'].type_params", files)).toMatchObject({
      measure: { alias: 't' },
      cumulative_type_params: { window: { count: 30, granularity: 'day' }, period_agg: 'first' },
    })
    expect(seen("graph.metrics['metric.shop.share'].depends_on.nodes", files)).toEqual([
      'metric.shop.revenue',
      'metric.shop.sum_up',
    ])
  })

  it('has groups, the description of a source beside that of its table, and no alias of a source', () => {
    const files = {
      'models/a.yml': `groups: [{ name: team, owner: { email: x@example.com } }]
sources: [{ name: raw, description: all, meta: { a: 1 }, tables: [{ name: t, description: one }] }]
`,
    }
    expect(seen('graph.groups.values() | first', files)).toMatchObject({
      unique_id: 'group.shop.team',
      owner: { email: 'x@example.com', name: null },
    })
    expect(seen('graph.sources.values() | first', files)).toMatchObject({
      source_description: 'all',
      source_meta: { a: 1 },
      description: 'one',
    })
    expect(seen("'alias' in (graph.sources.values() | first)", files)).toBe(false)
  })

  it('has constraints and quoting of columns, deprecation dates, time spines, and code without space around it', () => {
    const files = {
      'models/a.sql': '\n\nselect 1\n',
      'models/b.sql': 'select 1',
      'models/a.yml': `models:
  - name: a
    deprecation_date: 2030-01-31
    constraints: [{ type: primary_key, columns: [id] }]
    time_spine: { standard_granularity_column: id }
    columns:
      - { name: id, quote: true, constraints: [{ type: not_null }] }
`,
    }
    const of = (model: string, path: string) => seen(`graph.nodes['model.shop.${model}'].${path}`, files)
    const nothing = { name: null, expression: null, to: null, to_columns: [] }
    const warns = { warn_unenforced: true, warn_unsupported: true }
    expect(of('a', 'columns.id')).toMatchObject({
      quote: true,
      constraints: [{ type: 'not_null', ...nothing, ...warns }],
    })
    expect(of('a', 'constraints')).toEqual([{ type: 'primary_key', ...nothing, ...warns, columns: ['id'] }])
    expect(of('a', 'deprecation_date')).toBe('2030-01-31T00:00:00+00:00')
    expect(of('a', 'raw_code')).toBe('select 1')
    expect(of('a', 'time_spine.standard_granularity_column')).toBe('id')
    // Packages reject by `none`: what is not there at all would be taken for something.
    expect(of('b', 'time_spine')).toBe(null)
  })

  it('names the relations of tests: the schema for failing rows, and a short alias', () => {
    const long = 'a_name_of_a_column_that_goes_on_and_on_for_very_long_indeed'
    const files = {
      'models/a.sql': 'select 1',
      'models/a.yml': `models: [{ name: a, columns: [{ name: id, tests: [unique] }, { name: ${long}, tests: [unique] }] }]`,
      'tests/one.sql': "{{ config(schema='odd') }}select * from {{ ref('a') }}",
    }
    const tests = "graph.nodes.values() | selectattr('resource_type', 'equalto', 'test')"
    expect(seen(`${tests} | map(attribute='schema') | list`, files)).toEqual([
      'public_dbt_test__audit',
      'public_dbt_test__audit',
      'public_odd',
    ])
    expect(seen(`${tests} | map(attribute='alias') | list`, files)).toEqual([
      'unique_a_id',
      'unique_a_f489ab97adfa3cd00ce56f91f1f07065',
      'one',
    ])
  })
})

describe('properties of a node of another package', () => {
  const files: Files = {
    'dbt_project.yml': 'name: shop\n',
    'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
  }
  const switching: Files = {
    ...files,
    'dbt_project.yml':
      'name: shop\nseeds: { lib: { codes: { +enabled: false } } }\nmodels: { lib: { shut: { +enabled: false } } }\n',
    'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
  }

  it('are about it where their own package has no such node', () => {
    const { complaints, node, graph } = compileFiles({
      ...files,
      'dbt_packages/lib/models/theirs.sql': 'select 1 as id',
      'models/a.yml':
        'models: [{ name: theirs, description: ours, columns: [{ name: id, tests: [unique] }] }]',
    })
    expect(complaints).toEqual([])
    expect(node('model.lib.theirs')).toMatchObject({ description: 'ours', columns: [{ name: 'id' }] })
    const [test] = graph.nodes.filter(({ kind }) => kind === 'data_test')
    expect(test).toMatchObject({ packageName: 'shop', parents: ['model.lib.theirs'] })
  })

  it('are about that of the project where their own package’s is switched off', () => {
    const { complaints, node, graph } = compileFiles({
      ...switching,
      'dbt_packages/lib/seeds/codes.csv': 'code\n1\n',
      'dbt_packages/lib/models/shut.sql': 'select 1 as id',
      'dbt_packages/lib/models/lib.yml':
        'seeds: [{ name: codes, description: d, config: { column_types: { code: varchar } }, columns: [{ name: code, tests: [unique] }] }]\nmodels: [{ name: shut, description: d }]',
      'seeds/codes.csv': 'code\n1\n',
      'models/shut.sql': 'select 1 as id',
    })
    expect(complaints).toEqual([])
    expect(node('seed.shop.codes')).toMatchObject({
      description: 'd',
      config: { columnTypes: { code: 'varchar' } },
    })
    expect(node('model.shop.shut')).toMatchObject({ description: 'd' })
    const [test] = graph.nodes.filter(({ kind }) => kind === 'data_test')
    expect(test).toMatchObject({ packageName: 'lib', parents: ['seed.shop.codes'] })
  })

  it('stay with the node of their own package, and do not come between another and its own', () => {
    const { node } = compileFiles({
      ...files,
      'dbt_packages/lib/models/both.sql': 'select 1 as id',
      'dbt_packages/lib/models/lib.yml':
        'models: [{ name: both, description: theirs }, { name: mine, description: theirs }]',
      'models/both.sql': "{{ config(alias='other') }}select 1 as id",
      'models/mine.sql': 'select 1 as id',
      'models/a.yml': 'models: [{ name: mine, description: ours }]',
    })
    expect(node('model.lib.both')).toMatchObject({ description: 'theirs' })
    expect(node('model.shop.both')).toMatchObject({ description: '' })
    expect(node('model.shop.mine')).toMatchObject({ description: 'ours' })
  })
})

it('the metadata of a generic test have its package, and its column and subject among the arguments', () => {
  const files = {
    'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
    'dbt_packages/lib/macros/t.sql': '{% test t(model, column_name, x) %}select 1{% endtest %}',
    'models/a.sql': 'select 1',
    'models/a.yml': 'models: [{ name: a, columns: [{ name: id, tests: [lib.t: { x: 1 }] }] }]',
  }
  expect(
    seen("graph.nodes.values() | map(attribute='test_metadata') | select('defined') | first", files),
  ).toEqual({
    name: 't',
    namespace: 'lib',
    kwargs: { column_name: 'id', x: 1, model: "{{ get_where_subquery(ref('a')) }}" },
  })
})

describe('what a generic test configures', () => {
  const files = (project: string): Files => ({
    [project]: 'name: shop\n',
    'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
    'dbt_packages/lib/macros/t.sql':
      "{% test same(model) %}{{ config(fail_calc='max(n)') }}select 1{% endtest %}{% test only(model) %}{{ config(fail_calc='max(n)') }}select 1{% endtest %}",
    'macros/t.sql': '{% test same(model) %}select 2{% endtest %}',
    'models/a.sql': 'select 1',
    'models/a.yml': 'models: [{ name: a, tests: [lib.same, lib.only] }]',
  })
  const counts = (project: string) => {
    const { dataTest } = compileFiles(files(project))
    return ['lib_same_a_', 'lib_only_a_'].map((name) => dataTest(name).config.failCalc)
  }

  it('is not seen by dbt where the project has a test of the same name', () => {
    expect(counts('dbt_project.yml')).toEqual(['count(*)', 'max(n)'])
    expect(counts('strata.yml')).toEqual(['max(n)', 'max(n)'])
  })
})

describe('what templates put into graph', () => {
  const files: Files = {
    'dbt_project.yml': 'name: shop\n',
    'models/keeps.sql':
      "{% if execute %}{% set list = graph.setdefault('cache', []) %}{% do list.append(1) %}{% set found = run_query('select 1') %}select {{ list | length }}{% endif %}",
    'models/reads.sql':
      "{% if execute %}select {{ graph.get('cache', ['none']) | length }}{{ 'cache' in graph }}{% endif %}",
    'models/plain.sql':
      "{% if execute %}select {{ graph.nodes | length }}{{ graph['sources'] | length }}{% endif %}",
  }
  const ask = async () => answer(['x'], [1])

  it('is there for others of the same run, once, however often it was rendered', async () => {
    const { late, model, complaints } = compileFiles(files)
    expect(complaints).toEqual([])
    expect(['keeps', 'reads', 'plain'].map((name) => model(name).late)).toEqual([true, true, false])
    const textOf = async (name: string) => (await late.select(`model.shop.${name}`, false, ask)).full
    expect(await textOf('reads')).toBe('select 1False')
    await late.runHook('shop', "{% do graph.update({'cache': [0]}) %}", {}, ask)
    expect(await textOf('keeps')).toBe('select 2')
    expect(await textOf('reads')).toBe('select 2True')
    expect(await late.runHook('shop', "{{ graph['cache'] }}", {}, ask)).toBe('[0, 1]')
  })
})

it('a warm compile tells the same times, and finds the same models late, as a cold one', () => {
  const now = 'modules.datetime.datetime.utcnow()'
  const files = {
    'models/a.sql': `select '{{ ${now} }}' {{ graph.nodes | length }}`,
    'models/b.sql': "select 1 {% if execute %}{% do graph.setdefault('x', 1) %}{% endif %}",
    'models/c.sql': `select '{{ ${now} }}'`,
  }
  const cold = compileFiles(files)
  const edited = { ...files, 'models/c.sql': `select  '{{ ${now} }}'` }
  const warm = compileFiles(edited, { cache: cold.cache() })
  expect(warm.graph).toEqual(compileFiles(edited).graph)
  expect(warm.model('a').select.full).toBe(cold.model('a').select.full)
  expect(warm.model('b').late).toBe(true)
})

describe('modules.datetime', () => {
  const now = "modules.datetime.datetime.utcnow().strftime('%f')"

  it('tells a later time at each call', async () => {
    const { model, late } = compileFiles({
      'models/a.sql': `select {{ ${now} }} {{ ${now} }}`,
      'models/late.sql': `{% set first = ${now} %}{% set rows = run_query('select ' ~ first) %}{{ first }} {{ ${now} }}`,
    })
    const told = model('a').select.full.match(/\d+/g)!
    expect(new Set(told).size).toBe(2)
    const ask = async () => answer(['x'], [1])
    const texts = await Promise.all([1, 2].map(() => late.select('model.shop.late', false, ask)))
    const times = texts.flatMap(({ full }) => full.match(/\d+/g)!)
    expect(new Set([...told, ...times]).size).toBe(6)
    expect([...times].sort()).toEqual(times)
  })
})
