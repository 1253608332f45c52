import { pg } from './pg.ts'

/**
 * Types whose values JavaScript holds exactly; all others (int8, numeric, timestamps, dates, xid8, pg_snapshot, arrays of
 * them) stay the text that the server sent. JSON is parsed: cast it to text where its digits matter.
 */
const exact = new Set<number>([
  16, // bool
  17, // bytea
  21, // int2
  23, // int4
  26, // oid
  700, // float4
  701, // float8
  114, // json
  3802, // jsonb
  1000, // bool[]
  1005, // int2[]
  1007, // int4[]
  1009, // text[]
  1015, // varchar[]
  1002, // "char"[]
  1003, // name[]
])

const asText = (text: string | Buffer): unknown => text

export const valueParsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    exact.has(oid)
      ? pg.types.getTypeParser(oid, format as 'text')
      : asText) as pg.CustomTypesConfig['getTypeParser'],
}
