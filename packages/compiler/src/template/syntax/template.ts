import type { Diagnostic } from '@strata/core'
import type { Value } from '../values/value.ts'

/** The text of one file, and the name under which diagnostics show it. */
export interface SourceText {
  /** Path relative to the project directory, with forward slashes. */
  readonly file: string
  readonly text: string
}

/** `at` and `end` are UTF-16 offsets into the source text; `locate` turns them into lines and columns. */
export interface Span {
  readonly at: number
  readonly end: number
}

/** A parsed file (or one block of it). Plain data: it can be kept and rendered any number of times. */
export interface Template {
  readonly kind: 'template'
  readonly source: SourceText
  readonly body: readonly Statement[]
}

export type Statement =
  | TextStatement
  | OutputStatement
  | IfStatement
  | ForStatement
  | SetStatement
  | SetBlockStatement
  | WithStatement
  | BlockStatement
  | CallBlockStatement
  | FilterBlockStatement
  | DoStatement
  | JumpStatement

export interface TextStatement extends Span {
  readonly kind: 'text'
  readonly text: string
}

export interface OutputStatement extends Span {
  readonly kind: 'output'
  readonly expression: Expression
}

export interface IfStatement extends Span {
  readonly kind: 'if'
  readonly branches: readonly { readonly test: Expression; readonly body: readonly Statement[] }[]
  readonly otherwise: readonly Statement[]
}

export interface ForStatement extends Span {
  readonly kind: 'for'
  readonly target: Target
  readonly iterable: Expression
  readonly condition: Expression | null
  readonly recursive: boolean
  readonly body: readonly Statement[]
  readonly otherwise: readonly Statement[]
}

export interface SetStatement extends Span {
  readonly kind: 'set'
  readonly target: Target
  readonly value: Expression
}

export interface SetBlockStatement extends Span {
  readonly kind: 'set_block'
  readonly target: Target
  /** A chain of filters whose innermost target is null: the text of the block. */
  readonly filter: FilterExpression | null
  readonly body: readonly Statement[]
}

export interface WithStatement extends Span {
  readonly kind: 'with'
  readonly bindings: readonly { readonly target: Target; readonly value: Expression }[]
  readonly body: readonly Statement[]
}

export type BlockTag = 'macro' | 'test' | 'materialization' | 'snapshot' | 'docs'

/** A named block that is defined where it stands and prints nothing there. */
export interface BlockStatement extends Span {
  readonly kind: 'block'
  readonly tag: BlockTag
  readonly name: string
  readonly signature: Signature
  /** What follows the name of a materialization: `adapter='postgres'`; `default` has no value. */
  readonly options: readonly { readonly name: string; readonly value: Expression | null }[]
  readonly body: readonly Statement[]
  /** Why the body of a materialization could not be read; it is then empty, and must not be run. */
  readonly problem: Diagnostic | null
  /** Where the body begins and ends in the source text. */
  readonly bodyAt: number
  readonly bodyEnd: number
}

export interface Signature {
  readonly parameters: readonly Parameter[]
  /** The body names `varargs`, `kwargs` or `caller`, and so takes what the parameters do not. */
  readonly usesVarargs: boolean
  readonly usesKwargs: boolean
  readonly usesCaller: boolean
}

export interface Parameter extends Span {
  readonly name: string
  /** The annotation as written (`a: list[str]`); not enforced. */
  readonly type: string | null
  readonly default: Expression | null
}

export interface CallBlockStatement extends Span {
  readonly kind: 'call_block'
  readonly call: CallExpression
  readonly signature: Signature
  readonly body: readonly Statement[]
}

export interface FilterBlockStatement extends Span {
  readonly kind: 'filter_block'
  readonly filter: FilterExpression
  readonly body: readonly Statement[]
}

export interface DoStatement extends Span {
  readonly kind: 'do'
  readonly expression: Expression
}

export interface JumpStatement extends Span {
  readonly kind: 'break' | 'continue'
}

export type Target =
  | ({ readonly kind: 'name_target'; readonly name: string } & Span)
  | ({ readonly kind: 'attribute_target'; readonly name: string; readonly attribute: string } & Span)
  | ({ readonly kind: 'tuple_target'; readonly items: readonly Target[] } & Span)

export type Expression =
  | ConstantExpression
  | NameExpression
  | ListExpression
  | DictExpression
  | UnaryExpression
  | BinaryExpression
  | ConcatExpression
  | CompareExpression
  | LogicExpression
  | ConditionalExpression
  | AttributeExpression
  | SubscriptExpression
  | SliceExpression
  | CallExpression
  | FilterExpression
  | TestExpression

export interface ConstantExpression extends Span {
  readonly kind: 'constant'
  readonly value: Value
}

export interface NameExpression extends Span {
  readonly kind: 'name'
  readonly name: string
}

export interface ListExpression extends Span {
  readonly kind: 'list' | 'tuple'
  readonly items: readonly Expression[]
}

export interface DictExpression extends Span {
  readonly kind: 'dict'
  readonly pairs: readonly { readonly key: Expression; readonly value: Expression }[]
}

export interface UnaryExpression extends Span {
  readonly kind: 'unary'
  readonly operator: '-' | '+' | 'not'
  readonly operand: Expression
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**'

export interface BinaryExpression extends Span {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly operatorAt: number
  readonly left: Expression
  readonly right: Expression
}

/** `a ~ b ~ c` */
export interface ConcatExpression extends Span {
  readonly kind: 'concat'
  readonly parts: readonly Expression[]
}

export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'

/** `a < b <= c` holds when each neighbouring pair does; every operand is evaluated at most once. */
export interface CompareExpression extends Span {
  readonly kind: 'compare'
  readonly first: Expression
  readonly rest: readonly {
    readonly operator: CompareOperator
    readonly operatorAt: number
    readonly operand: Expression
  }[]
}

export interface LogicExpression extends Span {
  readonly kind: 'and' | 'or'
  readonly left: Expression
  readonly right: Expression
}

export interface ConditionalExpression extends Span {
  readonly kind: 'conditional'
  readonly test: Expression
  readonly whenTrue: Expression
  readonly otherwise: Expression | null
}

export interface AttributeExpression extends Span {
  readonly kind: 'attribute'
  readonly target: Expression
  readonly name: string
  readonly nameAt: number
}

export interface SubscriptExpression extends Span {
  readonly kind: 'subscript'
  readonly target: Expression
  readonly index: Expression
}

export interface SliceExpression extends Span {
  readonly kind: 'slice'
  readonly target: Expression
  readonly start: Expression | null
  readonly stop: Expression | null
  readonly step: Expression | null
}

export interface CallArguments {
  readonly positional: readonly Expression[]
  readonly keyword: readonly { readonly name: string; readonly value: Expression }[]
  /** `*items` */
  readonly spread: Expression | null
  /** `**options` */
  readonly spreadKeyword: Expression | null
}

export interface CallExpression extends Span {
  readonly kind: 'call'
  readonly callee: Expression
  readonly arguments: CallArguments
}

export interface FilterExpression extends Span {
  readonly kind: 'filter'
  /** Null: the text of the block around it. */
  readonly target: Expression | null
  readonly name: string
  readonly nameAt: number
  readonly arguments: CallArguments
}

export interface TestExpression extends Span {
  readonly kind: 'test'
  readonly target: Expression
  readonly name: string
  readonly nameAt: number
  readonly arguments: CallArguments
  readonly negated: boolean
}
