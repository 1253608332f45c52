import { forbiddenVariable } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

const rendered = (files: Files, name = 'a', options = {}) => {
  const { model, complaints } = compileFiles(files, options)
  expect(complaints).toEqual([])
  return model(name).select.full
}

describe('var()', () => {
  const files: Files = {
    'strata.yml': 'name: shop\nvars: { x: root, shop: { z: own }, lib: { y: for lib } }\n',
    'models/a.sql':
      "{{ var('x') }}, {{ var('z') }}, {{ var('y', 'unseen') }}, {{ var.has_var('x') }}, {{ var.has_var('q') }}",
    'dbt_packages/lib/dbt_project.yml':
      'name: lib\nvars: { x: of lib, y: of lib, w: of lib, lib: { w: scoped in lib } }\n',
    'dbt_packages/lib/models/l.sql':
      "{{ var('x') }}, {{ var('y') }}, {{ var('w') }}, {{ var('z', 'unseen') }}",
  }

  it('finds what the project says for that package, then for all, then what the package says itself', () => {
    expect(rendered(files)).toBe('root, own, unseen, True, False')
    expect(rendered(files, 'l')).toBe('root, for lib, scoped in lib, unseen')
  })

  it('finds what the command line says before everything else', () => {
    const options = { vars: { x: 1, y: [1, 2], z: null } }
    expect(rendered(files, 'a', options)).toBe('1, None, [1, 2], True, False')
    expect(rendered(files, 'l', options)).toBe('1, [1, 2], scoped in lib, None')
  })

  it('finds in a macro of a package what the calling model would find', () => {
    expect(
      rendered({
        ...files,
        'dbt_packages/lib/macros/m.sql': "{% macro y() %}{{ var('y', 'unseen') }}{% endmacro %}",
        'models/a.sql': '{{ lib.y() }}',
      }),
    ).toBe('unseen')
  })

  it('is known in YAML files, where the value keeps its type', () => {
    const { model, graph, complaints } = compileFiles(
      {
        'strata.yml':
          "name: shop\nvars: { on: true }\nmodels:\n  shop:\n    off: { +enabled: \"{{ var('on') and not var('on') }}\" }\n    +meta: { list: \"{{ var('names', ['n']) }}\" }\n",
        'models/a.sql': 'select 1',
        'models/off/b.sql': 'select 1',
        'models/m.yml':
          "models: [{ name: a, config: { tags: [\"{{ var('t', 'none') }}\"], materialized: \"{{ 'table' if var('on') else 'view' }}\" } }]",
      },
      { vars: { t: 'nightly' } },
    )
    expect(complaints).toEqual([])
    expect(graph.nodes).toHaveLength(1)
    expect(model('a')).toMatchObject({
      tags: ['nightly'],
      config: { materialized: 'table' },
      meta: { list: ['n'] },
    })
  })

  it('names the nearest variable where there is none', () => {
    const { diagnostics } = compileFiles({ ...files, 'models/b.sql': "\n{{ var('xx') }}" })
    expect(diagnostics).toMatchObject([
      { code: 'UNKNOWN_VAR', hint: 'Did you mean "x"?', location: { file: 'models/b.sql', line: 2 } },
    ])
  })
})

describe('env_var()', () => {
  const options = {
    environmentVariable: (name: string) =>
      name === 'DBT_A' ? 'set' : name === 'HOME' ? forbiddenVariable : undefined,
  }

  it('reads what is set, or its default', () => {
    expect(
      rendered({ 'models/a.sql': "{{ env_var('DBT_A', 'd') }} {{ env_var('DBT_B', 'd') }}" }, 'a', options),
    ).toBe('set d')
  })

  it('says what is not set, and what is not for templates', () => {
    const { complaints } = compileFiles(
      { 'models/a.sql': "{{ env_var('DBT_B') }}", 'models/b.sql': "{{ env_var('HOME', 'x') }}" },
      options,
    )
    expect(complaints).toEqual(['models/a.sql:1:4 UNKNOWN_ENV_VAR', 'models/b.sql:1:4 FORBIDDEN_ENV_VAR'])
  })
})

describe('a template sees of its invocation', () => {
  it('the flags and arguments', () => {
    expect(
      rendered(
        {
          'strata.yml': 'name: shop\nflags: { my_flag: true }\n',
          'models/a.sql':
            '{{ flags.WHICH }} {{ flags.FULL_REFRESH }} {{ flags.MY_FLAG }} {{ flags.STORE_FAILURES }} {{ invocation_args_dict.which }} {{ invocation_args_dict.full_refresh }} {{ invocation_id }} {{ project_name }} {{ target.type }} {{ target.schema }}',
        },
        'a',
        { fullRefresh: true, command: 'build' },
      ),
    ).toBe('build True True False build True test shop postgres public')
  })

  it('the graph, once it is known, with every node and its configuration', () => {
    expect(
      rendered({
        'models/a.sql':
          "{% if execute %}{% for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') %}{{ node.unique_id }}:{{ node.config.materialized }} {% endfor %}{{ graph.sources.values() | map(attribute='identifier') | join }}{% endif %}",
        'models/b.sql': "{{ config(materialized='table') }}select 1",
        'models/s.yml': 'sources: [{ name: erp, tables: [{ name: orders }] }]',
      }),
    ).toBe('model.shop.a:view model.shop.b:table orders')
  })

  it('its own node as model, with its configuration merged', () => {
    expect(
      rendered({
        'strata.yml': 'name: shop\nmodels: { +meta: { owner: ada } }\n',
        'models/x/a.sql':
          "{{ config(materialized='table', meta={'k': 1}) }}{{ model.name }} {{ model.unique_id }} {{ model.config.materialized }} {{ config.get('materialized') }} {{ config.get('nothing', 'else') }} {{ model.config.meta.owner }}{{ config.meta_get('k') }} {{ config.require('materialized') }} {{ this.identifier }}",
      }),
    ).toBe('a model.shop.a table table else ada1 table a')
  })
})

describe('what is known only at the step', () => {
  it('is seen by a template that is late: what was selected, its answers, the adapter', async () => {
    const { late, complaints } = compileFiles(
      {
        'models/a.sql': `{% if execute %}{{ selected_resources | join(' ') }}
{%- call statement('rows', fetch_result=true) %}select 1{% endcall %}
{%- set table = load_result('rows') %} {{ table.table.columns | map(attribute='name') | join }} {{ table['data'] }}
{%- set relation = api.Relation.create(schema='s', identifier='t') %} {{ relation.without_identifier() }}
{%- set column = api.Column('c', 'character varying', 20) %} {{ column.data_type }} {{ column.is_string() }}
{%- endif %}`,
      },
      { selectedResources: () => ['model.shop.a'] },
    )
    expect(complaints).toEqual([])
    const ask = async () => ({ columns: [{ name: 'n', typeOid: 23 }], rows: [[1]], rowCount: 1 })
    expect((await late.select('model.shop.a', false, ask)).full).toBe(
      'model.shop.a n [(1,)] "s" character varying(20) True',
    )
  })
})
