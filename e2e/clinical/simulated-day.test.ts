import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileClock } from '../../packages/simulator/src/index.ts'
import { createModelsProject, type ModelsProject } from '../run-models.ts'

const day = 24 * 60 * 60 * 1000
const own = { DATABASE_URL: 'postgres://someone@db.example:5433/trial' }

let project: ModelsProject
beforeEach(() => {
  project = createModelsProject('clinical')
})
afterEach(() => project.remove())

async function asOf(environment: { readonly [name: string]: string } = {}, ...words: readonly string[]) {
  const { stdout, stderr } = await project.runWith(
    { environment },
    'compile',
    ...['--inline', 'select {{ as_of() }} as day'],
    ...words,
  )
  return /date '([\d-]+)'/.exec(stdout)?.[1] ?? stdout + stderr
}

const today = () => new Date().toISOString().slice(0, 10)

test('marts are asked for the present day of the simulated sites, and for another one where it is given', async () => {
  expect(await asOf()).toBe('2024-03-01')
  fileClock(join(project.directory, '.strata', 'simulator.json')).landed('embedded', day)
  expect(await asOf()).toBe('2024-03-02')
  expect(await asOf({}, '--vars', '{as_of: 2024-01-31}')).toBe('2024-01-31')
})

test('they are asked for today where sites are real, and in a database that holds nothing simulated', async () => {
  fileClock(join(project.directory, '.strata', 'simulator.json')).landed('db.example:5433/trial', day)
  const real = { CC_NORTH_URL: 'https://north.example', CC_NORTH_API_KEY: 'key' }
  const other = { DATABASE_URL: 'postgres://someone@db.example:5433/other' }
  const days = [await asOf(real), await asOf({ ...own, ...real }), await asOf(other)]
  expect(days).toEqual([today(), today(), today()])
  expect(await asOf(own)).toBe('2024-03-02')
})
