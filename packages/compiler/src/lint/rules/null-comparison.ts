import type { Node } from '@pgsql/types'
import { namesIn } from '../../lineage/ast.ts'
import { ownNodes } from '../own-nodes.ts'
import type { Finding, Subject } from '../rule.ts'

/** A comparison with a written null, which is null whatever it is compared with. */
export function* nullComparison({ sql }: Subject): Iterable<Finding> {
  for (const one of sql) {
    for (const query of one.queries)
      for (const node of ownNodes(query)) {
        const problem = problemOf(node)
        if (problem !== null) yield { ...problem, at: { sql: one, location: problem.location } }
      }
  }
}

function problemOf(
  node: Node,
): { readonly message: string; readonly hint: string; readonly location: number } | null {
  if ('CaseExpr' in node && node.CaseExpr.arg !== undefined) {
    const branch = (node.CaseExpr.args ?? []).find((when) => 'CaseWhen' in when && isNull(when.CaseWhen.expr))
    if (branch === undefined || !('CaseWhen' in branch)) return null
    return {
      message: '"when null" is never true: it compares with "="',
      hint: 'Write "case when … is null then …".',
      location: branch.CaseWhen.location ?? 0,
    }
  }
  if (!('A_Expr' in node)) return null
  const { kind, name, lexpr, rexpr, location = 0 } = node.A_Expr
  const operator = namesIn(name).at(-1) ?? ''
  if (kind === 'AEXPR_OP' && (operator === '=' || operator === '<>') && (isNull(lexpr) || isNull(rexpr)))
    return {
      message: `a comparison with null by "${operator}" is null, never true`,
      hint: `Write "is ${operator === '=' ? '' : 'not '}null".`,
      location,
    }
  if (kind === 'AEXPR_IN' && rexpr !== undefined && 'List' in rexpr && rexpr.List.items?.some(isNull))
    return {
      message:
        operator === '<>'
          ? '"not in" with a null in its list is never true'
          : 'a null in the list of "in" matches nothing',
      hint: 'Take the null out of the list, and ask for it by "is null".',
      location,
    }
  return null
}

function isNull(node: Node | undefined): boolean {
  if (node === undefined) return false
  if ('TypeCast' in node) return isNull(node.TypeCast.arg)
  return 'A_Const' in node && node.A_Const.isnull === true
}
