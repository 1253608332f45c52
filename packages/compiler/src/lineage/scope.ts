import type { RelationName } from '@strata/core'
import type { Collected } from './collected.ts'
import { type Column, type Columns, findColumn, openValue } from './columns.ts'
import type { Cte } from './resolve-ctes.ts'
import type { Value } from './use.ts'

/** One level of a query: what its expressions see. The levels around it are behind `outer`. */
export interface Scope {
  readonly outer: Scope | null
  readonly ctes: ReadonlyMap<string, Cte>
  readonly collected: Collected
  items: readonly ScopeItem[]
  /** What stands further left in FROM, seen by what is LATERAL alone. */
  beside: readonly ScopeItem[]
  lateral: boolean
  /** Of WINDOW, by name: what they are made of. */
  windows: ReadonlyMap<string, Value>
}

/** Something in FROM. */
export interface ScopeItem {
  /** As it is called; empty: it has no name. */
  readonly name: string
  readonly columns: Columns
  /** A relation without an alias: known by its schema, too. */
  readonly schema: string | null
  /** A relation: it has system columns. */
  readonly relation: RelationName | null
  /** Its name itself is its one column's value (a function that yields a scalar). */
  readonly scalar: boolean
  /** Whether `name.x`, and whether `x` alone, finds its columns. */
  readonly byName: boolean
  readonly byColumn: boolean
}

export type FoundColumn =
  | { readonly kind: 'column'; readonly column: Column }
  /** A relation of unknown columns may have it. */
  | { readonly kind: 'open'; readonly value: Value }
  | { readonly kind: 'system'; readonly relation: RelationName }
  | { readonly kind: 'ambiguous'; readonly items: readonly ScopeItem[] }

const systemColumns = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'])

export function newScope(outer: Scope | null, collected: Collected, ctes: ReadonlyMap<string, Cte>): Scope {
  return { outer, ctes, collected, items: [], beside: [], lateral: false, windows: new Map() }
}

export function newItem(item: Pick<ScopeItem, 'name' | 'columns'> & Partial<ScopeItem>): ScopeItem {
  return { schema: null, relation: null, scalar: false, byName: true, byColumn: true, ...item }
}

export function visibleItems(scope: Scope): readonly ScopeItem[] {
  return scope.lateral && scope.beside.length > 0 ? [...scope.beside, ...scope.items] : scope.items
}

/** A column by its name alone: of the innermost level that has one. */
export function lookUpColumn(scope: Scope, name: string): FoundColumn | null {
  for (let level: Scope | null = scope; level !== null; level = level.outer) {
    const found = columnAt(visibleItems(level), name)
    if (found !== null) return found
  }
  return null
}

function columnAt(items: readonly ScopeItem[], name: string): FoundColumn | null {
  let column: Column | null = null
  const having: ScopeItem[] = []
  for (const item of items) {
    if (!item.byColumn) continue
    const found = findColumn(item.columns, name)
    if (found === null) continue
    if (found === 'ambiguous') return { kind: 'ambiguous', items: [item] }
    having.push(item)
    column = found
  }
  if (having.length > 1) return { kind: 'ambiguous', items: having }
  if (column !== null) return { kind: 'column', column }
  if (systemColumns.has(name)) {
    const relation = items.find((item) => item.byColumn && item.relation !== null)?.relation ?? null
    if (relation !== null) return { kind: 'system', relation }
  }
  const open = items.flatMap((item) => (item.byColumn ? item.columns.open : []))
  if (open.length === 0) return null
  return { kind: 'open', value: openValue(open, name) }
}

/** A column of one item. */
export function columnOf(item: ScopeItem, name: string): FoundColumn | null {
  const found = findColumn(item.columns, name)
  if (found === 'ambiguous') return { kind: 'ambiguous', items: [item] }
  if (found !== null) return { kind: 'column', column: found }
  if (systemColumns.has(name) && item.relation !== null) return { kind: 'system', relation: item.relation }
  const { open } = item.columns
  if (open.length === 0) return null
  return { kind: 'open', value: openValue(open, name) }
}

/** What is called so: of the innermost level that has it. Several where the name does not tell. */
export function lookUpItems(scope: Scope, name: string, schema: string | null = null): readonly ScopeItem[] {
  const found: ScopeItem[] = []
  for (let level: Scope | null = scope; level !== null && found.length === 0; level = level.outer) {
    for (const item of visibleItems(level))
      if (item.byName && item.name === name && (schema === null || item.schema === schema)) found.push(item)
  }
  return found
}

/** What is called so and stands where it cannot be seen from: further left in FROM without LATERAL. */
export function isBeside(scope: Scope, name: string): boolean {
  for (let level: Scope | null = scope; level !== null; level = level.outer)
    if (level.beside.some((item) => item.byName && item.name === name)) return true
  return false
}

export function* allItems(scope: Scope): Iterable<ScopeItem> {
  for (let level: Scope | null = scope; level !== null; level = level.outer) yield* visibleItems(level)
}

export function findCte(scope: Scope, name: string): Cte | null {
  for (let level: Scope | null = scope; level !== null; level = level.outer) {
    const found = level.ctes.get(name)
    if (found !== undefined) return found
  }
  return null
}
