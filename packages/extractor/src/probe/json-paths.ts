import { type RelationName, type SqlToken, sqlTokens, tokenName } from '@strata/core'

export interface PathRead {
  /** `['sponsor', 'name']` for `data->'sponsor'->>'name'`. */
  readonly path: readonly string[]
  /** What stands before the column: `s` for `s.data->>'id'`; null: nothing. */
  readonly qualifier: string | null
}

/** The paths that SQL reads out of a jsonb column, by `->`, `->>`, `#>`, `#>>` and subscripts. An index into a list ends a path. */
export function jsonPaths(sql: string, column: string): readonly PathRead[] {
  const tokens = sqlTokens(sql)
  const found = new Map<string, PathRead>()
  for (const [index, token] of tokens.entries()) {
    if (tokenName(token) !== column) continue
    const qualifier = isSymbol(tokens[index - 1], '.') ? nameOf(tokens[index - 2]) : null
    const path = pathAfter(tokens, index + 1)
    if (path.length > 0) found.set(JSON.stringify([qualifier, path]), { path, qualifier })
  }
  return [...found.values()]
}

/** The names by which SQL calls a relation in its FROM clauses; the relation's own where it has no alias. */
export function aliasesOf(sql: string, relation: RelationName): ReadonlySet<string> {
  const tokens = sqlTokens(sql)
  const aliases = new Set<string>()
  for (const [index, token] of tokens.entries()) {
    const isRelation =
      nameOf(token) === relation.name &&
      isSymbol(tokens[index - 1], '.') &&
      nameOf(tokens[index - 2]) === relation.schema &&
      !isSymbol(tokens[index + 1], '.')
    if (!isRelation) continue
    const as = nameOf(tokens[index + 1]) === 'as' ? 1 : 0
    const next = tokens[index + 1 + as]
    const alias = nameOf(next)
    const isAlias = alias !== null && (as === 1 || next?.kind === 'quoted_name' || !afterRelation.has(alias))
    aliases.add(isAlias ? alias : relation.name)
  }
  return aliases
}

/** Words that may follow a relation without being its alias. */
const afterRelation = new Set(
  'where join left right inner outer full cross natural on using group order limit offset union except intersect having window fetch for tablesample returning lateral as with set'.split(
    ' ',
  ),
)

function pathAfter(tokens: readonly SqlToken[], start: number): readonly string[] {
  const path: string[] = []
  for (let at = start; ; ) {
    const step = stepAt(tokens, at)
    if (step === null) return path
    path.push(...step.names)
    at = step.end
    if (step.last) return path
  }
}

interface Step {
  readonly names: readonly string[]
  readonly end: number
  readonly last: boolean
}

function stepAt(tokens: readonly SqlToken[], at: number): Step | null {
  const text = (offset: number) => tokens[at + offset]?.text
  if (text(0) === '[') {
    const name = stringOf(tokens[at + 1])
    return name !== null && text(2) === ']' ? { names: [name], end: at + 3, last: false } : null
  }
  const isArrow = text(0) === '-' && text(1) === '>' && touches(tokens, at)
  const isPath = text(0) === '#' && text(1) === '>' && touches(tokens, at)
  if (!isArrow && !isPath) return null
  const asText = text(2) === '>'
  const operand = at + (asText ? 3 : 2)
  const value = stringOf(tokens[operand])
  if (value === null) return null
  const names = isArrow ? [value] : pathLiteral(value)
  return { names, end: operand + 1, last: asText || isPath }
}

/** `- >` is no arrow. */
function touches(tokens: readonly SqlToken[], at: number): boolean {
  return tokens[at]?.end === tokens[at + 1]?.start
}

/** `{a,"b c",0}` up to the first index. */
function pathLiteral(text: string): readonly string[] {
  const parts = [...text.replace(/^\{|\}$/g, '').matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)]
  const names = parts.map(([, quoted, plain]) => quoted?.replace(/\\(.)/g, '$1') ?? plain!.trim())
  const index = names.findIndex((name) => /^-?\d+$/.test(name))
  return index < 0 ? names : names.slice(0, index)
}

function stringOf(token: SqlToken | undefined): string | null {
  if (token?.kind !== 'string' || !/^'.*'$/s.test(token.text)) return null
  return token.text.slice(1, -1).replaceAll("''", "'")
}

function nameOf(token: SqlToken | undefined): string | null {
  return token === undefined ? null : tokenName(token)
}

function isSymbol(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text
}
