import {
  type Answer,
  type Diagnostic,
  type NodeId,
  quoteRelation,
  type RelationName,
  type ShapedInput,
  sqlTokens,
} from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { findCtes, selectOfCte } from '../sql/find-ctes.ts'
import { stopClock } from '../sql/stop-clock.ts'
import { datetimeValue, fromJson, modules, truthy, type Value } from '../template/index.ts'
import { inputName } from './input-names.ts'
import type { Resolved } from './references.ts'
import type { Reference, ReferencedRelation, ScopeOverrides } from './render-scope.ts'
import { renderText } from './render-text.ts'
import type { Renderable, RenderServices, StandIns } from './renderable.ts'
import type { UnitTestDraft, UnitTestOverrides } from './unit-test-draft.ts'

/** Where the rows stand that a SELECT reads. */
export type InputPlace =
  | { readonly kind: 'ctes' }
  /** Temporary tables, by the names of their relations. */
  | { readonly kind: 'tables'; readonly of: ReadonlyMap<string, RelationName> }

export interface RenderedUnitTest {
  /** One for each expectation, in their order. */
  readonly selects: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Renders the model of a unit test with its inputs in the place of relations. Throws `AskSignal` for a question without an answer. */
export function renderUnitTest(
  test: UnitTestDraft,
  inputs: readonly ShapedInput[],
  model: Renderable,
  place: InputPlace,
  ask: (sql: string) => Answer,
  services: RenderServices,
): RenderedUnitTest {
  const missing = new Map<string, { readonly label: string; readonly reference: Reference }>()
  const read = new Set<NodeId>()
  const relationOf = ({ name }: ShapedInput): ReferencedRelation => {
    const table = place.kind === 'tables' ? place.of.get(name) : undefined
    return table === undefined ? { schema: '', name, cte: true } : { ...table, cte: false }
  }
  const given = new Map(inputs.map((input) => [input.node, input]))
  const standIns: StandIns = {
    relation(found, reference) {
      read.add(found.id)
      const input = given.get(found.id)
      // The model itself is `this`.
      if (input !== undefined && found.id !== model.id) return relationOf(input)
      if (found.ephemeral) return null
      const name = inputName(
        found.name,
        [...given.values()].map((one) => one.name),
      )
      missing.set(name, { label: labelOf(reference, found), reference })
      return { schema: '', name, cte: true }
    },
    self: (node) => {
      const input = node.id === model.id ? given.get(model.id) : undefined
      return input === undefined ? node.self : relationOf(input)
    },
    overrides: scopeOverrides(test.overrides),
  }
  const isIncremental = isIncrementalIn(test, given.has(model.id) && model.incremental)
  const rendered = renderText(model, isIncremental, ask, { ...services, log() {}, standIns })
  const diagnostics = [
    ...rendered.diagnostics,
    ...notGiven(test, model, rendered.text, missing, given.has(model.id)),
    ...notRead(test, model, read, services),
  ]
  const { clock } = test.overrides
  const whole = clock === null ? rendered.text : stopClock(rendered.text, clock)
  const selects = test.expectations.map(({ cte, location }) => {
    const select = cte === null ? whole : selectOfCte(whole, cte)
    if (select === null) diagnostics.push(unknownCte(test, cte!, whole, location))
    return select ?? ''
  })
  return { selects, diagnostics }
}

function isIncrementalIn({ overrides: { macros } }: UnitTestDraft, otherwise: boolean): boolean {
  const own = macros['is_incremental'] ?? macros['dbt.is_incremental']
  return own === undefined ? otherwise : truthy(fromJson(own))
}

function scopeOverrides({ macros, vars, environment, clock }: UnitTestOverrides): ScopeOverrides {
  const values = new Map<string, Value>()
  if (clock !== null) {
    const moment = new Date(clock)
    values.set('run_started_at', datetimeValue(moment))
    values.set(
      'modules',
      modules(() => BigInt(moment.getTime()) * 1000n),
    )
  }
  const { is_incremental: _flag, 'dbt.is_incremental': _same, ...others } = macros
  return { macros: others, values, vars, environment }
}

/** What the SQL reads, and not only a comment of it, has to be given. */
function notGiven(
  test: UnitTestDraft,
  model: Renderable,
  sql: string,
  missing: ReadonlyMap<string, { readonly label: string; readonly reference: Reference }>,
  hasThis: boolean,
): readonly Diagnostic[] {
  const words = new Set(sqlTokens(sql).map(({ text }) => text.replaceAll('"', '')))
  const complain = (label: string, location: Diagnostic['location']): Diagnostic => ({
    code: 'INPUT_NOT_GIVEN',
    severity: 'error',
    message: `the unit test "${test.node.name}" gives no rows for ${label}, which "${model.draft.file.path}" reads`,
    hint: `Add it under given: {input: ${label}, rows: []}.`,
    location: test.node.location,
    related: [{ message: 'it is read here', location }],
  })
  const refs = [...missing].flatMap(([name, { label, reference }]) =>
    words.has(name) ? [complain(label, reference.location)] : [],
  )
  if (hasThis || model.self === null || !readsRelation(sql, model.self)) return refs
  return [...refs, complain('this', { file: model.draft.file.path, line: 1, column: 1 })]
}

function readsRelation(sql: string, relation: RelationName): boolean {
  const text = quoteRelation(relation)
  if (!sql.includes(text)) return false
  const bare = sqlTokens(sql)
    .map((token) => (token.kind === 'string' ? "''" : token.text))
    .join('')
  return bare.includes(text)
}

/** A branch of the template that is not taken here may read it: what the model refers to at all may be given. */
function notRead(
  test: UnitTestDraft,
  model: Renderable,
  read: ReadonlySet<NodeId>,
  { references }: RenderServices,
): readonly Diagnostic[] {
  const referred = new Set(model.draft.references.map((one) => references.find(one, model.viewer)?.id))
  return test.inputs.flatMap(({ node, label, location }): Diagnostic[] => {
    if (node === null || read.has(node) || referred.has(node) || node === model.id) return []
    return [
      {
        code: 'INPUT_NOT_READ',
        severity: 'warning',
        message: `the unit test "${test.node.name}" gives rows for ${label}, which its model does not read`,
        hint: 'Remove the input, or correct its name.',
        location,
      },
    ]
  })
}

function unknownCte(
  test: UnitTestDraft,
  cte: string,
  sql: string,
  location: Diagnostic['location'],
): Diagnostic {
  const names = (findCtes(sql)?.names ?? []).filter((name) => !name.startsWith('__dbt__cte__'))
  return {
    code: 'UNKNOWN_CTE',
    severity: 'error',
    message: `the unit test "${test.node.name}" expects rows of "${cte}", and its model has no expression of that name`,
    hint:
      didYouMean(cte, names) ??
      (names.length === 0
        ? 'The model does not begin with WITH: leave cte: out to look at its result.'
        : `It has ${names.join(', ')}.`),
    location,
  }
}

function labelOf(reference: Reference, found: Resolved): string {
  if (reference.kind === 'source') return `source('${reference.sourceName}', '${reference.tableName}')`
  const version = reference.version === null ? '' : `, v=${reference.version}`
  return `ref('${found.name}'${version})`
}
