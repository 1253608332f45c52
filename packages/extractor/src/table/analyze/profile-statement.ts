import type { CatalogColumn, ColumnProfile, SourceClock, TableProfile } from './analyzed-server.ts'

/** How a server writes what the statement is made of. */
export interface ProfileDialect {
  name(column: string): string
  /** The column as text, as in `ChangeType`, but without trailing zeros or with; numbers so that they sort as text. */
  text(column: CatalogColumn): string
  /** Puts texts in the order of their characters. */
  readonly collate: string
  /** The server knows window functions. */
  readonly windows: boolean
}

/**
 * A row of the answer, of a column and year: the column's number, the year, rows, rows with null, distinct values, the greatest tie, values with
 * a time of day, with a part of a second, in the future, that stand for none, less than in the row before; least and greatest value.
 */
export type ProfileRow = readonly (string | number | null)[]

/** Dates that programs write where there is none. */
export const sentinelDates: readonly string[] = [
  '0000-00-00',
  '0001-01-01',
  '0001-01-03',
  '1000-01-01',
  '1753-01-01',
  '1899-12-30',
  '1899-12-31',
  '1900-01-01',
  '1970-01-01',
  '9999-12-31',
]

/**
 * One grouped statement about all the columns: a row per column and year. `sample`: SQL that yields the columns and those of the key, of
 * the rows to look at. Values are grouped first, so that ties and distinct values cost nothing more.
 */
export function profileStatement(
  columns: readonly CatalogColumn[],
  key: readonly string[],
  sample: string,
  clock: SourceClock,
  dialect: ProfileDialect,
): string {
  const ordered = dialect.windows && key.length > 0
  const order = key.map((column) => dialect.name(column)).join(', ')
  const texts = columns.map((column, index) => {
    const text = dialect.text(column)
    const before = ordered ? `, lag(${text}) over (order by ${order}) as p${index}` : ''
    return `${text} as v${index}${before}`
  })
  const numbers = columns.map((_, index) => `select ${index} as col`).join(' union all ')
  const each = (of: (index: number) => string) =>
    `case x.col ${columns.map((_, index) => `when ${index} then ${of(index)}`).join(' ')} end`
  const down = ordered
    ? each((index) => `case when v${index}${dialect.collate} < p${index}${dialect.collate} then 1 else 0 end`)
    : '0'
  const ahead = `case col ${columns
    .map(
      ({ change }, index) =>
        `when ${index} then '${change === 'number' ? '~' : aDayAhead(change === 'instant' ? clock.utc : clock.local)}'`,
    )
    .join(' ')} end`
  const isDate = `col in (${columns
    .flatMap(({ change }, index) => (change === 'number' ? [] : [index]))
    .concat(-1)
    .join(', ')})`
  const sentinels = sentinelDates.map((date) => `'${date}'`).join(', ')
  const counted = (condition: string) => `sum(case when ${condition} then n else 0 end)`
  return `
select col, case when ${isDate} then substr(v, 1, 4) else '' end as yr, sum(n) as n, ${counted('v is null')} as nulls,
  count(v) as dist, max(case when v is null then null else n end) as tie,
  ${counted(`${isDate} and length(v) > 10 and substr(v, 12, 8) <> '00:00:00'`)} as timed,
  ${counted(`${isDate} and length(v) > 20 and replace(substr(v, 21), '0', '') <> ''`)} as frac,
  ${counted(`v${dialect.collate} > ${ahead}`)} as future, ${counted(`${isDate} and substr(v, 1, 10) in (${sentinels})`)} as sentinels,
  sum(down) as down, min(v${dialect.collate}) as lo, max(v${dialect.collate}) as hi
from (
  select x.col as col, ${each((index) => `v${index}`)} as v, count(*) as n, sum(${down}) as down
  from (select ${texts.join(', ')} from (${sample}) as sampled) as s cross join (${numbers}) as x
  group by 1, 2
) as grouped
group by 1, 2`
}

/** What the rows of the answer say. */
export function readProfile(
  columns: readonly CatalogColumn[],
  answer: readonly ProfileRow[],
  isOrdered: boolean,
  sample: string | null,
): TableProfile {
  const profiles = columns.map((column, index): ColumnProfile => {
    const rows = answer.filter(([number]) => Number(number) === index)
    const all = (place: number) => rows.map((row) => Number(row[place] ?? 0))
    const sum = (place: number) => all(place).reduce((total, count) => total + count, 0)
    const readable = (text: string) => (column.change === 'number' ? text.replace(/^0+(?=\d)/, '') : text)
    const years = rows
      .flatMap(([, year, count, nulls, , , , , , sentinels, , min, max]) =>
        typeof min !== 'string' || typeof max !== 'string'
          ? []
          : [
              {
                year: String(year ?? ''),
                rows: Number(count) - Number(nulls),
                sentinels: Number(sentinels),
                min: readable(min),
                max: readable(max),
              },
            ],
      )
      .sort((one, other) => (one.year < other.year ? -1 : 1))
    return {
      name: column.name,
      rows: sum(2),
      nulls: sum(3),
      distinct: sum(4),
      greatestTie: Math.max(0, ...all(5)),
      timed: sum(6),
      fractional: sum(7),
      future: sum(8),
      descents: isOrdered ? sum(10) : null,
      min: years[0]?.min ?? null,
      max: years.at(-1)?.max ?? null,
      years,
    }
  })
  return { rows: profiles[0]?.rows ?? 0, sample, columns: profiles }
}

function aDayAhead(clock: string): string {
  const ahead = new Date(Date.parse(`${clock.slice(0, 19).replace(' ', 'T')}Z`) + 24 * 60 * 60 * 1000)
  return ahead.toISOString().slice(0, 19).replace('T', ' ')
}
