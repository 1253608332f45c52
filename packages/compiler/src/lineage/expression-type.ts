import type { Node } from '@pgsql/types'
import { as, namesIn } from './ast.ts'
import { operatorSteps } from './json-path.ts'
import type { Resolution } from './resolution.ts'
import { resolveColumn } from './resolve-column.ts'
import type { Scope } from './scope.ts'
import { typeName } from './type-names.ts'

/** Functions of which it is good to know that they yield arrays of text. */
const textArrays = new Set(['string_to_array', 'regexp_split_to_array', 'regexp_match', 'regexp_matches'])

/** The type of an expression, as far as it tells JSON from arrays, and arrays of values from those of rows. Null: not known. */
export function expressionType(resolution: Resolution, scope: Scope, node: Node | undefined): string | null {
  const operation = as(node, 'A_Expr')
  if (operation !== null)
    return operatorSteps(namesIn(operation.name).at(-1) ?? '', operation.rexpr) === null ? null : 'jsonb'
  const cast = as(node, 'TypeCast')
  if (cast !== null) return typeName(cast.typeName)
  const array = as(node, 'A_ArrayExpr')
  if (array !== null) {
    const [first] = array.elements ?? []
    const element = typeName(as(first, 'TypeCast')?.typeName)
    if (element !== null) return `${element}[]`
    return array.elements?.every((one) => 'A_Const' in one) === true ? 'text[]' : null
  }
  const call = as(node, 'FuncCall')
  if (call !== null) return textArrays.has(namesIn(call.funcname).at(-1) ?? '') ? 'text[]' : null
  const ref = as(node, 'ColumnRef')
  // What is wrong with the name is reported where its value is asked for.
  const silent = { ...resolution, problems: { found: [], report() {} } }
  return ref === null ? null : resolveColumn(silent, scope, ref).type
}
