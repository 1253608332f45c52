import type { Answer } from '@strata/core'
import { type HostObject, hostObject, type Value } from '../template/index.ts'
import type { AdapterHost } from './adapter-host.ts'
import { resultTable, tableValue } from './result-table.ts'
import { emptyTable } from './table-data.ts'

/** The table of what was fetched; an empty one where nothing was to be fetched. */
export function tableOfRows(host: AdapterHost, answer: Answer, fetch: boolean, limit?: number): Value {
  const show = host.print?.bind(host)
  if (!fetch) return tableValue(emptyTable, show)
  return resultTable(limit === undefined ? answer : { ...answer, rows: answer.rows.slice(0, limit) }, show)
}

/** What a statement reported: prints `SELECT 5`; `.code`, `.rows_affected`. */
export function responseValue(sql: string, answer: Answer): HostObject {
  const word = /^(?:\s|--.*\n|\/\*[\s\S]*?\*\/|\()*([a-z]+)/i.exec(sql)?.[1]?.toUpperCase() ?? ''
  const code = answer.columns.length > 0 || word === 'WITH' ? 'SELECT' : word
  return reportedResponse(
    code === 'INSERT' ? `INSERT 0 ${answer.rowCount}` : `${code} ${answer.rowCount}`,
    code,
    answer.rowCount,
  )
}

export function reportedResponse(message: string, code: Value, rowsAffected: Value): HostObject {
  return hostObject({
    type: 'response',
    attributes: { code, rows_affected: rowsAffected, message, query_id: null },
    text: () => message,
  })
}
