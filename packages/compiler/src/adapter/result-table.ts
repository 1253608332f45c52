import type { Answer } from '@strata/core'
import { once } from '../once.ts'
import {
  type HostArguments,
  type HostObject,
  hostFunction,
  hostObject,
  print,
  TemplateError,
  truthy,
  tuple,
  type Value,
} from '../template/index.ts'
import { bindArguments, isObject, typeOf } from './bind-arguments.ts'
import { mappedSequence } from './mapped-sequence.ts'
import { csvText, structureText, tableText } from './print-table.ts'
import { type TableData, tableOfAnswer } from './table-data.ts'

const tables = new WeakMap<HostObject, TableData>()
/** A template that asks again and again meets its earlier answers each time. */
const converted = new WeakMap<Answer, TableData>()

/** An answer as the table that templates know: `.columns[0].values()`, `.rows`, `row['name']`. `show` takes what it prints. */
export function resultTable(answer: Answer, show?: (text: string) => void): Value {
  let data = converted.get(answer)
  if (data === undefined) {
    data = tableOfAnswer(answer)
    converted.set(answer, data)
  }
  return tableValue(data, show)
}

/** What a table value holds; null for every other value. */
export function tableOfValue(value: Value | undefined): TableData | null {
  return isObject(value) ? (tables.get(value) ?? null) : null
}

export function tableValue(data: TableData, show: (text: string) => void = () => undefined): HostObject {
  const rows = once(() => data.rows.map((row) => rowValue(data.names, row)))
  const columns = once(() => data.names.map((name, index) => columnOf(data, name, index)))
  const rowList = once(() => mappedSequence({ type: 'MappedSequence', keys: null, values: rows }))
  const columnList = once(() => mappedSequence({ type: 'MappedSequence', keys: data.names, values: columns }))
  const fields: ReadonlyMap<string, () => Value> = new Map<string, () => Value>([
    ['columns', columnList],
    ['rows', rowList],
    ['column_names', () => tuple(data.names)],
    ['column_types', () => tuple(data.types.map(typeValue))],
    ['row_names', () => null],
  ])
  const value = hostObject({
    type: 'table',
    attribute(name) {
      const field = fields.get(name)
      if (field !== undefined) return field()
      const method = methods.get(name)
      if (method === undefined) return undefined
      return hostFunction(name, (args) => method(data, args, { rows: rows(), show }))
    },
    names: () => [...fields.keys(), ...methods.keys()],
    iterate: rows,
    truthy: () => data.rows.length > 0,
    text: () => structureText(data),
  })
  tables.set(value, data)
  return value
}

function rowValue(names: readonly string[], row: readonly Value[]): HostObject {
  return mappedSequence({ type: 'Row', keys: names, values: () => row })
}

function columnOf(data: TableData, name: string, index: number): HostObject {
  const values = once(() => data.rows.map((row) => row[index] ?? null))
  const withoutNulls = () => values().filter((value) => value !== null)
  const list = (items: () => readonly Value[]) => () => hostFunction('values', () => tuple(items()))
  return mappedSequence({
    type: 'Column',
    keys: null,
    values,
    attributes: {
      name: () => name,
      index: () => index,
      data_type: () => typeValue(data.types[index]!),
      values_without_nulls: list(withoutNulls),
      values_distinct: list(() => distinct(values().map((value) => [value])).map(([value]) => value!)),
    },
  })
}

function typeValue(type: string): Value {
  return hostObject({
    type: 'data type',
    text: () => type,
    identity: type,
    attributes: { jsonify: hostFunction('jsonify', (args) => jsonValue(args.positional[0] ?? null)) },
  })
}

/** Dates and the like as text, all else as it is. */
function jsonValue(value: Value): Value {
  if (!isObject(value)) return value
  const isoformat = value.attribute('isoformat')
  return isoformat === undefined ? print(value) : print(value).replace(' ', 'T')
}

interface Surroundings {
  readonly rows: readonly Value[]
  readonly show: (text: string) => void
}
type Method = (data: TableData, args: HostArguments, surroundings: Surroundings) => Value

const refuseFile: Method = () => {
  throw new TemplateError('templates write no files', {
    code: 'TEMPLATE_UNSUPPORTED',
    hint: 'Use print_table() or print_csv(), or make a model of the query.',
  })
}

const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries<Method>({
    print_table(data, args, { show }) {
      const names = ['max_rows', 'max_columns', 'output', 'max_column_width', 'locale', 'max_precision']
      const [rows, columns, , width, , precision] = bindArguments(args, 'print_table', names)
      show(
        tableText(data, {
          maxRows: limit(rows, 20),
          maxColumns: limit(columns, 6),
          maxColumnWidth: limit(width, 20),
          maxPrecision: limit(precision, 3),
        }),
      )
      return null
    },
    print_csv(data, _args, { show }) {
      show(csvText(data))
      return null
    },
    print_structure(data, _args, { show }) {
      show(structureText(data))
      return null
    },
    to_csv: refuseFile,
    to_json: refuseFile,
    rename(data, args, { show }) {
      const names = ['column_names', 'row_names', 'slug_columns', 'slug_rows']
      const [given] = bindArguments(args, 'rename', names)
      return tableValue({ ...data, names: renamed(data.names, given) }, show)
    },
    select(data, args, { show }) {
      const [key] = bindArguments(args, 'select', ['key'], 1)
      return tableValue(pick(data, keyNames(key!)), show)
    },
    exclude(data, args, { show }) {
      const [key] = bindArguments(args, 'exclude', ['key'], 1)
      const left = new Set(keyNames(key!))
      const kept = data.names.filter((name) => !left.has(name))
      return tableValue(pick(data, kept), show)
    },
    limit(data, args, { show }) {
      const [first, last] = bindArguments(args, 'limit', ['start_or_stop', 'stop', 'step'], 1)
      const rows =
        last === undefined ? data.rows.slice(0, Number(first)) : data.rows.slice(Number(first), Number(last))
      return tableValue({ ...data, rows }, show)
    },
    where(data, args, { rows, show }) {
      const [test] = bindArguments(args, 'where', ['test'], 1)
      return tableValue(
        { ...data, rows: data.rows.filter((_row, at) => truthy(args.call(test!, [rows[at]!]))) },
        show,
      )
    },
    distinct(data, args, { show }) {
      bindArguments(args, 'distinct', [])
      return tableValue({ ...data, rows: distinct(data.rows) }, show)
    },
  }),
)

function limit(value: Value | undefined, fallback: number): number {
  if (value === undefined) return fallback
  return value === null ? Number.POSITIVE_INFINITY : Number(value)
}

function renamed(names: readonly string[], given: Value | undefined): string[] {
  if (given === undefined || given === null) return [...names]
  if (typeof given === 'object' && !Array.isArray(given) && given.kind === 'dict') {
    return names.map((name) => {
      const entry = given.entries.get(name)
      return entry === undefined ? name : print(entry[1])
    })
  }
  const list = keyNames(given)
  if (list.length === names.length) return list
  throw new TemplateError(`rename() got ${list.length} names for ${names.length} columns`)
}

function keyNames(value: Value): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.map(print)
  if (typeof value === 'object' && value !== null && value.kind === 'tuple') return value.items.map(print)
  throw new TemplateError(`names of columns are a text or a list of texts, not ${typeOf(value)}`, {
    code: 'TEMPLATE_TYPE',
  })
}

function pick(data: TableData, names: readonly string[]): TableData {
  const places = names.map((name) => {
    const place = data.names.indexOf(name)
    if (place !== -1) return place
    throw new TemplateError(`the table has no column "${name}"`, { hint: `It has ${data.names.join(', ')}.` })
  })
  return {
    names,
    types: places.map((place) => data.types[place]!),
    rows: data.rows.map((row) => places.map((place) => row[place] ?? null)),
  }
}

function distinct(rows: readonly (readonly Value[])[]): (readonly Value[])[] {
  const seen = new Map(rows.map((row) => [print([...row]), row]))
  return [...seen.values()]
}
