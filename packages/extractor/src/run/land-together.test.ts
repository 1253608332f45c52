import { type EndpointJob, SourceError } from '@strata/core'
import { beforeEach, expect, test } from 'vitest'
import { sliceIdentity } from '../job-identity.ts'
import { type LandedRow, landingStatement } from '../landing/landing-statement.ts'
import { createSlots } from '../slots.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { instance, job, landingSchema, prepareLanding } from '../testing/landing-fixture.ts'
import { createPageLander, type PageEnd, type PageLander } from './land-together.ts'
import type { Progress } from './slice-state.ts'

const trees = job('trees', { cursor: null })
const leaves: EndpointJob = job('leaves', {
  cursor: null,
  slices: [{ parameter: 'tree', from: trees.target, path: ['id'], match: {} }],
})
const needles: EndpointJob = {
  ...leaves,
  table: 'needles',
  name: 'Needles',
  key: [{ field: ['id'] }, { parameter: 'tree' }],
}
const target = { schema: landingSchema, name: 'dim_needles_staging' }

const progress: Progress = {
  accepted: 1,
  received: 1,
  candidate: null,
  bound: null,
  took: 0,
  walk: null,
  complete: true,
  sweeping: true,
  marking: true,
  stateless: false,
}

describeDatabases('pages of several slices', (database) => {
  let runId: number
  beforeEach(async () => {
    await prepareLanding(
      database(),
      [trees, leaves, { ...needles, target }],
      [instance({ address: 'http://north' })],
    )
    await database().query(
      'truncate bronze.dim_leaves_staging, strata.job_watermarks, strata.seen_records, strata.dead_letters',
    )
    const { rows } = await database().query<{ run_id: number }>(
      `insert into bronze.dw_etl_runs (job_id, run_status, records_loaded, credential_id)
       select id, 'running', 0, 1 from bronze.dw_etl_jobs where name = 'Leaves' returning run_id`,
    )
    runId = rows[0]!.run_id
  })

  function openLander(of: EndpointJob = leaves): PageLander {
    return createPageLander({
      database: database(),
      slots: createSlots(1),
      place: { job: of, landingSchema, instanceId: 1, jobId: 1, runId },
      applicationName: 'test',
      signal: new AbortController().signal,
    })
  }

  function land(
    lander: PageLander,
    tree: string,
    body: string,
    conclude?: () => PageEnd,
  ): Promise<LandedRow> {
    return landPages(lander, tree, [body], conclude).then((rows) => rows[0]!)
  }

  function landPages(
    lander: PageLander,
    tree: string,
    bodies: readonly string[],
    conclude: () => PageEnd = () => ({ pages: bodies.length, progress, letters: [] }),
  ): Promise<readonly LandedRow[]> {
    const now = new Date().toISOString()
    return lander.land({
      contents: bodies.map((body) => ({
        parameters: { tree },
        body,
        cursorBound: now,
        serverTime: now,
        candidate: null,
      })),
      seen: true,
      conclude,
      unreadable: (why) =>
        new SourceError({ code: 'SOURCE_UNREADABLE_PAGE', message: `tree ${tree}: ${why}`, hint: '' }),
    })
  }

  const bronze = async () =>
    (
      await database().query<{ key: string; tree: string; xid: string }>(
        `select data->>'id' as key, context->>'tree' as tree, xmin::text as xid from bronze.dim_leaves_staging order by 1, 2`,
      )
    ).rows
  const states = async () =>
    (
      await database().query<{ slice: string; status: string }>(
        'select slice, status from strata.job_watermarks order by slice',
      )
    ).rows

  test('that wait land in one transaction, each with the state of its slice, and count once in the run', async () => {
    const lander = openLander()
    const rows = await Promise.all(
      ['1', '2', '3', '4', '5'].map((tree) =>
        land(lander, tree, `{"@odata.count": ${tree}, "value": [{"id": ${tree}0}, {"id": ${tree}1}]}`),
      ),
    )
    expect(
      rows.map(({ total, received, inserted, first_record, last_record, ordered }) => [
        total,
        received,
        inserted,
        first_record,
        last_record,
        ordered,
      ]),
    ).toEqual(['1', '2', '3', '4', '5'].map((tree) => [tree, 2, 2, `${tree}0`, `${tree}1`, true]))
    const written = await bronze()
    expect(written.map(({ key, tree }) => `${tree}/${key}`)).toEqual([
      '1/10',
      '1/11',
      '2/20',
      '2/21',
      '3/30',
      '3/31',
      '4/40',
      '4/41',
      '5/50',
      '5/51',
    ])
    // The first one found nobody to wait for.
    expect(new Set(written.slice(2).map(({ xid }) => xid)).size).toBe(1)
    expect(await states()).toEqual(
      ['1', '2', '3', '4', '5'].map((tree) => ({ slice: sliceIdentity({ tree }), status: 'complete' })),
    )
    const { rows: runs } = await database().query(
      `select records_loaded from bronze.dw_etl_runs where run_id = ${runId}`,
    )
    expect(runs).toEqual([{ records_loaded: 5 }])
  })

  test('leave behind the one that cannot be read, and the one whose slice does not want it', async () => {
    const lander = openLander()
    const ends = await Promise.allSettled([
      land(lander, '0', '[]'),
      land(lander, '1', '[{"id": 1}]'),
      land(lander, '2', '<html>please log in</html>'),
      land(lander, '3', '{"error": {"code": 1, "message": "no"}}'),
      land(lander, '4', '[{"id": 4}, {"name": "without a key"}]'),
      land(lander, '5', '[{"id": 5}]', () => {
        throw new SourceError({ code: 'SOURCE_CURSOR_MISSING', message: 'not so', hint: '' })
      }),
      land(lander, '6', '[{"id": 6, "name": "a\\u0000b"}, {"id": 7}]'),
    ])
    expect(ends.map((end) => (end.status === 'fulfilled' ? end.value.received : end.reason.message))).toEqual(
      [
        0,
        1,
        'tree 2: it is not JSON',
        'tree 3: it is neither a list nor an object with a list under "value", or it tells of an error',
        2,
        'not so',
        2,
      ],
    )
    expect((await bronze()).map(({ key }) => key)).toEqual(['1', '4', '7'])
    expect((await states()).map(({ slice }) => slice)).toEqual(
      ['0', '1', '4', '6'].map((tree) => sliceIdentity({ tree })),
    )
    const { rows: letters } = await database().query(
      'select slice, reason from strata.dead_letters order by slice',
    )
    expect(letters).toEqual([
      { slice: sliceIdentity({ tree: '4' }), reason: 'no_key' },
      { slice: sliceIdentity({ tree: '6' }), reason: 'unstorable_text' },
    ])
  })

  test('that hold one record write it once, of the last of them, and each has seen it', async () => {
    const lander = openLander()
    const rows = await Promise.all([
      land(lander, '0', '[]'),
      ...['1', '2', '3'].map((tree) =>
        land(lander, tree, `[{"id": 7, "of": "tree ${tree}"}, {"id": 7${tree}}]`),
      ),
    ])
    expect(rows.map(({ received, distinct }) => [received, distinct])).toEqual([
      [0, 0],
      [2, 2],
      [2, 2],
      [2, 2],
    ])
    expect(rows.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(4)
    expect((await bronze()).map(({ key, tree }) => `${tree}/${key}`)).toEqual(['3/7', '1/71', '2/72', '3/73'])
    const { rows: seen } = await database().query<{ slice: string; keys: string[] }>(`
      select slice, array_agg(data->>'id' order by data->>'id') as keys
      from strata.seen_records join bronze.dim_leaves_staging t on t.id = any(ids) group by slice order by slice`)
    expect(seen).toEqual(
      ['1', '2', '3'].map((tree) => ({ slice: sliceIdentity({ tree }), keys: ['7', `7${tree}`] })),
    )
  })

  test('with the parameter in the key hold records of their own', async () => {
    const lander = openLander({ ...needles, target })
    await Promise.all(['1', '2', '3'].map((tree) => land(lander, tree, '[{"id": 7}]')))
    const { rows } = await database().query('select record_key from bronze.dim_needles_staging order by 1')
    expect(rows).toEqual(['1', '2', '3'].map((tree) => ({ record_key: `["7", "${tree}"]` })))
  })

  test('hear all of it when the run is no longer theirs, and nothing has landed', async () => {
    await database().query(`update bronze.dw_etl_runs set run_status = 'failed' where run_id = ${runId}`)
    const lander = openLander()
    const ends = await Promise.allSettled(
      ['1', '2', '3'].map((tree) => land(lander, tree, `[{"id": ${tree}}]`)),
    )
    expect(ends.map((end) => end.status === 'rejected' && end.reason.code)).toEqual(
      Array(3).fill('RUN_SUPERSEDED'),
    )
    expect(await bronze()).toEqual([])
  })

  test.each([1, 4])(
    'find their rows without comparing each record with each, by the plan for %i',
    async (count) => {
      const now = new Date().toISOString()
      const pages = Array.from({ length: count }, (_, page) => ({
        parameters: { tree: String(page) },
        body: JSON.stringify(
          Array.from({ length: 1000 / count }, (_, index) => ({ id: page * 1000 + index })),
        ),
        marked: false,
        cursorBound: now,
        serverTime: now,
        candidate: null,
      }))
      const place = { job: leaves, landingSchema, instanceId: 1, jobId: 1, runId }
      const { text, values } = landingStatement(place, pages, { seen: true })
      for (const round of ['new', 'there already']) {
        const { rows } = await database().query<{ 'QUERY PLAN': string }>({
          text: `explain (analyze, timing off) ${text}`,
          values,
        })
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        const removed = [...plan.matchAll(/Rows Removed by Join Filter: (\d+)/g)].map((match) =>
          Number(match[1]),
        )
        expect(Math.max(0, ...removed), `${round}\n${plan}`).toBeLessThan(20_000)
      }
      expect((await bronze()).length).toBe(1000)
    },
  )
})
