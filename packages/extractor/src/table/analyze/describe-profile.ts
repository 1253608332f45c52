import type { CatalogColumn, ColumnProfile } from './analyzed-server.ts'

/** What is known of a column, in figures: dates and counts, nothing that says who. */
export function describeProfile(column: CatalogColumn, profile: ColumnProfile | null): readonly string[] {
  const { type, setOnUpdate, leadsIndex } = column
  const declared = [type, ...(setOnUpdate ? ['set by the server on each update'] : [])]
  if (profile === null || profile.rows === 0) return [...declared, ...indexText(leadsIndex)]
  const { rows, nulls, min, max, distinct, greatestTie, future, descents } = profile
  const values = rows - nulls
  const sentinels = profile.years.filter((year) => year.sentinels > 0)
  return [
    ...declared,
    ...(min === null || max === null ? [] : [`${short(min)} … ${short(max)}`]),
    ...(nulls > 0 ? [`${shareText(nulls, rows)} null`] : []),
    ...sentinels.map((year) => `${shareText(year.sentinels, rows)} ${sentinelOf(year)}`),
    ...(future > 0 ? [`${shareText(future, rows)} in the future`] : []),
    ...(values > 0 && column.change !== 'number' ? [resolutionOf(profile)] : []),
    ...(values > 1 ? [`${shareText(distinct, values)} distinct, at most ${greatestTie} alike`] : []),
    ...(descents === 0 && values >= 100 ? ['grows with the key, as if set at insert only'] : []),
    ...indexText(leadsIndex),
  ]
}

/** `0 %`, `0.02 %`, `34 %`: never 0 of something, nor all of what is not. */
export function shareText(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (100 * part) / whole
  if (part === 0 || part === whole) return `${Math.round(percent)} %`
  if (percent < 0.01) return 'under 0.01 %'
  if (percent > 99.9) return 'over 99.9 %'
  return `${percent < 1 ? percent.toFixed(2) : percent < 10 || percent > 99 ? percent.toFixed(1) : Math.round(percent)} %`
}

function resolutionOf({ timed, fractional }: ColumnProfile): string {
  if (fractional > 0) return 'parts of a second'
  return timed > 0 ? 'to the second' : 'whole days'
}

function indexText(leadsIndex: boolean): readonly string[] {
  return [leadsIndex ? 'indexed' : 'no index']
}

function sentinelOf({ min, max, sentinels, rows }: ColumnProfile['years'][number]): string {
  const date = sentinels === rows || min.slice(5, 10) === '01-01' || min.slice(5, 10) === '00-00' ? min : max
  return date.slice(0, 10)
}

/** A time of midnight says nothing. */
function short(text: string): string {
  return text.replace(/ 00:00:00(\.0+)?$/, '').replace(/\.\d+$/, '')
}
