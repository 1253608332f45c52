import { migrate } from '@strata/postgres'
import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runnerMigrations } from './runner-migrations.ts'

describeServers('the migrations of the runner', (server) => {
  let created: Awaited<ReturnType<typeof createTestDatabase>>
  beforeEach(async () => {
    created = await createTestDatabase(server)
  })
  afterEach(() => created.drop())

  const upTo = (version: number) => migrate(created.database, 'runner', runnerMigrations.slice(0, version))
  const rows = async (sql: string) => (await created.database.query(sql)).rows

  it('bring a watermark of version 1 to version 2 without knowing its relation', async () => {
    await upTo(1)
    await created.database.query(
      `insert into strata.watermarks (target, node, parent, snapshot, source_oid, run_id, updated_at)
values ('default', 'n', 'p', '10:10:', 1, 'r', now())`,
    )
    await upTo(2)
    expect(await rows('select snapshot::text, relation_oid from strata.watermarks')).toEqual([
      { snapshot: '10:10:', relation_oid: null },
    ])
  })

  it('bring runs, steps and relations of version 2 to version 3 as they are, and allow what is new', async () => {
    await upTo(2)
    await created.database.query(
      `insert into strata.runs (run_id, target, command, status, steps, started_at) values ('r', 'default', 'run', 'running', 1, now())`,
    )
    await created.database.query(
      `insert into strata.steps (run_id, node, kind, name, status, action, message, counts, milliseconds, stale_because)
values ('r', 'n', 'model', 's.n', 'success', 'build', '', '{}', 1, '{}')`,
    )
    await created.database.query(
      `insert into strata.relations (target, schema_name, relation_name, node, kind, relation_oid, fingerprint, run_id, built_at)
values ('default', 's', 'n', 'n', 'view', 1, 'f', 'r', now())`,
    )
    await upTo(3)
    expect(
      await rows('select status, heartbeat_at, holds_lock, arguments, planned from strata.runs'),
    ).toEqual([{ status: 'running', heartbeat_at: null, holds_lock: false, arguments: {}, planned: [] }])
    expect(
      await rows(
        'select fingerprint, compiled_sql, configuration, planned_fingerprint from strata.relations',
      ),
    ).toEqual([{ fingerprint: 'f', compiled_sql: null, configuration: null, planned_fingerprint: null }])
    await created.database.query(`update strata.runs set status = 'crashed'`)
    await expect(created.database.query(`update strata.runs set status = 'other'`)).rejects.toThrow()
  })

  it('bring watermarks of version 5 to version 6 as those of parents that record their changes', async () => {
    await upTo(5)
    await created.database.query(
      `insert into strata.watermarks (target, node, parent, snapshot, source_oid, run_id, updated_at)
values ('default', 'n', 'p', '10:10:', 1, 'r', now())`,
    )
    await upTo(6)
    expect(await rows('select snapshot::text, columns, tables from strata.watermarks')).toEqual([
      { snapshot: '10:10:', columns: null, tables: null },
    ])
  })
})
