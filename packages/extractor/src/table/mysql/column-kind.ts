import type { ChangeType } from '../table-source.ts'

/** What the values of a column are, by the type that it is declared with. */
export type ColumnKind =
  | 'number'
  | 'float'
  | 'double'
  | 'bit'
  | 'year'
  | 'date'
  | 'datetime'
  | 'timestamp'
  | 'bytes'
  | 'geometry'
  | 'json'
  /** One or several of declared words, which have an order of their own. */
  | 'word'
  | 'text'

const kinds: { readonly [base: string]: ColumnKind } = {
  tinyint: 'number',
  smallint: 'number',
  mediumint: 'number',
  int: 'number',
  integer: 'number',
  bigint: 'number',
  decimal: 'number',
  numeric: 'number',
  float: 'float',
  double: 'double',
  real: 'double',
  bit: 'bit',
  year: 'year',
  date: 'date',
  datetime: 'datetime',
  timestamp: 'timestamp',
  binary: 'bytes',
  varbinary: 'bytes',
  tinyblob: 'bytes',
  blob: 'bytes',
  mediumblob: 'bytes',
  longblob: 'bytes',
  vector: 'bytes',
  geometry: 'geometry',
  point: 'geometry',
  linestring: 'geometry',
  polygon: 'geometry',
  multipoint: 'geometry',
  multilinestring: 'geometry',
  multipolygon: 'geometry',
  geometrycollection: 'geometry',
  geomcollection: 'geometry',
  json: 'json',
  enum: 'word',
  set: 'word',
}

/** `type` is as the catalog writes it: `bigint(20) unsigned`. */
export function kindOf(type: string): ColumnKind {
  return kinds[/^[a-z]+/i.exec(type)?.[0].toLowerCase() ?? ''] ?? 'text'
}

export function changeOf(type: string): ChangeType | null {
  switch (kindOf(type)) {
    case 'date':
      return 'date'
    case 'datetime':
      return 'local_time'
    case 'timestamp':
      return 'instant'
    case 'number':
      return /^(decimal|numeric)/i.test(type) && !/^\w+\((\d+)(,0)?\)/.test(type) ? null : 'number'
    default:
      return null
  }
}
