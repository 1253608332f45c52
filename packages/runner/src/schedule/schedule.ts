import { setMaxListeners } from 'node:events'
import type { Clock, CompanionOutcomes, Emit, NodeId, Step, StepOutcome, StepResult } from '@strata/core'
import { groupCompanions } from './companions.ts'
import type { PastDurations } from './past-durations.ts'
import { createReadyQueue, type ReadyQueue } from './ready-queue.ts'
import { remainingTime } from './remaining-time.ts'
import { stepGraph } from './step-graph.ts'
import { companionResults, describeOutcome, describeThrown, type Ending, notRun } from './step-results.ts'

export interface ScheduleOptions {
  /** Steps under way at once, at least 1; jobs have a width of their own. */
  readonly threads: number
  /** Jobs under way at once, beside the `threads`: they wait for a source, not for the database. Default: `threads`. */
  readonly parallelJobs?: number
  /** The first failed step ends the run: what runs is cancelled, the rest is skipped. */
  readonly failFast: boolean
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly emit: Emit
  /** What steps are expected to take, for their order and for how long the run will last. */
  readonly durations?: PastDurations
  /** Does a step's work, and that of its companions; the signal fires when the run is cancelled or fails fast. */
  perform(step: Step, signal: AbortSignal, companions: readonly Step[]): Promise<StepOutcome>
}

const estimateEveryMs = 250

/** Why no further step is started. */
type Halt = { readonly status: 'cancelled' } | { readonly status: 'skipped'; readonly because: Named }

type Named = Pick<Step, 'id' | 'name'>

/** Steps that take places from each other. */
interface Lane {
  readonly width: number
  readonly ready: ReadyQueue
  running: number
}

/**
 * Performs every step after its parents, as many at once as there are places, and resolves with one result a step,
 * in the order of the steps. Never rejects for what a step does.
 */
export async function schedule(
  plan: readonly Step[],
  options: ScheduleOptions,
): Promise<readonly StepResult[]> {
  const { hosts, companionsOf } = groupCompanions(plan)
  const ended = new Map<NodeId, StepResult>()
  await scheduleHosts(hosts, companionsOf, options, (result) => ended.set(result.id, result))
  return plan.map(({ id }) => ended.get(id)!)
}

function scheduleHosts(
  steps: readonly Step[],
  companionsOf: (host: Step) => readonly Step[],
  options: ScheduleOptions,
  onResult: (result: StepResult) => void,
): Promise<void> {
  const { durations } = options
  const graph = stepGraph(steps, durations?.of)
  const { children, parentCounts, heights } = graph
  const lane = (width: number): Lane => ({
    width: Math.max(1, width),
    ready: createReadyQueue(heights),
    running: 0,
  })
  const jobs = lane(options.parallelJobs ?? options.threads)
  const others = lane(options.threads)
  const isJob = (number: number) => steps[number]!.kind === 'job'
  const laneOf = (number: number) => (isJob(number) ? jobs : others)
  const remaining =
    durations === undefined
      ? null
      : remainingTime(graph, others.width, { width: jobs.width, isJob }, (number) =>
          durations.isKnown(steps[number]!),
        )
  let estimatedAt = Number.NEGATIVE_INFINITY
  const waitingFor = [...parentCounts]
  const because: (Named | undefined)[] = []
  const stale: (Set<NodeId> | undefined)[] = []
  const running = new AbortController()
  // Every statement of every running step listens to it.
  setMaxListeners(0, running.signal)
  let endedCount = 0
  let halt: Halt | null = options.signal.aborted ? { status: 'cancelled' } : null

  return new Promise((resolve) => {
    const onAbort = () => {
      halt ??= { status: 'cancelled' }
      running.abort(options.signal.reason)
      pump()
    }
    options.signal.addEventListener('abort', onAbort, { once: true })
    if (options.signal.aborted) running.abort(options.signal.reason)
    for (const [number, count] of waitingFor.entries()) if (count === 0) laneOf(number).ready.push(number)
    estimate(options.clock())
    pump()

    function pump(): void {
      for (let free = freeLane(); free !== undefined; free = freeLane()) {
        const number = free.ready.pop()!
        const root = because[number]
        if (root !== undefined) end(number, notRun(steps[number]!, 'skipped', root))
        else if (halt === null) void start(number)
        else end(number, notRun(steps[number]!, halt.status, halt.status === 'skipped' ? halt.because : null))
      }
      if (endedCount === steps.length) {
        options.signal.removeEventListener('abort', onAbort)
        resolve()
      }
    }

    /** Where something waits that may begin, or be told that it never will. */
    function freeLane(): Lane | undefined {
      return [jobs, others].find(
        ({ ready, running: taken, width }) => ready.size > 0 && (halt !== null || taken < width),
      )
    }

    async function start(number: number): Promise<void> {
      const step = steps[number]!
      laneOf(number).running++
      const startedAt = options.clock()
      remaining?.start(number, startedAt.getTime())
      tellStart(step, startedAt.toISOString())
      const ending = await endingOf(step)
      laneOf(number).running--
      const finishedAt = options.clock()
      if (ending.partial) markStale(number, step.id)
      end(
        number,
        {
          id: step.id,
          kind: step.kind,
          name: step.name,
          ...ending.result,
          startedAt: startedAt.toISOString(),
          finishedAt: finishedAt.toISOString(),
          milliseconds: finishedAt.getTime() - startedAt.getTime(),
          because: null,
          staleBecause: staleBecause(number),
        },
        ending.companions,
      )
      estimate(finishedAt)
      pump()
    }

    /** Not more than a few times a second, however fast steps end. */
    function estimate(at: Date): void {
      const now = at.getTime()
      if (remaining === null || halt !== null || endedCount === steps.length) return
      if (now - estimatedAt < estimateEveryMs) return
      const left = remaining.estimate(now)
      if (left === null) return
      estimatedAt = now
      options.emit({ kind: 'estimate', remainingMilliseconds: Math.round(left) })
    }

    async function endingOf(step: Step): Promise<Ending> {
      try {
        return describeOutcome(step, await options.perform(step, running.signal, companionsOf(step)))
      } catch (error) {
        return describeThrown(error, running.signal.aborted)
      }
    }

    /** Children that become ready, or have lost a parent for good, all go through the queue: no recursion, any depth. */
    function end(number: number, result: StepResult, outcomes: CompanionOutcomes = {}): void {
      tell(result)
      for (const one of companionResults(steps[number]!, companionsOf(steps[number]!), result, outcomes)) {
        if (one.startedAt !== null) tellStart(one, one.startedAt)
        tell(one)
      }
      remaining?.end(number)
      endedCount++
      // What landed only partly is there to be read; its children run, and say that it is stale (R12).
      const partial = stale[number]?.has(result.id) ?? false
      const root = result.status === 'failed' && !partial ? steps[number]! : because[number]
      for (const child of children[number]!) {
        if (root !== undefined) because[child] ??= root
        if (result.status === 'cancelled') halt ??= { status: 'cancelled' }
        for (const job of stale[number] ?? []) markStale(child, job)
        waitingFor[child]!--
        if (waitingFor[child] === 0) laneOf(child).ready.push(child)
      }
    }

    function tell(result: StepResult): void {
      onResult(result)
      options.emit({ kind: 'step_finished', result })
      if (result.status !== 'failed' || !options.failFast || halt !== null) return
      halt = { status: 'skipped', because: result }
      running.abort()
    }

    function tellStart({ id, kind, name }: Named & { readonly kind: Step['kind'] }, at: string): void {
      options.emit({ kind: 'step_started', id, stepKind: kind, name, at })
    }

    function markStale(number: number, job: NodeId): void {
      stale[number] ??= new Set()
      stale[number].add(job)
    }

    /** A job that landed only partly is not stale because of itself. */
    function staleBecause(number: number): readonly NodeId[] {
      return [...(stale[number] ?? [])].filter((job) => job !== steps[number]!.id)
    }
  })
}
