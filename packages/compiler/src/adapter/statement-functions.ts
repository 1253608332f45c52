import {
  dict,
  type HostArguments,
  hostFunction,
  print,
  TemplateError,
  type Value,
} from '../template/index.ts'
import type { AdapterHost } from './adapter-host.ts'
import { bindArguments, optionalText, requiredText, typeOf } from './bind-arguments.ts'
import { tableOfValue, tableValue } from './result-table.ts'
import { reportedResponse, responseValue, tableOfRows } from './run-sql.ts'
import { emptyTable } from './table-data.ts'

/**
 * `run_query`, `statement` and the results they keep by name. One set serves one render: a render that begins anew gets
 * new ones. While `execute` is false nothing is asked and nothing kept.
 */
export function statementFunctions(host: AdapterHost): ReadonlyMap<string, Value> {
  const results = new Map<string, Value>()
  const keep = (name: string, response: Value, table: Value) => {
    const rows = (tableOfValue(table)?.rows ?? []).map((row): Value => ({ kind: 'tuple', items: row }))
    const kept = tableOfValue(table) === null ? tableValue(emptyTable, host.print?.bind(host)) : table
    const entries: [string, Value][] = [
      ['response', response],
      ['data', rows],
      ['table', kept],
    ]
    results.set(name, dict(entries))
  }

  const functions: { readonly [name: string]: (args: HostArguments) => Value } = {
    run_query(args) {
      const [sql] = bindArguments(args, 'run_query', ['sql'], 1)
      if (!host.execute) return null
      const text = requiredText(sql, 'run_query', 'sql').trim()
      return tableOfRows(host, host.ask(text), true)
    },
    statement(args) {
      const names = ['name', 'fetch_result', 'auto_begin', 'language', 'caller']
      const [name, fetch, , language, caller] = bindArguments(args, 'statement', names)
      if (!host.execute) return ''
      if (caller === undefined) {
        throw new TemplateError('statement() takes its SQL from a call block', {
          code: 'TEMPLATE_ARGUMENTS',
          hint: "Write {% call statement('name', fetch_result=True) %} … {% endcall %}, or use run_query().",
        })
      }
      if (language !== undefined && language !== 'sql') {
        throw new TemplateError(`statement() runs SQL, not ${print(language)}`, {
          code: 'TEMPLATE_UNSUPPORTED',
        })
      }
      const text = print(args.call(caller)).trim()
      const answer = host.ask(text)
      const key = optionalText(name)
      if (key !== null) keep(key, responseValue(text, answer), tableOfRows(host, answer, fetch === true))
      return ''
    },
    noop_statement(args) {
      const names = ['name', 'message', 'code', 'rows_affected', 'res', 'caller']
      const [name, message, code, rowsAffected, table] = bindArguments(args, 'noop_statement', names)
      const key = optionalText(name)
      const response = reportedResponse(optionalText(message) ?? '', code ?? null, rowsAffected ?? null)
      if (key !== null) keep(key, response, table ?? null)
      return ''
    },
    load_result(args) {
      const [name] = bindArguments(args, 'load_result', ['name'], 1)
      const key = requiredText(name, 'load_result', 'name')
      const result = results.get(key)
      if (result === undefined) return null
      if (result === null) {
        throw new TemplateError(`the result of the statement "${key}" has been loaded before`, {
          hint: 'Keep it: {% set result = load_result(…) %}.',
        })
      }
      if (key !== 'main') results.set(key, null)
      return result
    },
    store_result(args) {
      const [name, response, table] = bindArguments(
        args,
        'store_result',
        ['name', 'response', 'agate_table'],
        2,
      )
      checkTable(table, 'store_result')
      keep(requiredText(name, 'store_result', 'name'), response!, table ?? null)
      return ''
    },
    store_raw_result(args) {
      const names = ['name', 'message', 'code', 'rows_affected', 'agate_table']
      const [name, message, code, rowsAffected, table] = bindArguments(args, 'store_raw_result', names, 1)
      checkTable(table, 'store_raw_result')
      const response = reportedResponse(optionalText(message) ?? '', code ?? null, rowsAffected ?? null)
      keep(requiredText(name, 'store_raw_result', 'name'), response, table ?? null)
      return ''
    },
  }
  return new Map(Object.entries(functions).map(([name, call]) => [name, hostFunction(name, call)]))
}

function checkTable(table: Value | undefined, caller: string): void {
  if (table === undefined || table === null || tableOfValue(table) !== null) return
  throw new TemplateError(`${caller}() needs a table, as run_query() gives it, not ${typeOf(table)}`, {
    code: 'TEMPLATE_TYPE',
  })
}
