import { type ModelStep, type PublishAction, quoteIdentifier } from '@strata/core'

/**
 * Makes a table of what a SELECT yields: `create` is `create table x`, `tail` what follows the name. Under a contract whose types
 * are others than those of the SELECT, the table has the declared ones and the values are assigned to them, so that none
 * is cut short.
 */
export function fillTable(
  step: ModelStep,
  table: { readonly create: string; readonly name: string; readonly tail: string },
  filling: Pick<Extract<PublishAction, { kind: 'execute' }>, 'select' | 'counts'> & { readonly from: string },
): readonly PublishAction[] {
  const { from, ...rest } = filling
  const head = `${table.create} ${table.name}`
  if (step.contract?.assigns !== true)
    return [{ kind: 'execute', sql: `${head}${table.tail} as\n${from}`, ...rest }]
  return [
    { kind: 'execute', sql: `${head} (${declaredColumns(step)})${table.tail}` },
    {
      kind: 'execute',
      sql: `insert into ${table.name} (${(step.contract.columns ?? []).map(({ name }) => quoteIdentifier(name)).join(', ')})\n${from}`,
      ...rest,
    },
  ]
}

/** As they stand in CREATE TABLE. */
export function declaredColumns(step: ModelStep): string {
  return (step.contract?.columns ?? [])
    .map(
      ({ name, type, more }) => `${quoteIdentifier(name)} ${more === undefined ? type : `${type} ${more}`}`,
    )
    .join(', ')
}
