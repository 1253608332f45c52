import { describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type DataTestFixture, openDataTestFixture, sourceTests, told } from './data-test-fixture.ts'

describeOldestServer('the configuration of data tests', (server) => {
  let fixture: DataTestFixture
  beforeEach(async () => {
    fixture = await openDataTestFixture(server)
    await fixture.execute(
      'create schema s',
      `create table s.t as select * from (values (1, 'a', 1.5), (2, 'b', 2.5), (2, null, 3.0)) v (id, kind, n)`,
    )
  })
  afterEach(() => fixture.drop())

  // Config, SELECT, and how dbt ends it.
  const all = 'select * from s.t'
  const cases: readonly (readonly [name: string, config: string, select: string, ending: string])[] = [
    [
      'null_count',
      "fail_calc='max(id)'",
      `${all} where false`,
      'failed: fail_calc of null_count, max(id), gives null',
    ],
    [
      'fraction',
      "fail_calc='max(n)'",
      `${all} where n < 3`,
      'failed: fail_calc of fraction, max(n), gives no whole number',
    ],
    ['whole_numeric', "fail_calc='max(n)'", all, 'failed: 3 failing rows'],
    ['a_count_a_row', "fail_calc='-1'", all, 'failed: fail_calc of a_count_a_row, -1, gives 3 rows'],
    ['number_is_true', "error_if='+ 0', warn_if='* 0'", all, 'failed: 3 failing rows'],
    ['zero_is_false', "error_if='* 0', warn_if='+ 1'", all, 'warned: 3 failing rows'],
    ['null_is_false', "error_if='> null', warn_if='= null'", all, 'success: passed with 3 failing rows'],
    [
      'a_word',
      "error_if='::text || $$x$$'",
      all,
      'failed: error_if of a_word, count(*) ::text || $$x$$, is neither true nor false',
    ],
    ['neither', "error_if='> 10', warn_if='> 5'", all, 'success: passed with 3 failing rows'],
    ['below_error', "error_if='> 10', warn_if='> 2'", all, 'warned: 3 failing rows'],
    [
      'warns_by_warn_if',
      "severity='WARN', error_if='> 0', warn_if='> 5'",
      all,
      'success: passed with 3 failing rows',
    ],
    ['fails_without_warning', "error_if='> 0', warn_if='> 5'", all, 'failed: 3 failing rows'],
    ['limited', 'limit=2', all, 'failed: 2 failing rows'],
    ['limited_to_none', 'limit=0', all, 'success: passed'],
    [
      'between',
      "fail_calc='sum(id) filter (where kind is null)', error_if='between 1 and 3'",
      all,
      'failed: 2 failing rows',
    ],
    ['where_is_for_generic', "where='false'", all, 'failed: 3 failing rows'],
    ['with_a_remark', 'limit=2', `${all} -- all of it`, 'failed: 2 failing rows'],
  ]

  it('judges a count as dbt does', async () => {
    const files = Object.fromEntries(
      cases.map(([name, config, select]) => [`tests/${name}.sql`, `{{ config(${config}) }} ${select}`]),
    )
    expect(told(await fixture.test(files))).toEqual(
      cases.map(([name, , , ending]) => `${name} ${ending}`).toSorted(),
    )
  })

  it('judges tests of one scan as it judges each alone', async () => {
    const conditions = ['!= 0', '> 1', '= 1', '<> 3', '>= 3', '< 1', '<= 2', '> 10']
    const yaml = (distinct: string) =>
      sourceTests({
        kind: conditions
          .flatMap((error, at) =>
            conditions.map(
              (warn, other) =>
                `{ accepted_values: { values: [x], name: t${at}_${other}, error_if: "${error}${distinct}", warn_if: "${warn}", severity: ${other % 2 ? 'warn' : 'error'} } }`,
            ),
          )
          .join(', '),
      })
    const together = await fixture.test({ 'models/s.yml': yaml('') })
    const alone = await fixture.test({ 'models/s.yml': yaml(' and true') })
    expect(told(together)).toEqual(told(alone))
    expect(new Set(together.results.map(({ status }) => status))).toEqual(
      new Set(['success', 'warned', 'failed']),
    )
  })
})

describeOldestServer('tests of one scan', (server) => {
  let fixture: DataTestFixture
  beforeEach(async () => {
    fixture = await openDataTestFixture(server)
  })
  afterEach(() => fixture.drop())

  it('find in random rows what each finds alone', async () => {
    let seed = 7
    const random = (most: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return (seed >>> 12) % most
    }
    const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
    const values = ['null', "''", "'a'", "'it''s'", "'B'", "'10'", "'-3'"]
    const numbers = ['null', '0', '1', '-1', "'NaN'", '10.0', '10.00', '1e6']
    await fixture.execute('create schema s', 'create table s.t (id int, "Kind" text, n numeric, d date)')
    const rows = Array.from(
      { length: 60 },
      () =>
        `(${pick(['null', '1', '2', '3'])}, ${pick(values)}, ${pick(numbers)}, ${pick(['null', "'2024-01-01'", "'2024-06-30'"])})`,
    )
    await fixture.execute(`insert into s.t values ${rows.join(', ')}`)
    const columns = { id: 'id', '"Kind"': 'Kind', n: 'n', d: 'd' }
    const bounds: { readonly [column: string]: readonly string[] } = {
      id: ['1', '2'],
      '"Kind"': ['"\'a\'"', '"\'B\'"'],
      n: ['0', '1.5', '"1e3"'],
      d: ['2024-01-01', '2024-02-28', '"now()"'],
    }
    const accepted: { readonly [column: string]: string } = {
      id: '[1, 2]',
      '"Kind"': '[a, "it\'s"]',
      n: '[0, 10]',
      d: '[2024-01-01]',
    }
    const unquoted: { readonly [column: string]: string } = {
      id: '[1, "null"]',
      '"Kind"': `["'a'", "'B'"]`,
      n: '[0, 1.0]',
      d: `["'2024-01-01'"]`,
    }
    const test = (column: string, name: string): string => {
      const options = `name: ${name}, column_name: ${JSON.stringify(column)}`
      const where = pick(['', ', where: id > 1', ', where: "n is null or id = 1"'])
      const kind = random(6)
      if (kind === 0) return `{ not_null: { ${options}${where} } }`
      if (kind === 1) return `{ accepted_values: { ${options}, values: ${accepted[column]}${where} } }`
      if (kind === 2)
        return `{ accepted_values: { ${options}, values: ${unquoted[column]}, quote: false${where} } }`
      if (kind === 3)
        return `{ range: { ${options}, ${pick(['min', 'max'])}: ${pick(bounds[column]!)}, inclusive: ${pick(['true', 'false'])}${where} } }`
      if (kind === 4) return `{ row_count: { name: ${name}, max: ${random(70)}${where} } }`
      // One that is broken is asked with others of its subject, which are then asked alone.
      const [expression, subset] = pick([
        ['"id > 1"', where],
        [`"n / nullif(id, 1) > 2 -- or not"`, where],
        [`"\\"Kind\\" <> 'a' or id is null"`, where],
        ['"nothing > 1"', ', where: id > 1'],
        ['"n::int > 0"', ', where: id > 1'],
      ] as const)
      return `{ expression: { name: ${name}, expression: ${expression}${subset} } }`
    }
    const list = Array.from({ length: 60 }, (_, at) => test(pick(Object.keys(columns)), `t${at}`))
    const yaml = (config: string) =>
      `sources: [{ name: s, config: {}, tables: [{ name: t, data_tests: [${list.map((one) => one.replace(/(name: t\d+)/, `$1${config}`)).join(', ')}] }] }]\n`
    const together = await fixture.test({ 'models/s.yml': yaml('') })
    // Asked by its SELECT alone.
    const alone = await fixture.test({ 'models/s.yml': yaml(', limit: 1000') })
    expect(told(together)).toEqual(told(alone))
    const broken = together.results.filter(
      ({ failure }) => failure !== null && failure.code !== 'DATA_TEST_FAILED',
    )
    expect(broken.map(({ name }) => yaml('').split(`name: ${name},`)[1]!.split('{')[0])).toSatisfy(
      (texts: readonly string[]) => texts.length > 0 && texts.every((text) => text.includes('where: id > 1')),
    )
    expect(together.results.filter(({ status }) => status === 'failed').length).toBeGreaterThan(10)
  })
})
