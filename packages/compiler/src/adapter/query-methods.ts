import { dict, getEntry, setEntry, TemplateError, tuple, type Value } from '../template/index.ts'
import { type AdapterMethods, noEffect, unsupported } from './adapter-method.ts'
import { isUndefined, optionalText, requiredText, typeOf } from './bind-arguments.ts'
import { readColumns } from './catalog.ts'
import { describeColumns } from './column-type-names.ts'
import { quoteName } from './quote-name.ts'
import { refuseOtherDatabase } from './relation-methods.ts'
import { renderRelation } from './relation-state.ts'
import { relationArgument } from './relation-value.ts'
import { tableOfValue, tableValue } from './result-table.ts'
import { responseValue, tableOfRows } from './run-sql.ts'
import { emptyTable, type TableData } from './table-data.ts'

const isTransactionWord =
  /^\s*(begin|commit|rollback|start\s+transaction|end)\s*(transaction|work)?\s*;?\s*$/i

/** The methods of `adapter` that run SQL, quote names, and know types. */
export const queryMethods: AdapterMethods = {
  execute: {
    parameters: ['sql', 'auto_begin', 'fetch', 'limit'],
    required: 1,
    standIn: () => tuple(['', tableValue(emptyTable)]),
    call(host, [sql, , fetch, limit]) {
      const text = requiredText(sql, 'adapter.execute', 'sql')
      const answer = host.ask(text)
      const count = limit === undefined || limit === null ? undefined : Number(optionalText(limit))
      return tuple([responseValue(text, answer), tableOfRows(host, answer, fetch === true, count)])
    },
  },
  add_query: {
    parameters: ['sql', 'auto_begin', 'bindings', 'abridge_sql_log', 'close_cursor'],
    required: 1,
    standIn: () => tuple([null, null]),
    call(host, [sql, , bindings]) {
      if (bindings !== undefined && bindings !== null && !isUndefined(bindings)) {
        throw new TemplateError('adapter.add_query() takes no bindings', {
          code: 'TEMPLATE_UNSUPPORTED',
          hint: "Write the values into the SQL: '{{ dbt.escape_single_quotes(value) }}'.",
        })
      }
      const text = requiredText(sql, 'adapter.add_query', 'sql')
      // A step is one transaction from its beginning to its end.
      if (!isTransactionWord.test(text)) host.ask(text)
      return tuple([null, null])
    },
  },
  get_column_schema_from_query: {
    parameters: ['sql'],
    standIn: () => [],
    call: (host, [sql]) =>
      describeColumns(host.ask(requiredText(sql, 'adapter.get_column_schema_from_query', 'sql'))),
  },
  get_rows_different_sql: {
    parameters: ['relation_a', 'relation_b', 'column_names', 'except_operator'],
    required: 2,
    standIn: () => '',
    call(host, [first, second, names, operator]) {
      const a = relationArgument(first, 'adapter.get_rows_different_sql', 'relation_a')
      const b = relationArgument(second, 'adapter.get_rows_different_sql', 'relation_b')
      const columns = Array.isArray(names)
        ? names.map((name) => requiredText(name, 'adapter.get_rows_different_sql', 'column_names'))
        : readColumns(host, a).map((column) => String(column.attribute('name')))
      return differenceSql(
        renderRelation(a),
        renderRelation(b),
        columns.map(quoteName).join(', '),
        optionalText(operator) ?? 'except',
      )
    },
  },
  quote: {
    parameters: ['identifier'],
    call: (_host, [name]) => quoteName(requiredText(name, 'adapter.quote', 'identifier')),
  },
  quote_as_configured: {
    parameters: ['identifier', 'quote_key'],
    call(_host, [name, key]) {
      const text = requiredText(name, 'adapter.quote_as_configured', 'identifier')
      return key === 'database' || key === 'schema' || key === 'identifier' ? quoteName(text) : text
    },
  },
  quote_seed_column: {
    parameters: ['column', 'quote_config'],
    required: 1,
    call(_host, [column, quotes]) {
      const text = requiredText(column, 'adapter.quote_seed_column', 'column')
      return quotes === false ? text : quoteName(text)
    },
  },
  convert_type: {
    parameters: ['agate_table', 'col_idx'],
    call: (_host, [table, index]) => sqlType(tableArgument(table, 'adapter.convert_type'), Number(index)),
  },
  standardize_grants_dict: {
    parameters: ['grants_table'],
    call(_host, [table]) {
      const { names, rows } = tableArgument(table, 'adapter.standardize_grants_dict')
      const [grantee, privilege] = [names.indexOf('grantee'), names.indexOf('privilege_type')]
      const grants = dict()
      for (const row of rows) {
        const key = row[privilege] ?? null
        const known = getEntry(grants, key)
        if (Array.isArray(known)) known.push(row[grantee] ?? null)
        else setEntry(grants, key, [row[grantee] ?? null])
      }
      return grants
    },
  },
  verify_database: {
    parameters: ['database'],
    call(host, [database]) {
      const name = optionalText(database)
      if (name !== null && name !== '') refuseOtherDatabase(host, name)
      return ''
    },
  },
  get_hard_deletes_behavior: {
    parameters: ['config'],
    call(_host, [config]) {
      if (typeof config !== 'object' || config === null || Array.isArray(config) || config.kind !== 'dict')
        return 'ignore'
      if (getEntry(config, 'invalidate_hard_deletes') === true) return 'invalidate'
      return getEntry(config, 'hard_deletes') ?? 'ignore'
    },
  },
  type: { parameters: [], call: () => 'postgres' },
  commit: noEffect(),
  commit_if_has_connection: noEffect(),
  build_catalog_relation: noEffect(),
  get_catalog_integration: noEffect(),
  get_incremental_strategy_macro: unsupported(
    'get_incremental_strategy_macro',
    "Materializations are Strata's own: name the strategy in config(incremental_strategy=…).",
  ),
  submit_python_job: unsupported('submit_python_job', 'Models are SQL or TypeScript.'),
}

const sqlTypes: Readonly<Record<TableData['types'][number], string>> = {
  Integer: 'integer',
  Number: 'float8',
  Boolean: 'boolean',
  Date: 'date',
  DateTime: 'timestamp without time zone',
  Text: 'text',
}

function sqlType(table: TableData, index: number): Value {
  const type = table.types[index]
  if (type !== 'Number') return type === undefined ? null : sqlTypes[type]
  const isWhole = (value: Value | undefined) =>
    value === null ||
    typeof value === 'number' ||
    (typeof value === 'object' &&
      !Array.isArray(value) &&
      value.kind === 'float' &&
      Number.isInteger(value.value))
  return table.rows.every((row) => isWhole(row[index])) ? 'integer' : 'float8'
}

function tableArgument(value: Value | undefined, caller: string): TableData {
  const table = tableOfValue(value)
  if (table !== null) return table
  throw new TemplateError(`${caller}() needs a table, as run_query() gives it, not ${typeOf(value)}`, {
    code: 'TEMPLATE_TYPE',
  })
}

/** One row: by how many rows two relations differ in number, and how many rows only one of them has. */
function differenceSql(a: string, b: string, columns: string, operator: string): string {
  const only = (left: string, right: string) =>
    `(select ${columns} from ${left} ${operator} select ${columns} from ${right})`
  return [
    'select',
    `  (select count(*) from ${a}) - (select count(*) from ${b}) as row_count_difference,`,
    `  (select count(*) from (${only(a, b)} union all ${only(b, a)}) as only_in_one) as num_missing`,
  ].join('\n')
}
