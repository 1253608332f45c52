import { suggest } from '../suggest.ts'
import { blockTags, parseBlock } from './parse-block.ts'
import { parseExpression, parseFilter, parseTuple, previousEnd } from './parse-expression.ts'
import { parseSignature, withMacroNames } from './parse-signature.ts'
import { parseTarget } from './parse-target.ts'
import type { Expression, Statement } from './template.ts'
import type { Token } from './token.ts'
import {
  advance,
  complain,
  complainUnclosed,
  current,
  expectOperator,
  isOperator,
  nested,
  skipName,
  skipOperator,
  type TokenStream,
  unexpected,
} from './token-stream.ts'

type ParseTag = (stream: TokenStream, open: Token) => Statement

const tags: ReadonlyMap<string, ParseTag> = new Map<string, ParseTag>([
  ['if', parseIf],
  ['for', parseFor],
  ['set', parseSet],
  ['with', parseWith],
  ['call', parseCallBlock],
  ['filter', parseFilterBlock],
  ['do', parseDo],
  ['break', parseJump],
  ['continue', parseJump],
  ...[...blockTags.keys()].map((tag): [string, ParseTag] => [
    tag,
    (stream, at) => parseBlock(stream, at, readBody),
  ]),
])

const unsupportedTags: ReadonlyMap<string, string> = new Map([
  ['include', 'Call a macro instead: macros of the whole project are known everywhere.'],
  ['import', 'Macros of the project and its packages are known without import.'],
  ['from', 'Macros of the project and its packages are known without import.'],
  ['extends', 'Write what is shared as a macro.'],
  ['block', 'Write what is shared as a macro.'],
  ['autoescape', 'SQL is never escaped as HTML.'],
  ['trans', 'Translations have no place in SQL.'],
  ['debug', 'Print with `{{ log(x, info=true) }}`.'],
])

/** The whole file: statements to its end. */
export function parseBody(stream: TokenStream): Statement[] {
  const { body } = parseStatements(stream, [], null)
  return body
}

interface Body {
  readonly body: Statement[]
  /** The word that ended it. */
  readonly word: string
}

/**
 * Statements up to a tag whose word is one of `ends`; that word is read, what follows it is not. `open` is the tag
 * that these statements belong to, null at the top of the file.
 */
function parseStatements(stream: TokenStream, ends: readonly string[], open: OpenTag | null): Body {
  const body: Statement[] = []
  for (;;) {
    const token = current(stream)
    if (token.kind === 'text') {
      advance(stream)
      body.push({ kind: 'text', text: token.text, at: token.at, end: token.end })
    } else if (token.kind === 'open_output') {
      advance(stream)
      stream.opening = token
      const expression = parseTuple(stream)
      if (current(stream).kind !== 'close_output') unexpected(stream, '"}}"')
      const { end } = advance(stream)
      stream.opening = null
      body.push({ kind: 'output', expression, at: token.at, end })
    } else if (token.kind === 'open_tag') {
      advance(stream)
      stream.opening = token
      const word = current(stream)
      if (word.kind !== 'name') unexpected(stream, 'the name of a tag')
      if (ends.includes(word.text)) {
        advance(stream)
        return { body, word: word.text }
      }
      body.push(parseTag(stream, token, word, open))
    } else if (token.kind === 'end' && open !== null) {
      complainUnclosed(stream, open.token, `{% ${open.word} %}`, `{% ${ends.at(-1)} %}`)
    } else if (token.kind === 'end') return { body, word: '' }
    else unexpected(stream, 'text or a tag')
  }
}

interface OpenTag {
  readonly word: string
  readonly token: Token
}

function parseTag(stream: TokenStream, token: Token, word: Token, open: OpenTag | null): Statement {
  const parse = tags.get(word.text)
  if (parse !== undefined) return nested(stream, () => parse(stream, token))
  if (word.text.startsWith('end') || word.text === 'else' || word.text === 'elif') {
    if (open?.word === 'if' && !word.text.startsWith('end')) {
      complain(stream, word, {
        code: 'TEMPLATE_SYNTAX',
        message: `\`{% ${word.text} %}\` stands behind the \`{% else %}\` of its \`{% if %}\``,
        hint: 'An if has one else, as its last part.',
        related: [{ message: '`{% if %}` opened here', at: open.token }],
      })
    }
    complain(stream, word, {
      code: 'TEMPLATE_SYNTAX',
      message:
        open === null
          ? `\`{% ${word.text} %}\` closes nothing`
          : `\`{% ${word.text} %}\` stands inside \`{% ${open.word} %}\`, which is not closed yet`,
      hint:
        open === null
          ? 'Remove it, or open its block first.'
          : `Close the block first: \`{% end${open.word} %}\`.`,
      ...(open === null
        ? {}
        : { related: [{ message: `\`{% ${open.word} %}\` opened here`, at: open.token }] }),
    })
  }
  const reason = unsupportedTags.get(word.text)
  if (reason !== undefined) {
    complain(stream, word, {
      code: 'TEMPLATE_UNSUPPORTED',
      message: `\`{% ${word.text} %}\` is not supported`,
      hint: reason,
    })
  }
  complain(stream, word, {
    code: 'TEMPLATE_UNKNOWN_TAG',
    message: `unknown tag \`{% ${word.text} %}\``,
    hint: suggest(word.text, [...tags.keys(), 'raw']) ?? 'To print a value write `{{ … }}`.',
  })
}

/** Reads `%}`, the statements of a block, its end word, and `%}` again when `ends` has only one word. */
function readBody(stream: TokenStream, ends: readonly string[], word: string, token: Token): Body {
  // Jinja lets a colon stand there, as Python has it.
  skipOperator(stream, ':')
  closeTag(stream)
  const result = parseStatements(stream, ends, { word, token })
  if (ends.length === 1) closeTag(stream)
  return result
}

function closeTag(stream: TokenStream): void {
  if (current(stream).kind !== 'close_tag') unexpected(stream, '"%}"')
  advance(stream)
  stream.opening = null
}

function parseIf(stream: TokenStream, open: Token): Statement {
  const branches: { test: Expression; body: Statement[] }[] = []
  for (;;) {
    advance(stream)
    const test = parseTuple(stream, { conditional: false })
    if (isOperator(stream, '=')) {
      complain(stream, current(stream), {
        code: 'TEMPLATE_SYNTAX',
        message: 'expected "%}", found "="',
        hint: 'Compare with `==`.',
      })
    }
    const { body, word } = readBody(stream, ['elif', 'else', 'endif'], 'if', open)
    branches.push({ test, body })
    if (word === 'elif') {
      stream.index--
      continue
    }
    const otherwise = word === 'else' ? readBody(stream, ['endif'], 'if', open).body : []
    if (word === 'endif') closeTag(stream)
    return { kind: 'if', branches, otherwise, at: open.at, end: previousEnd(stream) }
  }
}

function parseFor(stream: TokenStream, open: Token): Statement {
  advance(stream)
  const target = parseTarget(stream, { endsAt: 'in' })
  if (!skipName(stream, 'in')) unexpected(stream, '"in"')
  const iterable = parseTuple(stream, { conditional: false, endsAt: 'recursive' })
  const condition = skipName(stream, 'if') ? parseExpression(stream) : null
  const recursive = skipName(stream, 'recursive')
  stream.loops++
  const { body, word } = readBody(stream, ['else', 'endfor'], 'for', open)
  stream.loops--
  const otherwise = word === 'else' ? readBody(stream, ['endfor'], 'for', open).body : []
  if (word === 'endfor') closeTag(stream)
  const end = previousEnd(stream)
  return { kind: 'for', target, iterable, condition, recursive, body, otherwise, at: open.at, end }
}

function parseSet(stream: TokenStream, open: Token): Statement {
  advance(stream)
  const target = parseTarget(stream, { attributes: true })
  if (skipOperator(stream, '=')) {
    const value = parseTuple(stream)
    closeTag(stream)
    return { kind: 'set', target, value, at: open.at, end: previousEnd(stream) }
  }
  let filter = null
  while (isOperator(stream, '|')) filter = parseFilter(stream, filter)
  if (current(stream).kind !== 'close_tag') unexpected(stream, '"=" or "%}"')
  const { body } = readBody(stream, ['endset'], 'set', open)
  return { kind: 'set_block', target, filter, body, at: open.at, end: previousEnd(stream) }
}

function parseWith(stream: TokenStream, open: Token): Statement {
  advance(stream)
  const bindings = []
  while (current(stream).kind === 'name') {
    const target = parseTarget(stream, { single: true })
    expectOperator(stream, '=')
    bindings.push({ target, value: parseExpression(stream) })
    if (!skipOperator(stream, ',')) break
  }
  const { body } = readBody(stream, ['endwith'], 'with', open)
  return { kind: 'with', bindings, body, at: open.at, end: previousEnd(stream) }
}

function parseCallBlock(stream: TokenStream, open: Token): Statement {
  advance(stream)
  return withMacroNames(stream, (used) => {
    const parameters = isOperator(stream, '(') ? parseSignature(stream) : []
    const call = parseExpression(stream)
    if (call.kind !== 'call') {
      complain(stream, call, {
        code: 'TEMPLATE_SYNTAX',
        message: '`{% call %}` needs a call',
        hint: 'Write for instance `{% call my_macro() %}`.',
      })
    }
    const { body } = readBody(stream, ['endcall'], 'call', open)
    return {
      kind: 'call_block',
      call,
      signature: used(parameters),
      body,
      at: open.at,
      end: previousEnd(stream),
    }
  })
}

function parseFilterBlock(stream: TokenStream, open: Token): Statement {
  advance(stream)
  let filter = parseFilter(stream, null, true)
  while (isOperator(stream, '|')) filter = parseFilter(stream, filter)
  const { body } = readBody(stream, ['endfilter'], 'filter', open)
  return { kind: 'filter_block', filter, body, at: open.at, end: previousEnd(stream) }
}

function parseDo(stream: TokenStream, open: Token): Statement {
  advance(stream)
  const expression = parseTuple(stream)
  closeTag(stream)
  return { kind: 'do', expression, at: open.at, end: previousEnd(stream) }
}

function parseJump(stream: TokenStream, open: Token): Statement {
  const word = advance(stream)
  if (stream.loops === 0) {
    complain(stream, word, {
      code: 'TEMPLATE_SYNTAX',
      message: `\`{% ${word.text} %}\` stands outside of any loop`,
    })
  }
  closeTag(stream)
  return { kind: word.text as 'break' | 'continue', at: open.at, end: previousEnd(stream) }
}
