import { endOfLine, giveUp, lineEnd, type Reader } from './quick-yaml-reader.ts'

/** An unquoted scalar with its continuation lines, folded; leaves the reader at the line after it. */
export function plainLines(reader: Reader, parent: number): string {
  const { text } = reader
  let end = lineEnd(text, reader.at)
  let line = text.slice(reader.at, end)
  let comment = line.indexOf(' #')
  if (comment !== -1) line = line.slice(0, comment)
  let folded = line.trimEnd()
  if (isMapping(folded)) giveUp()
  reader.at = Math.min(end + 1, text.length)

  for (;;) {
    let at = reader.at
    let blanks = 0
    let start = at
    for (;;) {
      start = at
      while (text.charCodeAt(at) === 32) at++
      if (text.charCodeAt(at) !== 10) break
      at++
      blanks++
    }
    if (at >= text.length || at - start <= parent) return folded
    // A comment ends a plain scalar; that nothing may follow it there is the whole parser's to say.
    if (comment !== -1 || text.charCodeAt(at) === 35) giveUp()
    end = lineEnd(text, at)
    line = text.slice(at, end)
    comment = line.indexOf(' #')
    if (comment !== -1) line = line.slice(0, comment)
    line = line.trimEnd()
    if (isMapping(line)) giveUp()
    folded += (blanks === 0 ? ' ' : '\n'.repeat(blanks)) + line
    reader.at = Math.min(end + 1, text.length)
  }
}

function isMapping(line: string): boolean {
  return line.endsWith(':') || line.includes(': ')
}

const escapes: { readonly [letter: string]: string } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  n: '\n',
  t: '\t',
  r: '\r',
  ' ': ' ',
}

/** A quoted scalar; leaves the reader behind the closing quote. */
export function quotedScalar(reader: Reader, parent: number): string {
  const { text } = reader
  const quote = text.charAt(reader.at)
  let end = reader.at
  for (;;) {
    end = text.indexOf(quote, end + 1)
    if (end === -1) giveUp()
    if (quote === "'") {
      if (text.charAt(end + 1) !== "'") break
      end++
    } else {
      let backslashes = 0
      while (text.charAt(end - 1 - backslashes) === '\\') backslashes++
      if (backslashes % 2 === 0) break
    }
  }
  let content = text.slice(reader.at + 1, end)
  reader.at = end + 1
  if (content.includes('\n')) {
    if (quote === '"' && content.includes('\\')) giveUp()
    content = foldQuoted(content, parent)
  }
  if (quote === "'") return content.replaceAll("''", "'")
  if (!content.includes('\\')) return content
  return content.replace(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? giveUp())
}

function foldQuoted(content: string, parent: number): string {
  const lines = content.split('\n')
  let folded = lines[0]!.trimEnd()
  let blanks = 0
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue
    const trimmed = line.trim()
    const last = index === lines.length - 1
    if (trimmed === '' && !last) {
      blanks++
      continue
    }
    if (line.length - line.trimStart().length <= parent) giveUp()
    const words = last ? line.trimStart() : trimmed
    folded += (blanks === 0 ? ' ' : '\n'.repeat(blanks)) + words
    blanks = 0
  }
  return folded
}

/** A `|` or `>` scalar, its header and all its lines. */
export function blockScalar(reader: Reader, parent: number): string {
  const { text } = reader
  const folding = text.charAt(reader.at) === '>'
  reader.at++
  const sign = text.charAt(reader.at)
  if (sign === '-' || sign === '+') reader.at++
  endOfLine(reader)

  let indent = -1
  const lines: string[] = []
  while (reader.at < text.length) {
    const end = lineEnd(text, reader.at)
    const line = text.slice(reader.at, end)
    const spaces = line.length - line.trimStart().length
    if (spaces === line.length) {
      // A blank line deeper than the text says something about that text's indentation.
      if (indent === -1 ? spaces > Math.max(parent, 0) + 1 : spaces > indent) giveUp()
      lines.push('')
    } else {
      if (spaces <= parent) break
      if (indent === -1) indent = spaces
      if (spaces < indent) giveUp()
      lines.push(line.slice(indent))
    }
    reader.at = Math.min(end + 1, text.length)
    if (end === text.length && spaces === line.length && sign !== '-') giveUp()
  }
  if (indent === -1) giveUp()
  let trailing = 0
  while (lines.at(-1) === '') {
    lines.pop()
    trailing++
  }
  const body = folding ? foldBlock(lines) : lines.join('\n')
  // A last line that the end of the file ends has no line break to keep.
  if (sign === '-' || (trailing === 0 && reader.at >= text.length && !text.endsWith('\n'))) return body
  return sign === '+' ? body + '\n'.repeat(trailing + 1) : `${body}\n`
}

function foldBlock(lines: readonly string[]): string {
  if (lines[0] === '') giveUp()
  let folded = ''
  let blanks = 0
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      blanks++
      continue
    }
    if (line.startsWith(' ')) giveUp()
    folded += index === 0 ? line : (blanks === 0 ? ' ' : '\n'.repeat(blanks)) + line
    blanks = 0
  }
  return folded
}
