import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Event } from '../../packages/core/src/index.ts'
import { connect } from '../../packages/postgres/src/index.ts'
import { describeServers } from '../../packages/postgres/src/testing/index.ts'
import { executeStep } from './execute-step.ts'
import { openProofDatabase, type ProofDatabase } from './proof-database.ts'
import { rowsOfRelation, scenarios, seedFiles } from './scenarios.ts'
import { watchDatabase } from './watched-database.ts'

describeServers(
  'two runners of one step: the second waits, says for whom, and no row is there twice',
  (server) => {
    let own: ProofDatabase
    beforeAll(async () => {
      own = await openProofDatabase(server)
    })
    afterAll(() => own?.drop())

    const locked = scenarios.filter(({ unlocksEarly }) => unlocksEarly !== true)
    it.each(locked.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
      await own.reset()
      for (const step of scenario.before) {
        if (typeof step === 'string') await own.execute(step)
        else await executeStep(own.database, step, { files: seedFiles })
      }
      const second = await connect({ url: own.url, applicationName: 'proof', maxConnections: 4 })
      const waiting: Event[] = []
      let mayGoOn = () => {}
      const secondWaits = new Promise<void>((resolve) => {
        mayGoOn = resolve
      })
      let runSecond: Promise<unknown> | null = null
      const files = seedFiles
      // It holds the lock, has done all its work, and is about to commit.
      const first = watchDatabase(own.database, async ({ text, when }) => {
        if (text !== 'commit' || when !== 'before' || runSecond !== null || !(await isHeld(own))) return
        runSecond = executeStep(second, scenario.step, {
          files,
          emit(event) {
            if (event.kind !== 'step_waiting') return
            waiting.push(event)
            mayGoOn()
          },
        })
        await Promise.race([secondWaits, runSecond])
      })
      try {
        await executeStep(first, scenario.step, { files, runId: '0123456789' })
        await runSecond
      } finally {
        await second.close()
      }
      // Each of its transactions may have to wait.
      expect(scenario.inParts ? waiting.slice(0, 1) : waiting).toEqual([
        {
          kind: 'step_waiting',
          id: scenario.step.id,
          name: 'silver.patients',
          message: expect.stringMatching(
            /^waits for "strata run=01234567 node=silver\.patients" \(process \d+/,
          ),
        },
      ])
      expect(await own.rows(rowsOfRelation)).toEqual(await own.rows(scenario.whole))
      await own.execute(...(scenario.later ?? []))
      await executeStep(own.database, scenario.step, { files })
      expect(await own.rows(rowsOfRelation)).toEqual(await own.rows(scenario.whole))
    })
  },
)

/** The lock of the model is held, and not that of its schema alone. */
async function isHeld(own: ProofDatabase): Promise<boolean> {
  const held = await own.rows(`select from pg_locks where locktype = 'advisory' and granted
and database = (select oid from pg_database where datname = current_database())
and ((classid::bigint << 32) | objid::bigint) = hashtextextended('strata:silver.patients', 0)`)
  return held.length > 0
}
