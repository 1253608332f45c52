import { quoteName } from './quote-name.ts'

/** One flag for each part of a relation's name. */
export interface PartPolicy {
  readonly database: boolean
  readonly schema: boolean
  readonly identifier: boolean
}

/** All that a relation value knows. */
export interface RelationState {
  readonly database: string | null
  readonly schema: string | null
  readonly identifier: string | null
  /** `table`, `view`, `materialized_view`, `cte`, `external`; null where it is not known. */
  readonly type: string | null
  /** Which parts are printed. */
  readonly include: PartPolicy
  /** Which parts are quoted. */
  readonly quote: PartPolicy
  /** The view of an information schema: `columns`. */
  readonly view: string | null
  /** Printed in the place of the name by a template; `render()` gives the name. */
  readonly mark: string | null
}

export const relationParts = ['database', 'schema', 'identifier'] as const

/** The database stays out of what is printed until it is asked for: a session sees only one. */
export const defaultInclude: PartPolicy = { database: false, schema: true, identifier: true }
export const defaultQuote: PartPolicy = { database: true, schema: true, identifier: true }

export function relationState(parts: Partial<RelationState>): RelationState {
  return {
    database: null,
    schema: null,
    identifier: null,
    type: null,
    include: defaultInclude,
    quote: defaultQuote,
    view: null,
    mark: null,
    ...parts,
  }
}

/** As dbt writes names: with the database where it is known. */
export const wholeInclude: PartPolicy = { database: true, schema: true, identifier: true }

/** The text of a relation, ready to stand in SQL. */
export function renderRelation(state: RelationState): string {
  const parts: string[] = []
  for (const part of relationParts) {
    const name = state[part]
    if (state.include[part] && name !== null && name !== '') parts.push(renderPart(name, state.quote[part]))
  }
  if (state.view !== null) parts.push(renderPart(state.view, false))
  return parts.join('.')
}

const plainName = /^[\p{L}_][\p{L}\p{N}_$]*$/u

/** A name that is no plain one is quoted even where the template wants it bare: it could not be read as a name otherwise. */
function renderPart(name: string, quotes: boolean): string {
  return quotes || !plainName.test(name) ? quoteName(name) : name
}
