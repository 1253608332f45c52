import type { EndpointJob, RecordPath, RelationName } from '@strata/core'
import { quoteLiteral, quoteRelation } from '@strata/core'
import sql, { join, raw, type Sql } from 'sql-template-tag'
import { fieldText } from '../job-identity.ts'

/** Parameters that come out of the same row, and how the rows of that table belong to what earlier levels gave. */
interface Level {
  readonly table: RelationName
  /** Each with its place among the parameters of the job. */
  readonly values: readonly { readonly column: string; readonly path: RecordPath }[]
  readonly match: readonly { readonly equals: string; readonly path: RecordPath }[]
}

/** The first step of a path that leads into the parameters by which a record was asked for, instead of the record. */
export const contextStep = '$context'

/** Whether some table is joined by nothing. */
export function isProduct(job: EndpointJob): boolean {
  return sliceLevels(job).some(({ match }, index) => index > 0 && match.length === 0)
}

/**
 * A SELECT of the job's slices for one instance, each once, in the order of their values: `position` from 1 and
 * `parameters`. Records that are gone, or have no value or an empty one, give none. With `changedBefore`, an xid8, also `changed`: the
 * last transaction before that one that wrote a row which gives the slice, or gave it until it was gone.
 */
export function slicesQuery(job: EndpointJob, instanceId: number, changedBefore: string | null = null): Sql {
  const columns = job.slices.map((_, index) => columnOf(index))
  const pairs = job.slices.map(({ parameter }, index) => `${quoteLiteral(parameter)}, ${columnOf(index)}`)
  return sql`
    select row_number() over (order by ${raw(columns.map((name) => `${name} collate "C"`).join(', '))}) as position,
      pg_catalog.jsonb_build_object(${raw(pairs.join(', '))}) as parameters${changedBefore === null ? raw('') : lastChange(job)}
    from ${joinedLevels(job, instanceId, changedBefore)}`
}

/** A SELECT of how many slices there are, `slices`, that counts to one more than `most`. */
export function countSlicesQuery(job: EndpointJob, instanceId: number, most: number): Sql {
  return sql`
    select count(*)::float8 as slices from (
      select from ${joinedLevels(job, instanceId)} limit ${most + 1}
    ) as counted`
}

/** Each level is distinct by itself, and a later one is bound to earlier values by equality: so is what they make together. */
function joinedLevels(job: EndpointJob, instanceId: number, changedBefore: string | null = null): Sql {
  const tables = sliceLevels(job).map((level, index) => {
    const columns = [...level.values.map(({ column }) => column), ...matchColumns(level, index)]
    const values = [...level.values, ...level.match].map(({ path }, at) =>
      raw(`${textAt(path)} as ${columns[at]}`),
    )
    const ofTable = sql`from ${raw(quoteRelation(level.table))} t`
    const each =
      changedBefore === null
        ? sql`select distinct ${join(values)} ${ofTable} where ${isParent(instanceId)} and ${hasValues(level)}`
        : sql`
          select ${join(values)},
            max(t.changed_xid) filter (where t.changed_xid < ${changedBefore}::xid8) as ${raw(changeOf(index))}
          ${ofTable} where ${isOfInstance(instanceId)} and ${hasValues(level)}
          group by ${raw(values.map((_, at) => at + 1).join(', '))} having bool_or(t.deleted_at is null)`
    const from = sql`(${each}) as ${raw(`l${index}`)}`
    if (index === 0) return from
    const bound = level.match.map(({ equals }, at) => raw(`${columns[level.values.length + at]} = ${equals}`))
    return sql`join ${from} on ${bound.length === 0 ? raw('true') : join(bound, ' and ')}`
  })
  return join(tables, ' ')
}

function lastChange(job: EndpointJob): Sql {
  const changes = sliceLevels(job).map((_, index) => changeOf(index))
  return raw(`, greatest(${changes.join(', ')}) as changed`)
}

function changeOf(level: number): string {
  return `x${level}`
}

/** What a table's records give to the slices: a row a level, in order. */
export interface LevelCount {
  readonly records: number
  /** Those of them that lack a value. */
  readonly without: number
}

/** A SELECT of one `LevelCount` for each table that the slices are taken from, in their order. */
export function levelCountsQuery(job: EndpointJob, instanceId: number): Sql {
  const counts = sliceLevels(job).map(
    (level, index) => sql`
      select ${raw(String(index))} as level, count(*)::float8 as records,
        count(*) filter (where not (${hasValues(level)}))::float8 as without
      from ${raw(quoteRelation(level.table))} t where ${isParent(instanceId)}`,
  )
  return sql`select records, without from (${join(counts, ' union all ')}) as counts order by level`
}

/** The tables and paths of the levels, for people. */
export function describeLevels(
  job: EndpointJob,
): readonly { readonly table: RelationName; readonly paths: string }[] {
  return sliceLevels(job).map(({ table, values, match }) => ({
    table,
    paths: [...values, ...match].map(({ path }) => path.join('.')).join(', '),
  }))
}

/** SQL that takes the value at a path out of a bronze row whose columns are reached by this prefix. */
export function valueText(prefix: string, path: RecordPath): string {
  const [first, ...rest] = path
  return first === contextStep ? fieldText(`${prefix}context`, rest) : fieldText(`${prefix}data`, path)
}

function sliceLevels(job: EndpointJob): readonly Level[] {
  const levels: { table: RelationName; values: Level['values'][number][]; match: Level['match'] }[] = []
  for (const [index, { from, path, match }] of job.slices.entries()) {
    const value = { column: columnOf(index), path }
    const bound = Object.entries(match).map(([parameter, matchPath]) => ({
      equals: columnOf(job.slices.findIndex((slice) => slice.parameter === parameter)),
      path: matchPath,
    }))
    const sameRow = levels.findLast(({ table }) => table.schema === from.schema && table.name === from.name)
    if (bound.length === 0 && sameRow !== undefined) sameRow.values.push(value)
    else levels.push({ table: from, values: [value], match: bound })
  }
  return levels
}

function columnOf(index: number): string {
  return `v${index}`
}

function matchColumns({ match }: Level, level: number): readonly string[] {
  return match.map((_, at) => `m${level}_${at}`)
}

function isParent(instanceId: number): Sql {
  return sql`${isOfInstance(instanceId)} and t.deleted_at is null`
}

function isOfInstance(instanceId: number): Sql {
  return sql`t.source_instance_id = ${instanceId}::integer`
}

function hasValues({ values, match }: Level): Sql {
  const expressions = [...values, ...match].map(({ path }) => textAt(path))
  return raw(expressions.map((value) => `coalesce(${value}, '') <> ''`).join(' and '))
}

function textAt(path: RecordPath): string {
  return valueText('t.', path)
}
