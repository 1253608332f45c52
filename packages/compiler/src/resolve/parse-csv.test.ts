import { expect, it } from 'vitest'
import { parseCsv } from './parse-csv.ts'

it('reads values with quotes, commas and line ends in them, and nulls', () => {
  expect(parseCsv('\ufeffid, name ,note\r\n1,"a ""b"", c","x\ny"\r\n\r\n2,,\n3\n').rows).toEqual([
    { id: '1', name: 'a "b", c', note: 'x\ny' },
    { id: '2', name: null, note: null },
    { id: '3', name: null, note: null },
  ])
  expect(parseCsv('a|b\n1|"|"', '|').rows).toEqual([{ a: '1', b: '|' }])
  expect(parseCsv('a').rows).toEqual([])
})

it('says where a row is too long, or a column named twice', () => {
  expect(parseCsv('a,b\n"1\n",2\n3,4,5').mistake).toEqual({
    message: 'a row has 3 values, and the header 2 columns',
    line: 4,
  })
  expect(parseCsv('a,a\n1,2').mistake?.message).toContain('"a" stands twice')
})
