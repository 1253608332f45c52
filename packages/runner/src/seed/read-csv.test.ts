import { describe, expect, it } from 'vitest'
import { placeOfValue } from './place-of-value.ts'
import { type CsvRecord, readCsv } from './read-csv.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(text: string | Uint8Array, delimiter = ',', size = 3) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const records = []
  for await (const batch of readCsv({ file: 'seeds/x.csv', delimiter, bytes: inPieces(bytes, size) }))
    records.push(...batch.records)
  return records
}

const values = async (text: string, delimiter?: string) =>
  (await read(text, delimiter)).map((record) => record.values)

describe('reading CSV', () => {
  it.each([
    [
      'plain rows',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a last line without an end',
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'Windows line ends',
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'old Macintosh line ends',
      'a,b\r1,2\r',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['a byte order mark', '\ufeffa\n1', [['a'], ['1']]],
    [
      'quotes',
      '"a","b"\n"1,5","say ""hi"""\n',
      [
        ['a', 'b'],
        ['1,5', 'say "hi"'],
      ],
    ],
    [
      'line ends inside of quotes',
      'a,b\n"x\r\ny","z\nw"\n',
      [
        ['a', 'b'],
        ['x\ny', 'z\nw'],
      ],
    ],
    ['text after a closing quote', 'a\n"x"y\n', [['a'], ['xy']]],
    [
      'blanks after a closing quote',
      'a,b\n"x" ,"y""z"\t\n" ","" \n',
      [
        ['a', 'b'],
        ['x ', 'y"z\t'],
        [' ', ' '],
      ],
    ],
    [
      'quotes of every kind in one row',
      'a,b,c\n"x ""y"" z" t"u","v""",w"\n"1",2",3\n',
      [
        ['a', 'b', 'c'],
        ['x "y" z t"u"', 'v"', 'w"'],
        ['1', '2"', '3'],
      ],
    ],
    ['a pair of quotes alone in its line', 'a\n""\n\n', [['a'], [''], []]],
    ['quotes inside of a value', 'a\nx"y"\n', [['a'], ['x"y"']]],
    [
      'a quote after a space',
      'a,b\n1, "x"\n',
      [
        ['a', 'b'],
        ['1', ' "x"'],
      ],
    ],
    [
      'empty values',
      'a,b\n,\n"",\n',
      [
        ['a', 'b'],
        ['', ''],
        ['', ''],
      ],
    ],
    ['empty lines', 'a,b\n\n1,2\n\n', [['a', 'b'], [], ['1', '2'], []]],
    [
      'letters of several bytes',
      'é,日本\n😀,x\n',
      [
        ['é', '日本'],
        ['😀', 'x'],
      ],
    ],
    ['nothing', '', []],
  ])('understands %s, wherever the bytes are cut', async (_, text, expected) => {
    for (const size of [1, 2, 5, 1000])
      expect((await read(text, ',', size)).map((record) => record.values)).toEqual(expected)
  })

  it('takes another delimiter', async () => {
    expect(await values('a\tb\n1,5\t2\n', '\t')).toEqual([
      ['a', 'b'],
      ['1,5', '2'],
    ])
    expect(await values('a;b\n"1;5";2\n', ';')).toEqual([
      ['a', 'b'],
      ['1;5', '2'],
    ])
  })

  it('counts the lines that values span', async () => {
    const records = await read('a,b\n"x\ny\r\nz",1\n\n2,3\n')
    expect(records.map((record) => record.line)).toEqual([1, 2, 5, 6])
  })

  it('tells where a value begins', async () => {
    const text = 'a,b,c\r\n😀,"x\r\ny",z\r\n"p""q"r,,"'
    const [, first, second] = await read(`${text}s"`)
    const place = (record: CsvRecord, index: number) =>
      placeOfValue(
        { file: '', delimiter: ',', bytes: inPieces(new TextEncoder().encode(text), 3) },
        record,
        index,
      )
    expect(await place(first!, 1)).toEqual({ line: 2, column: 3 })
    expect(await place(first!, 2)).toEqual({ line: 3, column: 4 })
    expect(await place(second!, 1)).toEqual({ line: 4, column: 9 })
    expect(await place(second!, 2)).toEqual({ line: 4, column: 10 })
  })

  it.each([
    ['a quote that is never closed', 'a,b\n1,"x\n2,3\n', 'SEED_SYNTAX', 'seeds/x.csv:2:3: the quote'],
    ['a NUL character', 'a\nx\0y\n', 'SEED_ENCODING', 'seeds/x.csv holds a NUL character'],
  ])('refuses %s', async (_, text, code, message) => {
    await expect(read(text)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  it('refuses bytes that are not UTF-8', async () => {
    const error = { code: 'SEED_ENCODING', message: 'seeds/x.csv is not UTF-8, somewhere after line 2' }
    await expect(read(Uint8Array.of(97, 10, 98, 10, 0xe9, 10))).rejects.toMatchObject({ code: error.code })
    await expect(read(Uint8Array.of(97, 10, 0xe9))).rejects.toMatchObject({ code: error.code })
  })

  it('says so when the file is not there', async () => {
    const { createReadStream } = await import('node:fs')
    const bytes = createReadStream('/nowhere/x.csv')
    const reading = readCsv({ file: 'seeds/x.csv', delimiter: ',', bytes }).next()
    await expect(reading).rejects.toMatchObject({
      code: 'SEED_UNREADABLE',
      message: 'cannot read seeds/x.csv: ENOENT',
    })
  })
})
