import { describe, expect, it } from 'vitest'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

const ephemeral = (sql: string) => `{{ config(materialized='ephemeral') }}${sql}`

const selectOf = (files: Files, name = 'c') => {
  const { model, complaints } = compileFiles(files)
  expect(complaints).toEqual([])
  return model(name).select.full
}

describe('an ephemeral model', () => {
  it('becomes a common table expression of those that refer to it, once', () => {
    const files = {
      'models/e.sql': ephemeral('select 1 as id;\n'),
      'models/c.sql': "select * from {{ ref('e') }} join {{ ref('e') }} as again using (id)",
      'models/d.sql': "select * from {{ ref('e') }}",
    }
    expect(selectOf(files)).toBe(
      'with __dbt__cte__e as (\nselect 1 as id\n)\nselect * from __dbt__cte__e join __dbt__cte__e as again using (id)',
    )
    expect(selectOf(files, 'd')).toBe(
      'with __dbt__cte__e as (\nselect 1 as id\n)\nselect * from __dbt__cte__e',
    )
  })

  it('stands before the expressions that the model has itself', () => {
    expect(
      selectOf({
        'models/e.sql': ephemeral('select 1'),
        'models/c.sql': "with own as (select * from {{ ref('e') }}) select * from own",
      }),
    ).toBe('with __dbt__cte__e as (\nselect 1\n), own as (select * from __dbt__cte__e) select * from own')
  })

  it('leaves a WITH RECURSIVE recursive, and comments before it where they are', () => {
    expect(
      selectOf({
        'models/e.sql': ephemeral('select 1'),
        'models/c.sql':
          "-- with care\n/* a /* nested */ one */\nWITH RECURSIVE t(n) as (select * from {{ ref('e') }}) select * from t",
      }),
    ).toBe(
      '-- with care\n/* a /* nested */ one */\nwith recursive __dbt__cte__e as (\nselect 1\n), t(n) as (select * from __dbt__cte__e) select * from t',
    )
  })

  it('may stand on others, which come before it', () => {
    expect(
      selectOf({
        'models/e1.sql': ephemeral('select 1 as id'),
        'models/e2.sql': ephemeral("select * from {{ ref('e1') }} -- the end"),
        'models/e3.sql': ephemeral("with x as (select 1) select * from {{ ref('e2') }}, {{ ref('e1') }}, x"),
        'models/c.sql': "select * from {{ ref('e3') }}, {{ ref('e1') }}",
      }),
    ).toBe(
      [
        'with __dbt__cte__e1 as (\nselect 1 as id\n)',
        '__dbt__cte__e2 as (\nselect * from __dbt__cte__e1 -- the end\n)',
        '__dbt__cte__e3 as (\nwith x as (select 1) select * from __dbt__cte__e2, __dbt__cte__e1, x\n)\nselect * from __dbt__cte__e3, __dbt__cte__e1',
      ].join(',\n'),
    )
  })

  it('is tested, also with a condition, through its expression', () => {
    const { dataTest, complaints } = compileFiles({
      'models/e.sql': ephemeral('select 1 as id'),
      'models/e.yml':
        'models: [{ name: e, columns: [{ name: id, data_tests: [not_null: { config: { where: id > 0 } }] }] }]',
    })
    expect(complaints).toEqual([])
    expect(dataTest('not_null_e_id').select.full.replace(/\s+/g, ' ')).toBe(
      'with __dbt__cte__e as ( select 1 as id ) select id from (select * from __dbt__cte__e where id > 0) dbt_subquery where id is null',
    )
  })

  it('is seen by an incremental model in both of its forms', () => {
    const { model } = compileFiles({
      'models/e.sql': ephemeral('select 1 as id'),
      'models/c.sql':
        "{{ config(materialized='incremental') }}select * from {{ ref('e') }}{% if is_incremental() %} where id > 1{% endif %}",
    })
    expect(model('c').select.increment).toEqual([
      'with __dbt__cte__e as (\nselect 1 as id\n)\nselect * from __dbt__cte__e where id > 1',
    ])
  })

  it('of a package has its own macros and variables', () => {
    expect(
      selectOf({
        'dbt_packages/lib/dbt_project.yml': 'name: lib\nvars: { x: of lib }\n',
        'dbt_packages/lib/macros/m.sql': '{% macro m() %}m of lib{% endmacro %}',
        'dbt_packages/lib/models/e.sql': ephemeral("{{ m() }} {{ var('x') }}"),
        'models/c.sql': "{{ ref('e') }}",
      }),
    ).toBe('with __dbt__cte__e as (\nm of lib of lib\n)\n__dbt__cte__e')
  })

  it('has an expression for each of its versions, and for each package that has one of its name', () => {
    const sql = selectOf({
      'models/e.yml': 'models: [{ name: e, versions: [{ v: 1 }, { v: 2 }] }]',
      'models/e_v1.sql': ephemeral('select 1'),
      'models/e_v2.sql': ephemeral('select 2'),
      'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
      'dbt_packages/lib/models/f.sql': ephemeral('select 3'),
      'models/f.sql': ephemeral('select 4'),
      'models/c.sql': "{{ ref('e', v=1) }} {{ ref('e') }} {{ ref('f') }} {{ ref('lib', 'f') }}",
    })
    const names = sql.split('\n').at(-1)!.split(' ')
    expect(new Set(names).size).toBe(4)
    for (const name of names) expect(sql).toContain(`${name} as (`)
  })

  it('names the model whose template is wrong, not the one that refers to it', () => {
    const { complaints } = compileFiles({
      'models/e.sql': ephemeral("{% if execute %}{{ exceptions.raise_compiler_error('no') }}{% endif %}"),
      'models/c.sql': "select * from {{ ref('e') }}",
    })
    expect(complaints).toHaveLength(1)
    expect(complaints[0]).toMatch(/^models\/e\.sql:1:/)
  })

  it('in a circle is told as a circle', () => {
    const { complaints } = compileFiles({
      'models/e.sql': ephemeral("select * from {{ ref('c') }}"),
      'models/c.sql': ephemeral("select * from {{ ref('e') }}"),
    })
    expect(complaints).toHaveLength(1)
    expect(complaints[0]).toMatch(/CYCLE$/)
  })
})
