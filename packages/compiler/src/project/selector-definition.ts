/** A selector as written in selectors.yml; templates in it are text still. */
export interface SelectorEntry {
  readonly name: string
  readonly description: string
  /** A string is a template. */
  readonly default: boolean | string
  readonly definition: SelectorDefinition
}

export type SelectorValue = string | number | boolean

export type SelectorDefinition =
  /** As on the command line. */
  string | UnionDefinition | IntersectionDefinition | CriterionDefinition | ShorthandDefinition

export interface UnionDefinition {
  readonly union: readonly SelectorPart[]
}

export interface IntersectionDefinition {
  readonly intersection: readonly SelectorPart[]
}

/** A part of a union or intersection; at most one of them excludes. */
export type SelectorPart = SelectorDefinition | ExcludeDefinition

export interface ExcludeDefinition {
  readonly exclude: readonly SelectorDefinition[]
}

export interface CriterionDefinition {
  readonly method: string
  readonly value: SelectorValue
  readonly parents?: boolean | string | null
  readonly parents_depth?: number | null
  readonly children?: boolean | string | null
  readonly children_depth?: number | null
  readonly childrens_parents?: boolean | string | null
  readonly indirect_selection?: string | null
  readonly exclude?: readonly SelectorDefinition[] | null
}

/** One key, the method: `{ tag: nightly }`. */
export interface ShorthandDefinition {
  readonly [method: string]: SelectorValue
}
