import { setTimeout as delay } from 'node:timers/promises'
import type { EndpointJob, QuarantineLimit, QuarantineOutcome } from '@strata/core'
import { quoteRelation } from '@strata/core'
import { afterEach, expect, test } from 'vitest'
import { quarantineRecords } from './index.ts'
import { describeDatabases } from './testing/describe-databases.ts'
import { instance, job, landingSchema, prepareLanding, subjects } from './testing/landing-fixture.ts'
import { pageOf, type RecordServer, startRecordServer } from './testing/record-server.ts'

describeDatabases('records that a data test quarantines', (database) => {
  let server: RecordServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  async function landed(name: string, records: readonly unknown[], over: Partial<EndpointJob> = {}) {
    const one = job(name, over)
    server = await startRecordServer(({ query }) => pageOf(records, query))
    const landing = await prepareLanding(database(), [one], [instance({ address: server.url })])
    await landing.land(one)
    return { one, land: () => landing.land(one, { fullRefresh: true }) }
  }

  const quarantine = (
    one: EndpointJob,
    condition: string,
    atMost: QuarantineLimit = { rows: 100, percent: 1 },
    from = quoteRelation(one.target),
  ): Promise<QuarantineOutcome> =>
    database().transaction((transaction) =>
      quarantineRecords(transaction, {
        job: one,
        landingSchema,
        atMost,
        from,
        condition,
        reason: 'failed the test t',
      }),
    )

  const countOf = async (one: EndpointJob) =>
    (await database().query<{ n: number }>(`select count(*)::int as n from ${quoteRelation(one.target)}`))
      .rows[0]!.n

  const lettersOf = async (one: EndpointJob) =>
    (
      await database().query({
        text: `select record, reason, slice, instance_id, run_id is not null as has_run from strata.dead_letters
          where job = $1 order by record`,
        values: [`${one.source}.${one.table}`],
      })
    ).rows

  test('leave bronze, and are kept once however often they are landed', async () => {
    const { one, land } = await landed('names', [{ id: 1, name: 'a' }, { id: 2 }, { id: 3 }])
    for (let round = 1; round <= 2; round += 1) {
      expect(await quarantine(one, `data->>'name' is null -- no name`)).toEqual({ kind: 'moved', rows: 2 })
      expect(await countOf(one)).toBe(1)
      expect(await quarantine(one, `data->>'name' is null`)).toEqual({ kind: 'moved', rows: 0 })
      expect((await land()).counts).toMatchObject({ inserted: 2, unchanged: 1 })
    }
    const letter = { reason: 'failed the test t', slice: '{}', instance_id: 1, has_run: true }
    expect(await lettersOf(one)).toEqual([
      { record: { id: 2 }, ...letter },
      { record: { id: 3 }, ...letter },
    ])
  })

  test('are those of the subquery alone', async () => {
    const { one } = await landed('some', [{ id: 1 }, { id: 2 }, { id: 3, name: 'c' }])
    const from = `(select * from ${quoteRelation(one.target)} where (data->>'id')::int > 1) dbt_subquery`
    expect(await quarantine(one, `data->>'name' is null`, undefined, from)).toEqual({
      kind: 'moved',
      rows: 1,
    })
    expect(await countOf(one)).toBe(2)
  })

  test('stay where they are too many, or all there are', async () => {
    const records = Array.from({ length: 60 }, (_, id) => ({ id, half: id < 30 }))
    const { one } = await landed('halves', records)
    const half = `(data->>'half')::boolean`
    expect(await quarantine(one, half, { rows: 20, percent: 40 })).toEqual({
      kind: 'refused',
      failing: 30,
      rows: 60,
      before: 0,
    })
    expect(await quarantine(one, 'true', { rows: 100, percent: 100 })).toEqual({
      kind: 'refused',
      failing: 60,
      rows: 60,
      before: 0,
    })
    expect(await countOf(one)).toBe(60)
    expect(await lettersOf(one)).toEqual([])
    expect(await quarantine(one, half, { rows: 20, percent: 50 })).toEqual({ kind: 'moved', rows: 30 })
  })

  test.each([
    ['id', {}],
    ['id_and_name', { key: [{ field: ['id'] }, { field: ['kind', 'name'] }] }],
  ] as const)('count with those of the last 24 hours, each record once (keyed by %s)', async (key, over) => {
    const { one, land } = await landed(
      `portions_${key}`,
      Array.from({ length: 30 }, (_, id) => ({ id, kind: { name: 'ä"' } })),
      over,
    )
    const limit = { rows: 10, percent: 1, ceiling: 50 }
    const below = (id: number) => quarantine(one, `(data->>'id')::int < ${id}`, limit)
    expect(await below(8)).toEqual({ kind: 'moved', rows: 8 })
    expect(await below(11)).toEqual({ kind: 'refused', failing: 3, rows: 22, before: 8 })
    expect(await below(10)).toEqual({ kind: 'moved', rows: 2 })
    // Landed again as they were, or otherwise, they are the same records.
    await land()
    await database().query(`update ${quoteRelation(one.target)} set data = data || '{"again": 1}'`)
    expect(await below(10)).toEqual({ kind: 'moved', rows: 10 })
    const age = "update strata.dead_letters set created_at = created_at - interval '25 hours'"
    await database().query(age)
    expect(await below(20)).toEqual({ kind: 'moved', rows: 10 })
    // Those that left the day before, moved anew, count anew.
    await database().query(age)
    await land()
    expect(await below(9)).toEqual({ kind: 'moved', rows: 9 })
    expect(await below(11)).toEqual({ kind: 'refused', failing: 2, rows: 21, before: 9 })
  })

  test('are never more than the ceiling', async () => {
    const { one } = await landed('ceiling', [{ id: 1 }, { id: 2 }, { id: 3 }])
    const limit = { rows: 10, percent: 1, ceiling: 50 }
    expect(await quarantine(one, `(data->>'id')::int < 3`, limit)).toMatchObject({ kind: 'refused' })
    expect(await quarantine(one, `(data->>'id')::int < 2`, limit)).toEqual({ kind: 'moved', rows: 1 })
    expect(await quarantine(one, `(data->>'id')::int < 3`, limit)).toMatchObject({
      kind: 'refused',
      before: 1,
    })
  })

  test('name their slice as the landing does', async () => {
    const { parameter } = subjects.slices[0]!
    const parent = job('trials')
    const one = job('arms', {
      endpoint: '/trials/{studyId}/{a}/arms',
      slices: [
        { parameter, from: parent.target, path: ['id'], match: {} },
        { parameter: 'a', from: parent.target, path: ['a'], match: {} },
      ],
      key: [{ parameter }, { field: ['n'] }],
    })
    server = await startRecordServer(({ path, query }) =>
      pageOf(
        path.startsWith('/trials/odata') ? [{ id: 7, a: 'ü "\\\u0007' }] : [{ n: 1 }, {}, { n: 2 }],
        query,
      ),
    )
    const landing = await prepareLanding(database(), [parent, one], [instance({ address: server.url })])
    await landing.land(parent)
    await landing.land(one)
    expect(await quarantine(one, `data->>'n' = '1'`)).toEqual({ kind: 'moved', rows: 1 })
    const letters = await lettersOf(one)
    expect(letters).toHaveLength(2)
    // One of them was set aside by the landing, which had no key for it.
    expect(new Set(letters.map(({ slice }) => slice))).toEqual(
      new Set(['{"a":"ü \\"\\\\\\u0007","studyId":"7"}']),
    )
  })

  test('are quarantined beside a landing that writes the same rows', async () => {
    let round = 0
    const records = () =>
      Array.from({ length: 400 }, (_, id) => ({ id, round, ...(id % 5 === 0 ? {} : { name: 'x' }) }))
    const one = job('busy', { cursor: null, pageSize: 400 })
    server = await startRecordServer(({ query }) => pageOf(records(), query))
    const landing = await prepareLanding(database(), [one], [instance({ address: server.url })])
    await landing.land(one)
    for (round = 1; round <= 3; round += 1) {
      const [outcome] = await Promise.all([
        landing.land(one),
        quarantine(one, `data->>'name' is null`),
        quarantine(one, `data->>'name' is null and (data->>'id')::int % 2 = 0`),
      ])
      expect(outcome.status).toBe('success')
    }
    await quarantine(one, `data->>'name' is null`)
    expect(await countOf(one)).toBe(320)
  })

  test('are locked in the order of their keys, and looked at again once another writer has let them go', async () => {
    const records: unknown[] = [{ id: 1, name: 'a' }, { id: 9 }]
    const { one, land } = await landed('mended', records)
    records.push({ id: 10 })
    await land()
    const mend = (id: string) => ({
      text: `update ${quoteRelation(one.target)} set data = data || '{"name": "b"}', changed_xid = default where data->>'id' = $1`,
      values: [id],
    })
    const { waiting } = await database().transaction(async (writer) => {
      await writer.query(mend('10'))
      const waiting = quarantine(one, `data->>'name' is null`)
      for (let waits = false; !waits; await delay(10)) {
        const { rows } = await database().query(
          `select from pg_stat_activity
            where wait_event_type = 'Lock' and query like '%failing%' and datname = current_database()`,
        )
        waits = rows.length > 0
      }
      await writer.query(mend('9'))
      return { waiting }
    })
    expect(await waiting).toEqual({ kind: 'moved', rows: 0 })
    expect(await countOf(one)).toBe(3)
  })
})
