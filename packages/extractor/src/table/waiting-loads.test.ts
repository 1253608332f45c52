import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileJob, type FilesConnector, fileJobDefaults, type Instance } from '@strata/core'
import { expect, test } from 'vitest'
import { createSlots } from '../slots.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { prepareTableLanding } from '../testing/table-landing.ts'
import { openCsvSource } from './csv/open-csv-source.ts'

describeDatabases('a load that waits for its turn at the source', (database) => {
  test('has no run yet', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'strata-waiting-'))
    try {
      const connector: FilesConnector = { kind: 'csv', source: 'lab', instances: [] }
      const instance: Instance = {
        id: 1,
        name: 'main',
        address: folder,
        credentials: {},
        parameters: {},
        simulated: false,
      }
      const jobs = ['a', 'b'].map(
        (name): FileJob => ({
          ...fileJobDefaults,
          source: 'lab',
          table: name,
          name,
          target: { schema: 'bronze', name: `lab_${name}` },
          key: [{ field: ['id'] }],
          files: `${name}.csv`,
        }),
      )
      for (const { name } of jobs) writeFileSync(join(folder, `${name}.csv`), 'id\n1\n')
      let goOn = () => {}
      const held = new Promise<void>((resolve) => {
        goOn = resolve
      })
      const files = openCsvSource(connector, instance)
      const source: typeof files = {
        ...files,
        admit: createSlots(1).run,
        async snapshot(signal, work) {
          await held
          return await files.snapshot(signal, work)
        },
      }
      const landing = await prepareTableLanding(database(), jobs, connector, instance, source)
      const running = async () =>
        (
          await database().query<{ name: string }>(
            `select j.name from bronze.dw_etl_runs r join bronze.dw_etl_jobs j on j.id = r.job_id where run_status = 'running'`,
          )
        ).rows.map(({ name }) => name)
      const loads = jobs.map((job) => landing.land(job))
      await expect.poll(running).toHaveLength(1)
      // Long enough for the other to have begun, if it could.
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(await running()).toHaveLength(1)
      goOn()
      expect(await Promise.all(loads)).toMatchObject([{ status: 'success' }, { status: 'success' }])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
