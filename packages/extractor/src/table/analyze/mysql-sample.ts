import { quoteName } from '../mysql/quote.ts'
import type { CatalogColumn } from './analyzed-server.ts'

/** Which rows of a table are read. */
export interface MysqlSample {
  /** What follows FROM in the statement of each piece. */
  readonly pieces: readonly string[]
  /** In words; null: all rows are. */
  readonly how: string | null
}

/** The least and the greatest value of the key's first column, as text. */
export interface KeyRange {
  readonly min: string
  readonly max: string
}

const places = 20

/** About `limit` rows at several places of the key, the newest among them: the first rows alone would all be old. */
export function mysqlSample(
  key: readonly string[],
  leading: CatalogColumn,
  range: KeyRange | null,
  limit: number,
): MysqlSample {
  const order = (direction: 'asc' | 'desc') =>
    `order by ${key.map((name) => `${quoteName(name)} ${direction}`).join(', ')}`
  if (range === null || leading.change !== 'number' || !isWhole(range.min) || !isWhole(range.max)) {
    const half = Math.ceil(limit / 2)
    return {
      pieces: [`${order('asc')} limit ${half}`, `${order('desc')} limit ${half}`],
      how: `${limit} rows at the two ends of the key`,
    }
  }
  const column = quoteName(leading.name)
  const each = Math.ceil(limit / places)
  const [low, high] = [BigInt(range.min), BigInt(range.max)]
  const bound = (place: number) => low + ((high - low) * BigInt(place)) / BigInt(places)
  const pieces = Array.from({ length: places }, (_, place) => {
    const isLast = place === places - 1
    const until = isLast ? '' : ` and ${column} < ${bound(place + 1)}`
    return `where ${column} >= ${bound(place)}${until} ${order(isLast ? 'desc' : 'asc')} limit ${each}`
  })
  return { pieces, how: `up to ${limit} rows, at ${places} places of the key` }
}

function isWhole(text: string): boolean {
  return /^-?\d+$/.test(text)
}
