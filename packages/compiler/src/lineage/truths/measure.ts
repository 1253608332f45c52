import { displayRelation } from '@strata/core'
import { parseSql } from '../../sql/parse-sql.ts'
import type { ColumnUse, FindShape, IndirectKind, ResolvedQuery } from '../query-lineage.ts'
import { resolveQuery } from '../resolve-query.ts'
import { relationsOf, useText } from './relations-of.ts'
import type { Truth } from './truth.ts'

/** What a truth says and what is found, one line for each use: `total direct ~orders.amount`, `* filter orders.status`. */
export interface Measured {
  readonly right: readonly string[]
  /** Found, and not true. */
  readonly wrong: readonly string[]
  /** True, and not found. */
  readonly missing: readonly string[]
  readonly problems: ResolvedQuery['problems']
}

const indirectKinds = ['filter', 'join', 'group', 'order'] as const satisfies readonly IndirectKind[]

/** Compares what the resolver finds with a truth. */
export function measure(truth: Truth): Measured {
  const known = relationsOf(truth)
  const find: FindShape = ({ schema, name }) => {
    const found = known.find(
      ({ relation }) => relation.name === name && relation.schema === (schema ?? 'public'),
    )
    if (found === undefined) return null
    return { relation: found.relation, columns: found.names.map((column) => ({ name: column, type: null })) }
  }
  const parsed = parseSql(truth.sql)
  if (parsed.kind === 'syntax_error') throw new Error(`${truth.title}: ${parsed.message}`)
  const { lineage, problems } = resolveQuery(parsed, find, {})
  const found = new Set([
    ...(lineage.columns ?? []).flatMap((column) => [
      `${column.name} column`,
      ...(['direct', 'condition', 'window'] as const).flatMap((kind) =>
        column[kind].map((use) => `${column.name} ${kind} ${textOf(use, kind === 'direct')}`),
      ),
    ]),
    ...indirectKinds.flatMap((kind) =>
      lineage.indirect[kind].map((use) => `* ${kind} ${textOf(use, false)}`),
    ),
  ])
  const expected = new Set([
    ...Object.entries(truth.columns).flatMap(([name, column]) => {
      const { direct, condition, window } = typeof column === 'string' ? { direct: column } : column
      return [
        `${name} column`,
        ...lines(`${name} direct`, direct),
        ...lines(`${name} condition`, condition),
        ...lines(`${name} window`, window),
      ]
    }),
    ...indirectKinds.flatMap((kind) => lines(`* ${kind}`, truth[kind])),
  ])
  return {
    right: [...found].filter((line) => expected.has(line)),
    wrong: [...found].filter((line) => !expected.has(line)),
    missing: [...expected].filter((line) => !found.has(line)),
    problems,
  }
}

function lines(start: string, uses = ''): string[] {
  return uses
    .split(/\s+/)
    .filter((use) => use !== '')
    .map((use) => `${start} ${use}`)
}

function textOf({ relation, column, path, asIs }: ColumnUse, marks: boolean): string {
  const name = relation.schema === 'public' ? relation.name : displayRelation(relation)
  return `${marks && !asIs ? '~' : ''}${useText([`${name}.${column}`, ...path].join('->'))}`
}
