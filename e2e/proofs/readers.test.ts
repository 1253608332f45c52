import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { model } from '../../packages/cli/test/publish-fixture.ts'
import type { Database, Queryable } from '../../packages/core/src/index.ts'
import { describeServers } from '../../packages/postgres/src/testing/index.ts'
import { executeStep } from './execute-step.ts'
import { isSoak } from './is-soak.ts'
import { openProofDatabase, type ProofDatabase } from './proof-database.ts'

const rebuilds = isSoak ? 100 : 15
const size = 2_000

/** Every row of one build has its version. */
const table = model(
  'numbers',
  `select g as n, v.version from generate_series(1, ${size}) as g cross join bronze.version as v`,
  { materialized: 'table' },
)

describeServers('ten readers of a table that is rebuilt, and of views on it', (server) => {
  let own: ProofDatabase
  beforeAll(async () => {
    own = await openProofDatabase(server)
    await own.reset()
    await own.execute('create table bronze.version as select 0 as version')
    await executeStep(own.database, table)
    await own.execute(
      'create schema gold',
      'create view gold.inside with (security_barrier = true) as select n, version from silver.numbers',
      'create view gold.outside as select i.n, t.version from gold.inside i join silver.numbers t using (n)',
    )
  })
  afterAll(() => own?.drop())

  it(
    `meet neither an error nor a missing, an empty or a mixed relation in ${rebuilds} rebuilds`,
    async () => {
      const until = new AbortController()
      const seen = { errors: [] as string[], waits: [] as number[] }
      const watch = async (name: string, read: Reader) => {
        while (!until.signal.aborted) {
          try {
            await read(own.database, seen.waits, until.signal)
          } catch (error) {
            seen.errors.push(`${name}: ${String(error)}`)
          }
        }
      }
      const reading = Promise.all(readers.map(([name, read]) => watch(name, read)))
      try {
        for (let version = 1; version <= rebuilds; version++) {
          await own.execute(`update bronze.version set version = ${version}`)
          const outcome = await executeStep(own.database, table)
          expect(outcome).toMatchObject({ action: 'rebuild', counts: { rows: size } })
        }
      } finally {
        until.abort()
        await reading
      }
      expect(seen.errors).toEqual([])
      expect(seen.waits.length).toBeGreaterThan(rebuilds * 5)
      expect(await own.rows('select distinct version from gold.outside')).toEqual([`(${rebuilds})`])
      if (isSoak) report(server.name, seen.waits)
    },
    isSoak ? 600_000 : 60_000,
  )
})

/** Reads for a while, and notes in milliseconds what each read took. */
type Reader = (database: Database, waits: number[], signal: AbortSignal) => Promise<void>

const question = (relation: string) =>
  `select count(*)::int as rows, count(distinct version)::int as versions from ${relation}`

async function ask(queryable: Queryable, sql: string, waits: number[]): Promise<void> {
  const startedAt = performance.now()
  const { rows } = await queryable.query<{ rows: number; versions: number }>(sql)
  waits.push(performance.now() - startedAt)
  const [found] = rows
  if (found?.rows !== size || found.versions !== 1) throw new Error(`saw ${JSON.stringify(found)}`)
}

const plain =
  (relation: string): Reader =>
  async (database, waits) => {
    await ask(database, question(relation), waits)
    await sleep(2)
  }

const prepared =
  (relation: string): Reader =>
  (database, waits, signal) =>
    database.session(async (session) => {
      await session.query(`prepare asked as ${question(relation)}`)
      for (let round = 0; round < 50 && !signal.aborted; round++) {
        await ask(session, 'execute asked', waits)
        await sleep(2)
      }
      await session.query('deallocate asked')
    })

/** Holds what it reads, as a report does that fetches row by row. */
const cursor: Reader = async (database, waits) => {
  await database.transaction(async (transaction) => {
    await transaction.query('declare walk cursor for select n, version from gold.outside')
    const versions = new Set<number>()
    let rows = 0
    for (let fetched = -1; fetched !== 0; rows += fetched) {
      const startedAt = performance.now()
      const answer = await transaction.query<{ version: number }>('fetch 700 from walk')
      waits.push(performance.now() - startedAt)
      for (const { version } of answer.rows) versions.add(version)
      fetched = answer.rowCount
      await sleep(10)
    }
    if (rows !== size || versions.size !== 1) throw new Error(`saw ${rows} rows of ${versions.size} versions`)
  })
  await sleep(50)
}

/** The order that makes a builder and a reader wait for each other: first the table, then the view on it. */
const tableThenView: Reader = async (database, waits) => {
  await database.transaction(async (transaction) => {
    await ask(transaction, question('silver.numbers'), waits)
    await sleep(5)
    await ask(transaction, question('gold.outside'), waits)
  })
  await sleep(20)
}

const readers: readonly (readonly [string, Reader])[] = [
  ['plain, the table', plain('silver.numbers')],
  ['plain, a view', plain('gold.inside')],
  ['plain, a view on a view', plain('gold.outside')],
  ['plain, a view on a view', plain('gold.outside')],
  ['prepared, the table', prepared('silver.numbers')],
  ['prepared, a view', prepared('gold.inside')],
  ['prepared, a view on a view', prepared('gold.outside')],
  ['an open cursor', cursor],
  ['a transaction, table then view', tableThenView],
  ['plain, the table', plain('silver.numbers')],
]

function report(server: string, waits: readonly number[]): void {
  const sorted = [...waits].sort((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]!)
  process.stderr.write(
    `readers [${server}]: ${rebuilds} rebuilds, ${waits.length} reads, no error; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms\n`,
  )
}
