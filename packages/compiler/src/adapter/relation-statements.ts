import { TemplateError } from '../template/index.ts'
import { quoteName } from './quote-name.ts'
import { type RelationState, renderRelation } from './relation-state.ts'

/** The statements behind `adapter.drop_relation()` and its like: what a template orders by name is done as dbt does it. */
export const relationStatements = {
  createSchema: (relation: RelationState): string => `create schema if not exists ${schemaOf(relation)}`,
  dropSchema: (relation: RelationState): string => `drop schema if exists ${schemaOf(relation)} cascade`,
  drop(relation: RelationState): string {
    if (relation.type === null) {
      throw new TemplateError(`nobody knows whether ${renderRelation(relation)} is a table or a view`, {
        code: 'TEMPLATE_VALUE',
        hint: "Find it by adapter.get_relation(), or make it with api.Relation.create(…, type='table').",
      })
    }
    return `drop ${kindOf(relation)} if exists ${renderRelation(relation)} cascade`
  },
  rename(from: RelationState, to: RelationState): string {
    // ALTER TABLE renames views too.
    return `alter table ${renderRelation(from)} rename to ${quoteName(nameOf(to))}`
  },
  truncate: (relation: RelationState): string => `truncate table ${renderRelation(relation)}`,
}

const kinds: ReadonlyMap<string, string> = new Map([
  ['table', 'table'],
  ['view', 'view'],
  ['materialized_view', 'materialized view'],
  ['external', 'foreign table'],
])

function kindOf(relation: RelationState): string {
  const kind = kinds.get(relation.type ?? '')
  if (kind !== undefined) return kind
  throw new TemplateError(`a relation of type "${relation.type}" cannot be dropped`)
}

function schemaOf(relation: RelationState): string {
  if (relation.schema !== null && relation.schema !== '') return quoteName(relation.schema)
  throw new TemplateError('this relation has no schema')
}

function nameOf(relation: RelationState): string {
  if (relation.identifier !== null && relation.identifier !== '') return relation.identifier
  throw new TemplateError('this relation has no name')
}
