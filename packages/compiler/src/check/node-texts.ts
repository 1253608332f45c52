import type { ModelNode, Node, NodeId } from '@strata/core'
import { overWholeParents } from '../sql/over-whole-parents.ts'
import { type ParsedSql, parseSql } from '../sql/parse-sql.ts'
import type { SqlForm } from './checked-graph.ts'
import { withoutCatalog } from './without-catalog.ts'

/** A text of a node as it is sent to a server: one SELECT, without what ends a statement. */
export interface NodeText {
  readonly form: SqlForm
  readonly sql: string
  readonly parsed: ParsedSql
  /** The offset in the text of the form, of an offset in `sql`. */
  toForm(offset: number): number
}

/** What keeps a text from being sent. */
export interface SyntaxProblem {
  readonly form: SqlForm
  readonly message: string
  readonly hint?: string
  /** UTF-16 offset in the text of the form. */
  readonly offset: number
}

export interface NodeTexts {
  readonly texts: readonly NodeText[]
  readonly problems: readonly SyntaxProblem[]
}

type WithSql = Extract<Node, { readonly select: ModelNode['select'] }>

export interface TextInputs {
  /** Quoted. */
  readonly relationOf: (id: NodeId) => string
  /** What templates call the database; empty: nothing. */
  readonly database: string
}

/** The texts of a node that are to be checked, and what is wrong with their syntax. */
export function nodeTexts({ select, ...node }: WithSql, { relationOf, database }: TextInputs): NodeTexts {
  const texts: NodeText[] = []
  const problems: SyntaxProblem[] = []
  const add = (form: SqlForm, text: string, toForm: (offset: number) => number) => {
    const found = oneSelect(form, text, toForm)
    if ('sql' in found) texts.push({ ...found, sql: withoutCatalog(found.sql, found.parsed, database) })
    else problems.push(found)
  }
  // A model in its increment form alone has no whole text.
  const isWhole = select.full.trim() !== '' || select.increment === null
  if (isWhole) add('full', select.full, (offset) => offset)
  if (select.increment !== null && node.kind === 'model') {
    const whole = overWholeParents(select.increment, relationOf)
    if (!isWhole || whole.text !== select.full) add('increment', whole.text, whole.toFragments)
  }
  return { texts, problems }
}

function oneSelect(
  form: SqlForm,
  text: string,
  toForm: (offset: number) => number,
): NodeText | SyntaxProblem {
  const parsed = parseSql(text)
  if (parsed.kind === 'syntax_error')
    return { form, message: parsed.message, offset: toForm(parsed.offset ?? 0) }
  const [first, second] = parsed.statements
  if (first === undefined) return { form, message: 'there is no SELECT', offset: 0 }
  if (second !== undefined)
    return {
      form,
      message: 'there is more than one statement',
      hint: 'A model is one SELECT; what has to happen besides is a hook.',
      offset: toForm(parsed.offsetOf(second.stmt_location ?? 0)),
    }
  const start = first.stmt_location ?? 0
  if (!('SelectStmt' in (first.stmt ?? {})))
    return {
      form,
      message: 'this is not a SELECT',
      hint: 'A model is one SELECT; what has to happen besides is a hook.',
      offset: toForm(parsed.offsetOf(start)),
    }
  const from = parsed.offsetOf(start)
  // The parser gives no length where the statement ends with the text.
  const end = first.stmt_len ? parsed.offsetOf(start + first.stmt_len) : text.length
  const sql = text.slice(from, end)
  if (from === 0) return { form, sql, parsed, toForm }
  const again = parseSql(sql)
  if (again.kind === 'syntax_error') throw new Error(`a statement alone is none: ${again.message}`)
  return { form, sql, parsed: again, toForm: (offset) => toForm(offset + from) }
}
