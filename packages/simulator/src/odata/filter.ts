/** What a `$filter` says, as a tree. `at` is the 1-based character where the part begins. */
export type Filter =
  | {
      readonly kind: 'literal'
      readonly type: LiteralType
      readonly value: LiteralValue
      readonly at: number
    }
  | { readonly kind: 'path'; readonly path: readonly string[]; readonly at: number }
  | { readonly kind: 'not'; readonly operand: Filter; readonly at: number }
  | {
      readonly kind: 'logical'
      readonly operator: 'and' | 'or'
      readonly left: Filter
      readonly right: Filter
      readonly at: number
    }
  | {
      readonly kind: 'comparison'
      readonly operator: ComparisonOperator
      readonly left: Filter
      readonly right: Filter
      readonly at: number
    }

export type LiteralType = 'null' | 'boolean' | 'number' | 'string' | 'date' | 'datetime'

/** A date is `YYYY-MM-DD`, a datetime its time in ms. */
export type LiteralValue = null | boolean | number | bigint | string

export const comparisonOperators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const
export type ComparisonOperator = (typeof comparisonOperators)[number]
