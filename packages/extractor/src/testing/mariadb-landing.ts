import type { DatabaseConnector, Event, Instance, TableJob } from '@strata/core'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { openMysqlSource } from '../table/mysql/open-mysql-source.ts'
import type { TableSource } from '../table/table-source.ts'
import { createMariadbDatabase, type MariadbDatabase } from './mariadb.ts'
import { findMariadb } from './mariadb-server.ts'
import { prepareTableLanding, type TableLanding } from './table-landing.ts'

/** A MariaDB database, and one of ours in which its tables land. Only while a test runs. */
export interface MariadbLanding {
  readonly own: TestDatabase
  readonly there: MariadbDatabase
  readonly instance: Instance
  readonly source: TableSource
  /** Declares a job. */
  prepare(job: TableJob, onEvent?: (event: Event) => void): Promise<TableLanding>
}

/** Runs the tests on every server there is. Without MariaDB they are skipped, or fail where `STRATA_REQUIRE_SERVER` is set. */
export function describeMariadbLanding(
  title: string,
  connector: DatabaseConnector,
  tests: (landing: () => MariadbLanding, server: { readonly name: string }) => void,
): void {
  const isLeftOut = findMariadb() === null && !process.env['STRATA_REQUIRE_SERVER']
  describe.skipIf(isLeftOut)('a table of MariaDB', () => {
    describeServers(title, (server) => {
      let made: MariadbLanding | null = null
      beforeAll(async () => {
        const own = await createTestDatabase(server)
        const there = await createMariadbDatabase()
        const { address, credentials } = there
        const instance = { id: 1, name: 'main', address, credentials, parameters: {}, simulated: false }
        const source = openMysqlSource(connector, instance)
        made = {
          own,
          there,
          instance,
          source,
          prepare: (job, onEvent) =>
            prepareTableLanding(own.database, [job], connector, instance, source, onEvent),
        }
      })
      afterAll(async () => {
        await made?.source.close()
        await made?.there.drop()
        await made?.own.drop()
      })
      tests(() => {
        if (made === null) throw new Error('the databases are there only while a test runs')
        return made
      }, server)
    })
  })
}
