import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileJob, fileJobDefaults } from '@strata/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chunksOf, northInstance, requestOf, rowsOf } from '../../testing/table-jobs.ts'
import type { TableSnapshot } from '../table-source.ts'
import { openCsvSource } from './open-csv-source.ts'

describe('a source of CSV files', () => {
  let above: string
  let folder: string
  beforeEach(() => {
    above = mkdtempSync(join(tmpdir(), 'strata-csv-'))
    folder = join(above, 'files')
    mkdirSync(folder)
  })
  afterEach(() => rmSync(above, { recursive: true }))

  const write = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content)
  const inSnapshot = <T>(
    work: (snapshot: TableSnapshot) => Promise<T>,
    signal = new AbortController().signal,
  ): Promise<T> =>
    openCsvSource(
      { kind: 'csv', source: 'exports', instances: [] },
      { ...northInstance, address: folder },
    ).snapshot(signal, work)
  const read = (job = fileJob()) =>
    inSnapshot(async (snapshot) =>
      (await rowsOf(snapshot.rows(await requestOf(snapshot, job)))).map(({ json }) => json),
    )
  const fingerprint = (job = fileJob()) =>
    inSnapshot(async (snapshot) => (await snapshot.table(job)).fingerprint)

  describe('gives rows', () => {
    it('whose values are texts, or null where they stand for it and are not quoted', async () => {
      write(
        'patients.csv',
        'id,name,born\n007,"Ada, ""the first""",\n8,"",NULL\n9,"NULL","line one\nline two"\n',
      )
      expect(await read(fileJob({ nullValues: ['', 'NULL'] }))).toEqual([
        '{"id":"007","name":"Ada, \\"the first\\"","born":null}',
        '{"id":"8","name":"","born":null}',
        '{"id":"9","name":"NULL","born":"line one\\nline two"}',
      ])
      expect((await read(fileJob({ nullValues: [] })))[1]).toBe('{"id":"8","name":"","born":"NULL"}')
    })

    it.each<[string, string]>([
      ['line feeds', 'id,v\n1,a\n2,"b"\n3,"c\r"\n4,\n'],
      ['carriage returns and line feeds', 'id,v\r\n1,a\r\n2,"b"\r\n3,"c\r"\r\n4,\r\n'],
      ['carriage returns', 'id,v\r1,a\r2,"b"\r3,"c\r"\r4,\r'],
      ['now one, now the other, and nothing at the end', 'id,v\r\n1,a\n2,"b"\r\n\n3,"c\r"\r\n\r\n4,'],
      ['blanks behind quotes', 'id,v\n1,a\n"2" ,"b"  \n3,"c\r"\n4,\n'],
    ])('from lines that end with %s', async (_name, text) => {
      write('patients.csv', text)
      expect(await read()).toEqual([
        '{"id":"1","v":"a"}',
        '{"id":"2","v":"b"}',
        '{"id":"3","v":"c\\r"}',
        '{"id":"4","v":null}',
      ])
    })

    it.each<[string, Buffer]>([
      ['utf-8', Buffer.from('id,größe\n1,€ “ü” 😀\n')],
      ['utf-8', Buffer.from('\ufeffid,größe\n1,€ “ü” 😀\n')],
      ['utf-16le', Buffer.from('\ufeffid,größe\n1,€ “ü” 😀\n', 'utf16le')],
      ['windows-1252', Buffer.from('id,gr\xf6\xdfe\n1,\x80 \x93\xfc\x94 \n', 'latin1')],
    ])('from files in %s', async (encoding, bytes) => {
      write('patients.csv', bytes)
      const [row] = await read(fileJob({ encoding }))
      expect(row!.replace('😀', '')).toBe('{"id":"1","größe":"€ “ü” "}')
    })

    it('by another delimiter, with names that the job gives, from all files of a pattern in the order of their names', async () => {
      mkdirSync(join(folder, 'b'))
      write('b/2.txt', '3||c\n')
      write('1.txt', '1||a\n2||""\n')
      write('1.csv', 'not meant')
      const job = fileJob({ files: '**/*.txt', delimiter: '||', columns: ['id', 'v'] })
      expect(await read(job)).toEqual(['{"id":"1","v":"a"}', '{"id":"2","v":""}', '{"id":"3","v":"c"}'])
      expect(await inSnapshot(({ count }) => count(job, { kind: 'all' }))).toBe(3)
    })

    it('that have a key apart from those that have none', async () => {
      write('patients.csv', 'id,visit\n1,1\n,2\n3,""\n4,x\n5,\n')
      const job = fileJob({ key: [{ field: ['id'] }, { field: ['visit'] }] })
      await inSnapshot(async (snapshot) => {
        const request = await requestOf(snapshot, job)
        expect((await rowsOf(snapshot.rows(request))).map(({ json }) => json)).toEqual([
          '{"id":"1","visit":"1"}',
          '{"id":"4","visit":"x"}',
        ])
        expect((await snapshot.keyless(request, 2)).map(({ json }) => json)).toEqual([
          '{"id":null,"visit":"2"}',
          '{"id":"3","visit":""}',
        ])
        expect(await snapshot.count(job, { kind: 'all' })).toBe(2)
      })
    })

    it('with the columns that are asked for', async () => {
      write('patients.csv', 'id,name,born\n7,Ada,\n')
      await inSnapshot(async (snapshot) => {
        const [, name, born] = (await snapshot.table(fileJob())).columns
        const request = await requestOf(snapshot, fileJob(), { columns: [born!, name!] })
        expect((await rowsOf(snapshot.rows(request))).map(({ json }) => json)).toEqual([
          '{"born":null,"name":"Ada"}',
        ])
      })
    })

    it('in chunks, the same however the bytes fall into pieces, and each once', async () => {
      const line = (n: number) =>
        `${n},"“quoted” ${'😀'.repeat(n % 9)}\r\nsecond ""line""",${'x'.repeat(n % 70)}\r\n`
      const wanted = Array.from({ length: 20_000 }, (_, n) => n)
      write('patients.csv', `id,text,more\r\n${wanted.map(line).join('')}`)
      const chunks = await inSnapshot(async (snapshot) =>
        chunksOf(snapshot.rows(await requestOf(snapshot, fileJob(), { chunkRows: 3000 }))),
      )
      expect(chunks.map(({ rows, last }) => [rows.length, last])).toEqual([
        ...Array.from({ length: 6 }, () => [3000, null]),
        [2000, null],
      ])
      const rows = chunks.flatMap((chunk) => chunk.rows.map(({ json }) => JSON.parse(json)))
      expect(rows.map(({ id }) => Number(id))).toEqual(wanted)
      expect(rows[8]).toEqual({
        id: '8',
        text: `“quoted” ${'😀'.repeat(8)}\r\nsecond "line"`,
        more: 'xxxxxxxx',
      })
      expect(new Set(rows.map(({ text }) => text.length)).size).toBe(9)
    })

    it('in shorter chunks where they are long', async () => {
      write(
        'patients.csv',
        `id,text\n${Array.from({ length: 20 }, (_, n) => `${n},${'x'.repeat(2_000_000)}\n`).join('')}`,
      )
      const chunks = await inSnapshot(async (snapshot) =>
        chunksOf(snapshot.rows(await requestOf(snapshot, fileJob()))),
      )
      expect(chunks.map(({ rows }) => rows.length)).toEqual([9, 9, 2])
    })
  })

  describe('refuses', () => {
    const refusal = (message: string, code = 'SOURCE_UNREADABLE_FILE') => ({
      code,
      message: `exports.patients: ${message}`,
    })

    it.each<[string, string | Buffer, Partial<FileJob>, string]>([
      [
        'a row with too many values',
        'id,v\n1,"a\nb"\n2,secret,c\n',
        {},
        'patients.csv:4: a row has 3 values, and there are 2 columns',
      ],
      ['a row with too few', 'id,v\n\n1\n', {}, 'patients.csv:3: a row has 1 value, and there are 2 columns'],
      ['a column twice', 'id,secret, secret\n', {}, 'patients.csv:1: columns 2 and 3 have the same name'],
      ['a column without a name', 'id,\n1,2\n', {}, 'patients.csv:1: column 2 has no name'],
      ['a file without anything', '', {}, 'patients.csv: it is empty, and has no names of columns'],
      [
        'an open quote',
        'id,v\n1,a\n2,"secret\n3,c\n',
        {},
        'patients.csv:3: a quote is opened here and never closed',
      ],
      [
        'text behind a quote',
        'id,v\n1,"a" secret\n2,b\n',
        {},
        'patients.csv:2: behind a closing quote there is more than the delimiter',
      ],
      [
        'bytes of another encoding',
        Buffer.from('id,v\n1,\xfc\n', 'latin1'),
        {},
        'patients.csv:2: what stands here is not utf-8',
      ],
      [
        'bytes of another encoding later',
        Buffer.concat([Buffer.from(`id,v\n${'1,ü€\n'.repeat(100_000)}`), Buffer.from('2,\xfc\n', 'latin1')]),
        {},
        'patients.csv:100002: what stands here is not utf-8',
      ],
      [
        'a character that is cut',
        Buffer.from('id,v\n1,\xc3', 'latin1'),
        {},
        'patients.csv:2: what stands here is not utf-8',
      ],
      [
        'an encoding that there is not',
        'id\n1\n',
        { encoding: 'utf-9' },
        'patients.csv: there is no encoding utf-9',
      ],
      ['a delimiter that is none', 'id\n1\n', { delimiter: '"' }, 'patients.csv: its delimiter is none'],
    ])('%s, and says where', async (_name, content, settings, message) => {
      write('patients.csv', content)
      await expect(read(fileJob(settings))).rejects.toMatchObject(refusal(message))
    })

    it('an open quote in a large file before that fills the memory', async () => {
      const line = `${'x'.repeat(1023)}\n`
      write('patients.csv', `id\n1\n"2${line.repeat(34 * 1024)}`)
      await expect(read()).rejects.toMatchObject(refusal('patients.csv:3: a row has no end'))
    })

    it('files of which one has other columns', async () => {
      write('a.csv', 'id,v\n1,a\n')
      write('b.csv', 'id,w\n1,a\n')
      write('c.csv', 'id,v,secret\n1,a\n')
      const differ = (file: string, rest: string) =>
        refusal(`${file}:1: it has other columns than a.csv, the first time at column ${rest}`)
      await expect(read(fileJob({ files: '{a,b}.csv' }))).rejects.toMatchObject(differ('b.csv', '2'))
      await expect(read(fileJob({ files: '{a,c}.csv' }))).rejects.toMatchObject(
        differ('c.csv', '3, which is not there'),
      )
    })

    it('a file that is changed while it is read', async () => {
      write('patients.csv', `id\n${'1\n'.repeat(400_000)}`)
      const changed = refusal('patients.csv was changed while it was read', 'SOURCE_FILE_CHANGED')
      const reading = inSnapshot(async (snapshot) => {
        const request = await requestOf(snapshot, fileJob())
        for await (const _chunk of snapshot.rows(request)) appendFileSync(join(folder, 'patients.csv'), '2\n')
      })
      await expect(reading).rejects.toMatchObject(changed)
      const counting = inSnapshot(async (snapshot) => {
        await snapshot.table(fileJob())
        write('patients.csv', `id\n${'2\n'.repeat(400_000)}`)
        return snapshot.count(fileJob(), { kind: 'all' })
      })
      await expect(counting).rejects.toMatchObject(changed)
    })

    it('what lies outside of the folder', async () => {
      writeFileSync(join(above, 'secret.csv'), 'id\n1\n')
      mkdirSync(join(above, 'other'))
      writeFileSync(join(above, 'other', 'secret.csv'), 'id\n1\n')
      symlinkSync(join(above, 'secret.csv'), join(folder, 'link.csv'))
      symlinkSync(join(above, 'other'), join(folder, 'linked'))
      for (const files of ['../secret.csv', join(above, 'secret.csv'), 'link.csv', '*.csv', 'linked/*.csv'])
        await expect(read(fileJob({ files })), files).rejects.toMatchObject({ code: 'SOURCE_FILE_OUTSIDE' })
      await expect(read(fileJob({ files: '{..,x}/secret.csv' }))).rejects.toMatchObject({
        code: 'SOURCE_TABLE_MISSING',
      })
      write('real.csv', 'id\n1\n')
      symlinkSync(join(folder, 'real.csv'), join(folder, 'inside.csv'))
      expect(await read(fileJob({ files: 'inside.csv' }))).toEqual(['{"id":"1"}'])
    })

    it('a name that no file has, and names those like it', async () => {
      write('patient.csv', 'id\n1\n')
      write('visits.csv', 'id\n1\n')
      await expect(read(fileJob({ files: 'patients*.csv' }))).rejects.toMatchObject({
        code: 'SOURCE_TABLE_MISSING',
        message: `exports.patients: no file is called patients*.csv in ${folder}`,
        hint: 'correct files: of the job; there is patient.csv, visits.csv',
      })
    })

    it('a folder that is not there', async () => {
      rmSync(folder, { recursive: true })
      await expect(read()).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
      mkdirSync(folder)
    })
  })

  it('takes a name that could be a pattern for the name that it is', async () => {
    write('patients (1) [x].csv', 'id\n1\n')
    write('patients 1 x.csv', 'id\n2\n')
    expect(await read(fileJob({ files: 'patients (1) [x].csv' }))).toEqual(['{"id":"1"}'])
  })

  it('has a fingerprint that changes with the contents, the files and how they are read, and with nothing else', async () => {
    const path = join(folder, 'patients.csv')
    write('patients.csv', 'id\n1\n')
    const first = await fingerprint()
    utimesSync(path, 1, 1)
    expect(await fingerprint()).toBe(first)
    const others = new Set([first])
    write('patients.csv', 'id\n2\n')
    utimesSync(path, 1, 1)
    others.add(await fingerprint())
    others.add(await fingerprint(fileJob({ nullValues: ['2'] })))
    others.add(await fingerprint(fileJob({ files: '*.csv', encoding: 'windows-1252' })))
    write('more.csv', 'id\n2\n')
    others.add(await fingerprint(fileJob({ files: '*.csv' })))
    expect(others.size).toBe(5)
    const { columns } = await inSnapshot((snapshot) => snapshot.table(fileJob()))
    expect(columns).toEqual([{ name: 'id', type: 'text', nullable: true, change: null }])
  })

  it('stops reading when it is to', async () => {
    write('patients.csv', `id\n${'1\n'.repeat(400_000)}`)
    const controller = new AbortController()
    const reading = inSnapshot(async (snapshot) => {
      for await (const _chunk of snapshot.rows(await requestOf(snapshot, fileJob()))) controller.abort()
    }, controller.signal)
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
  })
})

function fileJob(settings: Partial<FileJob> = {}): FileJob {
  return {
    ...fileJobDefaults,
    source: 'exports',
    table: 'patients',
    name: 'patients',
    target: { schema: 'bronze', name: 'patients' },
    files: 'patients.csv',
    key: [{ field: ['id'] }],
    ...settings,
  }
}
