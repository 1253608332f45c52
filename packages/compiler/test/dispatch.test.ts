import { describe, expect, it } from 'vitest'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

const toolbox: Files = {
  'dbt_packages/toolbox/dbt_project.yml': 'name: toolbox\n',
  'dbt_packages/toolbox/macros/star.sql': `{% macro star() %}{{ return(adapter.dispatch('star', 'toolbox')()) }}{% endmacro %}
{% macro default__star() %}default of toolbox{% endmacro %}`,
}

const select = (files: Files, template = '{{ toolbox.star() }}') => {
  const compiled = compileFiles({ ...toolbox, 'models/a.sql': template, ...files })
  expect(compiled.complaints).toEqual([])
  return compiled.model('a').select.full
}

describe('adapter.dispatch', () => {
  it('takes the default of the package where nothing else is there', () => {
    expect(select({})).toBe('default of toolbox')
  })

  it("takes the package's macro for Postgres before its default", () => {
    expect(
      select({ 'dbt_packages/toolbox/macros/p.sql': '{% macro postgres__star() %}postgres{% endmacro %}' }),
    ).toBe('postgres')
  })

  it("takes the project's own macro before the package's, whichever its prefix is", () => {
    expect(
      select({
        'macros/m.sql': '{% macro default__star() %}root{% endmacro %}',
        'dbt_packages/toolbox/macros/p.sql': '{% macro postgres__star() %}postgres{% endmacro %}',
      }),
    ).toBe('root')
  })

  it('follows the search order of the project file, and no other package', () => {
    const other: Files = {
      'dbt_packages/other/dbt_project.yml': 'name: other\n',
      'dbt_packages/other/macros/m.sql': '{% macro default__star() %}other{% endmacro %}',
      'macros/m.sql': '{% macro default__star() %}root{% endmacro %}',
    }
    const order = (names: string) =>
      `name: shop\ndispatch:\n  - macro_namespace: toolbox\n    search_order: [${names}]\n`
    expect(select({ ...other, 'strata.yml': order('other, shop, toolbox') })).toBe('other')
    expect(select({ ...other, 'strata.yml': order('toolbox') })).toBe('default of toolbox')
    expect(select(other)).toBe('root')
  })

  it('looks through the macros that the template sees where no package is named, or one that nobody knows', () => {
    const files = { 'macros/m.sql': '{% macro default__own() %}own{% endmacro %}' }
    expect(select(files, "{{ adapter.dispatch('own')() }}")).toBe('own')
    expect(select(files, "{{ adapter.dispatch('own', 'nobody')() }}")).toBe('own')
  })

  it('says what it has looked for, in order, at the line of the call', () => {
    const { diagnostics } = compileFiles({
      ...toolbox,
      'models/a.sql': "select\n  {{ adapter.dispatch('unheard_of', 'toolbox')() }}",
    })
    expect(diagnostics).toMatchObject([
      {
        code: 'NO_DISPATCH',
        message: 'no macro "unheard_of" can be dispatched to',
        location: { file: 'models/a.sql', line: 2 },
        hint: 'Searched for "shop.postgres__unheard_of", "shop.default__unheard_of", "toolbox.postgres__unheard_of", "toolbox.default__unheard_of".',
      },
    ])
  })

  it('refuses a name with its package in it, and says how to write it', () => {
    const { diagnostics } = compileFiles({
      ...toolbox,
      'models/a.sql': "{{ adapter.dispatch('toolbox.star')() }}",
    })
    expect(diagnostics[0]).toMatchObject({ hint: "Write adapter.dispatch('star', 'toolbox')." })
  })

  it('lets a project replace a cross-database macro', () => {
    const own = {
      'macros/m.sql':
        "{% macro postgres__date_trunc(datepart, date) %}my_trunc('{{ datepart }}', {{ date }}){% endmacro %}",
    }
    expect(select({}, "{{ dbt.date_trunc('day', 'at') }}")).toBe("date_trunc('day', at)")
    expect(select(own, "{{ dbt.date_trunc('day', 'at') }}")).toBe("my_trunc('day', at)")
    expect(select(own, "{{ date_trunc('day', 'at') }}")).toBe("my_trunc('day', at)")
    const order = 'name: shop\ndispatch: [{ macro_namespace: dbt, search_order: [toolbox, dbt] }]\n'
    const packages = {
      'strata.yml': order,
      'dbt_packages/toolbox/macros/d.sql':
        '{% macro default__date_trunc(datepart, date) %}of toolbox{% endmacro %}',
    }
    expect(select({ ...own, ...packages }, "{{ date_trunc('day', 'at') }}")).toBe('of toolbox')
  })
})

describe('a macro is looked up', () => {
  const twice: Files = {
    'macros/m.sql': '{% macro who() %}project{% endmacro %}{% macro only_root() %}only root{% endmacro %}',
    'dbt_packages/toolbox/macros/m.sql': '{% macro who() %}toolbox{% endmacro %}',
    'dbt_packages/toolbox/models/p.sql': '{{ who() }}, {{ only_root() }}, {{ shop.who() }}',
  }

  it('in the package of the file, then in the project', () => {
    const { model, complaints } = compileFiles({
      ...toolbox,
      ...twice,
      'models/a.sql': '{{ who() }}, {{ toolbox.who() }}',
    })
    expect(complaints).toEqual([])
    expect(model('a').select.full).toBe('project, toolbox')
    expect(model('p').select.full).toBe('toolbox, only root, project')
  })

  it("before Strata's own of that name, which stays there as dbt.…", () => {
    expect(
      select(
        { 'macros/m.sql': '{% macro type_string() %}varchar{% endmacro %}' },
        '{{ type_string() }} {{ dbt.type_string() }}',
      ),
    ).toBe('varchar TEXT')
  })

  it('and recorded as what the model uses, also where it is called by another macro', () => {
    const { model } = compileFiles({
      ...toolbox,
      ...twice,
      'models/a.sql': '{{ toolbox.star() }}{{ who() }}',
    })
    expect(model('a').macros).toEqual(['macro.toolbox.star', 'macro.toolbox.default__star', 'macro.shop.who'])
  })

  it('and where there is none of that name, the nearest one is suggested', () => {
    const { diagnostics } = compileFiles({
      ...toolbox,
      ...twice,
      'models/a.sql': 'select {{ toolbox.wo() }}',
    })
    expect(diagnostics[0]).toMatchObject({ location: { file: 'models/a.sql', line: 1 } })
    expect(diagnostics[0]!.hint).toContain('who')
  })
})

describe('a project may put its own macro', () => {
  it('in the place of ref, and call the first one by builtins.ref', () => {
    const { model, complaints } = compileFiles({
      'macros/ref.sql':
        '{% macro ref(name) %}{% set relation = builtins.ref(name, **kwargs) %}{{ return(relation.include(database=false)) }}{% endmacro %}',
      'models/a.sql': 'select 1 as id',
      'models/b.sql': "select * from {{ ref('a') }}",
    })
    expect(complaints).toEqual([])
    expect(model('b').select.full).toBe('select * from "public"."a"')
    expect(model('b').parents).toEqual(['model.shop.a'])
  })

  it('in the place of source', () => {
    const { model, complaints } = compileFiles({
      'models/s.yml': 'sources: [{ name: erp, tables: [{ name: orders }] }]',
      'macros/source.sql':
        "{% macro source(source_name, table_name) %}{{ return(builtins.source(source_name, table_name) ~ ' /* read */') }}{% endmacro %}",
      'models/b.sql': "select * from {{ source('erp', 'orders') }}",
    })
    expect(complaints).toEqual([])
    expect(model('b').select.full).toBe('select * from "erp"."orders" /* read */')
    expect(model('b').parents).toEqual(['source.shop.erp.orders'])
  })

  it('in the place of a test, by its block and by the macro behind it', () => {
    const files = {
      'models/a.sql': 'select 1 as id',
      'models/a.yml': 'models: [{ name: a, columns: [{ name: id, data_tests: [not_null] }] }]',
    }
    const block = '{% test not_null(model, column_name) %}select 1 from {{ model }}{% endtest %}'
    const behind =
      '{% macro default__test_not_null(model, column_name) %}select 2 from {{ model }}{% endmacro %}'
    const sqlOf = (macro: string) =>
      compileFiles({ ...files, 'macros/m.sql': macro })
        .dataTest('not_null_a_id')
        .select.full.trim()
    expect(sqlOf(block)).toBe('select 1 from "public"."a"')
    expect(sqlOf(behind)).toBe('select 2 from "public"."a"')
  })
})

describe('a mistake in a macro of a package', () => {
  it('is told with its line, and with the way that led there', () => {
    const { diagnostics } = compileFiles({
      ...toolbox,
      'dbt_packages/toolbox/macros/bad.sql':
        "{% macro outer() %}\n{{ toolbox.inner(1) }}{% endmacro %}\n\n{% macro inner(x) %}\n{{ exceptions.raise_compiler_error('not ' ~ x) }}{% endmacro %}",
      'models/a.sql': 'select\n\n  {{ toolbox.outer() }}',
    })
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]).toMatchObject({
      message: 'not 1',
      location: { file: 'dbt_packages/toolbox/macros/bad.sql', line: 5 },
    })
    expect(diagnostics[0]!.related!.map(({ location }) => [location.file, location.line])).toEqual([
      ['dbt_packages/toolbox/macros/bad.sql', 2],
      ['models/a.sql', 3],
    ])
  })

  it('is told with its own place where the file cannot be read at all', () => {
    const { complaints } = compileFiles({
      ...toolbox,
      'dbt_packages/toolbox/macros/bad.sql': '{% macro broken() %}{% if %}{% endmacro %}',
      'models/a.sql': '{{ toolbox.broken() }}',
    })
    expect(complaints).toContain('dbt_packages/toolbox/macros/bad.sql:1:27 TEMPLATE_SYNTAX')
  })
})
