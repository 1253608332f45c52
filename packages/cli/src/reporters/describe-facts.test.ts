import { expect, it } from 'vitest'
import { describeFacts } from './describe-facts.ts'

it('asks about a bare list whose number of records is one at which lists are cut', () => {
  expect(describeFacts({ roundList: 1000, orderBy: false })).toEqual([
    'no $orderby',
    'a bare list of 1,000 records, a round number: is it cut?',
  ])
  expect(describeFacts({ roundList: null })).toEqual([])
})
