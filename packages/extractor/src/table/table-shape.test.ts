import { createHash } from 'node:crypto'
import { tableWatermarkDefaults } from '@strata/core'
import { expect, it } from 'vitest'
import { tableJob } from '../testing/table-jobs.ts'
import { describeReshaped, shapeOf } from './table-shape.ts'

const columnsOf = (columns: { readonly [name: string]: string }) =>
  Object.entries(columns).map(([name, type]) => ({ name, type, nullable: true, change: null }))
const watermark = { ...tableWatermarkDefaults, columns: [{ name: 'at', min: null, max: null }] }
const job = tableJob('orders', ['id'], { watermark })
const before = shapeOf(job, columnsOf({ id: 'bigint', note: 'varchar(20)', size: 'double' }), null)

it('a shape that is the same, or in which a text may be longer, has not changed', () => {
  const now = shapeOf(job, columnsOf({ id: 'bigint', note: 'varchar(200)', size: 'double' }), null)
  expect(describeReshaped(before, now)).toBeNull()
  expect(describeReshaped(createHash('md5').update(now).digest('hex'), now)).toBeNull()
})

it('says which columns came, which went, and which have another type', () => {
  const now = shapeOf(
    job,
    columnsOf({ id: 'bigint', size: 'decimal(10,2)', code: 'text', day: 'date' }),
    null,
  )
  expect(describeReshaped(before, now)).toBe(
    'code, day are new, note is gone, size is decimal(10,2) and was double',
  )
  const wide = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`c${index}`, 'int']))
  expect(describeReshaped(before, shapeOf(job, columnsOf(wide), null))).toContain(
    'c0, c1, c2, c3, c4 and 3 more are new, id, note, size are gone',
  )
})

it('says what the job asks for otherwise', () => {
  const columns = columnsOf({ id: 'bigint', note: 'varchar(20)', size: 'double' })
  const described = (over: Parameters<typeof tableJob>[2], zone: string | null = null) =>
    describeReshaped(before, shapeOf({ ...job, ...over }, columns, zone))
  expect(described({ key: [{ field: ['id'] }, { field: ['note'] }] })).toBe('the key is id, note and was id')
  expect(described({ watermark: { ...watermark, logic: 'and' } })).toBe('logic is and and was or')
  expect(described({ relation: { schema: 'shop', name: 'orders' } })).toBe(
    'another table is read than before',
  )
  expect(described({}, 'Asia/Tokyo')).toBe('time_zone is Asia/Tokyo and was not given')
})

it('says that it cannot say where nothing but a hash is known', () => {
  expect(describeReshaped('0123456789abcdef0123456789abcdef', before)).toBe(
    'the columns of the table, or what the job asks for, are others than before',
  )
})
