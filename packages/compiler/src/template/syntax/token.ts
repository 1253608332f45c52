import type { Value } from '../values/value.ts'
import type { Span } from './template.ts'

export type TokenKind =
  | 'text'
  | 'open_output'
  | 'close_output'
  | 'open_tag'
  | 'close_tag'
  | 'name'
  | 'constant'
  | 'operator'
  /** Characters that are no token; `text` is the complaint. */
  | 'error'
  | 'end'

export interface Token extends Span {
  readonly kind: TokenKind
  /** Names and operators as written; the text of a `text` token. */
  readonly text: string
  /** Of a `constant`. */
  readonly value?: Value
}
