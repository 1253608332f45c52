import { expect, test } from 'vitest'
import { compareFields } from './compare-fields.ts'
import { fieldsRead } from './fields-read.ts'

const people = { schema: 'bronze', name: 'people' }

test('finds the fields that SQL reads, in every way of writing them', () => {
  const sql = `select p.data->>'id', (data -> 'site' ->> 'name')::text, data #>> '{address,"post code"}', data['x']['y'],
      data->'tags'->0->>'label', 'data->>''text''', p."data" #> '{list,0,id}', metadata->>'no' -- data->>'comment'
    from "bronze"."people" p where data ? 'no' and data->>$$dollar$$ is null`
  expect(fieldsRead(sql, people, { alone: true })).toEqual([
    'address/post code',
    'id',
    'list',
    'site/name',
    'tags',
    'x/y',
  ])
})

test('tells two landed tables apart by their aliases', () => {
  const sql = `select p.data->>'a', s.data->>'b', data->>'c' from "bronze"."people" as p
    join bronze.sites s on true left join bronze.people where people.data->>'d' = ''`
  expect(fieldsRead(sql, people, { alone: false })).toEqual(['a', 'd'])
  expect(fieldsRead(sql, { schema: 'bronze', name: 'sites' }, { alone: false })).toEqual(['b'])
})

test('says which assumed fields never occur, and what comes near them', () => {
  const compared = compareFields(
    [
      { path: 'id', reader: 'people' },
      { path: 'firstName', reader: 'people' },
      { path: 'firstName', reader: 'names' },
      { path: 'enrolled', reader: 'people' },
      { path: 'site/name', reader: 'people' },
      { path: 'shoeSize', reader: 'people' },
    ],
    ['enrolledDate', 'first_name', 'id', 'site', 'site/id', 'site/name', 'weight'],
  )
  expect(compared).toEqual({
    assumed: 5,
    neverSeen: [
      { path: 'enrolled', readers: ['people'], near: ['enrolledDate'] },
      { path: 'firstName', readers: ['names', 'people'], near: ['first_name'] },
      { path: 'shoeSize', readers: ['people'], near: [] },
    ],
    unused: 4,
  })
})
