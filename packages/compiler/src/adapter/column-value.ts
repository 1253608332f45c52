import {
  type HostArguments,
  type HostObject,
  hostFunction,
  hostObject,
  print,
  TemplateError,
  type Value,
} from '../template/index.ts'
import { bindArguments, isObject, optionalText, requiredText } from './bind-arguments.ts'
import { quoteName } from './quote-name.ts'

/** A column as dbt describes it, in the words of the information schema. */
export interface ColumnState {
  readonly column: string
  /** `character varying`, `numeric`, `timestamp without time zone`. */
  readonly dtype: string
  readonly charSize: Value
  readonly numericPrecision: Value
  readonly numericScale: Value
}

const states = new WeakMap<HostObject, ColumnState>()

/** A column as templates see it: `.name`, `.data_type`, `.is_string()`. */
export function columnValue(column: string, dtype: string, sizes: Partial<ColumnState> = {}): HostObject {
  const state: ColumnState = {
    charSize: null,
    numericPrecision: null,
    numericScale: null,
    ...sizes,
    column,
    dtype,
  }
  const value = hostObject({
    type: 'column',
    attribute: (name) => attributes.get(name)?.(state),
    names: () => attributes.keys(),
    text: () => describe(state),
    identity: describe(state),
  })
  states.set(value, state)
  return value
}

/** The SQL type that a word like `string` stands for. */
export function translateType(label: string): string {
  return label.toLowerCase() === 'string' ? 'TEXT' : label
}

export function stringType(size: string): string {
  return `character varying(${size})`
}

export function numericType(dtype: string, precision: Value, scale: Value): string {
  return precision === null || scale === null ? dtype : `${dtype}(${print(precision)},${print(scale)})`
}

const stringTypes = new Set(['text', 'character varying', 'character', 'varchar'])
const floatTypes = new Set(['real', 'float4', 'float', 'double precision', 'float8', 'double'])
const numericTypes = new Set(['numeric', 'decimal'])
const integerTypes = new Set(
  ['smallint integer bigint smallserial serial bigserial', 'int2 int4 int8 serial2 serial4 serial8'].flatMap(
    (words) => words.split(' '),
  ),
)

const isA = (types: ReadonlySet<string>) => (state: ColumnState) => types.has(state.dtype.toLowerCase())
const isString = isA(stringTypes)
const isFloat = isA(floatTypes)
const isInteger = isA(integerTypes)
const isNumeric = isA(numericTypes)

const fields: { readonly [name: string]: (state: ColumnState) => Value } = {
  column: (state) => state.column,
  name: (state) => state.column,
  dtype: (state) => state.dtype,
  char_size: (state) => state.charSize,
  numeric_precision: (state) => state.numericPrecision,
  numeric_scale: (state) => state.numericScale,
  quoted: (state) => quoteName(state.column),
  data_type: dataType,
  expanded_data_type: dataType,
}

const methods: { readonly [name: string]: (state: ColumnState, args: HostArguments) => Value } = {
  is_string: isString,
  is_float: isFloat,
  is_integer: isInteger,
  is_numeric: isNumeric,
  is_number: (state) => isInteger(state) || isNumeric(state) || isFloat(state),
  string_size: stringSize,
  can_expand_to(state, args) {
    const [other] = bindArguments(args, 'column.can_expand_to', ['other_column'], 1)
    const wider = isObject(other) ? states.get(other) : undefined
    return wider !== undefined && isString(state) && isString(wider) && stringSize(wider) > stringSize(state)
  },
  literal(state, args) {
    const [value] = bindArguments(args, 'column.literal', ['value'], 1)
    return `${print(value!)}::${dataType(state)}`
  },
  string_type: (_state, args) => stringType(requiredText(args.positional[0], 'column.string_type', 'size')),
  translate_type: (_state, args) =>
    translateType(requiredText(args.positional[0], 'column.translate_type', 'dtype')),
}

const attributes: ReadonlyMap<string, (state: ColumnState) => Value> = new Map([
  ...Object.entries(fields),
  ...Object.entries(methods).map(([name, method]): [string, (state: ColumnState) => Value] => [
    name,
    (state) => hostFunction(name, (args) => method(state, args)),
  ]),
])

function dataType(state: ColumnState): string {
  const word = state.dtype.toLowerCase()
  if (word === 'text' || (word === 'character varying' && state.charSize === null)) return state.dtype
  if (isString(state)) return stringType(String(stringSize(state)))
  if (isNumeric(state)) return numericType(state.dtype, state.numericPrecision, state.numericScale)
  return state.dtype
}

/** 256 where a text has no limit, as macros written for dbt expect. */
function stringSize(state: ColumnState): number {
  if (!isString(state)) {
    throw new TemplateError(
      `string_size() of the column "${state.column}", which is ${state.dtype} and no text`,
      {
        code: 'TEMPLATE_TYPE',
        hint: 'Ask `column.is_string()` first.',
      },
    )
  }
  return state.dtype === 'text' || state.charSize === null ? 256 : Number(optionalText(state.charSize))
}

function describe(state: ColumnState): string {
  const quoted = (text: string) => print([text]).slice(1, -1)
  const sizes = `char_size=${print(state.charSize)}, numeric_precision=${print(state.numericPrecision)}`
  return `PostgresColumn(column=${quoted(state.column)}, dtype=${quoted(state.dtype)}, ${sizes}, numeric_scale=${print(state.numericScale)})`
}
