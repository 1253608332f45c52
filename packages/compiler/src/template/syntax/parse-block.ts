import { parseExpression, previousEnd } from './parse-expression.ts'
import { parseSignature, withMacroNames } from './parse-signature.ts'
import type { BlockStatement, BlockTag, Expression, Statement } from './template.ts'
import type { Token } from './token.ts'
import { advance, current, expectName, skipOperator, type TokenStream } from './token-stream.ts'

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
    const { body } = readBody(stream, [end], word, open)
    const blockEnd = previousEnd(stream)
    return {
      kind: 'block',
      tag,
      name,
      signature: used(parameters),
      options,
      body,
      bodyAt,
      bodyEnd: stream.source.text.lastIndexOf('{%', blockEnd),
      at: open.at,
      end: blockEnd,
    }
  })
}

function parseOptions(stream: TokenStream): BlockStatement['options'] {
  const options: { name: string; value: Expression | null }[] = []
  while (skipOperator(stream, ',')) {
    const name = expectName(stream, 'an option such as "default" or "adapter"').text
    options.push({ name, value: skipOperator(stream, '=') ? parseExpression(stream) : null })
  }
  return options
}
