import { describe, expect, it } from 'vitest'
import { answer, compileFiles, type Files, testTarget } from '../src/testing/compile-files.ts'

describe('the schema of a model', () => {
  const files: Files = {
    'models/a.sql': 'select 1',
    'models/b.sql': "{{ config(schema='gold') }}select 1",
  }
  const schemas = (more: Files, options = {}) => {
    const { model, complaints } = compileFiles({ ...files, ...more }, options)
    expect(complaints).toEqual([])
    return [model('a').relation.schema, model('b').relation.schema]
  }

  it('is the one that it names, in a project of our own, and joined to that of the target in one of dbt’s', () => {
    expect(schemas({})).toEqual(['public', 'gold'])
    expect(schemas({ 'dbt_project.yml': 'name: shop\n' })).toEqual(['public', 'public_gold'])
    const target = { ...testTarget, prefix: 'dev_', defaultSchema: 'work' }
    expect(schemas({}, { target })).toEqual(['dev_work', 'dev_gold'])
    expect(schemas({ 'dbt_project.yml': 'name: shop\n' }, { target })).toEqual(['dev_work', 'dev_work_gold'])
  })

  it('is what generate_schema_name of the project says, which may call the default', () => {
    expect(
      schemas({
        'macros/n.sql':
          '{% macro generate_schema_name(custom_schema_name, node) -%}\n  {%- if custom_schema_name is none -%} {{ target.schema }}_none {%- else -%} {{ dbt.generate_schema_name(custom_schema_name, node) }}_{{ node.name }} {%- endif -%}\n{%- endmacro %}',
      }),
    ).toEqual(['public_none', 'gold_b'])
  })

  it('is what default__generate_schema_name of the project says, too', () => {
    const macro = (prefix: string) => ({
      'macros/n.sql': `{% macro ${prefix}__generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name or 'none' }}_own{% endmacro %}`,
    })
    expect(schemas(macro('default'))).toEqual(['none_own', 'gold_own'])
    expect(schemas(macro('postgres'))).toEqual(['none_own', 'gold_own'])
  })

  it('is what generate_schema_name_for_env says, for a project that asks for it', () => {
    const macro = {
      'macros/n.sql':
        '{% macro generate_schema_name(custom_schema_name, node) %}{{ generate_schema_name_for_env(custom_schema_name, node) }}{% endmacro %}',
    }
    expect(schemas(macro)).toEqual(['public', 'public'])
    expect(schemas(macro, { target: { ...testTarget, name: 'prod' } })).toEqual(['public', 'gold'])
  })
})

describe('the macros that name relations', () => {
  it('see the node: its name, path, package, tags, configuration', () => {
    const { model, complaints } = compileFiles({
      'macros/n.sql':
        "{% macro generate_alias_name(custom_alias_name=none, node=none) %}{{ [node.name, node.resource_type, node.path, node.original_file_path] | join(' ') }}{% endmacro %}{% macro generate_schema_name(custom, node) %}{{ [node.package_name, node.unique_id, node.fqn | join('.'), node.config.materialized, node.tags | join('+'), node.meta.x, node.config.get('meta', {}).get('x')] | join(' ') }}{% endmacro %}",
      'models/deep/a.sql': "{{ config(materialized='table', tags=['t'], meta={'x': 1}) }}select 1",
    })
    expect(complaints).toEqual([])
    expect(model('a').relation).toEqual({
      name: 'a model deep/a.sql models/deep/a.sql',
      schema: 'shop model.shop.a shop.deep.a table t 1 1',
    })
  })

  it('also name seeds and snapshots, and those of packages, for which the project speaks', () => {
    const { node, complaints } = compileFiles({
      'macros/n.sql':
        '{% macro generate_alias_name(custom_alias_name=none, node=none) %}{{ node.resource_type }}_{{ node.package_name }}_{{ custom_alias_name or node.name }}{% endmacro %}',
      'seeds/s.csv': 'a\n1\n',
      'snapshots/h.sql':
        "{% snapshot h %}{{ config(unique_key='id', strategy='check', check_cols='all', alias='hist') }}select 1 as id{% endsnapshot %}",
      'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
      'dbt_packages/lib/macros/n.sql':
        '{% macro generate_alias_name(custom_alias_name=none, node=none) %}of lib{% endmacro %}{% macro generate_schema_name(custom, node) %}lib_schema{% endmacro %}',
      'dbt_packages/lib/models/m.sql': 'select 1',
    })
    expect(complaints).toEqual([])
    expect(node('seed.shop.s')).toMatchObject({ relation: { schema: 'public', name: 'seed_shop_s' } })
    expect(node('snapshot.shop.h')).toMatchObject({ relation: { name: 'snapshot_shop_hist' } })
    expect(node('model.lib.m')).toMatchObject({ relation: { schema: 'lib_schema', name: 'model_lib_m' } })
  })

  it('say where they fail, and for which node', () => {
    const { diagnostics } = compileFiles({
      'macros/n.sql':
        "{% macro generate_schema_name(custom_schema_name, node) %}\n{{ exceptions.raise_compiler_error('no schema') }}{% endmacro %}",
      'models/a.sql': 'select 1',
    })
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]).toMatchObject({
      message: 'no schema',
      location: { file: 'macros/n.sql', line: 2 },
      related: [{ message: 'while naming a', location: { file: 'models/a.sql' } }, {}],
    })
  })

  it('may leave the database what it is, and nothing else', () => {
    const macro = (text: string) => ({
      'models/a.sql': 'select 1',
      'macros/n.sql': `{% macro generate_database_name(custom_database_name=none, node=none) %}${text}{% endmacro %}`,
    })
    expect(compileFiles(macro('{{ target.database }}')).complaints).toEqual([])
    expect(compileFiles(macro('elsewhere')).complaints).toEqual(['models/a.sql:1:1 OTHER_DATABASE'])
  })
})

describe('a source', () => {
  const relation = (yaml: string) => {
    const { node, complaints } = compileFiles({ 'models/s.yml': yaml })
    expect(complaints).toEqual([])
    return (node('source.shop.erp.orders') as { relation?: unknown }).relation
  }

  it('has the name and schema that it is given, with templates', () => {
    expect(relation('sources: [{ name: erp, tables: [{ name: orders }] }]')).toEqual({
      schema: 'erp',
      name: 'orders',
    })
    expect(
      relation(
        "sources: [{ name: erp, schema: \"{{ var('s', 'raw') }}_{{ target.name }}\", tables: [{ name: orders, identifier: ORDERS_V2 }] }]",
      ),
    ).toEqual({ schema: 'raw_default', name: 'ORDERS_V2' })
  })

  it('is folded as Postgres does where its quoting says so, the table before the source', () => {
    const yaml = (ofSource: string, ofTable: string) =>
      `sources: [{ name: erp, schema: RAW, quoting: ${ofSource}, tables: [{ name: orders, identifier: Orders, quoting: ${ofTable} }] }]`
    expect(relation(yaml('{ schema: false, identifier: false }', '{}'))).toEqual({
      schema: 'raw',
      name: 'orders',
    })
    expect(relation(yaml('{ identifier: false }', '{ identifier: true }'))).toEqual({
      schema: 'RAW',
      name: 'Orders',
    })
  })

  it('is not there where it is disabled, in the tree or at the table', () => {
    const files = {
      'models/s.yml':
        'sources: [{ name: erp, tables: [{ name: orders }, { name: items, config: { enabled: false } }] }, { name: old, config: { enabled: false }, tables: [{ name: x }] }, { name: tree, tables: [{ name: y }] }]',
      'strata.yml': 'name: shop\nsources: { shop: { tree: { +enabled: false } } }\n',
    }
    const { graph, complaints } = compileFiles(files)
    expect(complaints).toEqual([])
    expect(graph.nodes.map((node) => node.id)).toEqual(['source.shop.erp.orders'])
    const refused = compileFiles({ ...files, 'models/a.sql': "select * from {{ source('old', 'x') }}" })
    expect(refused.diagnostics[0]).toMatchObject({
      code: 'DISABLED_SOURCE',
      location: { file: 'models/a.sql', line: 1 },
    })
  })
})

describe('a relation that the adapter finds', () => {
  const found = async (project: string) => {
    const { late } = compileFiles({ [project]: 'name: shop\n' })
    const ask = async () => answer(['schema', 'name', 'type'], ['s', 't', 'view'])
    return late.text("{{ adapter.get_relation('strata', 's', 't') }}", ask)
  }

  it('prints its database in a project of dbt’s', async () => {
    expect(await found('dbt_project.yml')).toBe('"strata"."s"."t"')
    expect(await found('strata.yml')).toBe('"s"."t"')
  })
})
