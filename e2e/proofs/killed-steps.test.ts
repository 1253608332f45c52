import { spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeOldestServer } from '../../packages/postgres/src/testing/index.ts'
import { type Bundle, bundleProgram } from './bundle-program.ts'
import type { DyingOrder } from './dying-program.ts'
import { executeStep, runSteps } from './execute-step.ts'
import { isSoak } from './is-soak.ts'
import { openProofDatabase, type ProofDatabase } from './proof-database.ts'
import { rowsOfRelation, type Scenario, scenarios, seedFiles } from './scenarios.ts'
import { type State, stateOf } from './state-of.ts'
import { type Moment, watchDatabase } from './watched-database.ts'

/** `process`: SIGKILL. `connection`: its backend is ended, and the run with it. `retried`: its backend is ended, the run goes on. */
interface Death extends Pick<Moment, 'at' | 'when'> {
  readonly of: 'process' | 'connection' | 'retried'
}

interface Expected {
  readonly before: State
  readonly after: State
  readonly statements: number
}

describeOldestServer('a step that dies at any statement leaves the old or the new, whole', (server) => {
  let program: Bundle
  let lanes: readonly ProofDatabase[]
  beforeAll(async () => {
    program = await bundleProgram('dying-program.ts')
    lanes = await Promise.all([1, 2, 3, 4].map(() => openProofDatabase(server)))
  })
  afterAll(async () => {
    program?.remove()
    await Promise.all((lanes ?? []).map((lane) => lane.drop()))
  })

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (_, scenario) => {
      const expected = await expectedOf(lanes[0]!, scenario)
      const waiting = deathsOf(expected.statements)
      const wrong: string[] = []
      const dieOneByOne = async (lane: ProofDatabase) => {
        for (let death = waiting.shift(); death !== undefined; death = waiting.shift()) {
          const died = dieAndCheck(lane, program, scenario, expected, death)
          await died.catch((error: unknown) =>
            wrong.push(`${describeDeath(death!, expected)}: ${String(error)}`),
          )
        }
      }
      await Promise.all(lanes.map(dieOneByOne))
      expect(wrong).toEqual([])
    },
    isSoak ? 900_000 : 120_000,
  )
})

async function prepare(own: ProofDatabase, scenario: Scenario): Promise<void> {
  await own.reset()
  for (const step of scenario.before) {
    if (typeof step === 'string') await own.execute(step)
    else await executeStep(own.database, step, { files: seedFiles })
  }
}

async function expectedOf(own: ProofDatabase, scenario: Scenario): Promise<Expected> {
  await prepare(own, scenario)
  const before = await stateOf(own, scenario)
  let statements = 0
  const counted = watchDatabase(own.database, ({ at }) => {
    statements = Math.max(statements, at)
  })
  await executeStep(counted, scenario.step, { files: seedFiles })
  const after = await stateOf(own, scenario)
  expect(after.rows).toEqual(await own.rows(scenario.whole))
  expect(statements).toBeGreaterThan(6)
  return { before, after, statements }
}

/**
 * In short, the connection dies at every twelfth statement; the process, and the connection of a step that may try again,
 * at every twenty-fourth. To die after an answer is to die before the next statement, except after the last.
 */
function deathsOf(statements: number): Death[] {
  const deaths: Death[] = [{ of: 'process', at: statements, when: 'after' }]
  const isDue = (number: number, every: number) => isSoak || number % every === 0
  for (let at = statements; at >= 1; at--) {
    for (const [number, when] of (['before', 'sent'] as const).entries()) {
      if (isDue(at + number * 12, 24)) deaths.push({ of: 'connection', at, when })
      if (isDue(at + number * 24, 48)) deaths.push({ of: 'process', at, when })
      if (isDue(at + number * 24 + 12, 48)) deaths.push({ of: 'retried', at, when })
    }
  }
  return deaths
}

const verbs = { process: 'killed', connection: 'disconnected', retried: 'disconnected, with another try,' }

function describeDeath({ of, at, when }: Death, { statements }: Expected): string {
  return `${verbs[of]} ${when} statement ${at} of ${statements}`
}

async function dieAndCheck(
  own: ProofDatabase,
  program: Bundle,
  scenario: Scenario,
  expected: Expected,
  death: Death,
): Promise<void> {
  await prepare(own, scenario)
  if (death.of === 'process') await killProcess(own, program, scenario, death)
  else await endConnection(own, scenario, death)
  await own.untilDeserted()

  const left = await stateOf(own, scenario)
  const isOld = JSON.stringify(left) === JSON.stringify(expected.before)
  const isLast = death.when === 'after'
  if (scenario.inParts && !isLast) expectParts(left, expected)
  else if (!isOld || isLast) expect(left).toEqual(expected.after)
  // A run that has ended gives its own lock back with its connection, in the background.
  const locks = () =>
    own.rows(`select objid from pg_locks where locktype = 'advisory'
and database = (select oid from pg_database where datname = current_database())`)
  await expect.poll(locks, { timeout: 5_000, interval: 20 }).toEqual([])

  await executeStep(own.database, scenario.step, { files: seedFiles })
  expect(await stateOf(own, scenario)).toEqual(expected.after)
  if (scenario.later === undefined) return
  await own.execute(...scenario.later)
  await executeStep(own.database, scenario.step, { files: seedFiles })
  expect(await own.rows(rowsOfRelation)).toEqual(await own.rows(scenario.whole))
}

/** Each row is old or new, and each relation. */
function expectParts(left: State, { before, after }: Expected): void {
  expect([...(before.rows ?? []), ...(after.rows ?? [])]).toEqual(
    expect.arrayContaining([...(left.rows ?? [])]),
  )
  for (const [number, rows] of left.read.entries())
    expect([...before.read[number]!, ...after.read[number]!]).toEqual(expect.arrayContaining([...rows]))
  expect([before.relations, after.relations]).toContainEqual(left.relations)
}

async function killProcess(
  own: ProofDatabase,
  program: Bundle,
  scenario: Scenario,
  death: Death,
): Promise<void> {
  const order: DyingOrder = { url: own.url, step: scenario.step, files: seedFiles, death }
  const child = spawn(process.execPath, [program.file, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)))
  expect(signal, said).toBe('SIGKILL')
}

/** Where there is no connection yet, it dies at the next statement. */
async function endConnection(own: ProofDatabase, scenario: Scenario, death: Death): Promise<void> {
  const cancel = new AbortController()
  let ended: Promise<unknown> | null = null
  const doomed = watchDatabase(own.database, async ({ at, when, processId }) => {
    if (ended !== null || at < death.at || when !== death.when || processId === null) return
    ended = own.outside.query({ text: 'select pg_terminate_backend($1, 10000)', values: [processId] })
    await ended
    // So that the step is not tried again.
    if (death.of === 'connection') cancel.abort()
  })
  const files = seedFiles
  if (death.of === 'retried') {
    // A step that is quicker than its end leaves its connection to whoever comes next in the pool: not to the record.
    const { results } = await runSteps(doomed, [scenario.step], { files, record: own.outside })
    expect(results).toMatchObject([{ status: 'success', failure: null }])
  } else {
    const performed = executeStep(doomed, scenario.step, { files, signal: cancel.signal })
    await performed.catch((error: { code?: string; name?: string }) => {
      const expected = ['CONNECTION_LOST', 'CANCELLED'].includes(error.code ?? '')
      // A file that is being read says it in its own way.
      if (!expected && error.name !== 'AbortError') throw error
    })
  }
  expect(ended).not.toBeNull()
  await ended
}
