import type { EndpointJob } from '@strata/core'
import { settled } from '@strata/postgres/testing'
import { afterEach, expect, test } from 'vitest'
import { describeOldestDatabase } from '../testing/describe-databases.ts'
import { instance, job, type Landing, prepareLanding } from '../testing/landing-fixture.ts'
import { type RecordServer, startRecordServer } from '../testing/record-server.ts'

interface Leaf {
  tree: number
  version: number
}

interface Grove {
  readonly landing: Landing
  readonly leaves: EndpointJob
  /** What the API holds, by id. */
  readonly held: Map<number, Leaf>
  readonly failing: Set<number>
  /** Called with each request, before it is answered. */
  readonly hook: { asked: (tree: number, isFirst: boolean) => void }
  /** The trees that were asked for since it was called last, in order. */
  asked(): readonly number[]
  /** Writes the rows of trees as their job would. */
  touch(...trees: readonly number[]): Promise<void>
  /** Live rows of bronze by id: version and slice. */
  bronze(): Promise<{ readonly [id: string]: string }>
}

describeOldestDatabase('records of slices that are refreshed on_change', (database) => {
  let server: RecordServer
  afterEach(() => server.close())

  async function plant(name: string, trees: number, over: Partial<EndpointJob> = {}): Promise<Grove> {
    const held = new Map<number, Leaf>()
    const failing = new Set<number>()
    const hook: Grove['hook'] = { asked: () => {} }
    const seen = new Set<number>()
    server = await startRecordServer(({ path, query }) => {
      const tree = Number(/\d+$/.exec(path)![0])
      const skip = Number(query.get('$skip') ?? 0)
      seen.add(tree)
      const after = Number(/id gt (\d+)/.exec(query.get('$filter') ?? '')?.[1] ?? 0)
      hook.asked(tree, skip === 0 && after === 0)
      if (failing.has(tree)) return { status: 500, body: {} }
      const all = [...held].filter(([id, leaf]) => leaf.tree === tree && id > after).sort(([a], [b]) => a - b)
      const top = Number(query.get('$top') ?? 1000)
      const value = all.slice(skip, skip + top).map(([id, { version }]) => ({ id: Math.floor(id), version }))
      return { body: { '@odata.count': all.length, value } }
    })
    const parents = job(`${name}_trees`, { cursor: null })
    const leaves = job(`${name}_leaves`, {
      endpoint: '/t/{tree}',
      cursor: null,
      slices: [{ parameter: 'tree', from: parents.target, path: ['id'], match: {}, refresh: 'on_change' }],
      ...over,
    })
    const landing = await prepareLanding(database(), [parents, leaves], [instance({ address: server.url })])
    const table = `bronze.${parents.target.name}`
    await database().query(`
      insert into ${table} (data, source_instance_id)
      select jsonb_build_object('id', g), 1 from generate_series(1, ${trees}) as g`)
    return {
      landing: { ...landing, land: (...given) => settled(database()).then(() => landing.land(...given)) },
      leaves,
      held,
      failing,
      hook,
      asked: () => {
        const found = [...seen].sort((a, b) => a - b)
        seen.clear()
        return found
      },
      touch: async (...touched) => {
        for (const tree of touched)
          await database().query(
            `update ${table} set changed_xid = default where data->>'id' = '${tree}' and deleted_at is null`,
          )
      },
      bronze: async () => {
        const { rows } = await database().query<{ id: string; text: string }>(`
          select data->>'id' as id, (data->>'version') || ' in ' || (context->>'tree') as text
          from bronze.${leaves.target.name} where deleted_at is null`)
        return Object.fromEntries(rows.map(({ id, text }) => [id, text]))
      },
    }
  }

  const inApi = ({ held }: Grove) =>
    Object.fromEntries([...held].map(([id, { tree, version }]) => [String(id), `${version} in ${tree}`]))

  test('go with the slice that brought them, before the one that lost them is asked for', async () => {
    const grove = await plant('moving', 8)
    const { landing, leaves, held, touch, bronze } = grove
    for (const [id, tree] of [
      [1, 7],
      [2, 7],
      [5, 7],
      [3, 8],
    ] as const)
      held.set(id, { tree, version: 0 })
    await landing.land(leaves)
    held.set(1, { tree: 8, version: 0 })
    await touch(8)
    await landing.land(leaves)
    expect(await bronze()).toEqual(inApi(grove))
    await touch(7)
    await landing.land(leaves)
    expect(await bronze()).toEqual(inApi(grove))
  })

  test('are told where several slices hold them at once, and are not where the key tells them apart', async () => {
    for (const [name, key] of [
      ['shared', [{ field: ['id'] }]],
      ['split', [{ field: ['id'] }, { parameter: 'tree' }]],
    ] as const) {
      const { landing, leaves, held, touch } = await plant(name, 3, { key })
      held.set(1, { tree: 1, version: 0 })
      held.set(2, { tree: 2, version: 0 })
      // One number, and another key of the map.
      held.set(1.5, { tree: 2, version: 0 })
      await landing.land(leaves)
      await touch(1, 2)
      const { message } = await landing.land(leaves)
      if (name === 'shared')
        expect(message).toContain('1 record in several slices → name the parameter in key')
      else expect(message).not.toContain('several slices')
      await server.close()
    }
  })

  test('are read where they changed since a pass began that an earlier run left', async () => {
    const grove = await plant('left_over', 60)
    const { landing, leaves, held, hook, touch, bronze } = grove
    for (let id = 1; id <= 60; id += 1) held.set(id, { tree: id, version: 0 })
    await landing.land(leaves)
    await touch(...Array.from({ length: 50 }, (_, index) => index + 1))
    const stop = new AbortController()
    let count = 0
    hook.asked = () => {
      count += 1
      if (count === 8) stop.abort()
    }
    await landing.land(leaves, { signal: stop.signal }).catch(() => {})
    hook.asked = () => {}
    expect(stop.signal.aborted).toBe(true)
    // One that the pass has walked, and one that was not due.
    for (const tree of [1, 55]) held.set(100 + tree, { tree, version: 0 })
    await touch(1, 55)
    expect(await landing.land(leaves)).toMatchObject({ status: 'success' })
    expect(await bronze()).toEqual(inApi(grove))
  })

  test('are read again where they changed before a walk was gone on with that an earlier run began', async () => {
    const grove = await plant('resumed', 2, { pageSize: 2 })
    const { landing, leaves, held, failing, hook, touch, bronze, asked } = grove
    for (let id = 1; id <= 4; id += 1) held.set(id, { tree: 1, version: 0 })
    hook.asked = (tree, isFirst) => !isFirst && failing.add(tree)
    expect((await landing.land(leaves)).status).toBe('failed')
    hook.asked = () => {}
    failing.clear()
    held.set(1, { tree: 1, version: 1 })
    await touch(1)
    const first: number[] = []
    hook.asked = (tree, isFirst) => isFirst && first.push(tree)
    expect((await landing.land(leaves)).status).toBe('success')
    expect(first).toEqual([])
    expect(await bronze()).toMatchObject({ 1: '0 in 1', 4: '0 in 1' })
    await landing.land(leaves)
    expect(await bronze()).toEqual(inApi(grove))
    asked()
    await landing.land(leaves)
    expect(asked()).toEqual([])
  })

  test('are read again after a walk that was gone on with in a restored database', async () => {
    const { landing, leaves, held, failing, hook, touch, asked } = await plant('restored', 2, { pageSize: 2 })
    for (let id = 1; id <= 4; id += 1) held.set(id, { tree: 1, version: 0 })
    hook.asked = (tree, isFirst) => !isFirst && failing.add(tree)
    expect((await landing.land(leaves)).status).toBe('failed')
    hook.asked = () => {}
    failing.clear()
    // The transactions of the database that it came from had other numbers.
    await database().query(`
      update strata.job_watermarks set place = place || '{"parentsSeen": "999999999999"}'
      where job = 'clinic.restored_leaves' and place is not null`)
    await database().query(
      `update strata.slice_refreshes set written_by = '1' where job = 'clinic.restored_leaves'`,
    )
    await landing.land(leaves)
    asked()
    await touch(1)
    await landing.land(leaves)
    expect(asked()).toEqual([1])
  })

  test('are what the API holds after any history of moves, in whatever order parents are written', async () => {
    const trees = 5
    const grove = await plant('history', trees, { pageSize: 2, maxDeletedShare: 1 })
    const { landing, leaves, held, failing, hook, touch, bronze, asked } = grove
    let seed = 71_103
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((seed / 2_147_483_648) * below)
    }
    const tree = () => random(trees) + 1
    const untold = new Set<number>()
    const change = () => {
      const id = random(12) + 1
      const former = held.get(id)
      if (former !== undefined) untold.add(former.tree)
      const kind = random(5)
      if (kind === 0 || former === undefined) {
        const place = tree()
        held.set(id, { tree: place, version: random(3) })
        untold.add(place)
      } else if (kind === 1) held.delete(id)
      else {
        const place = kind === 2 ? former.tree : tree()
        held.set(id, { tree: place, version: former.version + (kind === 2 ? 1 : 0) })
        untold.add(place)
      }
    }
    /** Tells of one parent after the other, and lands in between. */
    const settle = async () => {
      hook.asked = () => {}
      failing.clear()
      for (const told of [...untold].sort(() => random(3) - 1)) {
        await touch(told)
        if (random(3) > 0) await landing.land(leaves)
      }
      untold.clear()
      for (let runs = 0; runs < 2; runs += 1) await landing.land(leaves)
      expect(await bronze()).toEqual(inApi(grove))
    }
    for (let round = 0; round < 28; round += 1) {
      if (round % 4 === 3) await settle()
      for (let times = random(4); times > 0; times -= 1) change()
      hook.asked = () => random(6) === 0 && change()
      for (const told of [...untold].filter(() => random(2) === 0)) {
        untold.delete(told)
        await touch(told)
      }
      failing.clear()
      if (random(3) === 0) failing.add(tree())
      const abort = new AbortController()
      const cut = random(4) === 0 ? setTimeout(() => abort.abort(), random(30)) : undefined
      await landing.land(leaves, { signal: abort.signal }).catch(() => {})
      clearTimeout(cut)
    }
    await settle()
    asked()
    await landing.land(leaves)
    expect(asked()).toEqual([])
  })

  test('are asked for when one of several rows that give their slice is gone', async () => {
    const grove = await plant('given', 3, {})
    const { landing, asked, leaves } = grove
    const fields = { schema: 'bronze', name: 'dim_given_fields_staging' }
    await database().query(
      `create table bronze.${fields.name} (like bronze.dim_given_trees_staging including all)`,
    )
    await database().query(`
      insert into bronze.${fields.name} (id, data, source_instance_id)
      select g, jsonb_build_object('id', g, 'tree', 1 + g % 2), 1 from generate_series(1, 4) as g`)
    const shared: EndpointJob = {
      ...leaves,
      slices: [{ parameter: 'tree', from: fields, path: ['tree'], match: {}, refresh: 'on_change' }],
    }
    await landing.land(shared)
    expect(asked()).toEqual([1, 2])
    const end = (condition: string) =>
      database().query(
        `update bronze.${fields.name} set deleted_at = now(), changed_xid = default where ${condition}`,
      )
    await end(`data->>'id' = '1'`)
    await landing.land(shared)
    expect(asked()).toEqual([2])
    await landing.land(shared)
    expect(asked()).toEqual([])
    await end(`data->>'tree' = '2'`)
    await landing.land(shared)
    expect(asked()).toEqual([])
  })
})
