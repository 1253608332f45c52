import type { EndpointFacts, FieldComparison, JobProbe } from '@strata/extractor'
import type { Colors } from './colors.ts'
import { formatCount, formatDuration, padEnd, plural } from './format.ts'
import { textWidth } from './text-width.ts'
import { wrapText } from './wrap-text.ts'

/** How the fields that models assume compare with those that a table's records have. */
export interface TableFields extends FieldComparison {
  /** `crm.people` */
  readonly table: string
  /** Fields that occur. */
  readonly seen: number
}

const columns = ['table', 'instance', 'answer', 'page', 'changes'] as const

/** A line an endpoint and instance, below it what it can and cannot do, and at the end the fields. Fits 80 columns. */
export function probeLines(
  probes: readonly JobProbe[],
  fields: readonly TableFields[],
  width: number,
  colors: Colors,
): readonly string[] {
  const cells = probes.map(cellsOf)
  const widths = columns.map((name, index) =>
    Math.max(name.length, ...cells.map((row) => textWidth(row[index]!))),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => padEnd(cell, widths[index]!))
      .join('  ')
      .trimEnd()
  const rows = probes.flatMap((probe, index) => [
    line(cells[index]!),
    ...notesOf(probe, alikeIn(probes, probe)).flatMap((note) =>
      wrapText(note, width - 4).map((part) => colors.dim(`    ${part}`)),
    ),
  ])
  return [
    colors.bold(line(columns)),
    ...rows,
    ...(fields.length === 0 ? [] : ['', ...fields.flatMap((one) => fieldLines(one, width))]),
  ]
}

function cellsOf(probe: JobProbe): readonly string[] {
  const { job, instance, facts } = probe
  return [job.table, instance.name, answerOf(probe), pageOf(facts), changesOf(facts)]
}

function answerOf({ facts, error }: JobProbe): string {
  if (facts.supported === false) return 'none'
  if (facts.supported === undefined) return error?.status === undefined ? 'unknown' : String(error.status)
  return facts.shape === 'envelope' ? 'list' : (facts.shape ?? '')
}

function pageOf({ topCap, pageMilliseconds, pageRecords }: EndpointFacts): string {
  if (pageRecords === undefined || pageMilliseconds === undefined) return ''
  const size = typeof topCap === 'number' ? `at most ${formatCount(topCap)}` : formatCount(pageRecords)
  return `${size} in ${formatDuration(pageMilliseconds)}`
}

function changesOf({ cursorField, cursorFormat, cursorNulls }: EndpointFacts): string {
  if (cursorField === null) return 'no field'
  if (cursorField === undefined) return ''
  const format = cursorFormat === null ? ', no filter' : cursorFormat === undefined ? '' : ` ${cursorFormat}`
  return `${cursorField}${format}${cursorNulls === true ? ', or none' : ''}`
}

/** `can` and `cannot`; what is not known is in neither. */
function abilitiesOf(facts: EndpointFacts): readonly string[] {
  const abilities: readonly (readonly [string, boolean | undefined])[] = [
    ['next link', facts.nextLink],
    ['limit', facts.top],
    ['skip', facts.skip],
    ['orderby', facts.orderBy],
    ['key filter', facts.keyset],
    ['and/or', facts.compoundFilter],
    ['eq null', facts.nullFilter],
    ['select', facts.select],
    [facts.countHonest === false ? 'count (wrong)' : 'count', facts.count],
  ]
  const those = (wanted: boolean) => abilities.filter(([, is]) => is === wanted).map(([name]) => name)
  const [can, cannot] = [those(true), those(false)]
  return [
    ...(can.length === 0 ? [] : [`can: ${can.join(', ')}`]),
    ...(cannot.length === 0 ? [] : [`cannot: ${cannot.join(', ')}`]),
  ]
}

/** Clocks that differ by less say nothing, for the header has whole seconds. */
const tellingSkew = 5

/** How many endpoints of its instance ended with the same error; null: it has been told with an earlier one. */
function alikeIn(probes: readonly JobProbe[], probe: JobProbe): number | null {
  const { instance, error } = probe
  const alike = probes.filter((one) => one.instance === instance && one.error?.message === error?.message)
  // Requests that wait for an instance which refuses us end with one and the same error.
  return alike[0] === probe ? alike.length : null
}

function errorNotes({ instance, error }: JobProbe, alike: number | null): readonly string[] {
  if (error === null || alike === null) return []
  const told = `${error.message}${error.hint ? ` → ${error.hint}` : ''}`
  return [alike > 1 ? `${told} (so it is with ${alike} endpoints of ${instance.name})` : told]
}

function notesOf(probe: JobProbe, alike: number | null): readonly string[] {
  const { job, instance, facts } = probe

  const declared = job.cursor?.field
  const { cursorField, cursorFormat, clockSkewSeconds, total } = facts
  return [
    ...abilitiesOf(facts),
    ...errorNotes(probe, alike),
    ...(facts.supported === false && job.active
      ? ['there is no such endpoint: declare the job inactive, with the reason']
      : []),
    ...(facts.supported === true && !job.active
      ? ['the endpoint answers, though the job is declared inactive']
      : []),
    ...(declared !== undefined && cursorField !== undefined && cursorField !== declared
      ? [
          `the job names ${declared} as its cursor; the records have ${cursorField ?? 'nothing that looks like one'}`,
        ]
      : []),
    ...(declared === undefined && typeof cursorField === 'string' && cursorFormat
      ? [`could be read by increments: cursor: { field: ${cursorField} }`]
      : []),
    ...(declared !== undefined && cursorFormat === null
      ? ['changes cannot be asked for: each walk is a full one']
      : []),
    ...(clockSkewSeconds !== undefined && Math.abs(clockSkewSeconds) >= tellingSkew && !instance.simulated
      ? [`its clock is ${skewText(Math.abs(clockSkewSeconds))} ${clockSkewSeconds > 0 ? 'ahead' : 'behind'}`]
      : []),
    ...(total === undefined ? [] : [`${formatCount(total)} records by its own count`]),
    ...(facts.notes ?? []),
  ]
}

function skewText(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  if (minutes < 2) return plural(seconds, 'second')
  const hours = Math.floor(minutes / 60)
  if (hours < 2) return plural(minutes, 'minute')
  return hours < 48 ? plural(hours, 'hour') : plural(Math.floor(hours / 24), 'day')
}

function fieldLines(
  { table, assumed, neverSeen, seen, unused }: TableFields,
  width: number,
): readonly string[] {
  const head =
    assumed === 0
      ? `${table}: ${plural(seen, 'field')} occur, and no model reads any by its name.`
      : `${table}: ${assumed - neverSeen.length} of ${plural(assumed, 'field')} that models read occur; of ${seen} that occur ${unused} are read by none.`
  return [
    ...indented(head, width),
    ...neverSeen.flatMap(({ path, readers, near }) =>
      indented(
        `never seen: ${path} (${readers.join(', ')})${near.length === 0 ? '' : `; there is ${near.join(', ')}`}`,
        width,
        '  ',
      ),
    ),
  ]
}

/** Wrapped, each further line four columns in. */
function indented(text: string, width: number, first = ''): readonly string[] {
  return wrapText(text, width - 4).map((line, index) => (index === 0 ? first : '    ') + line)
}
