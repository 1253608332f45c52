/** A pattern of Python's `re`, read. Every part says what it matches, not how. */
export type PatternNode =
  | { readonly kind: 'one'; readonly accepts: (code: number) => boolean }
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'either'; readonly branches: readonly PatternNode[] }
  | { readonly kind: 'group'; readonly index: number; readonly body: PatternNode }
  | { readonly kind: 'again'; readonly index: number; readonly ignoreCase: boolean }
  | {
      readonly kind: 'repeat'
      readonly body: PatternNode
      readonly min: number
      readonly max: number
      readonly mode: 'greedy' | 'lazy' | 'possessive'
    }
  | {
      readonly kind: 'look'
      readonly body: PatternNode
      /** Characters to go back first; null: look ahead. */
      readonly back: number | null
      readonly negated: boolean
    }
  | { readonly kind: 'atomic'; readonly body: PatternNode }
  | {
      readonly kind: 'condition'
      readonly index: number
      readonly yes: PatternNode
      readonly no: PatternNode
    }
  | { readonly kind: 'edge'; readonly edge: Edge }

/** `line_*` are `^` and `$` of a multi-line pattern; `last` is `$` without: the end, or before a newline there. */
export type Edge = 'start' | 'end' | 'last' | 'line_start' | 'line_end' | 'word' | 'not_word'

export interface ParsedPattern {
  readonly node: PatternNode
  /** Numbered from 1. */
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
  readonly flags: number
}

/** The bits of Python's flags. */
export const regexFlags = {
  IGNORECASE: 2,
  LOCALE: 4,
  MULTILINE: 8,
  DOTALL: 16,
  UNICODE: 32,
  VERBOSE: 64,
  ASCII: 256,
} as const
