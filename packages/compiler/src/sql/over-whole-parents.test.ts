import { type Fragment, type NodeId, quoteRelation } from '@strata/core'
import { expect, test } from 'vitest'
import { overWholeParents } from './over-whole-parents.ts'

const visits = 'model.clinic.visits' as NodeId
const fragments: readonly Fragment[] = [
  'select * from ',
  { incrementOf: visits },
  ' where id in (',
  { keysOf: visits, column: 'patient id' },
  ') and day in (select day from ',
  { windowOf: visits, column: 'day', relation: { schema: 'silver', name: 'Days' } },
  ')',
]
const whole = overWholeParents(fragments, () => quoteRelation({ schema: 'silver', name: 'visits' }))

test('parents stand whole in the places of increments, keys and windows', () => {
  expect(whole.text).toBe(
    'select * from "silver"."visits" where id in (select "patient id" from "silver"."visits") and day in (select day from "silver"."Days")',
  )
})

test('an offset in what was written is found in the fragments, and one in a parent where the text before it ends', () => {
  const written = fragments.filter((piece) => typeof piece === 'string').join('')
  const of = (text: string) => whole.toFragments(whole.text.indexOf(text))
  expect(of('where')).toBe(written.indexOf('where'))
  expect(of('and day')).toBe(written.indexOf('and day'))
  expect(of('visits" where')).toBe('select * from '.length)
  expect(overWholeParents([{ incrementOf: visits }], () => 'visits').toFragments(3)).toBe(0)
})
