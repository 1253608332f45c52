import { parseExpression, previousEnd } from './parse-expression.ts'
import type { Parameter, Signature } from './template.ts'
import {
  complain,
  current,
  expectName,
  expectOperator,
  isOperator,
  skipOperator,
  type TokenStream,
} from './token-stream.ts'

/** `(a, b: string, c=1)`: the parameters of a macro or a call block. */
export function parseSignature(stream: TokenStream): Parameter[] {
  expectOperator(stream, '(')
  const parameters: Parameter[] = []
  while (!isOperator(stream, ')')) {
    const name = expectName(stream, 'the name of a parameter')
    const type = skipOperator(stream, ':') ? parseType(stream) : null
    const value = skipOperator(stream, '=') ? parseExpression(stream) : null
    if (value === null && parameters.at(-1)?.default != null) {
      complain(stream, name, {
        code: 'TEMPLATE_SYNTAX',
        message: `parameter "${name.text}" has no default, but one before it has`,
      })
    }
    if (parameters.some((parameter) => parameter.name === name.text)) {
      complain(stream, name, {
        code: 'TEMPLATE_SYNTAX',
        message: `a second parameter named "${name.text}"`,
      })
    }
    parameters.push({ name: name.text, type, default: value, at: name.at, end: previousEnd(stream) })
    if (!skipOperator(stream, ',')) break
  }
  expectOperator(stream, ')')
  return parameters
}

function parseType(stream: TokenStream): string {
  const { at } = current(stream)
  skipType(stream)
  return stream.source.text.slice(at, previousEnd(stream))
}

function skipType(stream: TokenStream): void {
  expectName(stream, 'the name of a type')
  if (!skipOperator(stream, '[')) return
  do skipType(stream)
  while (skipOperator(stream, ','))
  expectOperator(stream, ']')
}

/** Parses a macro while noting which of `varargs`, `kwargs` and `caller` its body names. */
export function withMacroNames<T>(
  stream: TokenStream,
  parse: (signature: (parameters: readonly Parameter[]) => Signature) => T,
): T {
  const names = new Set<string>()
  stream.macros.push(names)
  const loops = stream.loops
  stream.loops = 0
  const result = parse((parameters) => {
    const uses = (name: string) => names.has(name) && !parameters.some((parameter) => parameter.name === name)
    return {
      parameters,
      usesVarargs: uses('varargs'),
      usesKwargs: uses('kwargs'),
      usesCaller: uses('caller'),
    }
  })
  stream.loops = loops
  stream.macros.pop()
  return result
}
