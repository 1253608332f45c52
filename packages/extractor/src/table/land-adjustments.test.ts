import {
  type DatabaseConnector,
  databaseConnectorDefaults,
  type TableJob,
  tableJobDefaults,
  tableWatermarkDefaults,
} from '@strata/core'
import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { expect, test } from 'vitest'
import { describeMariadb } from '../testing/mariadb.ts'
import {
  adjustmentBounds,
  adjustmentColumns,
  adjustmentCounts,
  adjustmentWatermarks,
  changeAdjustments,
  createAdjustments,
} from '../testing/opendental.ts'
import { prepareTableLanding } from '../testing/table-landing.ts'
import { openMysqlSource } from './mysql/open-mysql-source.ts'

const connector: DatabaseConnector = {
  ...databaseConnectorDefaults,
  source: 'dental',
  kind: 'mysql',
  timeZone: 'UTC',
  instances: [],
}

const adjustments = (logic: 'or' | 'and'): TableJob => ({
  ...tableJobDefaults,
  source: 'dental',
  table: 'adjustment',
  name: 'adjustment',
  target: { schema: 'bronze', name: 'od_adjustment' },
  key: [{ field: ['AdjNum'] }],
  relation: { schema: null, name: 'adjustment' },
  watermark: {
    ...tableWatermarkDefaults,
    logic,
    columns: adjustmentColumns.map((name) => ({ name, ...adjustmentBounds })),
  },
})

describeMariadb('the adjustments of a practice, after a day of work', (there) => {
  describeServers('', (server) => {
    test(`are ${adjustmentCounts.and.toLocaleString('en-US')} that all change columns tell of, and ${adjustmentCounts.or.toLocaleString('en-US')} that any of them does`, async () => {
      const source = openMysqlSource(connector, instanceOf())
      for (const logic of ['and', 'or'] as const) {
        const own = await createTestDatabase(server)
        const job = adjustments(logic)
        await createAdjustments(there())
        const landing = await prepareTableLanding(own.database, [job], connector, instanceOf(), source)
        await landing.land(job)
        const { rows } = await own.database.query(
          `select column_watermarks from strata.job_watermarks where job = 'dental.adjustment'`,
        )
        expect(rows).toEqual([{ column_watermarks: adjustmentWatermarks }])
        await changeAdjustments(there())
        expect(await landing.land(job)).toMatchObject({ counts: { fetched: adjustmentCounts[logic] } })
        await own.drop()
      }
      await source.close()
    })

    function instanceOf() {
      const { address, credentials } = there()
      return { id: 1, name: 'main', address, credentials, parameters: {}, simulated: false }
    }
  })
})
