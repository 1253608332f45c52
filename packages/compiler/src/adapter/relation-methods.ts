import { TemplateError, type Value } from '../template/index.ts'
import { type AdapterHost, databaseName } from './adapter-host.ts'
import { type AdapterMethods, noEffect } from './adapter-method.ts'
import { optionalText, requiredText } from './bind-arguments.ts'
import { findRelation, listRelations, listSchemas, readColumns, schemaExists } from './catalog.ts'
import { type RelationState, relationState } from './relation-state.ts'
import { relationStatements } from './relation-statements.ts'
import { relationArgument } from './relation-value.ts'

const nothing = (): Value => null
const noList = (): Value => []

/** The methods of `adapter` about relations and their columns. */
export const relationMethods: AdapterMethods = {
  get_relation: {
    parameters: ['database', 'schema', 'identifier'],
    standIn: nothing,
    call(host, [database, schema, identifier]) {
      const name = optionalText(identifier)
      const schemaName = optionalText(schema)
      if (name === null || schemaName === null || !isOurs(host, optionalText(database))) return null
      return findRelation(host, schemaName, name)
    },
  },
  load_relation: {
    parameters: ['relation'],
    standIn: nothing,
    call: (host, [relation]) => reload(host, relationArgument(relation, 'adapter.load_relation', 'relation')),
  },
  already_exists: {
    parameters: ['schema', 'name'],
    standIn: () => false,
    call: (host, [schema, name]) => findRelation(host, text(schema), text(name)) !== null,
  },
  list_relations: {
    parameters: ['database', 'schema'],
    standIn: noList,
    call: (host, [database, schema]) =>
      isOurs(host, optionalText(database)) ? listRelations(host, text(schema)) : [],
  },
  list_relations_without_caching: {
    parameters: ['schema_relation'],
    standIn: noList,
    call(host, [relation]) {
      const { schema } = relationArgument(
        relation,
        'adapter.list_relations_without_caching',
        'schema_relation',
      )
      return schema === null ? [] : listRelations(host, schema)
    },
  },
  list_schemas: { parameters: ['database'], required: 0, standIn: noList, call: (host) => listSchemas(host) },
  check_schema_exists: {
    parameters: ['database', 'schema'],
    standIn: () => false,
    call: (host, [database, schema]) =>
      isOurs(host, optionalText(database)) && schemaExists(host, text(schema)),
  },
  get_columns_in_relation: {
    parameters: ['relation'],
    standIn: noList,
    call: (host, [relation]) =>
      readColumns(host, relationArgument(relation, 'adapter.get_columns_in_relation', 'relation')),
  },
  get_columns_in_table: {
    parameters: ['schema', 'identifier'],
    standIn: noList,
    call: (host, [schema, identifier]) =>
      readColumns(host, relationState({ schema: text(schema), identifier: text(identifier) })),
  },
  get_missing_columns: {
    parameters: ['from_relation', 'to_relation'],
    standIn: noList,
    call(host, [from, to]) {
      const columns = (value: Value | undefined, name: string) =>
        readColumns(host, relationArgument(value, 'adapter.get_missing_columns', name))
      const known = new Set(columns(to, 'to_relation').map((column) => column.attribute('name')))
      return columns(from, 'from_relation').filter((column) => !known.has(column.attribute('name')))
    },
  },
  expand_target_column_types: {
    parameters: ['from_relation', 'to_relation'],
    required: 0,
    standIn: nothing,
    call(host, _given, args) {
      host.note?.(
        'expand_target_column_types() does nothing: Strata widens columns when it publishes',
        args.location,
      )
      return null
    },
  },
  create_schema: order('relation', relationStatements.createSchema),
  drop_schema: order('relation', relationStatements.dropSchema),
  drop_relation: order('relation', relationStatements.drop),
  truncate_relation: order('relation', relationStatements.truncate),
  rename_relation: {
    parameters: ['from_relation', 'to_relation'],
    standIn: nothing,
    call(host, [from, to]) {
      const relation = (value: Value | undefined, name: string) =>
        relationArgument(value, 'adapter.rename_relation', name)
      host.ask(relationStatements.rename(relation(from, 'from_relation'), relation(to, 'to_relation')))
      return null
    },
  },
  cache_added: noEffect(''),
  cache_dropped: noEffect(''),
  cache_renamed: noEffect(''),
  valid_snapshot_target: noEffect(),
}

function order(parameter: string, statement: (relation: RelationState) => string): AdapterMethods[string] {
  return {
    parameters: [parameter],
    standIn: nothing,
    call(host, [relation]) {
      host.ask(statement(relationArgument(relation, 'adapter', parameter)))
      return null
    },
  }
}

function reload(host: AdapterHost, { database, schema, identifier }: RelationState): Value {
  if (schema === null || identifier === null || !isOurs(host, database)) return null
  return findRelation(host, schema, identifier)
}

/** A session sees one database: what is asked of another one is not there. */
function isOurs(host: AdapterHost, database: string | null): boolean {
  if (database === null || database === '') return true
  return sameDatabase(host, database)
}

export function sameDatabase(host: AdapterHost, database: string): boolean {
  const own = databaseName(host)
  return own === '' || own.toLowerCase() === database.replace(/^"(.*)"$/, '$1').toLowerCase()
}

function text(value: Value | undefined): string {
  return requiredText(value, 'adapter', 'name')
}

export function refuseOtherDatabase(host: AdapterHost, database: string): void {
  if (sameDatabase(host, database)) return
  throw new TemplateError(`the database "${database}" is another than "${databaseName(host)}"`, {
    code: 'OTHER_DATABASE',
    hint: 'Postgres cannot read across databases: land that data here first, or use a foreign table.',
  })
}
