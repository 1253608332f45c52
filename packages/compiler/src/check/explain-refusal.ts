import type { DatabaseError, Diagnostic, Node } from '@strata/core'
import type { FindShape, SqlProblem } from '../lineage/query-lineage.ts'
import { resolveQuery } from '../lineage/resolve-query.ts'
import { didYouMean } from '../project/near-misses.ts'
import type { CheckOptions, SqlForm } from './checked-graph.ts'
import type { NodeText } from './node-texts.ts'
import type { Refusal, Syntax } from './type-nodes.ts'
import { withoutConsequences } from './without-consequences.ts'

export interface Explaining {
  readonly locate: CheckOptions['locate']
  readonly find: FindShape
  readonly callable: ReadonlySet<string>
  /** Whether what has that name is made by something that was not run here. */
  readonly isElsewhere: (problem: SqlProblem) => boolean
}

/** What is wrong in a text that the server refused: what it says, and whatever else in it cannot be right, each place once. */
export function explainRefusal(
  { subject, piece, error, offset }: Refusal,
  { locate, find, callable, isElsewhere }: Explaining,
): readonly Diagnostic[] {
  const { node } = subject
  const { text } = piece
  const at = offset === null ? null : offset - piece.start
  const inText = text !== null && at !== null && at >= 0 && at < text.sql.length ? at : null
  const problems =
    text === null || isGeneric(node)
      ? []
      : resolveQuery(text.parsed, find, { knownFunctions: callable }).problems.filter(
          (problem) => isSure(problem) && !isElsewhere(problem),
        )
  const same = problems.find((problem) => inText !== null && isSame(problem, error, inText, text!.sql))
  const place = (start: number) => placeIn(node, text!, start, locate)
  const own: Diagnostic = {
    code: error.code,
    severity: 'error',
    message: isGeneric(node) ? `${node.name} cannot be asked: ${error.message}` : messageOf(error),
    ...hintOf(error, same),
    ...(inText === null || isGeneric(node)
      ? { location: node.location }
      : place(same === undefined ? inText : same.start)),
  }
  const others = withoutConsequences(problems)
    // A macro that is called twice is wrong in one place.
    .filter((problem) => problem !== same && problem.name !== same?.name)
    .map((problem) => explainProblem(node, text!, problem, locate))
  return [own, ...others]
}

/** What the resolver finds, at its place. */
export function explainProblem(
  node: Node,
  text: NodeText,
  problem: SqlProblem,
  locate: CheckOptions['locate'],
): Diagnostic {
  return {
    code: codes[problem.kind],
    severity: 'error',
    message: problem.message,
    ...hintAmong(problem),
    ...placeIn(node, text, problem.start, locate),
  }
}

export function explainSyntax(
  { subject: { node }, form, message, hint, offset }: Syntax,
  locate: CheckOptions['locate'],
): Diagnostic {
  return {
    code: 'SYNTAX_ERROR',
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(isGeneric(node) ? { location: node.location } : located(node, form, offset, locate)),
  }
}

type Placed = Pick<Diagnostic, 'location' | 'related'>

function placeIn(node: Node, text: NodeText, offset: number, locate: CheckOptions['locate']): Placed {
  return located(node, text.form, text.toForm(offset), locate)
}

function located(node: Node, form: SqlForm, offset: number, locate: CheckOptions['locate']): Placed {
  const place = locate(node.id, form, offset)
  if (place === null) return { location: node.location }
  const { location, via = [] } = place
  return via.length === 0 ? { location } : { location, related: via }
}

/** A generic test is written by Strata: its place is that of its declaration. */
export function isGeneric(node: Node): boolean {
  return node.kind === 'data_test' && node.test === 'generic'
}

const codes: { readonly [kind in SqlProblem['kind']]: string } = {
  unknown_column: 'UNKNOWN_COLUMN',
  unknown_alias: 'UNKNOWN_ALIAS',
  unknown_relation: 'UNKNOWN_RELATION',
  unknown_function: 'UNKNOWN_FUNCTION',
  ambiguous_column: 'AMBIGUOUS_COLUMN',
  duplicate_alias: 'DUPLICATE_ALIAS',
  column_count: 'COLUMN_COUNT',
}

/** The rest the server says when it gets there. */
function isSure({ kind }: SqlProblem): boolean {
  return kind.startsWith('unknown_') || kind === 'ambiguous_column'
}

/** The server points at the beginning of a qualified name, and at the operator of an expression. */
function isSame(problem: SqlProblem, error: DatabaseError, at: number, sql: string): boolean {
  if (problem.start === at) return true
  const bare = problem.name.split('.').at(-1)!.replaceAll('"', '').toLowerCase()
  const isNear = at <= problem.start && /^[\w$."]*$/.test(sql.slice(at, problem.start))
  return (isNear || (problem.start < at && at < problem.end)) && error.message.toLowerCase().includes(bare)
}

function messageOf({ message, detail }: DatabaseError): string {
  return detail === undefined ? message : `${message} (${detail.replace(/\.$/, '')})`
}

function hintOf(error: DatabaseError, same: SqlProblem | undefined): { readonly hint?: string } {
  const among = same === undefined ? {} : hintAmong(same)
  // What fits an ordinary run says nothing here: nothing has been built.
  const isOfNoType = error.sqlstate === '42P01' || same?.kind === 'unknown_function'
  const own = isOfNoType ? undefined : error.hint
  return among.hint === undefined && own !== undefined ? { hint: own } : among
}

/** Names that are listed where nothing comes near. */
const mostNames = 12

function hintAmong({ name, candidates, kind }: SqlProblem): { readonly hint?: string } {
  const meant = didYouMean(name.split('.').at(-1)!.replaceAll('"', ''), candidates)
  if (meant !== undefined) return { hint: meant }
  const isList = kind === 'unknown_column' || kind === 'unknown_alias'
  if (!isList || candidates.length === 0 || candidates.length > mostNames) return {}
  return { hint: `There ${candidates.length === 1 ? 'is' : 'are'} ${candidates.join(', ')}.` }
}
