import type { Plan, Step } from '@strata/core'
import { migrate } from '@strata/postgres'
import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runnerMigrations } from '../state/runner-migrations.ts'
import { pastDurations, readPastDurations } from './past-durations.ts'

const step = (id: string, kind: Step['kind'], intent: Step['intent']) =>
  ({ id, kind, name: id, parents: [], intent }) as unknown as Step
const target = { name: 'ci', prefix: '' } as Plan['target']
const planOf = (steps: readonly Step[], more: Partial<Plan> = {}): Plan => ({
  version: 1,
  command: 'run',
  target,
  steps,
  ...more,
})

it('relies on what other steps of the kind take only where most of them are known', () => {
  const steps = ['a', 'b', 'c'].map((id) => step(id, 'model', 'build'))
  const [, , last] = steps
  const one = pastDurations({ steps }, new Map([['a', 100]]))
  expect([one.isKnown(last!), one.of(last!)]).toEqual([false, 100])
  const most = pastDurations(
    { steps },
    new Map([
      ['a', 100],
      ['b', 300],
    ]),
  )
  expect([most.isKnown(last!), most.of(last!)]).toEqual([true, 200])
  const job = step('j', 'job', 'land')
  const mixed = pastDurations({ steps: [job, last!] }, new Map([['j', 100]]))
  expect([mixed.isKnown(job), mixed.isKnown(last!), mixed.of(last!)]).toEqual([true, false, 1])
  expect(mixed.isKnown(step('off', 'job', 'skip'))).toBe(true)
})

describeServers('past durations', (server) => {
  let created: Awaited<ReturnType<typeof createTestDatabase>>
  let runs = 0
  beforeEach(async () => {
    created = await createTestDatabase(server)
    await migrate(created.database, 'runner', runnerMigrations)
  })
  afterEach(() => created.drop())

  async function took(node: string, action: string, milliseconds: number, full = false): Promise<void> {
    const { database } = created
    const values = [`r${++runs}`, `2030-01-01T00:00:${String(runs).padStart(2, '0')}Z`]
    await database.query({
      text: `insert into strata.runs (run_id, target, command, status, steps, started_at, arguments)
values ($1, 'ci', 'run', 'success', 1, $2, $3)`,
      values: [...values, JSON.stringify(full ? { full_refresh: true } : {})],
    })
    await database.query({
      text: `insert into strata.steps (run_id, node, kind, name, status, action, message, counts, started_at, milliseconds,
  stale_because) values ($1, $3, 'model', $3, 'success', $4, '', '{}', $2, $5, '{}')`,
      values: [...values, node, action, milliseconds],
    })
  }

  it('do not take a first build for an increment, nor the other way round', async () => {
    await took('m', 'build', 9000)
    const durations = async (intent: Step['intent']) => {
      const one = step('m', 'model', intent)
      const read = await readPastDurations(created.database, planOf([one]))
      return [read.isKnown(one), read.of(one)]
    }
    expect(await durations('increment')).toEqual([false, 1])
    await took('m', 'increment', 100)
    await took('m', 'none', 3)
    expect(await durations('increment')).toEqual([true, 100])
    expect(await durations('rebuild')).toEqual([true, 9000])
    expect(await durations('skip')).toEqual([true, 3])
  })

  it('do not take the first landing of a job, nor a full refresh, for what comes after', async () => {
    const job = step('j', 'job', 'land')
    const durations = async (full = false) => {
      const plan = planOf([job], full ? { arguments: { full_refresh: true } } : {})
      const read = await readPastDurations(created.database, plan)
      return [read.isKnown(job), read.of(job)]
    }
    await took('j', 'land', 9000)
    expect(await durations()).toEqual([false, 1])
    await took('j', 'skip', 2)
    await took('j', 'land', 100)
    await took('j', 'land', 7000, true)
    expect(await durations()).toEqual([true, 100])
    expect(await durations(true)).toEqual([true, 8000])
  })
})
