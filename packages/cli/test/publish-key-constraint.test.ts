import type { EnforcedConstraint } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type ModelSettings, model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

const location = { file: 'models/items.yml', line: 3, column: 5 }
const primaryKey: EnforcedConstraint = {
  type: 'primary_key',
  columns: ['site', 'id'],
  definition: 'primary key ("site", "id")',
  name: 'items__strata_pk',
  location,
}

describeOldestServer('a unique_key that a constraint of the contract enforces', (server) => {
  let fixture: PublishFixture
  beforeAll(async () => {
    fixture = await openPublishFixture(server)
  })
  afterAll(() => fixture.drop())
  afterEach(() =>
    fixture.execute(
      'drop schema if exists silver cascade',
      'drop table if exists public.visits',
      'delete from strata.relations',
    ),
  )

  const publish = (
    select: string,
    constraints: readonly EnforcedConstraint[],
    settings: ModelSettings = {},
  ) =>
    fixture.publish({
      ...model('items', select, { materialized: 'incremental', key: ['id', 'site'], ...settings }),
      contract: { columns: null, constraints, location },
      fingerprint: select,
    })
  const published = async (...given: Parameters<typeof publish>) => {
    const result = await publish(...given)
    expect(result.failure).toBeNull()
  }
  const indexes = async () =>
    (
      await fixture.rows(
        `select indexrelid::regclass::text as name from pg_index where indrelid = 'silver.items'::regclass and indisvalid order by 1`,
      )
    ).map(({ name }) => String(name).replace('silver.items__strata_', ''))
  const rows = `select 1 as id, 1 as site, 'a' as name`

  it('has no index of its own, from the first build on and in increments, rebuilds and places that are kept', async () => {
    for (const settings of [{}, {}, { fullRefresh: true }, { config: { publish: 'in_place' } }]) {
      await published(rows, [primaryKey], settings)
      expect(await indexes()).toEqual(['pk'])
    }
    await published(`${rows} union all select 2, 1, 'b'`, [primaryKey])
    expect(await fixture.rows('select id from silver.items order by 1')).toEqual([{ id: 1 }, { id: 2 }])
    expect(await indexes()).toEqual(['pk'])
  })

  it('is refused for rows that share it, in the same words as without the constraint, and for nulls', async () => {
    const twice = `${rows} union all select 1, 1, 'b'`
    const without = (await publish(twice, [])).failure
    expect(without).toMatchObject({
      code: 'DUPLICATE_KEYS',
      message: expect.stringContaining('id=1, site=1'),
    })
    expect((await publish(twice, [primaryKey])).failure).toEqual(without)
    await published(rows, [primaryKey])
    for (const settings of [{}, { fullRefresh: true }, { config: { publish: 'in_place' } }])
      expect((await publish(twice, [primaryKey], settings)).failure).toMatchObject({ code: 'DUPLICATE_KEYS' })
    const ofNothing = `${rows} union all select null, 1, 'b'`
    expect((await publish(ofNothing, [primaryKey], { fullRefresh: true })).failure).toMatchObject({
      code: 'CONSTRAINT_VIOLATED',
      message: expect.stringContaining('the column id of silver.items holds nulls'),
    })
    expect(await fixture.rows('select name from silver.items')).toEqual([{ name: 'a' }])
  })

  it('of a table that is there changes its index when the constraint comes or goes, and is never without one', async () => {
    await published(rows, [])
    expect(await indexes()).toEqual(['key'])
    await published(rows, [primaryKey])
    expect(await indexes()).toEqual(['key', 'pk'])
    await published(rows, [primaryKey])
    expect(await indexes()).toEqual(['pk'])
    await published(rows, [])
    expect(await indexes()).toEqual(['key'])
    const other = { ...primaryKey, columns: ['id'], definition: 'primary key ("id")' }
    await published(rows, [other])
    await published(rows, [other])
    expect(await indexes()).toEqual(['key', 'pk'])
  })

  it.each(['incremental', 'in_place'])(
    'keeps the index that a foreign key stands on: %s',
    async (publishing) => {
      const settings: ModelSettings =
        publishing === 'in_place' ? { config: { publish: publishing }, fullRefresh: true } : {}
      await published(rows, [], settings)
      await fixture.execute(
        'create table public.visits (id int, site int, foreign key (id, site) references silver.items (id, site))',
      )
      await published(rows, [primaryKey], settings)
      await published(rows, [primaryKey], settings)
      expect(await indexes()).toEqual(['key', 'pk'])
      await fixture.execute('drop table public.visits')
      await published(rows, [primaryKey], settings)
      expect(await indexes()).toEqual(['pk'])
    },
  )
})
