import { expect, it } from 'vitest'
import type { ColumnWindow, RowWindow } from '../table/table-source.ts'
import { describeMariadb } from './mariadb.ts'
import { openTestSource, tableJob } from './mysql-source.ts'
import {
  adjustmentBounds,
  adjustmentColumns,
  adjustmentCounts,
  adjustmentWatermarks,
  changeAdjustments,
  createAdjustments,
  createOpenDental,
  openDentalTables,
  practiceDay,
} from './opendental.ts'

describeMariadb('a practice in the shape of OpenDental', (database) => {
  it('has tables with rows, the same for the same seed, and dates that are none', async () => {
    const contents = async (seed: number) => {
      await createOpenDental(database(), { seed, patients: 60 })
      return Promise.all(
        openDentalTables.map(
          async ({ name }) => (await database().query(`checksum table ${name}`))[0]!['Checksum'],
        ),
      )
    }
    const first = await contents(7)
    expect(openDentalTables.length).toBeGreaterThanOrEqual(16)
    expect(new Set(first).size).toBe(openDentalTables.length)
    expect(await contents(8)).not.toEqual(first)
    expect(await contents(7)).toEqual(first)
    const [{ bad } = { bad: 0 }] = await database().query(
      `select count(*) as bad from claimproc where DateEntry in ('0000-00-00', '0001-01-01', '1902-07-31', '1980-01-01', '2099-12-31')`,
    )
    expect(bad).toBeGreaterThan(5)
    for (const statement of [...practiceDay(1), ...practiceDay(2)]) await database().query(statement)
    expect(await contents(7)).toEqual(first)
  })

  it('has adjustments of which any change column takes 5,651, and all together 3,713', async () => {
    await createAdjustments(database())
    const source = openTestSource(database())
    const window = (logic: 'or' | 'and'): RowWindow => ({
      kind: 'changed',
      logic,
      withoutChange: false,
      columns: adjustmentColumns.map((name): ColumnWindow => {
        const type = name === 'SecDateTEdit' ? 'instant' : 'date'
        const time = type === 'date' ? '' : ' 00:00:00.000000'
        const { min, max } = adjustmentBounds
        return { name, type, from: adjustmentWatermarks[name], until: null, min: min + time, max: max + time }
      }),
    })
    const job = tableJob('adjustment', ['AdjNum'])
    const taken = () =>
      source.snapshot(AbortSignal.timeout(60_000), async (snapshot) => ({
        and: await snapshot.count(job, window('and')),
        or: await snapshot.count(job, window('or')),
        all: await snapshot.count(job, { kind: 'all' }),
      }))
    expect(await taken()).toEqual({ and: 1, or: 1, all: 20_000 })
    await changeAdjustments(database())
    expect(await taken()).toEqual(adjustmentCounts)
    // So many are in the months that a lookback may read again.
    const [{ near } = { near: -1 }] = await database().query(
      `select count(*) as near from adjustment where SecDateTEdit between '2025-05-05' and '2025-05-31 18:59:59'
         or greatest(ProcDate, DateEntry, if(AdjDate = '2099-12-31', 0, AdjDate)) between '2025-05-05' and '2025-05-31'`,
    )
    expect(near).toBe(0)
    await source.close()
  })
})
