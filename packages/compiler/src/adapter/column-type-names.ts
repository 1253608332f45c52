import type { Answer } from '@strata/core'
import type { HostObject } from '../template/index.ts'
import { columnValue, translateType } from './column-value.ts'

/** What `get_column_schema_from_query()` calls the types of a result: the words of dbt's driver. */
const names: ReadonlyMap<number, string> = new Map(
  Object.entries({
    BOOLEAN: [16],
    BINARY: [17],
    STRING: [18, 19, 25, 1042, 1043],
    LONGINTEGER: [20],
    INTEGER: [21, 23],
    ROWID: [26],
    JSON: [114],
    FLOAT: [700, 701],
    INTERVAL: [704, 1186],
    UNKNOWN: [705],
    DATE: [1082],
    TIME: [1083, 1266],
    DATETIME: [1114],
    DATETIMETZ: [1184],
    DECIMAL: [1700],
    JSONB: [3802],
    BOOLEANARRAY: [1000],
    INTEGERARRAY: [1005, 1006, 1007],
    STRINGARRAY: [1002, 1003, 1009, 1014, 1015],
    LONGINTEGERARRAY: [1016],
    FLOATARRAY: [1021, 1022],
    DATEARRAY: [1182],
    DATETIMEARRAY: [1115],
    DATETIMETZARRAY: [1185],
    DECIMALARRAY: [1231],
    JSONARRAY: [199],
    JSONBARRAY: [3807],
  }).flatMap(([name, oids]) => oids.map((oid): [number, string] => [oid, name])),
)

export function describeColumns(answer: Answer): HostObject[] {
  return answer.columns.map(({ name, typeOid }) =>
    columnValue(name, translateType(names.get(typeOid) ?? `unknown type_code ${typeOid}`)),
  )
}
