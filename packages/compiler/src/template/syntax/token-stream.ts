import type { Diagnostic } from '@strata/core'
import { maxNesting } from '../limits.ts'
import type { TemplateErrorCode } from '../template-error.ts'
import { locate } from './locate.ts'
import type { SourceText, Span } from './template.ts'
import type { Token } from './token.ts'

/** The tokens of one file and how far the parser has come. */
export interface TokenStream {
  readonly source: SourceText
  tokens: readonly Token[]
  index: number
  nesting: number
  /** The tag or output being parsed, for "opened here". */
  opening: Token | null
  /** One set of special names (varargs, kwargs, caller) for each macro around the current place. */
  readonly macros: Set<string>[]
  loops: number
}

export interface Complaint {
  readonly code: TemplateErrorCode
  readonly message: string
  readonly hint?: string | undefined
  readonly related?: readonly { readonly message: string; readonly at: Span }[]
}

/** Ends parsing; caught by `parseTemplate`, never seen outside. */
export interface SyntaxProblem {
  readonly kind: 'syntax_problem'
  readonly diagnostic: Diagnostic
}

export function isSyntaxProblem(thrown: unknown): thrown is SyntaxProblem {
  return typeof thrown === 'object' && thrown !== null && 'kind' in thrown && thrown.kind === 'syntax_problem'
}

export function current(stream: TokenStream): Token {
  return stream.tokens[stream.index]!
}

export function peek(stream: TokenStream): Token {
  return stream.tokens[Math.min(stream.index + 1, stream.tokens.length - 1)]!
}

export function advance(stream: TokenStream): Token {
  const token = stream.tokens[stream.index]!
  if (stream.index < stream.tokens.length - 1) stream.index++
  return token
}

export function isOperator(stream: TokenStream, text: string): boolean {
  const token = stream.tokens[stream.index]!
  return token.kind === 'operator' && token.text === text
}

export function isName(stream: TokenStream, text: string): boolean {
  const token = stream.tokens[stream.index]!
  return token.kind === 'name' && token.text === text
}

export function skipOperator(stream: TokenStream, text: string): boolean {
  if (!isOperator(stream, text)) return false
  advance(stream)
  return true
}

export function skipName(stream: TokenStream, text: string): boolean {
  if (!isName(stream, text)) return false
  advance(stream)
  return true
}

export function expectOperator(stream: TokenStream, text: string): Token {
  if (!isOperator(stream, text)) unexpected(stream, `"${text}"`)
  return advance(stream)
}

export function expectName(stream: TokenStream, what: string): Token {
  if (current(stream).kind !== 'name') unexpected(stream, what)
  return advance(stream)
}

/** Runs `parse` one level deeper; a file that nests without end is a complaint, not a stack overflow. */
export function nested<T>(stream: TokenStream, parse: () => T): T {
  enter(stream)
  const result = parse()
  stream.nesting--
  return result
}

/** Counts one level; the caller takes it back. */
export function enter(stream: TokenStream): void {
  if (++stream.nesting > maxNesting) {
    complain(stream, current(stream), {
      code: 'TEMPLATE_SYNTAX',
      message: `more than ${maxNesting} levels of nesting`,
    })
  }
}

/** Complains that the current token is not what stands here; never returns. */
export function unexpected(stream: TokenStream, expected: string): never {
  const token = current(stream)
  const opening = stream.opening
  if (token.kind === 'error') {
    const [kind, open, close] = token.text.split(':')
    if (kind === 'unclosed') complainUnclosed(stream, token, open!, close!)
    complain(stream, token, {
      code: 'TEMPLATE_SYNTAX',
      message: token.text,
      ...openedHere(opening),
    })
  }
  if (opening !== null && token.kind === 'end') {
    complainUnclosed(stream, opening, opening.text, closingOf(opening))
  }
  complain(stream, token, {
    code: 'TEMPLATE_SYNTAX',
    message: `expected ${expected}, found ${describe(token)}`,
    hint: opening !== null && expected.includes(closingOf(opening)) ? bracesHint(opening) : undefined,
    ...openedHere(opening),
  })
}

export function complain(stream: TokenStream, place: Span, complaint: Complaint): never {
  const { related, hint, code, message } = complaint
  const problem: SyntaxProblem = {
    kind: 'syntax_problem',
    diagnostic: {
      code,
      severity: 'error',
      message,
      ...(hint === undefined ? {} : { hint }),
      location: locate(stream.source, place.at, place.end),
      ...(related === undefined
        ? {}
        : {
            related: related.map(({ message, at }) => ({
              message,
              location: locate(stream.source, at.at, at.end),
            })),
          }),
    },
  }
  throw problem
}

export function complainUnclosed(stream: TokenStream, opening: Span, open: string, close: string): never {
  const end = stream.source.text.length
  complain(stream, opening, {
    code: 'TEMPLATE_UNCLOSED',
    message: `\`${open}\` opened here is never closed`,
    hint: `Add \`${close}\`.`,
    related: [{ message: 'the file ends here', at: { at: end, end } }],
  })
}

export function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end of the file'
    case 'constant':
      return typeof token.value === 'string' ? 'a string' : 'a number'
    case 'text':
      return 'text'
    default:
      return `"${token.text}"`
  }
}

function closingOf(opening: Token): string {
  return opening.kind === 'open_output' ? '}}' : '%}'
}

function bracesHint(opening: Token): string {
  return `Is \`${closingOf(opening)}\` missing before this place?`
}

function openedHere(opening: Token | null): Pick<Complaint, 'related'> {
  return opening === null ? {} : { related: [{ message: `\`${opening.text}\` opened here`, at: opening }] }
}
