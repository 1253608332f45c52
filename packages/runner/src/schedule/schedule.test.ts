import { type Event, type ModelStep, type Step, type StepOutcome, StrataError } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { pastDurations } from './past-durations.ts'
import { type ScheduleOptions, schedule } from './schedule.ts'

function step(id: string, parents: readonly string[] = []): ModelStep {
  return {
    kind: 'model',
    id,
    name: id,
    parents,
    intent: 'build',
    reason: '',
    relation: { schema: 's', name: id },
    config: { materialized: 'view', uniqueKey: [], enabled: true },
    select: { full: 'select 1', increment: null },
    late: false,
    preHooks: [],
    postHooks: [],
    increments: [],
    fingerprint: '',
    fullRefresh: false,
    description: '',
    columnDescriptions: {},
  }
}

const success: StepOutcome = { status: 'success', action: 'build', message: '', counts: {} }

function perform(
  steps: readonly Step[],
  work: ScheduleOptions['perform'],
  more: Partial<ScheduleOptions> = {},
) {
  return schedule(steps, {
    threads: 4,
    failFast: false,
    signal: new AbortController().signal,
    clock: () => new Date(0),
    emit: () => {},
    perform: work,
    ...more,
  })
}

describe('schedule', () => {
  it('starts a step when all its parents have ended, and never more than there are threads', async () => {
    const steps = [step('a'), step('b'), step('c'), step('d', ['a', 'b']), step('e', ['d', 'c']), step('f')]
    const ended = new Set<string>()
    let running = 0
    let most = 0
    await perform(
      steps,
      async ({ id, parents }) => {
        most = Math.max(most, ++running)
        for (const parent of parents) expect(ended).toContain(parent)
        await new Promise((resolve) => setTimeout(resolve, 5))
        running--
        ended.add(id)
        return success
      },
      { threads: 2 },
    )
    expect(ended.size).toBe(6)
    expect(most).toBe(2)
  })

  it('gives jobs places of their own, so that neither waits for the other', async () => {
    const job = (id: string) => ({ ...step(id), kind: 'job' }) as unknown as Step
    const steps = [job('j1'), job('j2'), job('j3'), step('m1'), step('m2'), step('m3', ['j1'])]
    const running = { job: 0, model: 0 }
    const most = { job: 0, model: 0, both: 0 }
    await perform(
      steps,
      async ({ kind }) => {
        const lane = kind === 'job' ? 'job' : 'model'
        most[lane] = Math.max(most[lane], ++running[lane])
        most.both = Math.max(most.both, running.job + running.model)
        await new Promise((resolve) => setTimeout(resolve, 5))
        running[lane]--
        return success
      },
      { threads: 1, parallelJobs: 2 },
    )
    expect(most).toEqual({ job: 2, model: 1, both: 3 })
  })

  it('starts the longest way first', async () => {
    const steps = [step('short'), step('long'), step('long2', ['long']), step('long3', ['long2'])]
    const order: string[] = []
    const work = async ({ id }: Step) => {
      order.push(id)
      return success
    }
    await perform(steps, work, { threads: 1 })
    expect(order).toEqual(['long', 'long2', 'short', 'long3'])
  })

  it('starts the way first that takes longest by past durations, whatever its number of steps and their kinds', async () => {
    const slow: Step = { ...step('slow'), kind: 'data_test' } as unknown as Step
    const steps = [step('a'), step('a2', ['a']), step('a3', ['a2']), slow, step('unknown')]
    const order: string[] = []
    const events: Event[] = []
    await perform(
      steps,
      async ({ id }) => {
        order.push(id)
        return success
      },
      {
        threads: 1,
        durations: pastDurations(
          { steps },
          new Map([...['a', 'a2', 'a3'].map((id) => [id, 10] as const), ['slow', 100]]),
        ),
        emit: (event) => events.push(event),
      },
    )
    expect(order).toEqual(['slow', 'a', 'a2', 'a3', 'unknown'])
    expect(events[0]).toEqual({ kind: 'estimate', remainingMilliseconds: 140 })
  })

  it('gives each step one result, in the order of the plan, for 10,000 steps with three parents each', async () => {
    const steps = Array.from({ length: 10_000 }, (_, number) => {
      const parents = [number - 1, number - 7, number - 100].filter(
        (parent) => parent >= 0 && number % 10 !== 0,
      )
      return step(
        `s${number}`,
        parents.map((parent) => `s${parent}`),
      )
    })
    const events: Event[] = []
    const results = await perform(steps, async () => success, { emit: (event) => events.push(event) })
    expect(results.map((result) => result.id)).toEqual(steps.map(({ id }) => id))
    expect(events.filter((event) => event.kind === 'step_finished')).toHaveLength(10_000)
  })

  it('skips 10,000 steps behind one that failed, each because of it', async () => {
    const steps = Array.from({ length: 10_000 }, (_, number) =>
      step(`s${number}`, number === 0 ? [] : [`s${number - 1}`]),
    )
    const results = await perform(steps, async () => {
      throw new StrataError({ code: 'BROKEN', message: 'broken', hint: 'mend it' })
    })
    expect(results[0]).toMatchObject({
      status: 'failed',
      failure: { code: 'BROKEN', message: 'broken', hint: 'mend it' },
    })
    expect(results.slice(1).every(({ status, because }) => status === 'skipped' && because === 's0')).toBe(
      true,
    )
  })

  it('runs what stands behind a partly landed job, marked stale because of it (R12)', async () => {
    const steps = [step('job'), step('other'), step('child', ['job', 'other']), step('grandchild', ['child'])]
    const results = await perform(steps, async ({ id }) => ({
      ...success,
      ...(id === 'job' ? { status: 'failed', partial: true } : {}),
    }))
    expect(results.map(({ status, staleBecause }) => [status, staleBecause])).toEqual([
      ['failed', []],
      ['success', []],
      ['success', ['job']],
      ['success', ['job']],
    ])
  })

  it('takes anything but a StrataError for a bug of ours, with its stack', async () => {
    const [result] = await perform([step('a')], async () => {
      throw new TypeError('x is undefined')
    })
    expect(result?.failure).toMatchObject({ code: 'INTERNAL', hint: expect.stringContaining('report') })
    expect(result?.failure?.message).toMatch(/TypeError: x is undefined\n\s+at .*schedule\.test\.ts/)
  })

  it('fails fast where it is told to: what runs is cancelled, the rest is skipped because of the failed step', async () => {
    const steps = [step('bad'), step('slow'), step('later', ['slow']), step('behind', ['bad'])]
    const results = await perform(
      steps,
      async ({ id }, signal) => {
        if (id === 'bad') throw new StrataError({ code: 'BROKEN', message: 'broken' })
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        throw new StrataError({ code: 'CANCELLED', message: 'cancelled' })
      },
      { failFast: true },
    )
    expect(results.map(({ status, because }) => [status, because])).toEqual([
      ['failed', null],
      ['cancelled', null],
      ['skipped', 'bad'],
      ['skipped', 'bad'],
    ])
  })

  it('keeps the result of a step that ended well although the run was cancelled, and starts no other', async () => {
    const controller = new AbortController()
    const results = await perform(
      [step('a'), step('b', ['a']), step('c')],
      async () => {
        controller.abort()
        return success
      },
      { signal: controller.signal, threads: 1 },
    )
    expect(results.map((result) => result.status)).toEqual(['success', 'cancelled', 'cancelled'])
  })

  it('starts nothing when the run is cancelled before it begins', async () => {
    const results = await perform([step('a'), step('b', ['a'])], async () => success, {
      signal: AbortSignal.abort(),
    })
    expect(results.map((result) => result.status)).toEqual(['cancelled', 'cancelled'])
  })

  it('resolves for a plan without steps', async () => {
    expect(await perform([], async () => success)).toEqual([])
  })

  it('refuses a plan that is not in topological order', async () => {
    await expect(perform([step('a', ['b']), step('b')], async () => success)).rejects.toThrow(
      'before its parent b',
    )
  })
})
