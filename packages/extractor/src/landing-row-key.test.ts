import type { EndpointJob } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { describeDatabases } from './testing/describe-databases.ts'
import { instance, job, prepareLanding } from './testing/landing-fixture.ts'
import {
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  skipOf,
  startRecordServer,
} from './testing/record-server.ts'

describeDatabases('records that nothing tells apart but all that they hold', (database) => {
  let server: RecordServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  async function serve(answer: (request: RecordRequest) => RecordReply, jobs: readonly EndpointJob[]) {
    server = await startRecordServer(answer)
    return await prepareLanding(database(), jobs, [instance({ address: server.url })])
  }

  const rowsOf = async (table: string) =>
    (
      await database().query<{ data: string; context: unknown; gone: boolean }>(`
        select data::text as data, context, deleted_at is not null as gone from bronze.dim_${table}_staging
        order by data::text collate "C", context::text`)
    ).rows

  test('land once each, and a change takes one away and brings another', async () => {
    const colours = job('colours', { cursor: null, key: [{ record: 'whole' }] })
    let list: readonly object[] = [
      { name: 'red', shade: 1.1 },
      { name: 'red', shade: 1.1 },
      { name: 'blue' },
      {},
    ]
    const landing = await serve(({ query }) => skipOf(list, query), [colours])
    expect((await landing.land(colours)).counts).toMatchObject({ fetched: 4, inserted: 3, quarantined: 0 })
    expect((await landing.land(colours)).counts).toMatchObject({ inserted: 0, changed: 0, deleted: 0 })
    list = [{ shade: 1.2, name: 'red' }, { name: 'blue' }, {}]
    expect((await landing.land(colours)).counts).toMatchObject({ inserted: 1, changed: 0, deleted: 1 })
    list = [{ shade: 1.1, name: 'red' }, { name: 'blue' }, {}]
    await landing.land(colours)
    expect((await rowsOf('colours')).map(({ data, gone }) => [data, gone])).toEqual([
      ['{"name": "blue"}', false],
      ['{"name": "red", "shade": 1.1}', false],
      ['{"name": "red", "shade": 1.2}', true],
      ['{}', false],
    ])
  })

  test('may change in any number: what a change takes away is not lost', async () => {
    const shades = job('shades', { cursor: null, key: [{ record: 'whole' }] })
    let list = Array.from({ length: 40 }, (_, index) => ({ name: `shade ${index}`, tone: 1 }))
    const landing = await serve(({ query }) => skipOf(list, query), [shades])
    await landing.land(shades)
    list = list.map((shade, index) => (index < 30 ? { ...shade, tone: 2 } : shade))
    expect((await landing.land(shades)).counts).toMatchObject({ inserted: 30, deleted: 30 })
    list = list.slice(0, 10)
    expect((await landing.land(shades)).counts).toMatchObject({ deleted: 0 })
  })

  test('are others in each slice', async () => {
    const wards = job('wards', { cursor: null })
    const notes = job('notes', {
      endpoint: '/wards/{wardId}/notes/odata',
      cursor: null,
      key: [{ record: 'whole' }, { parameter: 'wardId' }],
      slices: [{ parameter: 'wardId', from: wards.target, path: ['id'], match: {} }],
    })
    const landing = await serve(
      ({ path, query }) =>
        skipOf(
          path.startsWith('/wards/1/') || path.startsWith('/wards/2/')
            ? [{ text: 'same' }]
            : [{ id: 1 }, { id: 2 }],
          query,
        ),
      [wards, notes],
    )
    await landing.land(wards)
    expect((await landing.land(notes)).counts).toMatchObject({ inserted: 2 })
    expect((await landing.land(notes)).counts).toMatchObject({ inserted: 0, changed: 0, deleted: 0 })
    expect((await rowsOf('notes')).map(({ context }) => context)).toEqual([{ wardId: '1' }, { wardId: '2' }])
  })
})
