import { expect, it } from 'vitest'
import { withoutPlace } from './without-place.ts'

it('leaves out once whose failure it is, of a source and of its job', () => {
  expect(withoutPlace('crm instance north fails at /visits (500)', 'crm', 'north')).toBe(
    'fails at /visits (500)',
  )
  expect(withoutPlace('9 slices failed, the first: crm instance north: no answer', 'crm', 'north')).toBe(
    '9 slices failed, the first: no answer',
  )
  expect(withoutPlace('crm.visits instance north-1: 5 records', 'crm', 'north-1')).toBe('5 records')
  expect(withoutPlace('crm instance northern fails', 'crm', 'north')).toBe('crm instance northern fails')
})
