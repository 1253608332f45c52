import {
  type DataTestNode,
  type Diagnostic,
  displayRelation,
  type Json,
  type Location,
  type QuarantineLimit,
  type SourceNode,
} from '@strata/core'
import { type Config, isMapping } from './merge-config.ts'

/** Of a small table one in a hundred is no row at all, and ten may be nearly all of it. */
const few: QuarantineLimit = { rows: 10, percent: 1, ceiling: 50 }

/** How many rows a test may quarantine; null: it quarantines none. */
export function quarantineLimit(config: Config): QuarantineLimit | null {
  const option = config['quarantine']
  if (!isMapping(option)) return String(option).toLowerCase() === 'true' ? few : null
  const max = String(option['max'])
  return max.endsWith('%') ? { rows: 0, percent: Number.parseFloat(max) } : { rows: Number(max), percent: 0 }
}

/** What keeps a test from quarantining rows, where it is to do so. `source`: the one that it is about. */
export function checkQuarantine(
  node: DataTestNode,
  source: SourceNode | undefined,
  location: Location,
): readonly Diagnostic[] {
  if (quarantineLimit(node.config) === null) return []
  const complaint = complaintOf(node, source)
  if (complaint === null) return []
  const [message, hint] = complaint
  return [{ code: 'BAD_QUARANTINE', severity: 'error', message, hint, location }]
}

function complaintOf(node: DataTestNode, source: SourceNode | undefined): readonly [string, string] | null {
  const { name, config, late, tally, parents } = node
  if (source === undefined || !source.tracksChanges)
    return [
      `${name} cannot quarantine rows: it is about no table that a job of the project lands`,
      'Quarantine is for tests of a table of a source that has a job. Elsewhere a failing test keeps the rows from being published.',
    ]
  if (late || tally?.rowCondition === undefined || !readsTableAlone(tally.from, source, config['where']))
    return [
      `${name} cannot quarantine rows: it does not say of each row by itself whether it fails`,
      'not_null, accepted_values, expression and range do, as Strata has them.',
    ]
  if (parents.length > 1)
    return [
      `${name} cannot quarantine rows: it reads other relations besides ${source.name}`,
      'Whether a row is quarantined can depend on that row alone.',
    ]
  const idle = [
    ['limit', config.limit !== null],
    ['fail_calc', config.failCalc !== 'count(*)'],
    ['warn_if', config.warnIf !== '!= 0'],
    ['error_if', config.errorIf !== '!= 0'],
  ].flatMap(([option, given]) => (given === true ? [option] : []))
  if (idle.length === 0) return null
  return [
    `${name} quarantines the rows that fail, and has ${idle.join(' and ')}, which ${idle.length === 1 ? 'judges' : 'judge'} how many they are`,
    'How many rows may be quarantined is said by quarantine: {max: 500}, or {max: 5%}.',
  ]
}

/** A subquery that the project makes in its own way may show rows that are not those of the table. */
function readsTableAlone(from: string, { relation }: SourceNode, where: Json | undefined): boolean {
  const [before, after] =
    typeof where === 'string' && where !== ''
      ? ['(select * from ', ` where ${where}) dbt_subquery`]
      : ['', '']
  if (!from.startsWith(before) || !from.endsWith(after)) return false
  const bare = (text: string) => text.replaceAll('"', '').toLowerCase()
  const read = bare(from.slice(before.length, from.length - after.length))
  const table = bare(displayRelation(relation))
  return read === table || (read.endsWith(`.${table}`) && !/\s/.test(read))
}
