import { expect, it } from 'vitest'
import { plainScalar } from './plain-scalar.ts'

it.each([
  ['yes', true],
  ['Off', false],
  ['NULL', null],
  ['~', null],
  ['', null],
  ['Y', 'Y'],
  ['n', 'n'],
  ['12', 12],
  ['-0', 0],
  ['+1', 1],
  ['1_000', 1000],
  ['010', 8],
  ['08', '08'],
  ['0o10', '0o10'],
  ['0x1F', 31],
  ['-0b11', -3],
  ['12:30', 750],
  ['0:30', '0:30'],
  ['1:30.5', 90.5],
  ['1.5', 1.5],
  ['1.', 1],
  ['.5', 0.5],
  ['-.5', '-.5'],
  ['1.5e+3', 1500],
  ['1.5e3', '1.5e3'],
  ['1e3', '1e3'],
  ['.inf', '.inf'],
  ['2024-01-31', '2024-01-31'],
  ['9007199254740993', '9007199254740993'],
  ['a b', 'a b'],
  ['-', '-'],
])('an unquoted %s is what the YAML parser of dbt makes of it: %j', (text, value) => {
  expect(plainScalar(text)).toBe(value)
})
