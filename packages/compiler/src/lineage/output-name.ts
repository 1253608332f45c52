import type { Node, ResTarget, SelectStmt } from '@pgsql/types'
import { as, itemsOf, kindOf, type NodeKind, namesIn } from './ast.ts'

/** The name that Postgres gives to an output column (its `FigureColname`). */
export function outputName(target: ResTarget): string {
  return target.name ?? nameOf(target.val)?.name ?? '?column?'
}

/** A weak name gives way to that of what stands around. */
interface Named {
  readonly name: string
  readonly weak: boolean
}

const fixed: Partial<Record<NodeKind, string>> = {
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  CoalesceExpr: 'coalesce',
  GroupingFunc: 'grouping',
  MergeSupportFunc: 'merge_action',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
}

function nameOf(node: Node | undefined): Named | null {
  // Casts and what else passes a name on are unwrapped in a loop: they nest as deep as one likes.
  let inner = node
  const around: ((name: Named | null) => Named | null)[] = []
  for (;;) {
    const cast = as(inner, 'TypeCast')
    const cases = as(inner, 'CaseExpr')
    const indirection = as(inner, 'A_Indirection')
    const collate = as(inner, 'CollateClause')
    if (cast !== null) {
      const type = namesIn(cast.typeName?.names).at(-1)
      around.push((name) => strong(name) ?? (type === undefined ? name : { name: type, weak: true }))
      inner = cast.arg
    } else if (cases !== null) {
      around.push((name) => strong(name) ?? { name: 'case', weak: true })
      inner = cases.defresult
    } else if (indirection !== null) {
      const field = namesIn(indirection.indirection).at(-1)
      if (field !== undefined) {
        around.push(() => ({ name: field, weak: false }))
        break
      }
      inner = indirection.arg
    } else if (collate !== null) inner = collate.arg
    else break
  }
  return around.reduceRight<Named | null>((name, wrap) => wrap(name), ownName(inner))
}

function strong(name: Named | null): Named | null {
  return name?.weak === false ? name : null
}

function ownName(node: Node | undefined): Named | null {
  const name = node === undefined ? undefined : plainName(node)
  return name === undefined ? null : { name, weak: false }
}

function plainName(node: Node): string | undefined {
  const kind = kindOf(node)
  if (kind === undefined) return undefined
  if (fixed[kind] !== undefined) return fixed[kind]
  const columnRef = as(node, 'ColumnRef')
  if (columnRef !== null) return namesIn(columnRef.fields).at(-1)
  const call = as(node, 'FuncCall')
  if (call !== null) return namesIn(call.funcname).at(-1)
  if (as(node, 'A_Expr')?.kind === 'AEXPR_NULLIF') return 'nullif'
  const bounds = as(node, 'MinMaxExpr')
  if (bounds !== null) return bounds.op === 'IS_LEAST' ? 'least' : 'greatest'
  const moment = as(node, 'SQLValueFunction')
  if (moment !== null)
    return moment.op
      ?.replace(/^SVFOP_/, '')
      .replace(/_N$/, '')
      .toLowerCase()
  const xml = as(node, 'XmlExpr')
  if (xml !== null) return xml.op === 'IS_DOCUMENT' ? undefined : xml.op?.replace(/^IS_/, '').toLowerCase()
  const json = as(node, 'JsonFuncExpr')
  if (json !== null) return json.op?.replace(/_OP$/, '').toLowerCase()
  const sub = as(node, 'SubLink')
  if (sub?.subLinkType === 'EXISTS_SUBLINK') return 'exists'
  if (sub?.subLinkType === 'ARRAY_SUBLINK') return 'array'
  return sub?.subLinkType === 'EXPR_SUBLINK' ? firstName(sub.subselect) : undefined
}

function firstName(query: Node | undefined): string | undefined {
  let stmt: SelectStmt | null | undefined = as(query, 'SelectStmt')
  while (stmt?.larg !== undefined) stmt = stmt.larg
  if (stmt?.valuesLists !== undefined) return itemsOf(stmt.valuesLists[0]).length > 0 ? 'column1' : undefined
  const target = as(stmt?.targetList?.[0], 'ResTarget')
  return target === null ? undefined : outputName(target)
}
