import { describe, expect, it } from 'vitest'
import { createTypeInference, encoderOf } from './column-types.ts'

/** What dbt-core 1.11 with dbt-postgres 1.11 makes of a column with these values, seen on PostgreSQL 15. */
const asInDbt: readonly (readonly [
  what: string,
  values: readonly string[],
  type: string,
  loaded: unknown,
])[] = [
  ['whole numbers', ['1', '2', '-3'], 'integer', ['1', '2', '-3']],
  ['leading zeros', ['007', '012'], 'integer', ['007', '012']],
  ['a plus sign', ['+1', '2'], 'integer', ['1', '2']],
  ['exponents of whole value', ['1e5', '1.5e1'], 'integer', ['100000', '15']],
  ['small exponents', ['1e-3'], 'double precision', ['0.001']],
  ['decimals', ['1.5', '2'], 'double precision', ['1.5', '2']],
  ['decimals without a fraction', ['1.0', '2.00', '-0.0'], 'integer', ['1', '2', '0']],
  ['a dot at either end', ['.5', '5.'], 'double precision', ['0.5', '5']],
  ['thousands separators', ['1,000', '2,500', '1,0,0'], 'integer', ['1000', '2500', '100']],
  ['underscores', ['1_000'], 'integer', ['1000']],
  ['currencies', ['$5', '$6.50', '5€', '$-5'], 'double precision', ['5', '6.5', '5', '-5']],
  ['percent signs', ['5%', '%5%'], 'integer', ['5', '5']],
  ['odd signs', ['-$5', '--5', '- 5'], 'integer', ['-5', '5', '-5']],
  ['spaces around', [' 1 ', ' 2'], 'integer', ['1', '2']],
  ['digits of another script', ['１２'], 'integer', ['12']],
  ['a year', ['2024'], 'integer', ['2024']],
  ['not a number beside decimals', ['NaN', '1.5'], 'double precision', ['NaN', '1.5']],
  ['a signalling not-a-number', ['sNaN', '1.5'], 'text', ['sNaN', '1.5']],
  ['hexadecimal', ['0x10'], 'text', ['0x10']],
  ['parentheses', ['(5)'], 'text', ['(5)']],
  ['true and false', ['true', 'False', 'TRUE', ''], 'boolean', ['true', 'false', 'true', null]],
  ['a comma within a boolean', ['tr,ue'], 'boolean', ['true']],
  ['t and f', ['t', 'f'], 'text', ['t', 'f']],
  ['yes and no', ['yes', 'no'], 'text', ['yes', 'no']],
  ['zero and one', ['0', '1'], 'integer', ['0', '1']],
  ['booleans and numbers', ['true', '0'], 'text', ['true', '0']],
  ['numbers and words', ['1', 'x'], 'text', ['1', 'x']],
  ['dates', ['2024-01-31', '2024-02-29', 'null'], 'date', ['2024-01-31', '2024-02-29', null]],
  ['short dates', ['2024-1-5', ' 0001-01-01 '], 'date', ['2024-01-05', '0001-01-01']],
  ['a day that does not exist', ['2024-02-30'], 'text', ['2024-02-30']],
  ['American dates', ['01/31/2024'], 'text', ['01/31/2024']],
  ['two-digit years', ['99-01-01'], 'text', ['99-01-01']],
  ['a time alone', ['10:11:12'], 'text', ['10:11:12']],
  ['datetimes', ['2024-01-31 10:11:12'], 'timestamp without time zone', ['2024-01-31 10:11:12']],
  ['short datetimes', ['2024-1-5 1:2:3'], 'timestamp without time zone', ['2024-01-05 01:02:03']],
  ['datetimes with a fraction', ['2024-01-31 10:11:12.5'], 'text', ['2024-01-31 10:11:12.5']],
  ['datetimes without seconds', ['2024-01-31 10:11'], 'text', ['2024-01-31 10:11']],
  ['datetimes with a zone', ['2024-01-31 10:11:12+00'], 'text', ['2024-01-31 10:11:12+00']],
  [
    'dates and datetimes',
    ['2024-01-31', '2024-01-31 10:11:12'],
    'text',
    ['2024-01-31', '2024-01-31 10:11:12'],
  ],
  [
    'T and no T',
    ['2024-01-31 10:11:12', '2024-01-31T10:11:12'],
    'text',
    ['2024-01-31 10:11:12', '2024-01-31T10:11:12'],
  ],
  [
    'ISO datetimes',
    [
      '2024-01-31T10:11:12',
      '2024-01-31T10:11',
      '2024-01-31T10',
      '2024-01-31T10:11:12.123456',
      '2024-01-31T10:11:12,5',
    ],
    'timestamp without time zone',
    [
      '2024-01-31T10:11:12',
      '2024-01-31 10:11:00',
      '2024-01-31 10:00:00',
      '2024-01-31 10:11:12.123456',
      '2024-01-31 10:11:12.500000',
    ],
  ],
  [
    'ISO datetimes with zones, which become UTC',
    ['2024-01-31T10:11:12Z', '2024-01-31T01:11:12+02:00', '2024-01-31T23:11:12-0200'],
    'timestamp without time zone',
    ['2024-01-31 10:11:12', '2024-01-30 23:11:12', '2024-02-01 01:11:12'],
  ],
  [
    'basic, week, ordinal and month forms',
    ['20240131T101112', '2024-W05-3T10:00', '2024-031T10:00', '2024-01T10:00'],
    'timestamp without time zone',
    ['2024-01-31 10:11:12', '2024-01-31 10:00:00', '2024-01-31 10:00:00', '2024-01-01 10:00:00'],
  ],
  ['the end of a day as hour 24', ['2024-01-31T24:00:00'], 'text', ['2024-01-31T24:00:00']],
  ['a Z without a T', ['2024-01-31 10:11:12Z'], 'text', ['2024-01-31 10:11:12Z']],
  ['nothing but nulls', ['', 'null', ' Null ', '  '], 'integer', [null, null, null, null]],
  ['no rows', [], 'integer', []],
  ['nulls among words', ['null', 'x', '', '  '], 'text', [null, 'x', null, null]],
  ['other words for nothing', ['NA', '1'], 'text', ['NA', '1']],
  ['None', ['None', 'x'], 'text', ['None', 'x']],
  ['spaces around words', [' x ', ' y'], 'text', [' x ', ' y']],
]

/** Where dbt fails, or loads something else than the file says. */
const otherThanDbt: readonly (readonly [
  what: string,
  values: readonly string[],
  type: string,
  loaded: unknown,
])[] = [
  ['the greatest integer', ['2147483647', '-2147483648'], 'integer', ['2147483647', '-2147483648']],
  ['one more', ['2147483648'], 'bigint', ['2147483648']],
  [
    'eight bytes',
    ['9223372036854775807', '-9223372036854775808'],
    'bigint',
    ['9223372036854775807', '-9223372036854775808'],
  ],
  ['more than eight bytes', ['9223372036854775808'], 'numeric', ['9223372036854775808']],
  ['not a number among integers', ['nan', '1'], 'double precision', ['NaN', '1']],
  ['infinity', ['Infinity', '-inf', '1.5'], 'double precision', ['Infinity', '-Infinity', '1.5']],
  ['a vast exponent', ['1e999999'], 'numeric', ['1e999999']],
]

describe('types of seed columns', () => {
  it.each([...asInDbt, ...otherThanDbt])('takes %s for what they are', (_, values, type, loaded) => {
    const inference = createTypeInference([false])
    for (const value of values) inference.add([value])
    const [found] = inference.types()
    expect(found).toBe(type)
    const load = values.map(encoderOf(found!))
    // What Postgres reads by itself goes as it is: leading zeros, a T.
    expect(load).toEqual(loaded)
  })

  it('takes a column whose type is declared for text, whatever its values', () => {
    const inference = createTypeInference([true, false])
    inference.add(['1', '1'])
    expect(inference.types()).toEqual(['text', 'integer'])
  })
})
