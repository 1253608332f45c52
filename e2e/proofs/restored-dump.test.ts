import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { incrementalPatients } from '../../packages/cli/test/publish-fixture.ts'
import { createTestDatabase } from '../../packages/postgres/src/testing/index.ts'
import { executeStep } from './execute-step.ts'
import { openProofDatabase } from './proof-database.ts'

/** Only a server of the machine has the programs; the other tests of restored state need none. */
const server = inject('servers').find(({ name }) => name === 'server')

if (server !== undefined)
  it('a dump that was restored elsewhere is read once more, whole, and goes on from there', async () => {
    const own = await openProofDatabase(server)
    const copy = await createTestDatabase(server)
    const steps = [
      incrementalPatients({ config: { track_changes: true } }),
      {
        ...incrementalPatients({ key: [] }),
        id: 'model.test.appended',
        name: 'silver.appended',
        relation: { schema: 'silver', name: 'appended' },
      },
    ]
    const rowsOf = async (relation: string) =>
      (await copy.database.query(`select id, name from ${relation} order by 1, 2`)).rows
    try {
      await own.reset()
      for (const step of steps) await executeStep(own.database, step)
      await own.execute(
        `insert into bronze.patients (id, name) values ('4', 'Di')`,
        // As if they came from a server that has seen a billion transactions.
        `update bronze.patients set changed_xid = '1000000000'`,
        `update strata.watermarks set snapshot = '1000000001:1000000001:'`,
      )
      const [bin] = await own.rows(`select setting from pg_config where name = 'BINDIR'`)
      const program = (name: string) => join(bin!.replace(/^\("?|"?\)$/g, ''), name)
      const dump = execFileSync(program('pg_dump'), ['--no-owner', own.url])
      execFileSync(program('psql'), ['--quiet', '--set=ON_ERROR_STOP=1', '--dbname', copy.url], {
        input: dump,
        stdio: ['pipe', 'ignore', 'inherit'],
      })

      for (const step of steps) {
        const outcome = await executeStep(copy.database, step)
        expect(outcome.action).not.toBe('increment')
        expect(outcome.message).toMatch(/restored from a copy/)
        expect(await rowsOf(`silver.${step.relation.name}`)).toEqual(await rowsOf('bronze.patients'))
      }
      await copy.database.query(`insert into bronze.patients (id, name) values ('5', 'Eve')`)
      for (const step of steps) {
        expect(await executeStep(copy.database, step)).toMatchObject({ counts: { inserted: 1 } })
        expect(await rowsOf(`silver.${step.relation.name}`)).toEqual(await rowsOf('bronze.patients'))
      }
    } finally {
      await copy.drop()
      await own.drop()
    }
  })
