import type { Database } from '@strata/core'
import { extractorMigrations } from '@strata/extractor'
import { migrate, prepareFactsFunction } from '@strata/postgres'
import type { TestContents } from '@strata/postgres/testing'
import { runnerMigrations } from '@strata/runner'

/** The state of the runner, without any run. */
export const runnerState: TestContents = {
  name: 'runner',
  fill: migrateRunner,
}

/** The state of the runner and of the extractor. */
export const wholeState: TestContents = {
  name: 'whole',
  async fill(database) {
    await migrateRunner(database)
    await migrate(database, 'extractor', extractorMigrations)
  },
}

/** The function that asks for facts too, which the first step would make. */
async function migrateRunner(database: Database): Promise<void> {
  await migrate(database, 'runner', runnerMigrations)
  await prepareFactsFunction(database)
}
