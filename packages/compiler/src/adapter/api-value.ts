import { ephemeralName } from '../sql/ephemeral-name.ts'
import { type HostArguments, hostFunction, hostObject, type Value } from '../template/index.ts'
import type { AdapterHost } from './adapter-host.ts'
import { bindArguments, optionalText, requiredText } from './bind-arguments.ts'
import { columnValue, numericType, stringType, translateType } from './column-value.ts'
import { defaultQuote, type RelationState, relationState, wholeInclude } from './relation-state.ts'
import { flagsOf, policyValue, relationFromState } from './relation-value.ts'

/** `api`: makes relations and columns. Asks nothing. */
export function apiValue(_host?: AdapterHost): Value {
  return api
}

/** `api.Relation`, which is `adapter.Relation` too. */
export const relationClass: Value = hostObject({
  type: 'class',
  text: () => 'PostgresRelation',
  attributes: {
    create: hostFunction('create', createRelation),
    add_ephemeral_prefix: hostFunction('add_ephemeral_prefix', (args) => {
      const [name] = bindArguments(args, 'api.Relation.add_ephemeral_prefix', ['name'], 1)
      return ephemeralName(requiredText(name, 'api.Relation.add_ephemeral_prefix', 'name'))
    }),
    scd_args: hostFunction('scd_args', (args) => {
      const [key, updatedAt] = bindArguments(args, 'api.Relation.scd_args', ['primary_key', 'updated_at'], 2)
      return [...(Array.isArray(key) ? key : [key!]), updatedAt!]
    }),
    get_default_quote_policy: hostFunction('get_default_quote_policy', () => policyValue(defaultQuote)),
    get_default_include_policy: hostFunction('get_default_include_policy', () => policyValue(wholeInclude)),
    get_relation_type: hostFunction('get_relation_type', (args) => args.positional[0] ?? null),
    Table: 'table',
    View: 'view',
    CTE: 'cte',
    MaterializedView: 'materialized_view',
    External: 'external',
    Function: 'function',
  },
})

const columnNames = ['column', 'dtype', 'char_size', 'numeric_precision', 'numeric_scale']

const columnClass: Value = hostObject({
  type: 'class',
  text: () => 'PostgresColumn',
  call(args) {
    const [column, dtype, charSize, precision, scale] = bindArguments(args, 'api.Column', columnNames, 2)
    return columnValue(
      requiredText(column, 'api.Column', 'column'),
      requiredText(dtype, 'api.Column', 'dtype'),
      {
        charSize: charSize ?? null,
        numericPrecision: precision ?? null,
        numericScale: scale ?? null,
      },
    )
  },
  attributes: {
    translate_type: hostFunction('translate_type', (args) => {
      const [dtype] = bindArguments(args, 'api.Column.translate_type', ['dtype'], 1)
      return translateType(requiredText(dtype, 'api.Column.translate_type', 'dtype'))
    }),
    create: hostFunction('create', (args) => {
      const [name, dtype] = bindArguments(args, 'api.Column.create', ['name', 'label_or_dtype'], 2)
      return columnValue(
        requiredText(name, 'api.Column.create', 'name'),
        translateType(requiredText(dtype, 'api.Column.create', 'label_or_dtype')),
      )
    }),
    string_type: hostFunction('string_type', (args) => {
      const [size] = bindArguments(args, 'api.Column.string_type', ['size'], 1)
      return stringType(requiredText(size, 'api.Column.string_type', 'size'))
    }),
    numeric_type: hostFunction('numeric_type', (args) => {
      const names = ['dtype', 'precision', 'scale']
      const [dtype, precision, scale] = bindArguments(args, 'api.Column.numeric_type', names, 1)
      return numericType(
        requiredText(dtype, 'api.Column.numeric_type', 'dtype'),
        precision ?? null,
        scale ?? null,
      )
    }),
    from_description: hostFunction('from_description', (args) => {
      const names = ['name', 'raw_data_type']
      const [name, type] = bindArguments(args, 'api.Column.from_description', names, 2)
      return fromDescription(
        requiredText(name, 'api.Column.from_description', 'name'),
        requiredText(type, 'api.Column.from_description', 'raw_data_type'),
      )
    }),
  },
})

const api = hostObject({ type: 'api', attributes: { Relation: relationClass, Column: columnClass } })

function createRelation(args: HostArguments): Value {
  const names = ['database', 'schema', 'identifier', 'type', 'quote_policy', 'include_policy', 'limit']
  const [database, schema, identifier, type, quote, include] = bindArguments(
    args,
    'api.Relation.create',
    names,
  )
  const state: RelationState = relationState({
    database: optionalText(database),
    schema: optionalText(schema),
    identifier: optionalText(identifier),
    type: optionalText(type),
  })
  return relationFromState({
    ...state,
    quote: { ...state.quote, ...flagsOf(quote) },
    // Who names a database wants it printed.
    include: { ...wholeInclude, ...flagsOf(include) },
  })
}

/** `varchar(20)` and `numeric(10,2)` taken apart. */
function fromDescription(name: string, description: string): Value {
  const [, dtype = description, first, second] =
    /^([^(]+)(?:\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\))?/.exec(description) ?? []
  if (first === undefined) return columnValue(name, dtype)
  if (second === undefined) return columnValue(name, dtype, { charSize: Number(first) })
  return columnValue(name, dtype, { numericPrecision: Number(first), numericScale: Number(second) })
}
