import type { Diagnostic, NodeId, Plan, RunResult, StepResult } from '@strata/core'
import { createColors } from 'picocolors'
import type { Colors } from './colors.ts'
import { formatCount, formatDuration, kindLabel, padEnd, plural } from './format.ts'
import { createProgressLines } from './progress-lines.ts'
import { renderDiagnostics } from './render-diagnostic.ts'
import { renderFailures, renderWarnings } from './render-failure.ts'
import type { Reporter, RunHeading, Terminal } from './reporter.ts'
import { isLeftOut, type StepColumns, stepLine } from './step-line.ts'

/** Milliseconds. */
const shortestTold = 10_000
const toldEvery = 30_000
/** A step that takes longer than expected leaves nothing to say. */
const soon = 1000

/** Plain lines: one a finished step, then the failures in full, a summary, and where to look next. */
export function createPlainReporter(
  terminal: Terminal,
  readFile: (file: string) => string | null,
  now: () => number,
): Reporter {
  const colors = createColors(terminal.color)
  let columns: StepColumns = { name: 20, total: null }
  let idle: ReadonlySet<NodeId> = new Set()

  const folded = foldSkipped()
  const progress = createProgressLines(terminal.err, now)
  let total = 0
  let finished = 0
  let toldAt: number | null = null

  /** A short run needs no prophecy; a long one says where it stands now and then. */
  function tellEstimate(remaining: number): void {
    const isFirst = toldAt === null
    if (isFirst ? remaining < shortestTold : now() - toldAt! < toldEvery || remaining < soon) return
    toldAt = now()
    const progress = isFirst ? 'judging by past runs' : `${finished} of ${plural(total, 'step')} done`
    terminal.err(`About ${formatDuration(remaining)} left, ${progress}.`)
  }

  return {
    start(heading, plan) {
      total = plan.steps.length
      idle = manyIdleJobs(plan)
      columns = terminal.outIsTerminal
        ? { name: nameWidthFor(plan, terminal.columns), total: terminal.columns }
        : { name: nameWidthFor(plan, Number.POSITIVE_INFINITY), total: null }
      terminal.out(renderHeading(heading, plan, colors))
    },
    emit(event) {
      progress(event)
      if (event.kind === 'step_finished') finished++
      if (event.kind === 'step_finished') {
        if (!idle.has(event.result.id) && !folded.takes(event.result))
          terminal.out(stepLine(event.result, columns, colors))
      } else if (event.kind === 'notice') terminal.err(event.message)
      else if (event.kind === 'step_waiting' || event.kind === 'step_retried')
        terminal.err(`${event.name}: ${event.message}`)
      else if (event.kind === 'estimate') tellEstimate(event.remainingMilliseconds)
    },
    finish(result, next) {
      for (const line of folded.lines()) terminal.out(line)
      if (idle.size > 0) terminal.out(idleLine(idle.size, terminal.commandName ?? 'models'))
      terminal.out(renderSummary(result, next, colors, columns.total, terminal.commandName))
    },
    diagnostics(diagnostics: readonly Diagnostic[]) {
      if (diagnostics.length > 0)
        terminal.err(
          renderDiagnostics(
            diagnostics,
            readFile,
            colors,
            terminal.commandName,
            terminal.outIsTerminal ? terminal.columns : null,
          ),
        )
    },
  }
}

/** Of the steps of one kind that are skipped for one reason, those that are told by their number alone, at the end. */
const mostSkippedTold = 5

function foldSkipped(): {
  /** Whether the result needs no line of its own. */
  readonly takes: (result: StepResult) => boolean
  readonly lines: () => readonly string[]
} {
  const told = new Map<string, number>()
  return {
    takes({ status, kind, message }) {
      if (status !== 'skipped') return false
      const key = `${padEnd(kindLabel(kind), 5)}\n${message}`
      told.set(key, (told.get(key) ?? 0) + 1)
      return told.get(key)! > mostSkippedTold
    },
    lines: () =>
      [...told].flatMap(([key, count]) =>
        count > mostSkippedTold ? [`- ${key.replace('\n', ` and ${count - mostSkippedTold} more `)}`] : [],
      ),
  }
}

/** The jobs of a plan that are not active, where they are more than need a line each. */
function manyIdleJobs(plan: Plan): ReadonlySet<NodeId> {
  const ids = plan.steps.flatMap((step) => (step.kind === 'job' && !step.job.active ? [step.id] : []))
  return new Set(ids.length > mostSkippedTold ? ids : [])
}

function idleLine(count: number, commandName: string): string {
  return `- ${padEnd(kindLabel('job'), 5)} ${formatCount(count)} are not active; ${commandName} list --resource-type job says why.`
}

export function nameWidthFor(plan: Plan, columns: number): number {
  const idle = manyIdleJobs(plan)
  const told = plan.steps.filter(({ id }) => !idle.has(id))
  const longest = Math.max(12, ...told.map((step) => step.name.length))
  return Math.min(longest, Math.max(20, Math.floor(columns * 0.4)))
}

export function renderHeading(heading: RunHeading, plan: Plan, colors: Colors): string {
  const lines = [
    `${colors.bold(`Strata ${heading.version}`)}  project ${heading.project}, target ${heading.target}, ${heading.database}`,
    ...heading.notes.map((note) => colors.dim(note)),
    '',
  ]
  if (plan.steps.length === 0)
    lines.push('Nothing to do: the selection holds nothing that this command runs.')
  return lines.join('\n')
}

/** The failures with what to do about them, the summary line, and the next commands. */
export function renderSummary(
  result: RunResult,
  next: readonly { readonly command: string; readonly purpose: string }[],
  colors: Colors,
  columns: number | null = null,
  commandName = 'models',
): string {
  const { results } = result
  const lines = [
    renderWarnings(results, colors, commandName, columns),
    renderFailures(results, colors, commandName, columns),
  ]
    .filter((text) => text !== '')
    .flatMap((text) => ['', text])
  lines.push('', summaryLine(result, colors))
  const landed = landedLine(result)
  if (landed !== '') lines.push(landed)
  if (next.length > 0) lines.push('', 'Next:', ...nextLines(next, colors, columns))
  return lines.join('\n')
}

/** A command that leaves no room for its purpose stands alone, so that it can be copied whole. */
function nextLines(
  next: readonly { readonly command: string; readonly purpose: string }[],
  colors: Colors,
  columns: number | null,
): readonly string[] {
  const longest = Math.max(...next.map(({ purpose }) => purpose.length))
  const fits = (command: string) => columns === null || command.length + longest + 4 <= columns
  const width = Math.max(0, ...next.map(({ command }) => (fits(command) ? command.length : 0)))
  return next.map(({ command, purpose }) =>
    fits(command) ? `  ${command.padEnd(width)}  ${colors.dim(purpose)}` : `  ${command}`,
  )
}

/** All jobs together, every count told also where it is 0. */
function landedLine(result: RunResult): string {
  const jobs = result.results.filter((step) => step.kind === 'job' && step.counts.fetched !== undefined)
  if (jobs.length === 0) return ''
  const sum = (name: 'fetched' | 'inserted' | 'changed' | 'unchanged') =>
    formatCount(jobs.reduce((total, step) => total + (step.counts[name] ?? 0), 0))
  return `Landed: ${sum('fetched')} fetched, ${sum('inserted')} inserted (+), ${sum('changed')} changed (~), ${sum('unchanged')} unchanged (=).`
}

function summaryLine(result: RunResult, colors: Colors): string {
  const count = (status: StepResult['status']) =>
    result.results.filter((step) => step.status === status).length
  const leftOut = result.results.filter(isLeftOut).length
  const parts = [
    `${count('success') - leftOut} succeeded`,
    ...(leftOut > 0 ? [`${leftOut} left out`] : []),
    ...(['warned', 'failed', 'skipped', 'cancelled'] as const)
      .filter((status) => count(status) > 0)
      .map((status) => `${count(status)} ${status}`),
  ]
  const took = formatDuration(Date.parse(result.finishedAt) - Date.parse(result.startedAt))
  const words = {
    success: colors.green('Done'),
    failed: colors.red('Failed'),
    cancelled: colors.yellow('Cancelled'),
  }
  return `${colors.bold(words[result.status])} in ${took}: ${plural(result.results.length, 'step')}, ${parts.join(', ')}.`
}
