import type { DataTestNode } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

const model = { 'models/a.sql': 'select 1 as id' }

const testsOf = (files: Files, options = {}): readonly DataTestNode[] => {
  const { graph, complaints } = compileFiles({ ...model, ...files }, options)
  expect(complaints).toEqual([])
  return graph.nodes.filter((node) => node.kind === 'data_test')
}

const onId = (tests: string) => ({
  'models/a.yml': `models: [{ name: a, columns: [{ name: id, data_tests: [${tests}] }] }]`,
})

describe('the name of a generic test', () => {
  const nameOf = (files: Files) => testsOf(files).map((test) => test.name)

  it('holds the test, the model, and the arguments in the order of their names', () => {
    expect(nameOf(onId('accepted_values: { values: [1, "b c"], quote: false }'))).toEqual([
      'accepted_values_a_id__False__1__b_c',
    ])
    expect(nameOf(onId("relationships: { to: ref('a'), field: id }"))).toEqual([
      'relationships_a_id__id__ref_a_',
    ])
  })

  it('names the source, and the package of the test before all', () => {
    const files = {
      'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
      'dbt_packages/lib/macros/t.sql':
        '{% test odd(model, column_name) %}select 1 from {{ model }}{% endtest %}',
      'models/s.yml':
        'sources: [{ name: erp, tables: [{ name: orders, columns: [{ name: id, data_tests: [unique, lib.odd] }] }] }]',
      ...onId('lib.odd'),
    }
    expect(nameOf(files).toSorted()).toEqual([
      'lib_odd_a_id',
      'lib_source_odd_erp_orders_id',
      'source_unique_erp_orders_id',
    ])
  })

  it('is the one that it is given', () => {
    expect(nameOf(onId('not_null: { name: my_own }, { name: other, test_name: unique }'))).toEqual([
      'my_own',
      'other',
    ])
  })

  it('must be given to one of two that differ in their conditions alone', () => {
    const { diagnostics } = compileFiles({
      ...model,
      ...onId('not_null, not_null: { config: { where: id > 1 } }'),
    })
    expect(diagnostics).toMatchObject([
      { code: 'DUPLICATE_TEST', severity: 'error', location: { file: 'models/a.yml' }, related: [{}] },
    ])
    expect(nameOf(onId('not_null, not_null: { name: large, config: { where: id > 1 } }'))).toEqual([
      'not_null_a_id',
      'large',
    ])
  })
})

describe('the fully qualified name of a generic test', () => {
  it('is made of the folders of the YAML file, as in dbt, not of those of the model', () => {
    const files = {
      'models/deep/m.yml': 'models: [{ name: a, columns: [{ name: id, data_tests: [unique, not_null] }] }]',
      'strata.yml': 'name: shop\ndata_tests: { shop: { deep: { +severity: warn } } }\n',
    }
    expect(testsOf(files).map(({ fqn, config }) => [fqn.join('.'), config.severity])).toEqual([
      ['shop.deep.unique_a_id', 'warn'],
      ['shop.deep.not_null_a_id', 'warn'],
    ])
  })
})

describe('the configuration of a data test', () => {
  it('has the defaults of dbt', () => {
    expect(testsOf(onId('unique'))[0]!.config).toMatchObject({
      severity: 'error',
      warnIf: '!= 0',
      errorIf: '!= 0',
      failCalc: 'count(*)',
      limit: null,
    })
  })

  it('comes from the project file, the body of the test, then its declaration', () => {
    const [test] = testsOf(
      {
        'strata.yml':
          'name: shop\ndata_tests: { +severity: warn, +tags: [all], shop: { a: {}, +limit: 5, +fail_calc: sum(n) } }\n',
        'macros/t.sql':
          "{% test big(model, column_name) %}{{ config(fail_calc='max(n)', warn_if='> 1') }}select 1 as n from {{ model }}{% endtest %}",
        ...onId(
          'big: { tags: own, severity: ERROR, config: { error_if: "> {{ var(\'many\', 10) }}", where: "id > {{ var(\'n\') }}" } }',
        ),
      },
      { vars: { n: 3 } },
    )
    expect(test).toMatchObject({
      tags: ['all', 'own'],
      config: { severity: 'error', warnIf: '> 1', errorIf: '> 10', failCalc: 'max(n)', limit: 5 },
    })
    expect(test!.select.full).toBe(
      'select 1 as n from (select * from "public"."a" where id > 3) dbt_subquery',
    )
  })

  it('of a file of its own comes from config() and YAML', () => {
    const [test] = testsOf({
      'tests/t.sql': "{{ config(severity='warn', error_if='> 3') }}select * from {{ ref('a') }};",
      'tests/t.yml': 'data_tests: [{ name: t, description: why, config: { warn_if: "> 2", tags: [x] } }]',
    })
    expect(test).toMatchObject({
      id: 'data_test.shop.t',
      test: 'singular',
      description: 'why',
      tags: ['x'],
      config: { severity: 'warn', warnIf: '> 2', errorIf: '> 3' },
      select: { full: 'select * from "public"."a"' },
    })
  })

  it('can switch it off', () => {
    expect(testsOf(onId('unique: { config: { enabled: false } }'))).toEqual([])
    expect(testsOf({ 'tests/t.sql': '{{ config(enabled=false) }}select 1' })).toEqual([])
    expect(
      testsOf({ ...onId('unique'), 'strata.yml': 'name: shop\ndata_tests: { +enabled: false }\n' }),
    ).toEqual([])
  })
})

describe('a generic test', () => {
  it('takes arguments of every type, with templates in them', () => {
    const [test] = testsOf({
      'macros/t.sql':
        '{% test t(model, list, map, flag, nothing, text, relation, expression) %}{{ list[1] }} {{ map.k[0] }} {{ flag }} {{ nothing is none }} {{ text }} {{ relation }} {{ expression }} {{ model }}{% endtest %}',
      'models/a.yml': `models:
  - name: a
    data_tests:
      - t:
          arguments:
            list: [1, "two"]
            map: { k: [3] }
            flag: true
            nothing: null
            text: "it's \\"so\\"\\n{{ 'x' ~ 1 }}"
            relation: source('erp', 'orders')
            expression: "{{ var('v', 'w') }}"
`,
      'models/s.yml': 'sources: [{ name: erp, tables: [{ name: orders }] }]',
    })
    expect(test!.select.full).toBe('two 3 True True it\'s "so"\nx1 "erp"."orders" w "public"."a"')
    expect(test!.parents.toSorted()).toEqual(['model.shop.a', 'source.shop.erp.orders'])
  })

  it('may be defined in the folder of tests, and in a package', () => {
    const tests = testsOf({
      'tests/generic/t.sql': '{% test mine(model, column_name) %}mine {{ column_name }}{% endtest %}',
      'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
      'dbt_packages/lib/tests/generic/t.sql':
        '{% test theirs(model, column_name, n=2) %}theirs {{ n }} {{ lib.sub() }}{% endtest %}',
      'dbt_packages/lib/macros/sub.sql': '{% macro sub() %}sub{% endmacro %}',
      ...onId('mine, lib.theirs: { n: 3 }'),
    })
    expect(tests.map((test) => test.select.full)).toEqual(['mine id', 'theirs 3 sub'])
  })

  it('quotes a column that asks for it', () => {
    const [test] = testsOf({
      'models/a.yml': 'models: [{ name: a, columns: [{ name: Id, quote: true, data_tests: [not_null] }] }]',
    })
    expect(test!.select.full).toContain('where "Id" is null')
  })

  it('of a package stands with the package, and comes along with it', () => {
    const tests = testsOf({
      'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
      'dbt_packages/lib/models/p.sql': 'select 1 as id',
      'dbt_packages/lib/models/p.yml': 'models: [{ name: p, columns: [{ name: id, tests: [unique] }] }]',
      'dbt_packages/lib/tests/s.sql': "select * from {{ ref('p') }}",
    })
    expect(tests.map((test) => [test.name, test.packageName])).toEqual([
      ['unique_p_id', 'lib'],
      ['s', 'lib'],
    ])
  })

  it('that refers to a model that is switched off is left out, with a warning', () => {
    const files = {
      ...model,
      'models/off.sql': '{{ config(enabled=false) }}select 1',
      ...onId("relationships: { to: ref('off'), field: id }"),
      'tests/s.sql': "select * from {{ ref('off') }}",
    }
    const { graph, diagnostics } = compileFiles(files)
    expect(graph.nodes.map((node) => node.id)).toEqual(['model.shop.a'])
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['DISABLED_REF', 'warning'],
      ['DISABLED_REF', 'warning'],
    ])
  })

  it('that goes wrong is told at its place in the YAML file, with the macro', () => {
    const { diagnostics } = compileFiles({
      ...model,
      'macros/t.sql': '{% test t(model, n) %}\n{{ n + none }}{% endtest %}',
      'models/a.yml': 'models:\n  - name: a\n    data_tests:\n      - t: { n: 1 }\n',
    })
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]!.location).toMatchObject({ file: 'macros/t.sql', line: 2 })
    expect(diagnostics[0]!.related!.map(({ location }) => [location.file, location.line])).toContainEqual([
      'models/a.yml',
      4,
    ])
  })
})
