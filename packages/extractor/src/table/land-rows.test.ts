import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { unstorableMark } from '../landing/unstorable-text.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { prepareRows } from '../testing/row-landing.ts'

const none = { received: 0, inserted: 0, changed: 0, quarantined: 0 }

describeDatabases('rows that land', (database) => {
  test('are in bronze as they came, digit by digit, with their instance, job and run', async () => {
    const landing = await prepareRows(database())
    const json = '{"id":9007199254740993,"Fee":1.10,"tiny":1e-7,"b":null}'
    expect(await landing.land([json])).toEqual({ ...none, received: 1, inserted: 1 })
    expect(await landing.column('data::text')).toEqual([
      '{"b": null, "id": 9007199254740993, "Fee": 1.10, "tiny": 0.0000001}',
    ])
    expect(
      await landing.column('(source_id, source_instance_id, etl_job_id, etl_run_id, context)::text'),
    ).toEqual(['(1,1,7,70,)'])
    expect(await landing.column("row_hash = decode(md5(data::text), 'hex')")).toEqual([true])
  })

  test('are in bronze whatever characters they hold', async () => {
    const landing = await prepareRows(database())
    const texts = [
      '\\',
      '\\\\',
      '\\.',
      '\\N',
      '\t',
      '\n',
      '\r\n',
      '"',
      "'",
      '\u0001\u0002\u001f\u007f',
      'ä日😀',
      '\u2028',
      '$1',
      '\\u0000',
      '\\n',
      '',
      '\b\f',
      '}{',
      ',',
      '\uFEFF',
    ]
    await landing.land(texts.map((text, id) => ({ id, text })))
    expect(await landing.column("data->>'text'")).toEqual(texts)
    await landing.land([
      '{"id": 100,\n\t"text":\r\n "spread"}',
      `{"id":101,"text":"${'long '.repeat(50_000)}"}`,
    ])
    expect(await landing.column("length(data->>'text')")).toEqual([
      ...texts.map((text) => [...text].length),
      6,
      250_000,
    ])
  })

  test('that are there already are neither written nor locked', async () => {
    const landing = await prepareRows(database())
    const rows = Array.from({ length: 50 }, (_, id) => ({ id, v: 'same' }))
    await landing.land(rows)
    const before = await landing.column('(xmin, xmax, ctid, changed_xid, updated_at, etl_run_id)::text')
    expect(await landing.land(rows, { runId: 71 })).toEqual({ ...none, received: 50 })
    expect(await landing.column('(xmin, xmax, ctid, changed_xid, updated_at, etl_run_id)::text')).toEqual(
      before,
    )
  })

  test('that differ are written anew, and tell those who read increments', async () => {
    const landing = await prepareRows(database())
    await landing.land([
      { id: 1, v: 'a' },
      { id: 2, v: 'a' },
    ])
    const state = '(t.id, changed_xid, etl_run_id, created_at, updated_at > created_at)::text'
    const [first, second] = await landing.column<string>(state)
    expect(await landing.land([{ id: 1, v: 'b' }, { id: 2, v: 'a' }, { id: 3 }], { runId: 71 })).toEqual({
      ...none,
      received: 3,
      inserted: 1,
      changed: 1,
    })
    const [changed, same] = await landing.column<string>(state)
    expect(same).toBe(second)
    const [was, is] = [first!, changed!].map((row) => row.slice(1, -1).split(','))
    expect(is).toEqual([was![0], expect.not.stringMatching(`^${was![1]}$`), '71', was![3], 't'])
    expect(await landing.column("row_hash = decode(md5(data::text), 'hex')")).toEqual([true, true, true])
  })

  test('of one key in a chunk give the last', async () => {
    const landing = await prepareRows(database())
    const landed = await landing.land([{ id: 1, v: 1 }, { id: 2 }, { id: 1, v: 2 }, { id: 1, v: 3 }])
    expect(landed).toEqual({ ...none, received: 4, inserted: 2 })
    expect(await landing.column("data->>'v'")).toEqual(['3', null])
  })

  test('carry the time at which the source says they changed', async () => {
    const landing = await prepareRows(database())
    await database().transaction(async (transaction) => {
      const { landRows } = await import('./land-rows.ts')
      await landRows(transaction, landing.place(), [
        { json: '{"id":1}', changes: [], changedAt: '2025-07-18 12:34:56.123456 America/New_York' },
        { json: '{"id":2}', changes: [], changedAt: '2025-07-18T12:34:56Z' },
        { json: '{"id":3}', changes: [], changedAt: null },
      ])
    })
    expect(await landing.column("to_char(cursor_at at time zone 'UTC', 'HH24:MI:SS.US')")).toEqual([
      '16:34:56.123456',
      '12:34:56.000000',
      null,
    ])
  })

  test('that come back after they were found gone are alive again', async () => {
    const landing = await prepareRows(database())
    await landing.land([{ id: 1 }])
    await database().query(`update bronze.${landing.job.target.name} set deleted_at = now()`)
    expect(await landing.land([{ id: 1 }])).toEqual({ ...none, received: 1, changed: 1 })
    expect(await landing.column('deleted_at')).toEqual([null])
  })

  test('are told apart by all the columns of the key, whatever those are called', async () => {
    const hostile = `it's "x"\\; drop table--`
    const landing = await prepareRows(database(), { key: [{ field: [hostile] }, { field: ['b.c'] }] })
    const row = (one: unknown, other: unknown, v = 'v') => ({ [hostile]: one, 'b.c': other, v })
    await landing.land([row(1, 2), row(2, 1), row('a","b', 'c'), row('a', 'b","c')])
    const again = [row(1, 2, 'w'), row(2, 1), row(null, 1), { [hostile]: 1 }]
    expect(await landing.land(again)).toEqual({ ...none, received: 4, changed: 1, quarantined: 2 })
    expect((await landing.column<string>('record_key')).toSorted()).toEqual([
      '["1", "2"]',
      '["2", "1"]',
      String.raw`["a", "b\",\"c"]`,
      String.raw`["a\",\"b", "c"]`,
    ])
  })

  test('of two instances do not meet', async () => {
    const landing = await prepareRows(database())
    await landing.land([{ id: 1, v: 'north' }])
    expect(await landing.land([{ id: 1, v: 'south' }], { instanceId: 2 })).toEqual({
      ...none,
      received: 1,
      inserted: 1,
    })
    expect(await landing.column("source_id || (data->>'v')")).toEqual(['1north', '2south'])
  })

  test('without a key are set aside, each once, and are open again when they come back after they were landed', async () => {
    const landing = await prepareRows(database())
    const rows = [{ id: 1 }, { name: 'nobody' }, { id: null }, { id: '' }, { name: 'nobody' }]
    for (let round = 1; round <= 2; round += 1)
      expect(await landing.land(rows, { runId: 70 + round })).toMatchObject({
        received: 5,
        quarantined: 4,
      })
    const letters = async () =>
      (
        await database().query(`select record::text as record, reason, slice, run_id, resolution from strata.dead_letters
          where job = 'dental.${landing.job.table}' and landing_schema = 'bronze' and instance_id = 1 order by record::text`)
      ).rows
    const letter = (record: string, over = {}) => ({
      record,
      reason: 'no_key',
      slice: '{}',
      run_id: 71,
      resolution: null,
      ...over,
    })
    expect(await letters()).toEqual([
      letter('{"id": ""}'),
      letter('{"id": null}'),
      letter('{"name": "nobody"}'),
    ])
    await database().query(`update strata.dead_letters set resolved_at = now(),
      resolution = case when record ? 'id' then 'superseded' else 'dismissed' end where job = 'dental.${landing.job.table}'`)
    await landing.land(rows, { runId: 73 })
    expect(await letters()).toEqual([
      letter('{"id": ""}', { run_id: 73 }),
      letter('{"id": null}', { run_id: 73 }),
      letter('{"name": "nobody"}', { resolution: 'dismissed' }),
    ])
  })

  test('with a key that no index can hold are set aside, however well it compresses, and the others land', async () => {
    for (const key of [['id'], ['id', 'code']]) {
      const landing = await prepareRows(database(), { key: key.map((field) => ({ field: [field] })) })
      const rows = [
        { id: '1', code: 'a' },
        { id: 'x'.repeat(3000), code: 'b' },
        { id: randomBytes(2000).toString('hex'), code: 'c' },
      ]
      expect(await landing.land(rows)).toEqual({ ...none, received: 3, inserted: 1, quarantined: 2 })
      const { rows: letters } = await database().query<{ reasons: string[] }>(
        `select array_agg(reason) as reasons from strata.dead_letters where job = 'dental.${landing.job.table}'`,
      )
      expect(letters[0]?.reasons).toEqual(['key_too_long', 'key_too_long'])
      expect(await landing.compare(rows)).toMatchObject({ rows: 3, keys: 3, missing: 0, gone: 0 })
    }
  })

  test('that jsonb cannot hold are set aside, and the others land', async () => {
    const landing = await prepareRows(database())
    const landed = await landing.land([
      String.raw`{"id":1,"t":"a\u0000b"}`,
      String.raw`{"id":2,"t":"\\u0000 \ud83d\ude00"}`,
      String.raw`{"id":3,"t":"\ud83d"}`,
      String.raw`{"id":4,"t":"\uDE00"}`,
    ])
    expect(landed).toEqual({ ...none, received: 4, inserted: 1, quarantined: 3 })
    expect(await landing.column('data::text')).toEqual([String.raw`{"t": "\\u0000 😀", "id": 2}`])
    const { rows } = await database().query(`select reason, record->>'id' as id from strata.dead_letters
      where job = 'dental.${landing.job.table}' order by 2`)
    expect(rows).toEqual(['1', '3', '4'].map((id) => ({ reason: 'unstorable_text', id })))
  })

  test('that jsonb refuses for what they are, not for a character, are set aside as far as they can be, and the others land', async () => {
    const landing = await prepareRows(database())
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const rows = [
      '{"id":0}',
      '{"id":1,"n":1e999999,"note":"kept"}',
      `{"id":2,"deep":${deep}}`,
      '{"id":3}',
      '{"id":4,"t":"\\u0000","n":[1e999999]}',
      '{"id":5}',
    ]
    expect(await landing.land(rows)).toEqual({ ...none, received: 6, inserted: 3, quarantined: 3 })
    expect(await landing.column("data->>'id'")).toEqual(['0', '3', '5'])
    const { rows: letters } = await database().query(
      `select reason, record from strata.dead_letters where job = 'dental.${landing.job.table}' order by record->'id'`,
    )
    const reason = 'unstorable_text'
    expect(letters).toEqual([
      { reason, record: { id: 1, n: unstorableMark, note: 'kept' } },
      { reason, record: { id: 2, deep: unstorableMark } },
      { reason, record: { id: 4, t: unstorableMark, n: unstorableMark } },
    ])
  })

  test('that are no JSON are a fault of ours, and nothing lands', async () => {
    const landing = await prepareRows(database())
    await expect(landing.land(['{"id":1}', '{"id":2'])).rejects.toMatchObject({ sqlstate: '22P02' })
    expect(await landing.column('id')).toEqual([])
  })

  test('may be none', async () => {
    const landing = await prepareRows(database())
    expect(await landing.land([])).toEqual(none)
  })

  test('of several chunks may land in one transaction', async () => {
    const landing = await prepareRows(database())
    const { landRows } = await import('./land-rows.ts')
    await database().transaction(async (transaction) => {
      for (const id of [1, 2])
        await landRows(transaction, landing.place(), [{ json: `{"id":${id}}`, changes: [], changedAt: null }])
    })
    expect(await landing.column("data->>'id'")).toEqual(['1', '2'])
  })

  test('that two landings bring in opposite orders are written in one order, so that neither waits for the other', async () => {
    const landing = await prepareRows(database())
    await landing.land([{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    await landing.land([
      { id: 'c', v: 1 },
      { id: 'a', v: 1 },
      { id: 'b', v: 1 },
    ])
    const written = await database().query<{ id: string }>(
      `select data->>'id' as id from bronze.od_${landing.job.table} order by ctid`,
    )
    expect(written.rows.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })

  test('leave nothing behind but what they brought', async () => {
    const landing = await prepareRows(database())
    await landing.land([{ id: 1 }])
    const { rows } = await database().query(
      "select relname from pg_class where relpersistence = 't' and relkind = 'r'",
    )
    expect(rows).toEqual([])
  })
})
