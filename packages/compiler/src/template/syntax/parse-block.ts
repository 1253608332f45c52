import { parseExpression, previousEnd } from './parse-expression.ts'
import { parseSignature, withMacroNames } from './parse-signature.ts'
import type { BlockStatement, BlockTag, Expression, Statement } from './template.ts'
import type { Token } from './token.ts'
import {
  advance,
  current,
  expectName,
  isSyntaxProblem,
  skipOperator,
  type TokenStream,
  unexpected,
} from './token-stream.ts'
import { tokenize } from './tokenize.ts'

/** The word that opens a block, and the one that closes it. `data_test` is another word for `test`. */
export const blockTags: ReadonlyMap<string, { readonly tag: BlockTag; readonly end: string }> = new Map([
  ['macro', { tag: 'macro', end: 'endmacro' }],
  ['test', { tag: 'test', end: 'endtest' }],
  ['data_test', { tag: 'test', end: 'enddata_test' }],
  ['materialization', { tag: 'materialization', end: 'endmaterialization' }],
  ['snapshot', { tag: 'snapshot', end: 'endsnapshot' }],
  ['docs', { tag: 'docs', end: 'enddocs' }],
])

type ReadBody = (
  stream: TokenStream,
  ends: readonly string[],
  word: string,
  token: Token,
) => { readonly body: Statement[] }

/** A macro, or one of dbt's blocks. */
export function parseBlock(stream: TokenStream, open: Token, readBody: ReadBody): BlockStatement {
  const word = advance(stream).text
  const { tag, end } = blockTags.get(word)!
  return withMacroNames(stream, (used) => {
    const name = expectName(stream, `the name of the ${tag}`).text
    const parameters = tag === 'macro' || tag === 'test' ? parseSignature(stream) : []
    const options = tag === 'materialization' ? parseOptions(stream) : []
    const bodyAt = current(stream).end
    const read = (): Statement[] => readBody(stream, [end], word, open).body
    const { body, problem } =
      tag === 'materialization' ? readLeniently(stream, end, read) : { body: read(), problem: null }
    const blockEnd = previousEnd(stream)
    return {
      kind: 'block',
      tag,
      name,
      signature: used(parameters),
      options,
      body,
      problem,
      bodyAt,
      bodyEnd: stream.source.text.lastIndexOf('{%', blockEnd - 1),
      at: open.at,
      end: blockEnd,
    }
  })
}

/**
 * Packages bring materializations for other databases and later versions of Jinja; they are never called here, and
 * should not keep the macros beside them from being read.
 */
function readLeniently(
  stream: TokenStream,
  end: string,
  read: () => Statement[],
): Pick<BlockStatement, 'body' | 'problem'> {
  const { index, nesting, loops, macros } = stream
  const depth = macros.length
  try {
    return { body: read(), problem: null }
  } catch (thrown) {
    const closing = new RegExp(`\\{%[-+]?\\s*${end}\\s*[-+]?%\\}`, 'g')
    closing.lastIndex = stream.tokens[index]!.end
    const found = closing.exec(stream.source.text)
    if (!isSyntaxProblem(thrown) || found === null) throw thrown
    stream.tokens = [...stream.tokens.slice(0, index + 1), ...tokenize(stream.source, found.index)]
    // Behind the opening brace and the word of the closing tag.
    stream.index = index + 3
    stream.nesting = nesting
    stream.loops = loops
    macros.length = depth
    stream.opening = stream.tokens[index + 1]!
    expectClose(stream)
    return { body: [], problem: thrown.diagnostic }
  }
}

function expectClose(stream: TokenStream): void {
  if (current(stream).kind !== 'close_tag') unexpected(stream, '"%}"')
  advance(stream)
  stream.opening = null
}

function parseOptions(stream: TokenStream): BlockStatement['options'] {
  const options: { name: string; value: Expression | null }[] = []
  while (skipOperator(stream, ',')) {
    const name = expectName(stream, 'an option such as "default" or "adapter"').text
    options.push({ name, value: skipOperator(stream, '=') ? parseExpression(stream) : null })
  }
  return options
}
