import { createHash } from 'node:crypto'
import type { TableJob } from '@strata/core'
import { keyColumnNames } from '../job-identity.ts'
import type { SourceColumn } from './table-source.ts'

interface TableShape {
  readonly relation: TableJob['relation']
  readonly key: readonly string[]
  /** Name and type. */
  readonly columns: readonly (readonly [string, string])[]
  readonly logic: 'or' | 'and' | null
  readonly timeZone: string | null
}

/** As JSON: the same as long as an unchanged row lands as it did, and a watermark means what it did. */
export function shapeOf(job: TableJob, columns: readonly SourceColumn[], timeZone: string | null): string {
  const shape: TableShape = {
    relation: job.relation,
    key: keyColumnNames(job),
    // A text that may be longer now has not changed.
    columns: columns.map(({ name, type }) => [name, type.replace(/(char\w*(?: varying)?)\(\d+\)/, '$1')]),
    logic: job.watermark?.logic ?? null,
    timeZone,
  }
  return JSON.stringify(shape)
}

/** In what `now` differs from the shape that landed before; null: in nothing. */
export function describeReshaped(before: string, now: string): string | null {
  // Once a hash of it was kept.
  if (before === now || before === createHash('md5').update(now).digest('hex')) return null
  const old = parsed(before)
  const shape = parsed(now)!
  if (old === null) return 'the columns of the table, or what the job asks for, are others than before'
  const were = new Map(old.columns)
  const are = new Map(shape.columns)
  const came = [...are.keys()].filter((name) => !were.has(name))
  const went = [...were.keys()].filter((name) => !are.has(name))
  const other = [...are].flatMap(([name, type]) => {
    const former = were.get(name)
    return former === undefined || former === type ? [] : [`${name} is ${type} and was ${former}`]
  })
  const changes = [
    ...(came.length === 0 ? [] : [`${few(came)} ${came.length === 1 ? 'is' : 'are'} new`]),
    ...(went.length === 0 ? [] : [`${few(went)} ${went.length === 1 ? 'is' : 'are'} gone`]),
    ...(other.length === 0 ? [] : [few(other)]),
    ...askedOtherwise(old, shape),
  ]
  return changes.length === 0 ? 'the order of its columns is another than before' : changes.join(', ')
}

function askedOtherwise(old: TableShape, shape: TableShape): readonly string[] {
  const differ = (part: keyof TableShape) => JSON.stringify(old[part]) !== JSON.stringify(shape[part])
  return [
    ...(differ('relation') ? ['another table is read than before'] : []),
    ...(differ('key') ? [`the key is ${shape.key.join(', ')} and was ${old.key.join(', ')}`] : []),
    ...(differ('logic') && old.logic !== null && shape.logic !== null
      ? [`logic is ${shape.logic} and was ${old.logic}`]
      : differ('logic')
        ? ['a watermark was declared']
        : []),
    ...(differ('timeZone')
      ? [`time_zone is ${shape.timeZone ?? 'not given'} and was ${old.timeZone ?? 'not given'}`]
      : []),
  ]
}

const mostNamed = 5

function few(names: readonly string[]): string {
  const rest = names.length - mostNamed
  return rest > 0 ? `${names.slice(0, mostNamed).join(', ')} and ${rest} more` : names.join(', ')
}

function parsed(text: string): TableShape | null {
  return text.startsWith('{') ? (JSON.parse(text) as TableShape) : null
}
