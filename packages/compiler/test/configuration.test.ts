import { describe, expect, it } from 'vitest'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

const configOf = (files: Files, name = 'a') => {
  const { model, complaints } = compileFiles(files)
  expect(complaints).toEqual([])
  return model(name)
}

describe('the configuration of a model', () => {
  it('grows more special down the folders of the project file, with and without +', () => {
    const files = {
      'strata.yml': `name: shop
models:
  +materialized: table
  shop:
    +schema: all
    deep:
      schema: deep
      deeper: { +alias: renamed, +indexes: [{ columns: [id] }] }
`,
      'models/b.sql': 'select 1',
      'models/deep/deeper/a.sql': 'select 1',
    }
    expect(configOf(files, 'b')).toMatchObject({ config: { materialized: 'table', schema: 'all' } })
    expect(configOf(files)).toMatchObject({
      relation: { schema: 'deep', name: 'renamed' },
      config: { materialized: 'table', indexes: [{ columns: ['id'] }] },
    })
  })

  it('can be given for one model by its name in the tree', () => {
    expect(
      configOf({
        'strata.yml': 'name: shop\nmodels: { shop: { deep: { a: { +materialized: table } } } }\n',
        'models/deep/a.sql': 'select 1',
      }).config.materialized,
    ).toBe('table')
  })

  it('adds up tags, merges meta, and replaces everything else', () => {
    const { tags, meta, config } = configOf({
      'strata.yml':
        'name: shop\nmodels: { +tags: one, +meta: { a: 1, b: 1 }, shop: { +tags: [two, one], +meta: { b: 2 }, +indexes: [{ columns: [x] }] } }\n',
      'models/m.yml':
        'models: [{ name: a, tags: [top], meta: { c: 3 }, config: { tags: [yaml], meta: { d: 4 }, indexes: [{ columns: [y] }] } }]',
      'models/a.sql': "{{ config(tags='file', meta={'b': 5}) }}select 1",
    })
    expect(tags).toEqual(['one', 'two', 'top', 'yaml', 'file'])
    expect(meta).toEqual({ a: 1, b: 5, c: 3, d: 4 })
    expect(config['indexes']).toEqual([{ columns: ['y'] }])
  })

  it('adds to the grants below it with +, and replaces them without', () => {
    const files = (grants: string) => ({
      'strata.yml': 'name: shop\nmodels: { +grants: { select: [reader], insert: writer } }\n',
      'models/a.sql': `{{ config(grants=${grants}) }}select 1`,
    })
    expect(configOf(files("{'+select': ['ada']}")).config['grants']).toEqual({
      select: ['reader', 'ada'],
      insert: ['writer'],
    })
    expect(configOf(files("{'select': 'ada'}")).config['grants']).toEqual({
      select: ['ada'],
      insert: ['writer'],
    })
  })

  it('takes several calls of config() in one file together, also where the file is rendered twice', () => {
    const model = configOf({
      'models/a.sql':
        "{{ config(tags=['x'], pre_hook='select 1', materialized='table') }}{{ config(tags=['y'], pre_hook='select 2', materialized='incremental') }}select 1{% if is_incremental() %} where true{% endif %}",
    })
    expect(model.tags).toEqual(['x', 'y'])
    expect(model.config.materialized).toBe('incremental')
    expect(model.preHooks.map((hook) => hook.sql)).toEqual(['select 1', 'select 2'])
  })

  it('takes config() with a dict', () => {
    expect(
      configOf({ 'models/a.sql': "{{ config({'materialized': 'table', 'pre-hook': 'select 1'}) }}select 1" }),
    ).toMatchObject({ config: { materialized: 'table' }, preHooks: [{ sql: 'select 1' }] })
  })

  it('of a package is that of its own project file, its files, and then ours', () => {
    const files = {
      'dbt_packages/lib/dbt_project.yml':
        'name: lib\nmodels: { lib: { +schema: lib, +materialized: table, +tags: [lib] } }\n',
      'dbt_packages/lib/models/inner/p.sql': "{{ config(materialized='view', alias='q') }}select 1",
      'strata.yml':
        'name: shop\nmodels: { shop: { +schema: own }, lib: { inner: { +materialized: table, +tags: [root] } } }\n',
      'models/a.sql': 'select 1',
    }
    expect(configOf(files)).toMatchObject({ config: { materialized: 'view', schema: 'own' } })
    expect(configOf(files, 'p')).toMatchObject({
      tags: ['lib', 'root'],
      relation: { schema: 'lib', name: 'q' },
      config: { materialized: 'table' },
    })
  })

  it('can switch a model off, in a package as well, and says so to those who refer to it', () => {
    const { graph, diagnostics } = compileFiles({
      'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
      'dbt_packages/lib/models/p.sql': 'select 1',
      'strata.yml': 'name: shop\nmodels: { lib: { +enabled: false } }\nseeds: { +enabled: false }\n',
      'models/a.sql': "select * from {{ ref('p') }}",
      'models/b.sql': "select *\nfrom {{ ref('s') }}",
      'seeds/s.csv': 'id\n1\n',
    })
    expect(graph.nodes.map((node) => node.id)).toEqual(['model.shop.a', 'model.shop.b'])
    expect(diagnostics).toMatchObject([
      { code: 'DISABLED_REF', location: { file: 'models/a.sql', line: 1 } },
      { code: 'DISABLED_REF', location: { file: 'models/b.sql', line: 2 } },
    ])
  })

  it('of seeds has column types, a delimiter and quoting', () => {
    const { node, complaints } = compileFiles({
      'strata.yml':
        'name: shop\nseeds: { +quote_columns: true, shop: { s: { +delimiter: ";", +column_types: { a: text } } } }\n',
      'seeds/s.csv': 'a;b\n1;2\n',
      'seeds/s.yml': 'seeds: [{ name: s, config: { column_types: { b: numeric }, schema: raw } }]',
    })
    expect(complaints).toEqual([])
    expect(node('seed.shop.s')).toMatchObject({
      relation: { schema: 'raw', name: 's' },
      config: { columnTypes: { a: 'text', b: 'numeric' }, quoteColumns: true, delimiter: ';' },
    })
  })
})

describe('hooks', () => {
  it('run in the order project, folder, properties, file, and the project’s last for a package', () => {
    const files = {
      'strata.yml':
        'name: shop\nmodels: { +pre-hook: select 1, shop: { +pre-hook: [select 2, select 3] }, lib: { +pre-hook: select 9 } }\n',
      'models/m.yml': 'models: [{ name: a, config: { pre-hook: select 4, post_hook: [select 6] } }]',
      'models/a.sql': "{{ config(pre_hook='select 5') }}select 1",
      'dbt_packages/lib/dbt_project.yml': 'name: lib\nmodels: { +pre-hook: select 7 }\n',
      'dbt_packages/lib/models/p.sql': "{{ config(pre_hook='select 8') }}select 1",
    }
    const sql = (name: string) => configOf(files, name).preHooks.map((hook) => hook.sql)
    expect(sql('a')).toEqual([1, 2, 3, 4, 5].map((n) => `select ${n}`))
    expect(sql('p')).toEqual([7, 8, 1, 9].map((n) => `select ${n}`))
    expect(configOf(files).postHooks.map((hook) => hook.sql)).toEqual(['select 6'])
  })

  it('may stand outside of the transaction, as a dict, as JSON, or by the macros for it', () => {
    const { preHooks, postHooks } = configOf({
      'models/m.yml':
        'models: [{ name: a, config: { pre-hook: [{ sql: select 1, transaction: false }, { sql: select 2 }] } }]',
      'models/a.sql':
        "{{ config(pre_hook=before_begin('select 3'), post_hook=[after_commit('vacuum'), in_transaction('select 4'), {'sql': 'select 5', 'transaction': false}]) }}select 1",
    })
    const brief = (hooks: typeof preHooks) => hooks.map(({ sql, transaction }) => [sql, transaction])
    expect(brief(preHooks)).toEqual([
      ['select 1', false],
      ['select 2', true],
      ['select 3', false],
    ])
    expect(brief(postHooks)).toEqual([
      ['vacuum', false],
      ['select 4', true],
      ['select 5', false],
    ])
  })

  it('see the relation, its configuration, macros and the graph, and may be written with a template', () => {
    const { postHooks } = configOf({
      'strata.yml':
        'name: shop\nmodels:\n  +post-hook: "{{ note(this) }}, {{ config.get(\'materialized\') }}, {{ model.name }}, {{ this.identifier }}"\n',
      'macros/m.sql': '{% macro note(relation) %}comment on {{ relation }}{% endmacro %}',
      'models/a.sql': "{{ config(materialized='table') }}select 1",
    })
    expect(postHooks[0]!.sql).toBe('comment on "public"."a", table, a, a')
  })

  it('are late where they ask whether the step takes an increment', () => {
    const { postHooks } = configOf({
      'models/a.sql':
        "{{ config(materialized='incremental', post_hook='{% if is_incremental() %}analyze{% endif %}') }}select 1",
    })
    expect(postHooks).toMatchObject([{ sql: null }])
  })

  it('are late where they ask the database', () => {
    const { postHooks } = configOf({
      'models/a.sql':
        '{{ config(post_hook="{% for row in run_query(\'select 1\') %}select 2{% endfor %}") }}select 1',
    })
    expect(postHooks).toMatchObject([{ sql: null, transaction: true }])
  })

  it('are complained of at their model', () => {
    const { complaints, diagnostics } = compileFiles({
      'models/a.sql': "\n{{ config(post_hook='{{ nothing() }}') }}select 1",
    })
    expect(complaints).toEqual(['models/a.sql:2:4 TEMPLATE_UNDEFINED'])
    expect(diagnostics[0]!.message).toMatch(/^in a hook: /)
  })

  it('around a run are those of packages, then those of the project', () => {
    const { graph } = compileFiles({
      'strata.yml': 'name: shop\non-run-start: select 1\non-run-end: [select 2, "{{ done(\'x\') }}"]\n',
      'dbt_packages/lib/dbt_project.yml': 'name: lib\non-run-start: [select 3]\n',
    })
    expect(graph.onRunStart.map((hook) => [hook.packageName, hook.template])).toEqual([
      ['lib', 'select 3'],
      ['shop', 'select 1'],
    ])
    expect(graph.onRunEnd.map((hook) => hook.template)).toEqual(['select 2', "{{ done('x') }}"])
  })
})

describe('groups and access', () => {
  const files: Files = {
    'models/groups.yml': 'groups: [{ name: finance, owner: { name: Ada } }]',
    'models/m.yml':
      'models: [{ name: secret, access: private, config: { group: finance } }, { name: inside, group: finance }]',
    'models/secret.sql': 'select 1',
    'models/inside.sql': "select * from {{ ref('secret') }}",
  }

  it('let a private model be read by its own group', () => {
    const { complaints, model, graph } = compileFiles(files)
    expect(complaints).toEqual([])
    expect(model('secret')).toMatchObject({ access: 'private', group: 'finance' })
    expect(graph.groups).toMatchObject([{ name: 'finance', packageName: 'shop', owner: { name: 'Ada' } }])
  })

  it('keep everyone else from it, at the place of the reference', () => {
    const { diagnostics } = compileFiles({
      ...files,
      'models/outside.sql': "select *\nfrom {{ ref('secret') }}",
      'tests/t.sql': "select * from {{ ref('secret') }}",
    })
    expect(diagnostics).toMatchObject([
      { code: 'NO_ACCESS', location: { file: 'models/outside.sql', line: 2 } },
      { code: 'NO_ACCESS', location: { file: 'tests/t.sql' } },
    ])
    expect(diagnostics[0]!.message).toBe('the model "secret" is private to the group "finance"')
  })

  it('let the tests of a private model read it', () => {
    const { complaints } = compileFiles({
      ...files,
      'models/secret.yml': 'seeds: []',
      'models/m.yml':
        'models: [{ name: secret, access: private, config: { group: finance }, columns: [{ name: id, data_tests: [unique] }] }]',
      'models/inside.sql': 'select 1',
    })
    expect(complaints).toEqual([])
  })

  it('keep what is not public inside of a package that restricts access', () => {
    const lib = (restrict: boolean) => ({
      'dbt_packages/lib/dbt_project.yml': `name: lib\nrestrict-access: ${restrict}\n`,
      'dbt_packages/lib/models/m.yml': 'models: [{ name: open, access: public }]',
      'dbt_packages/lib/models/open.sql': "select * from {{ ref('shut') }}",
      'dbt_packages/lib/models/shut.sql': 'select 1',
      'models/a.sql': "select * from {{ ref('open') }}, {{ ref('lib', 'shut') }}",
    })
    expect(compileFiles(lib(false)).complaints).toEqual([])
    const { diagnostics } = compileFiles(lib(true))
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]).toMatchObject({
      code: 'NO_ACCESS',
      message: 'the model "shut" is protected to the package "lib"',
    })
  })

  it('must be ones that there are', () => {
    const { complaints } = compileFiles({
      ...files,
      'models/n.yml': 'models: [{ name: n, group: finanz }, { name: o, access: secretive }]',
      'models/n.sql': 'select 1',
      'models/o.sql': "{{ config(access='hidden') }}select 1",
    })
    expect(complaints).toEqual([
      'models/n.yml:1:28 UNKNOWN_GROUP',
      'models/n.yml:1:57 BAD_VALUE',
      'models/o.sql:1:4 BAD_VALUE',
    ])
  })
})
