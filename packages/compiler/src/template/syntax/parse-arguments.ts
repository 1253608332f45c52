import type { CallArguments, Expression } from './template.ts'
import {
  advance,
  complain,
  current,
  expectOperator,
  isOperator,
  peek,
  skipOperator,
  type TokenStream,
} from './token-stream.ts'

/** `(a, b, *items, key=value, **options)`, in the order Python allows. */
export function parseCallArguments(
  stream: TokenStream,
  parse: (stream: TokenStream) => Expression,
): CallArguments {
  expectOperator(stream, '(')
  const positional: Expression[] = []
  const keyword: { name: string; value: Expression }[] = []
  let spread: Expression | null = null
  let spreadKeyword: Expression | null = null
  while (!isOperator(stream, ')')) {
    const token = current(stream)
    const next = peek(stream)
    if (isOperator(stream, '*')) {
      if (spread !== null || spreadKeyword !== null) outOfOrder(stream, 'a second "*" argument')
      advance(stream)
      spread = parse(stream)
    } else if (isOperator(stream, '**')) {
      if (spreadKeyword !== null) outOfOrder(stream, 'a second "**" argument')
      advance(stream)
      spreadKeyword = parse(stream)
    } else if (token.kind === 'name' && next.kind === 'operator' && next.text === '=') {
      if (spreadKeyword !== null) outOfOrder(stream, 'a named argument after "**"')
      if (keyword.some((argument) => argument.name === token.text)) {
        outOfOrder(stream, `a second argument named "${token.text}"`)
      }
      advance(stream)
      advance(stream)
      keyword.push({ name: token.text, value: parse(stream) })
    } else {
      if (keyword.length > 0 || spread !== null || spreadKeyword !== null) {
        outOfOrder(stream, 'an argument without a name after a named one')
      }
      positional.push(parse(stream))
    }
    if (!skipOperator(stream, ',')) break
  }
  expectOperator(stream, ')')
  return { positional, keyword, spread, spreadKeyword }
}

function outOfOrder(stream: TokenStream, what: string): never {
  complain(stream, current(stream), {
    code: 'TEMPLATE_SYNTAX',
    message: `${what} is not allowed`,
    hint: 'Order the arguments: positional, then *list, then name=value, then **dict.',
  })
}
