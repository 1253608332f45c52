// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are those of the models in the strings
import type { Failure, StepResult } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { failureExplainer } from '../src/explain/explain-failure.ts'
import { locateInTemplate } from '../src/explain/locate-in-template.ts'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

/** The place in `text` of the last occurrence of `word` in `sql`. */
function placeOf(text: string, sql: string, word: string, file = 'models/a.sql') {
  const position = [...sql.slice(0, sql.lastIndexOf(word))].length + 1
  const found = locateInTemplate({ file, text }, sql, position)
  return found === null ? null : [found.line, found.column]
}

describe('the place in a template of a mistake in its SQL', () => {
  it('is found in what stands between the tags', () => {
    const text =
      "{{ config(tags='x') }}\nselect '😀', fist_name\nfrom {{ ref('people') }} p\nwhere p.age > 1\n"
    const sql = '\nselect \'😀\', fist_name\nfrom "built"."people" p\nwhere p.age > 1\n'
    expect(placeOf(text, sql, 'fist_name')).toEqual([2, 13])
    expect(placeOf(text, sql, 'age')).toEqual([4, 9])
  })

  it('is that of the body of a loop, wherever it was repeated', () => {
    const text = 'select 1\n{% for n in [1, 2] %}\n, total_{{ n }} as nmae\n{% endfor %}'
    expect(placeOf(text, 'select 1\n\n, total_1 as nmae\n\n, total_2 as nmae\n', 'nmae')).toEqual([3, 20])
  })

  it('is found between the insertions of a model in TypeScript', () => {
    const text = "export default ({ ref, sql }) => sql`\n  select fist_name from ${ref('people')}`\n"
    expect(placeOf(text, '\n  select fist_name from "built"."people"', 'fist', 'models/a.ts')).toEqual([
      2, 10,
    ])
  })

  it('is not guessed where a macro wrote it, or two places read alike', () => {
    expect(placeOf('select {{ columns() }} from t', 'select fist_name from t', 'fist_name')).toBeNull()
    expect(placeOf('select {{ a }} from t -- id', 'select id from t -- id', 'id from')).toBeNull()
    const twice = 'select x{{ y }} union all select x{{ y }}'
    expect(placeOf(twice, 'select x1 union all select x1', 'select x1 union')).toBeNull()
    expect(placeOf('{{ a }}, id\n{{ b }}, id\n', '1, id\n2, id\n', 'id')).toBeNull()
  })
})

describe('a relation that is not there', () => {
  const files: Files = {
    'models/orders.sql': 'select 1 as id',
    'models/m.yml': 'sources: [{ name: raw, schema: landed, tables: [{ name: payments }] }]',
    'seeds/countries.csv': 'id\n1\n',
    'models/a.sql': "select * from {{ ref('orders') }}",
  }
  const { graph } = compileFiles(files)
  const explain = failureExplainer(graph)
  const hintFor = (name: string): string | undefined => {
    const failure: Failure = {
      code: 'UNDEFINED_TABLE',
      message: `relation "${name}" does not exist`,
      hint: 'not built yet',
      sqlstate: '42P01',
    }
    return explain(failed(failure)).failure!.hint
  }
  const failed = (failure: Failure): StepResult => ({
    id: 'model.shop.a',
    kind: 'model',
    name: 'public.a',
    status: 'failed',
    action: 'none',
    message: failure.message,
    counts: {},
    startedAt: null,
    finishedAt: null,
    milliseconds: 0,
    failure,
    because: null,
    staleBecause: [],
  })

  it.each([
    ['ordres', "Did you mean {{ ref('orders') }}?"],
    ['public.contries', "Did you mean {{ ref('countries') }}?"],
    ['landed.paymets', "Did you mean {{ source('raw', 'payments') }}?"],
    ['countries', "Write {{ ref('countries') }}, so that it is built before and looked for where it stands."],
    [
      'nothing_like_it',
      "Write {{ ref('…') }} for what the project builds, and {{ source('…', '…') }} for what is there without it.",
    ],
  ])('by the name %s is told how to refer to it', (name, hint) => {
    expect(hintFor(name)).toBe(hint)
  })

  it('though it is referred to has only not been built', () => {
    expect(hintFor('public.orders')).toBe('not built yet')
  })

  it('though it holds the state of Strata is no mistake of the model', () => {
    expect(hintFor('strata.watermarks')).toBe('not built yet')
  })

  it('is a failure of its file', () => {
    const failure = { code: 'X', message: 'no', sql: 'select * from "public"."orders"', position: 8 }
    expect(explain(failed(failure)).failure!.place).toEqual({ file: 'models/a.sql', line: 1, column: 8 })
    expect(explain(failed({ code: 'X', message: 'no' })).failure!.place).toEqual({ file: 'models/a.sql' })
  })
})
