import {
  type Concern,
  type ContractColumn,
  deriveName,
  displayLocation,
  type Fragment,
  type ModelStep,
  type Publication,
  type PublishAction,
  quoteIdentifier,
} from '@strata/core'
import { didYouMean } from '../../project/near-misses.ts'
import { type ComparedColumn, compareTypes, contractViolated } from './compare-types.ts'

/**
 * Publishes a model under a contract: before anything is written, Postgres says which columns the SELECT yields. Where they
 * are the declared ones, the relation has them in the declared order and with the declared types, as a table of dbt's has.
 */
export function underContract(step: ModelStep, publish: (step: ModelStep) => Publication): Publication {
  const publication = publish(step)
  const columns = step.contract?.columns ?? null
  if (columns === null || (publication.action === 'none' && publication.actions.length === 0))
    return publication
  return { ...publication, actions: checked(step, columns, (contracted) => publish(contracted).actions) }
}

function checked(
  step: ModelStep,
  columns: readonly ContractColumn[],
  publish: (step: ModelStep) => readonly PublishAction[],
): readonly PublishAction[] {
  const found = quoteIdentifier(deriveName(step.relation.name, '__strata_found'))
  const declared = quoteIdentifier(deriveName(step.relation.name, '__strata_declared'))
  return [
    {
      kind: 'execute',
      sql: `create temp table ${found} on commit drop as\n${step.select.full}\nwith no data`,
      select: step.select.full,
    },
    {
      kind: 'execute',
      ...declaration(step, declared, columns),
    },
    {
      kind: 'ask',
      sql: compareTypes(`pg_temp.${declared}`, `pg_temp.${found}`),
      proceed: (rows) => {
        const compared = rows as unknown as readonly ComparedColumn[]
        if (!compared.every(({ fits }) => fits)) throw contractViolated(step, compared)
        return { actions: publish(contracted(step, columns, compared)) }
      },
    },
  ]
}

/** The declared types by themselves; an error of one is told with its column and its place. */
function declaration(
  { name: model }: ModelStep,
  table: string,
  columns: readonly ContractColumn[],
): { readonly sql: string; readonly about: Concern } {
  let sql = `create temp table ${table} (`
  const parts = columns.map(({ name, type, location }, index) => {
    const from = [...sql].length + 1
    sql += `${index === 0 ? '' : ', '}${quoteIdentifier(name)} ${type}`
    const meant = didYouMean(type.trim(), typeNames)
    return {
      from,
      what: `the contract of ${model}, column ${name} (${displayLocation(location)})`,
      hint: `${meant === undefined ? '' : `${meant} `}${typesHint}`,
    }
  })
  return {
    sql: `${sql}) on commit drop`,
    about: { what: `the contract of ${model}`, hint: typesHint, parts },
  }
}

const typesHint = 'Each data_type is a type of this database, as in CREATE TABLE.'

/** Those that people write; another may be just as well. */
const typeNames = [
  ...[
    'bigint',
    'boolean',
    'bytea',
    'char',
    'date',
    'double precision',
    'inet',
    'integer',
    'interval',
    'json',
  ],
  ...['jsonb', 'numeric', 'real', 'smallint', 'text', 'time', 'timestamp', 'timestamptz', 'uuid', 'varchar'],
  ...['text[]', 'integer[]', 'xml'],
]

/** A view shows what its SELECT yields, as with dbt. */
function contracted(
  step: ModelStep,
  columns: readonly ContractColumn[],
  compared: readonly ComparedColumn[],
): ModelStep {
  const { contract, config, select } = step
  if (contract === undefined || (config.materialized !== 'table' && config.materialized !== 'incremental'))
    return step
  const ordered = compared.every(({ place, found_place }) => place === found_place)
  const same = compared.every((column) => column.same) && columns.every(({ more }) => more === undefined)
  if (ordered && same) return step
  const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ')
  const [before, after] = [`select ${list} from (\n`, '\n) as contracted']
  const increment: readonly Fragment[] | null =
    select.increment === null ? null : [before, ...select.increment, after]
  return {
    ...step,
    select: { full: `${before}${select.full}${after}`, increment },
    contract: same ? contract : { ...contract, assigns: true },
  }
}
