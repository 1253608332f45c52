import { describe, expect, it } from 'vitest'
import { compileFiles } from '../src/testing/compile-files.ts'

const onModel = (tests: string) => `    data_tests:\n${tests}`
const onColumn = (tests: string) =>
  `    columns:\n      - name: id\n        data_tests:\n${tests.replace(/^/gm, '    ')}`

/** `line:column CODE message | hint` of each complaint about tests of the model `a`. */
function complaintsOf(tests: string): readonly string[] {
  const { diagnostics } = compileFiles({
    'models/a.sql': 'select 1 as id',
    'models/a.yml': `models:\n  - name: a\n${tests}\n`,
  })
  return diagnostics.map(
    ({ location: { line, column }, code, message, hint }) => `${line}:${column} ${code} ${message} | ${hint}`,
  )
}

describe('an argument of a built-in test', () => {
  it.each([
    [
      onModel('      - unique_combination:\n          colums: [id]'),
      '5:11 UNKNOWN_ARGUMENT the test unique_combination takes no argument "colums" | Did you mean "columns"?',
    ],
    [
      onModel('      - unique_combination:\n          arguments:\n            columns: id'),
      '6:13 BAD_VALUE the test unique_combination: columns: expected a list, found "id" | Write [id].',
    ],
    [onModel('      - expression'), '4:9 MISSING_KEY the test expression: expression is missing | undefined'],
    [
      onColumn('      - range:\n          low: 3'),
      '7:15 UNKNOWN_ARGUMENT the test range takes no argument "low" | It takes min, max, inclusive.',
    ],
    [onColumn('      - range'), '6:13 BAD_TEST_ARGUMENTS range has no bound | Give min, max, or both.'],
    [
      onModel('      - range: { min: 1 }'),
      '4:9 BAD_TEST_ARGUMENTS range is about a column | Write it under the column, or give column_name.',
    ],
    [
      onModel('      - row_count: { against: lastrun, max_change: 20% }'),
      '4:22 BAD_VALUE the test row_count: against: expected "last_run", found "lastrun" | Did you mean "last_run"?',
    ],
    [
      onModel('      - row_count: { against: last_run, max_change: 20 percent }'),
      '4:41 BAD_VALUE the test row_count: max_change: a change is a share, 20%, or a number of rows, 500 | undefined',
    ],
    [
      onModel('      - row_count: { against: last_run }'),
      '4:9 BAD_TEST_ARGUMENTS against and max_change belong together | Write against: last_run and max_change: 20%.',
    ],
    [
      onColumn('      - recency: { within: 1 dya }'),
      '6:24 BAD_VALUE the test recency: within: a time span is a number and a unit: 1 day, 36 hours, 2 weeks | undefined',
    ],
    [
      onColumn('      - recency: { datepart: day }'),
      '6:13 BAD_TEST_ARGUMENTS recency has no time span | Give within: 1 day.',
    ],
    [
      onModel("      - equal_rows: { to: ref('a'), columns: [id], exclude: [id] }"),
      '4:9 BAD_TEST_ARGUMENTS columns and exclude exclude each other | Give one of them.',
    ],
    [onModel('      - unique_combinaton: { columns: [id] }'), expect.stringContaining('unique_combination')],
  ])('is checked at its place: %#', (tests, complaint) => {
    expect(complaintsOf(tests)).toEqual([complaint])
  })

  it.each([
    onModel('      - unique_combination: { columns: "{{ [\'id\'] }}" }'),
    onModel('      - row_count: { min: "{{ 1 + 1 }}", where: id > 1 }'),
    onModel("      - equal_rows: { to: ref('a'), exclude: [id], config: { severity: warn } }"),
    onColumn('      - recency: { within: 1 day 12 hours }'),
    onColumn('      - range: { min: 2024-01-01, name: other }'),
  ])('may be a template, and stand beside the configuration: %#', (tests) => {
    expect(complaintsOf(tests)).toEqual([])
  })

  it('is not checked where a macro of the project has the name of the test', () => {
    const { complaints } = compileFiles({
      'models/a.sql': 'select 1 as id',
      'models/a.yml': 'models: [{ name: a, data_tests: [{ row_count: { exactly: 3 } }] }]',
      'macros/t.sql':
        '{% test row_count(model, exactly) %}select {{ exactly }} from {{ model }}{% endtest %}',
    })
    expect(complaints).toEqual([])
  })
})

describe('how a built-in test is counted', () => {
  const tally = (files: { readonly [path: string]: string }) =>
    compileFiles({
      'models/a.sql': 'select 1 as id',
      'models/a.yml':
        'models: [{ name: a, columns: [{ name: id, data_tests: [{ not_null: { where: id > 1 } }] }] }]',
      ...files,
    }).dataTest('not_null_a_id').tally

  it('is known beside its SELECT', () => {
    expect(tally({})).toEqual({
      from: '(select * from "public"."a" where id > 1) dbt_subquery',
      failures: 'count(*) filter (where (id is null\n) is true)',
      rowCondition: 'id is null',
    })
  })

  it('is not known where the project made more of it, or where it reads an ephemeral model', () => {
    const wrapped =
      '{% macro postgres__test_not_null(model, column_name) %}{{ dbt.default__test_not_null(model, column_name) }} limit 5{% endmacro %}'
    expect(tally({ 'macros/m.sql': wrapped })).toBeUndefined()
    expect(tally({ 'models/a.sql': "{{ config(materialized='ephemeral') }}select 1 as id" })).toBeUndefined()
  })
})
