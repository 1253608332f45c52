import { expect, test } from 'vitest'
import { createCycleMark } from './cycle-mark.ts'

test('the mark stands before the first slice that is under way, whatever has ended beyond it', () => {
  const mark = createCycleMark(10)
  expect(mark.position).toBe(10)
  for (const position of [11, 12, 13]) mark.begin(position)
  expect(mark.position).toBe(10)
  mark.end(13)
  mark.end(12)
  expect(mark.position).toBe(10)
  mark.begin(14)
  mark.end(11)
  expect(mark.position).toBe(13)
  mark.end(14)
  expect(mark.position).toBe(14)
})
