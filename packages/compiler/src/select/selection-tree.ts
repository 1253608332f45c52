export const indirectSelections = ['eager', 'cautious', 'buildable', 'empty'] as const

/**
 * Which tests come along with the nodes that they are about: those of any picked node (`eager`), those all of whose nodes are
 * picked (`cautious`), or picked or upstream of what is picked (`buildable`), or none (`empty`).
 */
export type IndirectSelection = (typeof indirectSelections)[number]

/** One criterion: `2+tag:daily+`. */
export interface Criterion {
  readonly kind: 'criterion'
  /** The text as written. */
  readonly text: string
  /** `fqn`, `tag`, `path`, `config`, … */
  readonly method: string
  /** What follows the method after a dot: `meta.owner` in `config.meta.owner:ann`; empty: nothing. */
  readonly argument: string
  readonly value: string
  /** How many levels of parents come along; null: none. */
  readonly parents: number | null
  readonly children: number | null
  /** `@`: the children, and all that they need. */
  readonly childrensParents: boolean
  /** Null: as for the whole selection. */
  readonly indirect: IndirectSelection | null
}

/** What words on the command line and definitions in `selectors.yml` both come down to. */
export type SelectionTree =
  | Criterion
  | { readonly kind: 'everything' }
  | { readonly kind: 'union'; readonly text: string; readonly parts: readonly SelectionTree[] }
  | { readonly kind: 'intersection'; readonly text: string; readonly parts: readonly SelectionTree[] }
  | { readonly kind: 'difference'; readonly from: SelectionTree; readonly without: SelectionTree }
