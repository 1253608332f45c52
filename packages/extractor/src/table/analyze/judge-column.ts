import type { CatalogColumn, ColumnProfile } from './analyzed-server.ts'
import { type ColumnRole, roleOf } from './column-role.ts'
import { describeProfile, shareText } from './describe-profile.ts'

/** What is thought of a column that might tell of changes, and why. */
export interface JudgedColumn {
  readonly name: string
  readonly type: string
  readonly role: ColumnRole
  /** Null: it is usable. What speaks against it. */
  readonly refused: string | null
  /** The greater, the more it is to be believed. */
  readonly score: number
  /** What speaks for and against it, in figures. */
  readonly evidence: readonly string[]
  /** Quality bound below which there are outliers; null: none are needed beyond the usual ones. */
  readonly min: string | null
  /** Null: it was not looked at. */
  readonly profile: ColumnProfile | null
}

/** Values before it are not believed where nothing else is said. */
const usualMin = '1990'

/** `profile` null: the table's values could not be read, or this column's are not to be. */
export function judgeColumn(column: CatalogColumn, profile: ColumnProfile | null): JudgedColumn {
  const role = roleOf(column) ?? 'business'
  const judged = { name: column.name, type: column.type, role, profile }
  if (role === 'person')
    return {
      ...judged,
      refused: 'a date of birth or death says nothing of changes (its values were not looked at)',
      score: 0,
      evidence: [],
      min: null,
    }
  const evidence = describeProfile(column, profile)
  const score = roleScores[role] + (profile === null ? 0 : scoreOf(column, profile))
  if (profile === null || profile.rows === 0) return { ...judged, refused: null, score, evidence, min: null }
  const refused = reasonAgainst(column, role, profile)
  return { ...judged, refused, score, evidence, min: outlierBound(profile) }
}

const roleScores = { edit: 60, version: 55, entry: 30, business: 15, person: 0 } as const

function scoreOf({ setOnUpdate, leadsIndex, change }: CatalogColumn, profile: ColumnProfile): number {
  const { rows, timed, fractional, greatestTie } = profile
  return (
    (setOnUpdate ? 20 : 0) +
    (timed > 0 || change === 'number' ? 8 : 0) +
    (fractional > 0 ? 2 : 0) +
    (leadsIndex ? 6 : 0) -
    (20 * emptyOf(profile)) / rows -
    (10 * greatestTie) / rows -
    (earlyOf(profile) > 0 ? 5 : 0)
  )
}

/** A change time may have holes in its past. What is only believed to go along with changes must be clean. */
function reasonAgainst(column: CatalogColumn, role: ColumnRole, profile: ColumnProfile): string | null {
  const { rows, distinct, greatestTie, future, min, max } = profile
  const isChangeTime = role === 'edit' || role === 'version'
  const values = rows - profile.nulls
  const empty = emptyOf(profile)
  const early = earlyOf(profile)
  if (values === 0) return 'it is null in all rows'
  if (empty === rows) return `it is null or ${min?.slice(0, 10)} in all rows`
  if (empty > rows * (isChangeTime ? 0.9 : 0.2))
    return `${shareText(empty, rows)} of the rows have no date in it`
  if (early > 0 && (!isChangeTime || early > rows / 100))
    return `it holds impossible dates: ${earlyText(profile, early)}`
  const ahead = future - laterSentinels(profile)
  if (ahead > 0 && (!isChangeTime || ahead > rows / 100))
    return `${shareText(ahead, rows)} of the rows lie in the future (up to ${max?.slice(0, 10)})`
  if (distinct === 1 && values >= 20 && !column.setOnUpdate) return `all rows have one value, ${min}`
  if (!isChangeTime && greatestTie > values / 2)
    return `${shareText(greatestTie, values)} of the rows have one value`
  return null
}

function emptyOf({ nulls, years }: ColumnProfile): number {
  return nulls + years.reduce((sum, { sentinels }) => sum + sentinels, 0)
}

/** Rows with dates before the usual bound that stand for themselves; at least one where the least value of all says so. */
function earlyOf({ years, min }: ColumnProfile): number {
  const counted = years
    .filter(({ year }) => year !== '' && year < usualMin)
    .reduce((sum, { rows, sentinels }) => sum + rows - sentinels, 0)
  const unseen = min !== null && years.every((one) => one.year !== '' && one.min > min) && min < usualMin
  return counted > 0 || !unseen ? counted : 1
}

function earlyText({ years, min }: ColumnProfile, early: number): string {
  const first = years.find(({ year, rows, sentinels }) => year < usualMin && rows > sentinels)
  // The least of a year may be a sentinel, and then its greatest is none.
  const date = first === undefined ? min : first.sentinels > 0 ? first.max : first.min
  return `${date?.slice(0, 10)}${early > 1 ? ` (${early} rows before ${usualMin})` : ''}`
}

function laterSentinels({ years }: ColumnProfile): number {
  return years.filter(({ year }) => year === '9999').reduce((sum, { sentinels }) => sum + sentinels, 0)
}

const emptyYears = 3

/** The year in which the body of the values begins, where at most a hundredth of them lies years before it. */
function outlierBound({ years }: ColumnProfile): string | null {
  const own = years
    .map(({ year, rows, sentinels }) => ({ year: Number(year || Number.NaN), rows: rows - sentinels }))
    .filter(({ year, rows }) => Number.isInteger(year) && rows > 0)
  const total = own.reduce((sum, { rows }) => sum + rows, 0)
  let before = 0
  let bound: number | null = null
  for (const [index, { year, rows }] of own.entries()) {
    if (index > 0 && before <= total / 100 && year - own[index - 1]!.year > emptyYears) bound = year
    before += rows
  }
  return bound === null ? null : `${bound}-01-01`
}
