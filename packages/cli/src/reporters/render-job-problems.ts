import { listed, type StepResult } from '@strata/core'
import { formatCount, plural } from './format.ts'
import { type MessagePart, messageParts } from './message-parts.ts'
import { nameAndPlace } from './name-and-place.ts'
import { indented, type Layout, renderHint } from './render-hint.ts'
import { withoutPlace } from './without-place.ts'
import { wrapText } from './wrap-text.ts'

interface Problem {
  readonly name: string
  readonly failure: StepResult['failure']
  readonly code: string | null
  readonly lines: readonly string[]
  readonly hints: readonly string[]
  /** The same for jobs that the same thing is wrong with. */
  readonly key: string
}

/** Of a group of jobs, those that are named, and the lines that are told. */
const mostNamed = 4
const mostLines = 5

/**
 * Jobs that failed or landed with a warning, a block each. Those with the same remedy stand together: a wrong address or
 * key is a matter of the instance, whatever the number of its jobs.
 */
export function renderJobProblems(jobs: readonly StepResult[], layout: Layout): readonly string[] {
  const groups = new Map<string, Problem[]>()
  for (const problem of jobs.map(problemOf))
    groups.set(problem.key, [...(groups.get(problem.key) ?? []), problem])
  return [...groups.values()].map((group) => renderGroup(group, layout))
}

function problemOf({ id, name, message, failure }: StepResult): Problem {
  const said = failure === null ? message : failure.message
  const given = failure?.hint === undefined ? [] : [failure.hint]
  const all = messageParts(said)
  const remediable = all.filter(({ hint }) => hint !== null)
  // How the other instances were read is not what is wrong.
  const parts = all.filter((part) => part.hint !== null || remediable.length === 0 || !isWay(part))
  const hints = [...given, ...parts.flatMap(({ hint }) => hint ?? [])].map((hint) => nameless(hint, name))
  const lines = parts.flatMap(({ text }) => text.split('\n')).map((line) => unrepeated(line, name))
  const common = {
    name,
    failure,
    code: failure?.code ?? null,
    lines,
    hints: [...new Set(hints)],
  }
  if (hints.length === 0) return { ...common, key: JSON.stringify([failure?.code ?? id, lines]) }
  const places = remediable.map(({ text }) => /^[\w-]+(?=: )/.exec(text)?.[0] ?? '')
  const others = parts.flatMap(({ text, hint }) => (hint === null && given.length === 0 ? [text] : []))
  return { ...common, key: JSON.stringify([common.code, common.hints, places, others]) }
}

/** `south: crm instance south fails at /visits` says twice of which instance. */
function unrepeated(line: string, job: string): string {
  const instance = /^([\w-]+): /.exec(line)?.[1]
  return instance === undefined ? line : withoutPlace(line, job.slice(0, job.indexOf('.')), instance)
}

/** `south: first load, 3 slices` */
function isWay({ text }: MessagePart): boolean {
  return /^[\w-]+: (?:incremental|first load|full (?:load|refresh|walk)|backfill|landed recently)/.test(text)
}

/** A hint that names its job is the same hint for another. */
function nameless(hint: string, name: string): string {
  return hint.replaceAll(`declare ${name} inactive`, 'declare the job inactive')
}

function renderGroup(group: readonly Problem[], layout: Layout): string {
  const { colors, columns } = layout
  const [first] = group as [Problem, ...Problem[]]
  const paint = first.code === null ? colors.yellow : colors.red
  const all = group.length > mostNamed + 1 ? `, ${plural(group.length, 'job')} in all` : ''
  const names = `${listed(
    group.map((problem) => nameAndPlace(problem, group.length > 1)),
    mostNamed,
  )}${all}`
  const lines = [...new Set(group.flatMap((problem) => problem.lines))]
  const told = group.length > 1 ? lines.slice(0, mostLines) : lines
  const left = lines.length - told.length
  const code = first.code === null ? '' : ` ${colors.dim(`[${first.code}]`)}`
  return [
    `${wrapText(names, columns)
      .map((line) => paint(colors.bold(line)))
      .join('\n')}${code}`,
    ...told.flatMap((line) => indented(line, columns)),
    ...(left > 0 ? [`  and ${formatCount(left)} more of this kind`] : []),
    ...first.hints.map((hint) => renderHint(hint, layout)),
  ].join('\n')
}
