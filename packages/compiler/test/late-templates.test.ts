import type { Answer, Question } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { answering } from '../src/resolve/ask.ts'
import { answer, compileFiles, type Files } from '../src/testing/compile-files.ts'

/** Answers in turn, and remembers the questions. */
function database(...answers: readonly Answer[]) {
  const questions: string[] = []
  const ask = async ({ sql }: Question): Promise<Answer> => {
    questions.push(sql.trim())
    return answers[questions.length - 1] ?? answer(['x'])
  }
  return { ask, questions }
}

const pivot: Files = {
  'models/a.sql':
    "{% set kinds = run_query('select kind from t') %}select {% if execute %}{% for row in kinds %}{{ row.kind }}{{ ', ' if not loop.last }}{% endfor %}{% endif %}",
}

describe('a model that asks the database', () => {
  it('is late, and nobody else is', () => {
    const { model, complaints } = compileFiles({ ...pivot, 'models/b.sql': "select * from {{ ref('a') }}" })
    expect(complaints).toEqual([])
    expect(model('a')).toMatchObject({ late: true, select: { full: '', increment: null } })
    expect(model('b')).toMatchObject({ late: false, select: { full: 'select * from "public"."a"' } })
  })

  it('is finished with the answer', async () => {
    const { late } = compileFiles(pivot)
    const { ask, questions } = database(answer(['kind'], ['x'], ['y']))
    expect(await late.select('model.shop.a', false, ask)).toEqual({ full: 'select x, y', increment: null })
    expect(questions).toEqual(['select kind from t'])
  })

  it('asks each question once, in order, and later ones may come of earlier answers', async () => {
    const { late, model } = compileFiles({
      'models/a.sql':
        "{% if execute %}{% set n = run_query('select n').columns[0].values()[0] %}{% for i in range(n) %}{{ run_query('select ' ~ i).rows[0][0] }} {% endfor %}{% endif %}",
    })
    expect(model('a').late).toBe(true)
    const { ask, questions } = database(answer(['n'], [2]), answer(['x'], ['p']), answer(['x'], ['q']))
    expect((await late.select('model.shop.a', false, ask)).full).toBe('p q')
    expect(questions).toEqual(['select n', 'select 0', 'select 1'])
  })

  it('may ask by a statement block, by the adapter, and in a macro of a package', async () => {
    const { late, model } = compileFiles({
      'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
      'dbt_packages/lib/macros/m.sql':
        "{% macro first() %}{% call statement('s', fetch_result=true) %}select 1{% endcall %}{{ return(load_result('s')['data'][0][0]) }}{% endmacro %}",
      'models/a.sql': '{{ lib.first() }}',
      'models/b.sql': "{{ adapter.get_columns_in_relation(ref('a')) | map(attribute='name') | join(', ') }}",
    })
    expect([model('a').late, model('b').late]).toEqual([true, true])
    const { ask } = database(answer(['x'], [7]))
    expect((await late.select('model.shop.a', false, ask)).full).toBe('7')
  })

  it('has its incremental form, with the places of increments', async () => {
    const { late, model } = compileFiles({
      'models/p.sql': "{{ config(materialized='incremental', unique_key='id') }}select 1 as id",
      'models/a.sql':
        "{{ config(materialized='incremental', unique_key='id') }}{% set top = run_query('select max(id) from ' ~ this).rows[0][0] if execute and is_incremental() else 0 %}select * from {{ increment(ref('p')) }} where id > {{ top }}",
    })
    expect(model('a').late).toBe(true)
    const never = database()
    expect((await late.select('model.shop.a', false, never.ask)).full).toBe(
      'select * from "public"."p" where id > 0',
    )
    expect(never.questions).toEqual([])
    const { ask, questions } = database(answer(['max'], ['41']))
    expect((await late.select('model.shop.a', true, ask)).increment).toEqual([
      'select * from ',
      { incrementOf: 'model.shop.p' },
      ' where id > 41',
    ])
    expect(questions).toEqual(['select max(id) from "public"."a"'])
  })

  it('makes those late that take it in as an ephemeral model', async () => {
    const { late, model } = compileFiles({
      'models/a.sql': `{{ config(materialized='ephemeral') }}${pivot['models/a.sql']}`,
      'models/b.sql': "select * from {{ ref('a') }}",
      'models/c.sql': "select * from {{ ref('b') }}",
    })
    expect([model('b').late, model('c').late]).toEqual([true, false])
    const { ask } = database(answer(['kind'], ['x']))
    expect((await late.select('model.shop.b', false, ask)).full).toBe(
      'with __dbt__cte__a as (\nselect x\n)\nselect * from __dbt__cte__a',
    )
  })

  it('must ask the same each time it is rendered', () => {
    const ask = answering([{ question: { sql: 'select 1' }, answer: answer(['x'], [1]) }])
    expect(() => ask('select 2')).toThrow(
      expect.objectContaining({ code: 'UNSTABLE_QUESTION', hint: expect.stringContaining('random') }),
    )
  })

  it('may take a random number or the time, which stay what they are from one rendering to the next', async () => {
    const { late } = compileFiles({
      'models/a.sql':
        "{% if execute %}{% for i in range(3) %}{% do run_query('select ' ~ range(100000) | random ~ modules.datetime.datetime.now()) %}{% endfor %}{% endif %}select 1",
    })
    const { ask, questions } = database()
    expect((await late.select('model.shop.a', false, ask)).full).toBe('select 1')
    expect(new Set(questions).size).toBe(3)
  })

  it('tells of a mistake with its place, and of the macros that led there', async () => {
    const { late } = compileFiles({
      'macros/m.sql':
        "{% macro check(n) %}\n{% if n > 1 %}{{ exceptions.raise_compiler_error('too many: ' ~ n) }}{% endif %}{% endmacro %}",
      'models/a.sql': "\n{% if execute %}\n  {{ check(run_query('select 2').rows[0][0]) }}{% endif %}",
    })
    const error = await late
      .select('model.shop.a', false, database(answer(['n'], [2])).ask)
      .catch((one) => one)
    expect(error.message).toMatch(/^macros\/m\.sql:2:\d+: too many: 2/)
    expect(error.message).toContain('models/a.sql:3:')
  })
})

describe('what a template logs', () => {
  it('is told once, however often the template is rendered', async () => {
    const { late, logged } = compileFiles({
      'models/a.sql':
        "{{ log('before', info=true) }}{% set one = run_query('select 1') %}{{ log('between', info=true) }}{% set two = run_query('select 2') %}{{ log('after', info=true) }}{{ log('quiet') }}{{ print('printed') }}",
    })
    const before = logged.length
    await late.select('model.shop.a', false, database().ask)
    expect(logged.slice(before)).toEqual(['before', 'between', 'after', 'printed'])
    expect(logged.slice(0, before)).toEqual([])
  })

  it('is told once of a model with two forms, or with several children', () => {
    const { logged } = compileFiles({
      'models/a.sql':
        "{{ config(materialized='incremental') }}{{ log('here', info=true) }}select 1{% if is_incremental() %} where true{% endif %}",
      'models/e.sql': "{{ config(materialized='ephemeral') }}{{ log('there', info=true) }}select 1",
      'models/b.sql': "select * from {{ ref('e') }}",
      'models/c.sql': "select * from {{ ref('e') }}",
    })
    expect(logged.toSorted()).toEqual(['here', 'there'])
  })
})

describe('a late data test', () => {
  it('is finished at its step', async () => {
    const { late, dataTest, complaints } = compileFiles({
      'models/a.sql': 'select 1 as id',
      'macros/t.sql':
        "{% test few(model, limit) %}{% set n = run_query('select count(*) from ' ~ model).rows[0][0] if execute %}select 1 where {{ n }} > {{ limit }}{% endtest %}",
      'models/a.yml': 'models: [{ name: a, data_tests: [few: { arguments: { limit: 3 } }] }]',
      'tests/s.sql': "{% if execute %}{{ run_query('select 5').rows[0][0] }}{% endif %}",
    })
    expect(complaints).toEqual([])
    const test = dataTest('few_a_3')
    expect(test).toMatchObject({ late: true, parents: ['model.shop.a'] })
    const { ask, questions } = database(answer(['count'], ['9']))
    expect((await late.select(test.id, false, ask)).full).toBe('select 1 where 9 > 3')
    expect(questions).toEqual(['select count(*) from "public"."a"'])
    expect((await late.select(dataTest('s').id, false, database(answer(['x'], [5])).ask)).full).toBe('5')
  })
})

describe('hooks, operations and inline texts', () => {
  it('a hook asks at its step, in the context of its node', async () => {
    const { late, model } = compileFiles({
      'models/a.sql':
        "{{ config(post_hook=\"{% set n = run_query('select count(*) from ' ~ this).rows[0][0] %}comment on table {{ this }} is '{{ n }} rows'\") }}select 1",
    })
    const { ask } = database(answer(['count'], ['3']))
    const sql = await late.hook('model.shop.a', model('a').postHooks[0]!.template, false, ask)
    expect(sql).toBe(`comment on table "public"."a" is '3 rows'`)
  })

  it('a hook of the run sees its names, macros of its package, and the graph', async () => {
    const { late } = compileFiles({
      'models/a.sql': 'select 1',
      'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
      'dbt_packages/lib/macros/m.sql': '{% macro own(x) %}own {{ x }}{% endmacro %}',
    })
    const template =
      "{{ own(schemas | join('+')) }} {{ results[0].status }} {{ results[0].node.name }} {{ graph.nodes | length }} {{ run_query('select 1').rows[0][0] }}"
    const names = { schemas: ['a', 'b'], results: [{ status: 'success', node: { name: 'n' } }] }
    const { ask } = database(answer(['x'], [8]))
    expect(await late.runHook('lib', template, names, ask)).toBe('own a+b success n 1 8')
  })

  it('a hook of the run that is wrong is told at the project file, with its macros', async () => {
    const { late } = compileFiles({ 'macros/m.sql': '{% macro m() %}\n{{ none + 1 }}{% endmacro %}' })
    const at = { file: 'strata.yml', line: 3, column: 1 }
    await expect(late.runHook('shop', '{{ m(1) }}', {}, database().ask, at)).rejects.toThrow(
      /^strata\.yml:3:1: in a hook of the run: /,
    )
    await expect(late.runHook('shop', '{{ m() }}', {}, database().ask, at)).rejects.toThrow(
      /^macros\/m\.sql:2:\d+: [\s\S]*strata\.yml:3:1: /,
    )
  })

  it('an operation calls a macro by its name, with arguments of any type', async () => {
    const { late } = compileFiles({
      'macros/m.sql':
        "{% macro op(names, n=1, deep={}) %}{% for name in names %}{% do run_query('grant ' ~ name ~ ' ' ~ n ~ ' ' ~ deep.a) %}{% endfor %}{% endmacro %}{% macro dash() %}x{% endmacro %}",
    })
    const { ask, questions } = database()
    await late.operation('op', { names: ['a', 'b'], deep: { a: true } }, ask)
    expect(questions).toEqual(['grant a 1 True', 'grant b 1 True'])
    await late.operation('shop.op', { names: ['c'], deep: { a: 1 } }, ask)
    expect(questions).toHaveLength(3)
    await expect(late.operation('opp', {}, ask)).rejects.toMatchObject({
      code: 'UNKNOWN_MACRO',
      hint: 'Did you mean "op"?',
    })
    await expect(late.operation('op', { nmaes: [] }, ask)).rejects.toThrow(/nmaes/)
  })

  it('an inline text asks, and refers to models', async () => {
    const { late, complaints, inline } = compileFiles(
      { 'models/a.sql': 'select 1' },
      { inline: "select {{ run_query('select 1').rows[0][0] if execute }} from {{ ref('a') }}" },
    )
    expect([complaints, inline]).toEqual([[], null])
    const { ask } = database(answer(['x'], [4]))
    expect(
      await late.text("select {{ run_query('select 1').rows[0][0] if execute }} from {{ ref('a') }}", ask),
    ).toBe('select 4 from "public"."a"')
    await expect(late.text("{{ ref('aa') }}", ask)).rejects.toMatchObject({ code: 'UNKNOWN_REF' })
  })

  it('a hook or an operation can not read an ephemeral model, and says so', async () => {
    const { complaints, late } = compileFiles({
      'models/e.sql': "{{ config(materialized='ephemeral') }}select 1 as id",
      'models/a.sql': '{{ config(post_hook="select * from {{ ref(\'e\') }}") }}select 1',
      'macros/m.sql': "{% macro op() %}{% do run_query('select * from ' ~ ref('e')) %}{% endmacro %}",
    })
    expect(complaints).toEqual(['models/a.sql:1:4 EPHEMERAL_REF'])
    await expect(late.operation('op', {}, database().ask)).rejects.toMatchObject({
      code: 'EPHEMERAL_REF',
      message: expect.stringMatching(/^macros\/m\.sql:1:/),
    })
  })

  it('an inline text takes in ephemeral models', async () => {
    const { late } = compileFiles({
      'models/e.sql': "{{ config(materialized='ephemeral') }}select 1 as id",
    })
    expect(await late.text("select * from {{ ref('e') }}", database().ask)).toBe(
      'with __dbt__cte__e as (\nselect 1 as id\n)\nselect * from __dbt__cte__e',
    )
  })
})

describe('a template that fails while it executes', () => {
  const files: Files = {
    'models/a.sql': "{% if execute %}{{ exceptions.raise_compiler_error('not today') }}{% endif %}select 1",
    'models/b.sql': 'select 1',
  }

  it('is an error of the project, in one of our own', () => {
    const { diagnostics } = compileFiles(files)
    expect(diagnostics).toMatchObject([{ severity: 'error', message: 'not today' }])
  })

  it('is the failure of its own step, in a project of dbt’s', async () => {
    const { model, diagnostics, late } = compileFiles({ ...files, 'dbt_project.yml': 'name: shop\n' })
    expect(diagnostics.filter((one) => one.severity === 'error')).toEqual([])
    expect([model('a').late, model('b').late]).toEqual([true, false])
    await expect(late.select('model.shop.a', false, database().ask)).rejects.toThrow('not today')
  })

  it('is an error there as well where it fails before anything executes', () => {
    const { diagnostics } = compileFiles({
      'dbt_project.yml': 'name: shop\n',
      'macros/m.sql': '{% macro known() %}{% endmacro %}',
      'models/a.sql': '{{ shop.unknown() }}',
    })
    expect(diagnostics).toMatchObject([{ severity: 'error', location: { file: 'models/a.sql', line: 1 } }])
  })
})

describe('is_incremental()', () => {
  it('counts where only a macro asks it: for the SQL, and for the edges', () => {
    const { model, complaints } = compileFiles({
      'macros/m.sql':
        "{% macro newer() %}{% if is_incremental() %} where id > (select max(id) from {{ ref('log') }}){% endif %}{% endmacro %}",
      'models/log.sql': 'select 1 as id',
      'models/a.sql': "{{ config(materialized='incremental') }}select 2 as id{{ newer() }}",
    })
    expect(complaints).toEqual([])
    expect(model('a').select).toEqual({
      full: 'select 2 as id',
      increment: ['select 2 as id where id > (select max(id) from "public"."log")'],
    })
    expect(model('a').parents).toEqual(['model.shop.log'])
  })
})

describe('a numeric of the database', () => {
  it('keeps its digits where it is printed', async () => {
    const { late } = compileFiles({
      'models/a.sql':
        "{% set found = run_query('select 1') %}{% if execute %}select {{ found.rows[0][0] }}{% endif %}",
    })
    const ask = async () => ({
      columns: [{ name: 'n', typeOid: 1700 }],
      rows: [['12345678901234567890.1200']],
      rowCount: 1,
    })
    expect((await late.select('model.shop.a', false, ask)).full).toBe('select 12345678901234567890.1200')
  })
})
