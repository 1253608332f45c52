import { expect, it } from 'vitest'
import { guessType } from './guess-type.ts'

it.each([
  [[1, null, 2], 'integer'],
  [[1, 5_000_000_000], 'bigint'],
  [[1, 2.5], 'numeric'],
  [[true, undefined], 'boolean'],
  [['2024-01-01', '2024-01-02'], 'date'],
  [['2024-01-01', '2024-01-02 10:00'], 'timestamp'],
  [['2024-01-01T10:00:00Z'], 'timestamptz'],
  [[{ a: 1 }], 'jsonb'],
  [['1'], 'text'],
  [[1, 'x'], 'text'],
  [[null], 'text'],
])('%j is %s', (values, type) => {
  expect(guessType(values, false)).toBe(type)
})

it('takes the texts of a CSV file for what they look like', () => {
  expect([['1', '2'], ['1', '2.5'], ['true'], ['1', 'x']].map((values) => guessType(values, true))).toEqual([
    'integer',
    'numeric',
    'boolean',
    'text',
  ])
})
