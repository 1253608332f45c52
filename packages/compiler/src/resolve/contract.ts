import { createHash } from 'node:crypto'
import {
  type Column,
  type Constraint,
  type Contract,
  type ContractColumn,
  type Diagnostic,
  deriveName,
  type EnforcedConstraint,
  type Location,
  quoteIdentifier,
  quoteRelation,
  type RelationName,
} from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { Declared } from '../project/parse-properties.ts'
import type { YamlPath } from '../project/yaml-document.ts'
import { isMapping } from './merge-config.ts'
import type { ModelDraft } from './model-drafts.ts'

export interface ContractInputs {
  /** As in dbt constraints hold only under a contract that is enforced. */
  readonly underContractOnly: boolean
  /** The relation that a foreign key's `to` leads to, `text` where it is no reference; null: that has been complained of. */
  readonly pointsTo: (
    to: string,
  ) => { readonly relation: RelationName; readonly isTable: boolean } | 'text' | null
}

type Complain = (code: string, message: string, hint: string, location: Location) => void

/** What may promise something: a model, or a seed. */
type Promising = Pick<ModelDraft, 'name' | 'columns' | 'constraints' | 'relation' | 'location'> & {
  readonly modelConfig: Pick<ModelDraft['modelConfig'], 'materialized'> & { readonly contract?: unknown }
  readonly properties: Pick<Declared<unknown>, 'document' | 'path'> | null
}

/** What the database is to enforce of a model's columns and constraints; undefined: nothing. */
export function contractOf(
  draft: Promising,
  inputs: ContractInputs,
): { readonly contract: Contract | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const { columns, modelConfig, name } = draft
  const declared = modelConfig.contract
  const enforced = isMapping(declared) && declared['enforced'] === true
  const own = draft.constraints ?? []
  const some = own.length > 0 || columns.some(({ constraints = [] }) => constraints.length > 0)
  if (!enforced && (!some || inputs.underContractOnly)) return { contract: undefined, diagnostics }

  const at = (path: YamlPath): Location =>
    draft.properties?.document.locate([...draft.properties.path, ...path]) ?? draft.location
  const complain: Complain = (code, message, hint, location) =>
    diagnostics.push({ code, severity: 'error', message, hint, location })
  const kind = modelConfig.materialized
  const takesConstraints = kind === 'table' || kind === 'incremental'
  if (enforced && kind === 'ephemeral')
    complain(
      'CONTRACT_OF_EPHEMERAL',
      `${name} is ephemeral and has no relation whose contract could be enforced`,
      'Make it a view, a table or an incremental model, or take its contract away.',
      at(['config', 'contract']),
    )
  if (enforced && columns.length === 0)
    complain(
      'CONTRACT_WITHOUT_COLUMNS',
      `the contract of ${name} is enforced, and no columns are declared`,
      'Declare each column of its SELECT with name and data_type.',
      at([]),
    )
  for (const [index, column] of columns.entries())
    if (enforced && column.dataType === null)
      complain(
        'CONTRACT_WITHOUT_TYPE',
        `the contract of ${name} is enforced, and the column ${column.name} has no data_type`,
        'Declare the type that Postgres is to give it: `data_type: integer`.',
        at(['columns', index, 'name']),
      )
  if (some && !takesConstraints && tells(own, columns))
    diagnostics.push({
      code: 'CONSTRAINTS_NOT_ENFORCED',
      severity: 'warning',
      message: `${name} is ${kind === 'ephemeral' ? 'ephemeral' : `a ${kind.replace('_', ' ')}`}, on which Postgres enforces no constraints`,
      hint: 'Make it a table or an incremental model, test it instead, or set warn_unenforced: false.',
      location: at([]),
    })
  const placed: {
    readonly constraint: Constraint
    readonly columns: readonly string[]
    readonly location: Location
  }[] = [
    ...columns.flatMap((column, index) =>
      (column.constraints ?? []).map((constraint, place) => ({
        constraint,
        columns: [catalogName(column)],
        location: at(['columns', index, 'constraints', place]),
      })),
    ),
    ...own.map((constraint, place) => ({
      constraint,
      columns: (constraint.columns ?? []).map((written) => catalogNameOf(written, columns)),
      location: at(['constraints', place]),
    })),
  ]
  const known = columns.map(catalogName)
  const constraints: EnforcedConstraint[] = []
  for (const one of takesConstraints ? placed : []) {
    const ghost = enforced ? one.columns.find((column) => !known.includes(column)) : undefined
    if (ghost !== undefined) {
      const hint = didYouMean(ghost, known) ?? `The columns are ${known.join(', ')}.`
      complain('UNKNOWN_COLUMN', `${name} declares no column ${ghost} for its constraint`, hint, one.location)
      continue
    }
    if (one.constraint.type === 'custom' && one.constraint.columns === undefined) continue
    const made = enforcedConstraint(draft.relation, one, inputs, complain)
    if (made === null || constraints.some((other) => sameRule(other, made))) continue
    const taken = constraints.some((other) => other.name === made.name)
    constraints.push(taken ? { ...made, name: derivedName(draft.relation, made) } : made)
  }
  const keys = constraints.filter(({ type }) => type === 'primary_key')
  if (keys.length > 1)
    complain(
      'TWO_PRIMARY_KEYS',
      `${name} has several primary keys, and a table has one`,
      'A key of several columns stands at the model: `constraints: [{type: primary_key, columns: [a, b]}]`.',
      keys[1]!.location,
    )
  if (diagnostics.some(({ severity }) => severity === 'error')) return { contract: undefined, diagnostics }
  const contract: Contract = {
    columns: enforced ? columns.map((column, index) => contractColumn(column, at(['columns', index]))) : null,
    constraints,
    location: enforced ? at(['columns']) : (constraints[0]?.location ?? at([])),
  }
  return { contract: enforced || constraints.length > 0 ? contract : undefined, diagnostics }
}

function contractColumn(column: Column, location: Location): ContractColumn {
  const custom = (column.constraints ?? []).flatMap(({ type, expression }) =>
    type === 'custom' && expression !== null ? [expression] : [],
  )
  return {
    name: catalogName(column),
    type: column.dataType ?? '',
    ...(custom.length === 0 ? {} : { more: custom.join(' ') }),
    location,
  }
}

/** Whether one of the constraints asks to be told of. */
function tells(own: readonly Constraint[], columns: readonly Column[]): boolean {
  return [...own, ...columns.flatMap(({ constraints = [] }) => constraints)].some(
    ({ warnUnenforced, warnUnsupported }) => warnUnenforced && warnUnsupported,
  )
}

function enforcedConstraint(
  relation: RelationName,
  {
    constraint,
    columns,
    location,
  }: { readonly constraint: Constraint; readonly columns: readonly string[]; readonly location: Location },
  inputs: ContractInputs,
  complain: Complain,
): EnforcedConstraint | null {
  const { type, expression } = constraint
  const list = columns.map(quoteIdentifier).join(', ')
  const made = (definition: string, condition?: string): EnforcedConstraint => {
    const rule = { type: type as EnforcedConstraint['type'], columns, definition }
    const name =
      constraint.name === null || type === 'not_null' ? derivedName(relation, rule) : folded(constraint.name)
    return { ...rule, name, ...(condition === undefined ? {} : { condition }), location }
  }
  const incomplete = (lacks: string, hint: string) => {
    complain('INCOMPLETE_CONSTRAINT', `a constraint of the type ${type} ${lacks}`, hint, location)
    return null
  }
  const also = expression === null ? '' : ` ${expression}`
  switch (type) {
    case 'check':
    case 'custom':
      if (expression === null)
        return incomplete('has no expression', 'Write the condition: `expression: "amount > 0"`.')
      return type === 'check' ? made(`check (${expression})`, expression) : made(expression)
    case 'not_null': {
      if (columns.length !== 1) return incomplete('is about one column', 'Put it at the column.')
      const condition = `${list} is not null`
      return made(`check (${condition})`, condition)
    }
    case 'unique':
    case 'primary_key':
      if (columns.length === 0) return incomplete('names no columns', 'Say which: `columns: [a, b]`.')
      return made(`${type === 'unique' ? 'unique' : 'primary key'}${also} (${list})`)
    case 'foreign_key': {
      if (columns.length === 0) return incomplete('names no columns', 'Say which: `columns: [a, b]`.')
      if (constraint.to === null) {
        if (expression === null)
          return incomplete(
            'does not say where it points',
            "Write `to: ref('parent')` and `to_columns: [id]`.",
          )
        return made(`foreign key (${list}) references ${expression}`)
      }
      const target = inputs.pointsTo(constraint.to)
      if (target === null) return null
      if (target !== 'text' && !target.isTable) {
        complain(
          'FOREIGN_KEY_TO_VIEW',
          `the foreign key points to ${target.relation.name}, which is not a table`,
          'Make it a table or an incremental model with a primary key or a unique constraint on these columns.',
          location,
        )
        return null
      }
      const to = target === 'text' ? constraint.to : quoteRelation(target.relation)
      // Its rows may come in any order, changed ones before new ones.
      const later = to === quoteRelation(relation) && !/deferrable/i.test(also) ? deferred : ''
      const toColumns = constraint.toColumns.map((column) => quoteIdentifier(folded(column))).join(', ')
      return made(
        `foreign key (${list}) references ${to}${toColumns === '' ? '' : ` (${toColumns})`}${also}${later}`,
      )
    }
    default:
      return null
  }
}

const deferred = ' deferrable initially deferred'

const shortTypes: { readonly [type: string]: string } = {
  primary_key: 'pk',
  foreign_key: 'fk',
  not_null: 'nn',
  unique: 'uq',
  check: 'ck',
}

/** It holds a hash of what it says: another rule is another constraint. */
function derivedName(
  relation: RelationName,
  { type, columns, definition }: Pick<EnforcedConstraint, 'type' | 'columns' | 'definition'>,
): string {
  const hash = createHash('md5')
    .update(JSON.stringify([columns, definition]))
    .digest('hex')
    .slice(0, 10)
  return deriveName(relation.name, `__strata_${shortTypes[type] ?? 'cc'}_${hash}`)
}

function sameRule(a: EnforcedConstraint, b: EnforcedConstraint): boolean {
  return a.type === b.type && a.definition === b.definition
}

function catalogName({ name, quote }: Pick<Column, 'name' | 'quote'>): string {
  return quote === true ? name : folded(name)
}

/** A constraint of a model names columns as they are declared. */
function catalogNameOf(written: string, columns: readonly Column[]): string {
  const column = columns.find(({ name }) => name === written)
  return column === undefined ? folded(written) : catalogName(column)
}

/** What Postgres makes of a name that needs no quotes. */
function folded(name: string): string {
  const quoted = /^"(.*)"$/s.exec(name)
  if (quoted !== null) return quoted[1]!.replaceAll('""', '"')
  return /^[A-Za-z_][\w$]*$/.test(name) ? name.toLowerCase() : name
}
