import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { incrementalPatients, model } from '../../packages/cli/test/publish-fixture.ts'
import type { Database, IncrementEdge, Session } from '../../packages/core/src/index.ts'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../../packages/postgres/src/testing/index.ts'
import { executeStep } from './execute-step.ts'
import { isSoak } from './is-soak.ts'
import { openProofDatabase, type ProofDatabase } from './proof-database.ts'
import { type Random, seededRandom } from './seeded-random.ts'

const { writers, increments, holdMs, pauseMs } = isSoak
  ? { writers: 24, increments: 240, holdMs: 2_000, pauseMs: 100 }
  : { writers: 8, increments: 12, holdMs: 250, pauseMs: 30 }

const seed = Number(process.env['STRATA_SEED'] ?? (isSoak ? Date.now() % 1_000_000 : 4))

/** `silver.patients`: merged from rows that are inserted, changed and deleted. */
const merged = incrementalPatients()

const bronzeEvents: IncrementEdge = {
  parent: 'source.test.bronze.events',
  relation: { schema: 'bronze', name: 'events' },
}

/** `silver.events`: appended, so that a row which is read twice is there twice. */
const appended = model('events', 'select id, what from bronze.events', {
  materialized: 'incremental',
  increments: [bronzeEvents],
  increment: ['select id, what from ', { incrementOf: bronzeEvents.parent }],
})

describeServers('increments while writers commit late and out of order (R4)', (server) => {
  let own: ProofDatabase
  let other: TestDatabase
  beforeAll(async () => {
    own = await openProofDatabase(server)
    other = await createTestDatabase(server)
    await own.reset()
    await own.execute(
      'create unique index on bronze.patients (id)',
      `create table bronze.events (id text, what text, updated_at timestamptz default clock_timestamp(),
        changed_xid xid8 not null default pg_current_xact_id())`,
      'create index on bronze.events (changed_xid)',
      'create table public.naive (id text primary key, name text, updated_at timestamptz)',
    )
    await other.database.query('create table elsewhere (at timestamptz)')
  })
  afterAll(async () => {
    await own?.drop()
    await other?.drop()
  })

  it(
    `miss no row and double none, where a maximum of timestamps loses some (seed ${seed})`,
    async () => {
      const random = seededRandom(seed)
      const until = new AbortController()
      const writing = Promise.all([
        ...Array.from({ length: writers }, (_, writer) => write(own.database, writer, random, until.signal)),
        writeElsewhere(other.database, random, until.signal),
      ])
      let read = 0
      try {
        for (let number = 0; number < increments; number++) {
          await executeStep(own.database, merged)
          read += (await executeStep(own.database, appended)).counts.rows ?? 0
          await own.execute(naiveConsumer)
          await sleep(random() * pauseMs)
        }
      } finally {
        until.abort()
        await writing
      }
      const transactions = (await writing).reduce((sum, count) => sum + count, 0)
      await executeStep(own.database, merged)
      read += (await executeStep(own.database, appended)).counts.rows ?? 0
      await own.execute(naiveConsumer)

      expect(await own.rows('select id, name from silver.patients')).toEqual(
        await own.rows('select id, name from bronze.patients'),
      )
      const events = await own.rows('select id, what from bronze.events')
      expect(await own.rows('select id, what from silver.events')).toEqual(events)
      expect(read).toBe(events.length)
      const lost = await own.rows('select id from bronze.patients except select id from public.naive')
      expect(lost.length).toBeGreaterThan(0)
      if (isSoak) {
        const [patients] = await own.rows('select count(*) from bronze.patients')
        process.stderr.write(
          `late writers [${server.name}], seed ${seed}: ${writers} writers, ${transactions} transactions, ${increments + 1} increments, ` +
            `${patients} rows and ${events.length} events, all read once; max(updated_at) lost ${lost.length} rows\n`,
        )
      }
    },
    isSoak ? 1_200_000 : 60_000,
  )
})

const naiveConsumer = `insert into public.naive select id, name, updated_at from bronze.patients
where updated_at > (select coalesce(max(updated_at), '-infinity') from public.naive)
on conflict (id) do update set name = excluded.name, updated_at = excluded.updated_at`

/** Transactions of a few statements, each open for a while, some in savepoints, some taken back. Returns how many. */
async function write(
  database: Database,
  writer: number,
  random: Random,
  signal: AbortSignal,
): Promise<number> {
  let number = 0
  for (; !signal.aborted; number++) {
    const id = `${writer}-${number}`
    await database
      .transaction(async (transaction) => {
        await change(transaction, `${id}-first`, random)
        await sleep(random() * random() * holdMs)
        await transaction.query('savepoint s')
        await change(transaction, `${id}-second`, random)
        await transaction.query(random() < 0.25 ? 'rollback to savepoint s' : 'release savepoint s')
        if (random() < 0.5) await changeFormer(transaction, writer, number, random)
        await sleep(random() * random() * holdMs)
        if (random() < 0.1) throw takenBack
      })
      .catch((error: unknown) => {
        if (error !== takenBack) throw error
      })
  }
  return number
}

const takenBack = new Error('taken back')

async function change(transaction: Session, id: string, random: Random): Promise<void> {
  const name = String(Math.floor(random() * 1_000))
  await transaction.query(`insert into bronze.patients (id, name) values ('${id}', '${name}')`)
  await transaction.query(
    `insert into bronze.events (id, what) values ('${id}', '${name}'), ('${id}', '${name}')`,
  )
}

/** A row of its own, so that writers do not wait for each other. */
async function changeFormer(
  transaction: Session,
  writer: number,
  number: number,
  random: Random,
): Promise<void> {
  const former = `${writer}-${Math.floor(random() * number)}-first`
  if (random() < 0.2) await transaction.query(`delete from bronze.patients where id = '${former}'`)
  else
    await transaction.query(`update bronze.patients set name = name || '+', updated_at = clock_timestamp(),
changed_xid = default where id = '${former}'`)
}

/** Transactions of another database count in the same snapshots. */
async function writeElsewhere(database: Database, random: Random, signal: AbortSignal): Promise<number> {
  let number = 0
  for (; !signal.aborted; number++) {
    await database.transaction(async (transaction) => {
      await transaction.query('insert into elsewhere values (now())')
      await sleep(random() * holdMs * 2)
    })
  }
  return number
}
