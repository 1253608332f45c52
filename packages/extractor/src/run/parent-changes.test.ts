import type { EndpointJob } from '@strata/core'
import { settled } from '@strata/postgres/testing'
import { afterEach, expect, test } from 'vitest'
import { describeOldestDatabase } from '../testing/describe-databases.ts'
import { cursor, instance, job, type Landing, prepareLanding } from '../testing/landing-fixture.ts'
import { type RecordServer, startRecordServer } from '../testing/record-server.ts'

interface Orchard {
  readonly landing: Landing
  /** The same, while a transaction is open. */
  readonly hurried: Landing
  readonly leaves: EndpointJob
  readonly trees: string
  /** Slices that were asked for since it was called last, in order. */
  asked(): readonly number[]
  /** What the API holds of each tree, and which of them it fails for. */
  readonly versions: Map<number, number>
  readonly failing: Set<number>
  /** Changes a tree as its job would. */
  change(tree: number): Promise<void>
}

describeOldestDatabase('slices that are refreshed on_change', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  async function plant(name: string, count: number, over: Partial<EndpointJob> = {}): Promise<Orchard> {
    const versions = new Map<number, number>()
    const failing = new Set<number>()
    const seen = new Set<number>()
    server = await startRecordServer(({ path, query }) => {
      const tree = Number(/\d+$/.exec(path)![0])
      seen.add(tree)
      if (failing.has(tree)) return { status: 500, body: {} }
      const value = [{ id: tree, version: versions.get(tree) ?? 0 }].slice(Number(query.get('$skip') ?? 0))
      return { body: { '@odata.count': 1, value } }
    })
    const trees = job(`${name}_trees`, { cursor: null })
    const leaves = job(`${name}_leaves`, {
      endpoint: '/t/{tree}',
      cursor: null,
      slices: [{ parameter: 'tree', from: trees.target, path: ['id'], match: {}, refresh: 'on_change' }],
      ...over,
    })
    const landing = await prepareLanding(database(), [trees, leaves], [instance({ address: server.url })])
    const table = `bronze.${trees.target.name}`
    await database().query(`
      insert into ${table} (data, source_instance_id)
      select jsonb_build_object('id', g), 1 from generate_series(1, ${count}) as g`)
    return {
      // What is written while another transaction is open, of another test too, is asked for once more.
      landing: { ...landing, land: (...given) => settled(database()).then(() => landing.land(...given)) },
      hurried: landing,
      leaves,
      trees: table,
      versions,
      failing,
      asked: () => {
        const found = [...seen].sort((a, b) => a - b)
        seen.clear()
        return found
      },
      change: async (tree) => {
        versions.set(tree, (versions.get(tree) ?? 0) + 1)
        await database().query(changing(table, tree))
      },
    }
  }

  const changing = (table: string, tree: number) =>
    `update ${table} set changed_xid = default where data->>'id' = '${tree}'`
  const all = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

  test('are asked for once, and again when their row was written, is new or is back', async () => {
    const { landing, leaves, asked, change, trees } = await plant('plain', 8)
    await landing.land(leaves)
    expect(asked()).toEqual(all(8))

    const idle = await landing.land(leaves)
    expect(asked()).toEqual([])
    expect(idle).toMatchObject({
      status: 'success',
      message: 'full load, 0 slices, 8 not asked for: their parents are as they were',
    })

    await change(3)
    await database().query(
      `insert into ${trees} (data, source_instance_id) values ('{"id": 9}', 1), ('{"id": 10}', 1)`,
    )
    await landing.land(leaves)
    expect(asked()).toEqual([3, 9, 10])

    await database().query(
      `update ${trees} set deleted_at = now(), changed_xid = default where data->>'id' = '5'`,
    )
    await landing.land(leaves)
    expect(asked()).toEqual([])
    const gone = await database().query(
      `select data->>'id' as id from ${leaves.target.schema}.${leaves.target.name} where deleted_at is not null`,
    )
    expect(gone.rows).toEqual([{ id: '5' }])
    await database().query(
      `update ${trees} set deleted_at = null, changed_xid = default where data->>'id' = '5'`,
    )
    await landing.land(leaves)
    expect(asked()).toEqual([5])

    await landing.land(leaves, { fullRefresh: true })
    expect(asked()).toEqual(all(10))
    await landing.land(leaves)
    expect(asked()).toEqual([])
  })

  test('are asked for when the row was written before the walk and committed after it', async () => {
    const { landing, hurried, leaves, asked, trees, versions } = await plant('late', 4)
    await landing.land(leaves)
    asked()
    await database().transaction(async (late) => {
      await late.query(changing(trees, 2))
      // Others begin later and end sooner.
      await database().query(changing(trees, 4))
      await hurried.land(leaves)
      expect(asked()).toEqual([4])
      versions.set(2, 7)
    })
    await landing.land(leaves)
    expect(asked()).toContain(2)
    // What was written while another transaction was open may be asked for once more, and then no longer.
    await landing.land(leaves)
    expect(asked()).toEqual([])
  })

  test('are asked for again where they failed, where a run was cut off, and where nothing can be known of before', async () => {
    const { landing, leaves, asked, change, failing } = await plant('cut', 60)
    failing.add(7)
    expect((await landing.land(leaves)).status).toBe('failed')
    asked()
    expect((await landing.land(leaves)).status).toBe('failed')
    expect(asked()).toEqual([7])
    failing.clear()
    await landing.land(leaves)
    expect(asked()).toEqual([7])

    for (const tree of all(60)) await change(tree)
    const abort = new AbortController()
    const walked: number[] = []
    const counting = setInterval(() => {
      walked.push(...asked())
      if (walked.length > 10) abort.abort()
    }, 1)
    await expect(landing.land(leaves, { signal: abort.signal })).rejects.toThrow()
    clearInterval(counting)
    walked.push(...asked())
    await change(walked[0]!)
    await landing.land(leaves)
    const rest = asked()
    expect(new Set([...walked, ...rest]).size).toBe(60)
    await landing.land(leaves)
    // The pass that was gone on with goes by what could be seen when it began.
    expect(asked()).toEqual([walked[0]])

    // As a restored database has it: our own row was written by another transaction than it says.
    await database().query(
      `update strata.slice_refreshes set written_by = '1' where job = 'clinic.cut_leaves'`,
    )
    await landing.land(leaves)
    expect(asked()).toEqual(all(60))
    // Another question has other answers.
    await landing.land({ ...leaves, params: { more: 'yes' } })
    expect(asked()).toEqual(all(60))
  })

  test('of several levels are asked for when a row of either was written, and by what changed', async () => {
    const { leaves, landing, asked, trees, change } = await plant('levels', 5, { cursor: cursor() })
    const fields = { schema: 'bronze', name: `dim_levels_fields_staging` }
    await database().query(`create table bronze.${fields.name} (like ${trees} including all)`)
    await database().query(`
      insert into bronze.${fields.name} (id, data, source_instance_id)
      select g, jsonb_build_object('id', g, 'tree', g), 1 from generate_series(1, 5) as g`)
    const nested: EndpointJob = {
      ...leaves,
      endpoint: '/f/{field}/t/{tree}',
      slices: [
        ...leaves.slices,
        { parameter: 'field', from: fields, path: ['id'], match: { tree: ['tree'] }, refresh: 'on_change' },
      ],
    }
    await landing.land(nested)
    expect(asked()).toEqual(all(5))
    await change(1)
    await database().query(changing(`bronze.${fields.name}`, 4))
    expect((await landing.land(nested)).message).toContain('2 slices, 3 not asked for')
    expect(asked()).toEqual([1, 4])
  })

  test('bring what the API holds after any history of late writers, cut runs and failing slices', async () => {
    const count = 12
    const { landing, hurried, leaves, trees, versions, failing, change, asked } = await plant('any', count)
    let seed = 20_261
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((seed / 2_147_483_648) * below)
    }
    const pick = () => random(count) + 1
    for (let round = 0; round < 25; round += 1) {
      for (let times = random(3); times > 0; times -= 1) await change(pick())
      failing.clear()
      if (random(3) === 0) failing.add(pick())
      const abort = new AbortController()
      const cut = random(3) === 0 ? setTimeout(() => abort.abort(), random(40)) : undefined
      const run = () => hurried.land(leaves, { signal: abort.signal }).catch(() => {})
      if (random(2) === 0) {
        const late = pick()
        await database().transaction(async (open) => {
          await open.query(changing(trees, late))
          await run()
          versions.set(late, (versions.get(late) ?? 0) + 1)
          if (random(2) === 0) await run()
        })
      } else await run()
      clearTimeout(cut)
    }
    failing.clear()
    for (let runs = 0; runs < 3; runs += 1) await landing.land(leaves)
    const { rows } = await database().query<{ id: number; version: number }>(`
      select (data->>'id')::int as id, (data->>'version')::int as version
      from ${leaves.target.schema}.${leaves.target.name} order by 1`)
    expect(rows).toEqual(all(count).map((id) => ({ id, version: versions.get(id) ?? 0 })))
    asked()
    await landing.land(leaves)
    expect(asked()).toEqual([])
  })
})
