import { expect, it } from 'vitest'
import { compileFiles } from '../src/testing/compile-files.ts'

const macros =
  "{% macro keep(key, value) %}{% do context.update({key: value}) %}{% endmacro %}{% macro kept(key) %}{{ return(context.get(key, 'none')) }}{% endmacro %}"

it('what a macro adds to context is found there by another, in the same render alone', () => {
  const { model, complaints } = compileFiles({
    'macros/m.sql': macros,
    'models/a.sql':
      "{% do keep('k', 'v') %}{{ kept('k') }} {{ context['k'] }} {{ 'seen' if k is defined else 'no name' }}",
    'models/b.sql': "{{ kept('k') }}",
  })
  expect(complaints).toEqual([])
  expect(model('a').select.full).toBe('v v no name')
  expect(model('b').select.full).toBe('none')
})

it('`this` of a data test is where its failing rows would be kept', () => {
  const { dataTest } = compileFiles({
    'dbt_project.yml': 'name: shop\n',
    'models/a.sql': 'select 1 as id',
    'tests/one.sql': "select * from {{ ref('a') }} where '{{ this }}' <> '{{ this.name }}'",
  })
  expect(dataTest('one').select.full).toBe(
    'select * from "strata"."public"."a" where \'"strata"."public_dbt_test__audit"."one"\' <> \'one\'',
  )
})
