import { expect, it } from 'vitest'
import { listed } from './listed.ts'

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index + 1}`)

it('names all where they are few, and never says that there is one more', () => {
  expect([0, 1, 2, 3, 4].map((count) => listed(names(count)))).toEqual([
    '',
    'n1',
    'n1 and n2',
    'n1, n2 and n3',
    'n1, n2, n3 and n4',
  ])
  expect(listed(names(2), 1)).toBe('n1 and n2')
})

it('names the first of many, and counts the others', () => {
  expect(listed(names(5))).toBe('n1, n2, n3 and 2 more')
  expect(listed(names(2000), 2, 'more columns')).toBe('n1, n2 and 1,998 more columns')
})
