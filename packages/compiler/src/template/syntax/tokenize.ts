import { float, integer } from '../values/number.ts'
import { unescapeLiteral } from './string-literal.ts'
import type { SourceText } from './template.ts'
import type { Token } from './token.ts'

const whitespace = /\s*/y
const asciiName = /[A-Za-z_][A-Za-z0-9_]*/y
const anyName = /[\p{ID_Start}_]\p{ID_Continue}*/uy
const floatLiteral = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/y
const integerLiteral = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y
const docsMark =
  /\{%([-+]?)\s*enddocs\s*[-+]?%\}|\{%[-+]?\s*raw\s*-?%\}([\s\S]*?)\{%[-+]?\s*endraw\s*[-+]?%\}|\{#[\s\S]*?#\}/g
const operator = /\*\*|\/\/|==|!=|<=|>=|[-+*/%~[\](){}<>=.:|,;]/y
const rawTag = /\{%[-+]?\s*raw\s*(-?)%\}/y
const endRawTag = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g

const maxDigits = 4300

const brackets: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/**
 * One pass over the text. Whitespace control and `raw` are settled here. Never throws: what cannot be read becomes an
 * `error` token, and reading stops there. `from`: where to begin; offsets stay those of the whole text.
 */
export function tokenize(source: SourceText, from = 0): Token[] {
  const { text } = source
  const tokens: Token[] = []
  const limit = text.endsWith('\r\n') ? text.length - 2 : /[\r\n]$/.test(text) ? text.length - 1 : text.length
  let at = from
  let textAt = from

  const addText = (end: number, trimEnd: boolean): void => {
    let content = text.slice(textAt, Math.max(textAt, end))
    if (trimEnd) content = content.trimEnd()
    if (content === '') return
    if (content.includes('\r')) content = content.replace(/\r\n?/g, '\n')
    tokens.push({ kind: 'text', text: content, at: textAt, end })
  }
  const skipSpace = (): void => {
    whitespace.lastIndex = at
    whitespace.test(text)
    at = whitespace.lastIndex
  }
  const fail = (message: string, from: number, end = from + 2): Token[] => {
    tokens.push({ kind: 'error', text: message, at: from, end })
    return tokens
  }

  for (;;) {
    const open = nextOpening(text, at)
    if (open === -1) {
      addText(limit, false)
      tokens.push({ kind: 'end', text: '', at: limit, end: limit })
      return tokens
    }
    const control = text[open + 2]
    addText(open, control === '-')
    at = open + 2 + (control === '-' || control === '+' ? 1 : 0)

    if (text[open + 1] === '#') {
      const close = text.indexOf('#}', at)
      if (close === -1) return fail('unclosed:{#:#}', open)
      at = close + 2
      if (text[close - 1] === '-') skipSpace()
      textAt = at
      continue
    }

    rawTag.lastIndex = open
    const raw = rawTag.exec(text)
    if (raw !== null) {
      at = rawTag.lastIndex
      if (raw[1] === '-') skipSpace()
      endRawTag.lastIndex = at
      const end = endRawTag.exec(text)
      if (end === null) return fail('unclosed:{% raw %}:{% endraw %}', open, rawTag.lastIndex)
      textAt = at
      addText(end.index, end[1] === '-')
      at = endRawTag.lastIndex
      if (end[2] === '-') skipSpace()
      textAt = at
      continue
    }

    const output = text[open + 1] === '{'
    const first = tokens.length + 1
    tokens.push({ kind: output ? 'open_output' : 'open_tag', text: output ? '{{' : '{%', at: open, end: at })
    const closed = readExpression(text, at, output, tokens)
    if (closed === -1) return tokens
    at = closed
    if (text[at - 3] === '-') skipSpace()
    textAt = at
    if (output || tokens[first]?.text !== 'docs') continue

    // Markdown: what looks like Jinja is shown as it is, but for `raw` and comments, which hid it from Jinja elsewhere.
    let content = ''
    docsMark.lastIndex = at
    let mark = docsMark.exec(text)
    for (; mark !== null && mark[1] === undefined; mark = docsMark.exec(text)) {
      content += text.slice(textAt, mark.index) + (mark[2] ?? '')
      textAt = docsMark.lastIndex
    }
    if (mark === null) continue
    content += text.slice(textAt, mark.index)
    if (mark[1] === '-') content = content.trimEnd()
    if (content !== '') {
      tokens.push({ kind: 'text', text: content.replace(/\r\n?/g, '\n'), at, end: mark.index })
    }
    at = mark.index
    textAt = at
  }
}

function nextOpening(text: string, from: number): number {
  for (let at = text.indexOf('{', from); at !== -1; at = text.indexOf('{', at + 1)) {
    const next = text.charCodeAt(at + 1)
    if (next === 0x7b || next === 0x25 || next === 0x23) return at
  }
  return -1
}

/** Reads tokens up to and with the closing brace; the offset after it, or -1 when reading cannot go on. */
function readExpression(text: string, from: number, output: boolean, tokens: Token[]): number {
  const closing = output ? '}}' : '%}'
  const open: string[] = []
  let at = from
  for (;;) {
    if (text.charCodeAt(at) === 0x20) at++
    const unit = text.charCodeAt(at)
    if (unit <= 0x20 || unit > 0x7f) {
      whitespace.lastIndex = at
      whitespace.test(text)
      at = whitespace.lastIndex
    }
    if (at >= text.length) {
      tokens.push({ kind: 'end', text: '', at: text.length, end: text.length })
      return -1
    }
    const character = text[at]!
    if (open.length === 0) {
      const signed = (character === '-' || (character === '+' && !output)) && text.startsWith(closing, at + 1)
      if (signed || text.startsWith(closing, at)) {
        const end = at + (signed ? 3 : 2)
        tokens.push({ kind: output ? 'close_output' : 'close_tag', text: closing, at, end })
        return end
      }
    }
    if (character === "'" || character === '"') {
      const end = endOfString(text, at)
      if (end === -1) {
        tokens.push({ kind: 'error', text: 'this string is never closed', at, end: at + 1 })
        return -1
      }
      tokens.push({
        kind: 'constant',
        text: '',
        value: unescapeLiteral(text.slice(at + 1, end - 1)),
        at,
        end,
      })
      at = end
      continue
    }
    const token = readName(text, at) ?? readNumber(text, at, tokens) ?? readOperator(text, at)
    if (token === null) {
      const found = String.fromCodePoint(text.codePointAt(at)!)
      tokens.push({ kind: 'error', text: `unexpected character "${found}"`, at, end: at + found.length })
      return -1
    }
    tokens.push(token)
    at = token.end
    if (token.kind === 'error') return -1
    if (token.kind !== 'operator') continue
    if (Object.hasOwn(brackets, token.text)) open.push(brackets[token.text]!)
    else if (token.text === ')' || token.text === ']' || token.text === '}') {
      const expected = open.pop()
      if (expected === token.text) continue
      const problem =
        expected === undefined
          ? `unexpected "${token.text}"`
          : `expected "${expected}" before "${token.text}"`
      tokens.pop()
      tokens.push({ ...token, kind: 'error', text: problem })
      return -1
    }
  }
}

function endOfString(text: string, at: number): number {
  const quote = text[at]
  for (let index = at + 1; index < text.length; index++) {
    if (text[index] === '\\') index++
    else if (text[index] === quote) return index + 1
  }
  return -1
}

function readName(text: string, at: number): Token | null {
  const pattern = text.charCodeAt(at) < 128 ? asciiName : anyName
  pattern.lastIndex = at
  if (!pattern.test(text)) return null
  let end = pattern.lastIndex
  if (pattern === asciiName && text.charCodeAt(end) > 127) {
    anyName.lastIndex = at
    if (anyName.test(text)) end = anyName.lastIndex
  }
  return { kind: 'name', text: text.slice(at, end), at, end }
}

function readNumber(text: string, at: number, tokens: readonly Token[]): Token | null {
  const first = text.charCodeAt(at)
  if (first < 0x30 || first > 0x39) return null
  // `row.0.1` is two subscripts, not the float 0.1.
  const afterDot = tokens.at(-1)?.text === '.' && tokens.at(-1)?.end === at
  floatLiteral.lastIndex = at
  if (!afterDot && floatLiteral.test(text)) {
    const end = floatLiteral.lastIndex
    return {
      kind: 'constant',
      text: '',
      value: float(Number(text.slice(at, end).replaceAll('_', ''))),
      at,
      end,
    }
  }
  integerLiteral.lastIndex = at
  if (!integerLiteral.test(text)) return null
  const end = integerLiteral.lastIndex
  if (end - at > maxDigits)
    return { kind: 'error', text: `a number of more than ${maxDigits} digits`, at, end }
  const value = integer(BigInt(text.slice(at, end).replaceAll('_', '')))
  return { kind: 'constant', text: '', value, at, end }
}

function readOperator(text: string, at: number): Token | null {
  operator.lastIndex = at
  if (!operator.test(text)) return null
  const end = operator.lastIndex
  return { kind: 'operator', text: text.slice(at, end), at, end }
}
