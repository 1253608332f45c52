import type { Counts, Event, NodeId, Plan, SliceProgress } from '@strata/core'
import { createLogUpdate } from 'log-update'
import { createColors } from 'picocolors'
import type { Colors } from './colors.ts'
import { formatDuration, kindLabel } from './format.ts'
import { createPaceMeter, type PaceMeter } from './pace-meter.ts'
import { createPlainReporter, nameWidthFor } from './plain.ts'
import type { Reporter, Terminal } from './reporter.ts'
import { runningLines } from './running-lines.ts'

interface Running {
  readonly label: string
  readonly name: string
  readonly since: number
  readonly meter: PaceMeter
  counts: Counts
  expected: number | null
  batches: { readonly done: number; readonly of: number } | null
  slices: SliceProgress | null
  waiting: string | null
}

/** Milliseconds. */
const soon = 1000

/** Running steps that have a line. */
const mostShown = 12

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/**
 * The view on a terminal: finished steps scroll up as plain lines, and below them stand the running steps with their
 * counts and a bar for the whole run, redrawn ten times a second.
 */
export function createLiveReporter(
  terminal: Terminal,
  stream: NodeJS.WriteStream,
  readFile: (file: string) => string | null,
  now: () => number,
): Reporter {
  const colors = createColors(terminal.color)
  const update = createLogUpdate(stream, { showCursor: true })
  const above = (write: () => void) => {
    update.clear()
    write()
    draw()
  }
  const plain = createPlainReporter(
    {
      ...terminal,
      out: (text) => above(() => terminal.out(text)),
      err: (text) => above(() => terminal.err(text)),
    },
    readFile,
    now,
  )
  const running = new Map<NodeId, Running>()
  let nameWidth = 20
  let total = 0
  let finished = 0
  let startedAt = 0
  let estimate: { readonly remaining: number; readonly at: number } | null = null
  let frame = 0
  let timer: NodeJS.Timeout | null = null

  function draw(): void {
    if (timer === null) return
    const spinner = colors.cyan(frames[frame % frames.length]!)
    const shown = [...running.values()].slice(0, mostShown).map(({ since, meter, ...step }) => ({
      ...step,
      elapsed: now() - since,
      pace: meter.pace(step.expected),
    }))
    const steps = runningLines(shown, nameWidth, terminal.columns - 3).map((line) => `${spinner} ${line}`)
    if (running.size > mostShown) steps.push(colors.dim(`  … and ${running.size - mostShown} more`))
    const left = estimate === null ? null : estimate.remaining - (now() - estimate.at)
    const elapsed = now() - startedAt
    update(
      [...steps, progressBar({ done: finished, total, elapsed, left }, terminal.columns, colors)].join('\n'),
    )
  }

  return {
    start(heading, plan: Plan) {
      nameWidth = nameWidthFor(plan, terminal.columns)
      plain.start(heading, plan)
      total = plan.steps.length
      startedAt = now()
      if (total === 0) return
      timer = setInterval(() => {
        frame++
        draw()
      }, 100)
      timer.unref()
      draw()
    },
    emit(event: Event) {
      if (event.kind === 'step_started') {
        const label = kindLabel(event.stepKind)
        running.set(event.id, {
          label,
          name: event.name,
          since: now(),
          meter: createPaceMeter(now),
          counts: {},
          expected: null,
          batches: null,
          slices: null,
          waiting: null,
        })
      } else if (event.kind === 'step_progress') {
        const step = running.get(event.id)
        step?.meter.take(event.counts)
        if (step !== undefined)
          Object.assign(step, {
            counts: event.counts,
            expected: event.expected ?? null,
            batches: event.batches ?? null,
            slices: event.slices ?? null,
            waiting: null,
          })
      } else if (event.kind === 'step_waiting') {
        const step = running.get(event.id)
        if (step !== undefined) step.waiting = event.message
      } else if (event.kind === 'step_finished') {
        running.delete(event.result.id)
        finished++
        plain.emit(event)
      } else if (event.kind === 'estimate') {
        estimate = { remaining: event.remainingMilliseconds, at: now() }
      } else if (event.kind === 'notice' || event.kind === 'step_retried') plain.emit(event)
    },
    finish(result, next) {
      if (timer !== null) clearInterval(timer)
      timer = null
      update.clear()
      update.done()
      plain.finish(result, next)
    },
    diagnostics: plain.diagnostics,
  }
}

export interface Progress {
  readonly done: number
  readonly total: number
  /** Milliseconds. */
  readonly elapsed: number
  /** What past runs say is left, below 0 when that is over; null: they say nothing. */
  readonly left: number | null
}

export function progressBar(
  { done, total, elapsed, left }: Progress,
  columns: number,
  colors: Colors,
): string {
  const width = Math.max(10, Math.min(40, columns - 40))
  const filled = total === 0 ? width : Math.floor((done / total) * width)
  const eta = left === null || done === total ? '' : timeLeft(left)
  return `${colors.green('━'.repeat(filled))}${colors.dim('─'.repeat(width - filled))} ${done}/${total}  ${formatDuration(elapsed)}${eta}`
}

/** Around the end that was expected nothing is said: it may be over at any moment. */
function timeLeft(left: number): string {
  if (left >= soon) return `, about ${formatDuration(left)} left`
  return left > -soon ? '' : ', longer than usual'
}
