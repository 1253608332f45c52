import { previousEnd } from './parse-expression.ts'
import type { Target } from './template.ts'
import {
  advance,
  complain,
  current,
  expectName,
  expectOperator,
  isName,
  isOperator,
  nested,
  skipOperator,
  type TokenStream,
  unexpected,
} from './token-stream.ts'

interface TargetOptions {
  /** Allows `ns.x`. */
  readonly attributes?: boolean
  /** The word that ends a tuple of targets. */
  readonly endsAt?: string
  /** One target, no tuple. */
  readonly single?: boolean
}

const reserved = new Set(['true', 'false', 'none', 'True', 'False', 'None'])

/** What `set` and `for` assign to: a name, an attribute of a namespace, or a tuple of these. */
export function parseTarget(stream: TokenStream, options: TargetOptions): Target {
  const { at } = current(stream)
  const first = parseOne(stream, options)
  if (options.single === true || !isOperator(stream, ',')) return first
  const items = [first]
  while (skipOperator(stream, ',')) {
    const ended = isOperator(stream, '=') || (options.endsAt !== undefined && isName(stream, options.endsAt))
    if (ended || current(stream).kind === 'close_tag') break
    items.push(parseOne(stream, options))
  }
  return { kind: 'tuple_target', items, at, end: previousEnd(stream) }
}

function parseOne(stream: TokenStream, options: TargetOptions): Target {
  if (isOperator(stream, '(') || isOperator(stream, '[')) {
    const { at, text } = advance(stream)
    const close = text === '(' ? ')' : ']'
    const items: Target[] = []
    while (!isOperator(stream, close)) {
      items.push(nested(stream, () => parseOne(stream, options)))
      if (!skipOperator(stream, ',')) break
    }
    const { end } = expectOperator(stream, close)
    return { kind: 'tuple_target', items, at, end }
  }
  if (current(stream).kind !== 'name') unexpected(stream, 'a name to assign to')
  const name = advance(stream)
  if (reserved.has(name.text)) {
    complain(stream, name, { code: 'TEMPLATE_SYNTAX', message: `"${name.text}" cannot be assigned to` })
  }
  if (!isOperator(stream, '.') && !isOperator(stream, '[')) {
    return { kind: 'name_target', name: name.text, at: name.at, end: name.end }
  }
  if (options.attributes !== true || isOperator(stream, '[')) {
    complain(stream, name, {
      code: 'TEMPLATE_SYNTAX',
      message: 'only names can be assigned to',
      hint: `Change a dict with \`{% do ${name.text}.update({'key': value}) %}\`.`,
    })
  }
  advance(stream)
  const attribute = expectName(stream, 'a name after "."')
  return {
    kind: 'attribute_target',
    name: name.text,
    attribute: attribute.text,
    at: name.at,
    end: attribute.end,
  }
}
