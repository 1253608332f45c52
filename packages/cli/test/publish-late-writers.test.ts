import type { Session } from '@strata/core'
import { describeServers } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { incrementalPatients, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

const writers = 6
const transactionsEach = 12
const leastRuns = 4

describeServers('increments under concurrent writers', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
    await fixture.execute('create unique index on bronze.patients (id)')
  })
  afterEach(() => fixture.drop())

  it.each([
    ['merged by key', ['id']],
    ['appended', []],
  ])('read every row version that was committed, %s (R4)', async (_, key) => {
    const step = incrementalPatients({ key })
    let writing = true
    let runs = 0
    const finished = Promise.all(
      Array.from({ length: writers }, (_, writer) =>
        write(fixture, writer, key.length === 0, () => runs >= leastRuns),
      ),
    ).then(() => {
      writing = false
    })
    while (writing) {
      expect(await fixture.publish(step)).toMatchObject({ status: 'success' })
      runs++
    }
    await finished
    await fixture.publish(step)
    expect(runs).toBeGreaterThanOrEqual(leastRuns)
    const difference = `(table bronze_now except all table silver_now) union all (table silver_now except all table bronze_now)`
    expect(
      await fixture.rows(`with bronze_now as (select id, name from bronze.patients),
        silver_now as (select id, name from silver.patients) ${difference}`),
    ).toEqual([])
  })
})

/** Transactions of up to 60 ms, some in savepoints that are rolled back, some rolled back as a whole. */
async function write(
  fixture: PublishFixture,
  writer: number,
  insertOnly: boolean,
  isEnough: () => boolean,
): Promise<void> {
  for (let number = 0; number < transactionsEach || !isEnough(); number++) {
    const id = (what: string) => `${writer}-${number}-${what}`
    const change = async (transaction: Session) => {
      await transaction.query(insert(id('first')))
      await transaction.query(`select pg_sleep(${((writer * 7 + number * 13) % 7) / 100})`)
      await transaction.query('savepoint s')
      await transaction.query(insert(id('second')))
      await transaction.query(number % 3 === 0 ? 'rollback to savepoint s' : 'release savepoint s')
      if (!insertOnly && number > 0) {
        await transaction.query(`update bronze.patients set name = 'changed by ${number}', changed_xid = default
          where id = '${writer}-${number - 1}-first'`)
      }
      if (number % 5 === 4) throw rolledBack
    }
    await fixture.database.transaction(change).catch((error: unknown) => {
      if (error !== rolledBack) throw error
    })
  }
}

const rolledBack = new Error('rolled back on purpose')

function insert(id: string): string {
  return `insert into bronze.patients (id, name) values ('${id}', 'new')`
}
