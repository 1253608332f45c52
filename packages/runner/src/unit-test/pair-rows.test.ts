import { expect, it } from 'vitest'
import { pairRows } from './pair-rows.ts'

it('pairs rows that agree in half of their values, the most alike first', () => {
  const missing = [
    ['10', 'a', 'x'],
    ['2', 'b', 'y'],
  ]
  const unexpected = [
    ['10', 'a', 'z'],
    ['10', 'q', 'x'],
    ['9', null, 'n'],
  ]
  expect(pairRows(missing, unexpected)).toEqual([
    { kind: 'missing', expected: missing[1] },
    { kind: 'changed', expected: missing[0], actual: unexpected[0], differs: [false, false, true] },
    { kind: 'unexpected', actual: unexpected[2] },
    { kind: 'unexpected', actual: unexpected[1] },
  ])
})
