import type { CommonTableExpr, JoinType, Node, RangeVar, RawStmt, SelectStmt } from '@pgsql/types'
import { columnNames, namesIn } from '../lineage/ast.ts'
import type { Clause, ColumnUse, Cte, FromItem, Join, Query } from './query.ts'
import { firstLocation, walkSql } from './walk-sql.ts'

/** The SELECT that a text is, and every SELECT in it, outer ones first. */
export interface Queries {
  /** Null: the text is another statement. */
  readonly main: Query | null
  readonly all: readonly Query[]
}

interface Scope {
  readonly ctes: ReadonlyMap<string, Cte>
  readonly outer: Query | null
}

type ReadInner = (select: SelectStmt, scope: Scope) => Query

export function readQueries(statements: readonly RawStmt[]): Queries {
  const all: Query[] = []
  const [first] = statements.map(({ stmt }) => stmt)
  const outermost: Scope = { ctes: new Map(), outer: null }
  if (first === undefined || !('SelectStmt' in first)) return { main: null, all }
  return { main: readQuery(first.SelectStmt, outermost, all), all }
}

function readQuery(select: SelectStmt, scope: Scope, all: Query[]): Query {
  const items: FromItem[] = []
  const from: (readonly FromItem[])[] = []
  const joins: Join[] = []
  const arms: Query[] = []
  const uses: ColumnUse[] = []
  const ownCtes: Cte[] = []
  const inner: Query[] = []
  const query: Query = { select, outer: scope.outer, ctes: ownCtes, items, from, joins, arms, inner, uses }
  all.push(query)
  const readInner: ReadInner = (below, seen) => {
    const made = readQuery(below, seen, all)
    inner.push(made)
    return made
  }
  const ctes = readCtes(select, scope, ownCtes, readInner)
  // What FROM holds does not see its neighbours, unless it is lateral.
  const beside: Scope = { ctes, outer: scope.outer }
  const inside: Scope = { ctes, outer: query }

  if (select.larg !== undefined && select.rarg !== undefined)
    arms.push(readInner(select.larg, beside), readInner(select.rarg, beside))
  for (const node of select.fromClause ?? []) from.push(readItem(node))
  const clauses: readonly [Clause, unknown][] = [
    ['select', [select.distinctClause, select.targetList, select.valuesLists]],
    ['where', select.whereClause],
    ['group', select.groupClause],
    ['having', select.havingClause],
    ['select', select.windowClause],
    ['order', select.sortClause],
    ['select', [select.limitCount, select.limitOffset]],
  ]
  for (const [clause, part] of clauses) readExpressions(part, clause)
  return query

  function readExpressions(part: unknown, clause: Clause): void {
    walkSql(part, (node) => {
      if ('SelectStmt' in node) {
        readInner(node.SelectStmt, inside)
        return false
      }
      if ('ColumnRef' in node) {
        const { location = 0 } = node.ColumnRef
        uses.push({ names: columnNames(node.ColumnRef), clause, location })
      }
      return true
    })
  }

  function readItem(node: Node): readonly FromItem[] {
    if ('JoinExpr' in node) {
      const { larg, rarg, quals, usingClause, isNatural, jointype } = node.JoinExpr
      const left = larg === undefined ? [] : readItem(larg)
      const right = rarg === undefined ? [] : readItem(rarg)
      if (quals !== undefined) readExpressions(quals, 'from')
      const kind = joinKinds[jointype ?? 'JOIN_INNER'] ?? 'inner'
      const using = isNatural === true ? null : namesIn(usingClause)
      joins.push({ kind, left, right, on: quals ?? null, using })
      return [...left, ...right]
    }
    if ('RangeTableSample' in node) {
      const { relation } = node.RangeTableSample
      return relation === undefined ? [] : readItem(relation)
    }
    const item = leafOf(node)
    items.push(item)
    return [item]
  }

  function leafOf(node: Node): FromItem {
    const empty = { range: null, cte: null, query: null, function: null, lateral: false }
    if ('RangeVar' in node) return relationItem(node.RangeVar)
    if ('RangeSubselect' in node) {
      const { subquery, alias, lateral = false } = node.RangeSubselect
      const selected =
        subquery !== undefined && 'SelectStmt' in subquery
          ? readInner(subquery.SelectStmt, lateral ? inside : beside)
          : null
      const named = { name: alias?.aliasname ?? null, columnNames: namesIn(alias?.colnames) }
      return { ...empty, ...named, kind: 'subquery', query: selected, lateral, location: firstLocation(node) }
    }
    readExpressions(node, 'from')
    const [{ alias }] = Object.values(node) as [{ alias?: { aliasname?: string; colnames?: Node[] } }]
    const named = { name: alias?.aliasname ?? null, columnNames: namesIn(alias?.colnames) }
    return {
      ...empty,
      ...named,
      kind: 'function',
      function: node,
      lateral: true,
      location: firstLocation(node),
    }
  }

  function relationItem(range: RangeVar): FromItem {
    const { schemaname, relname = '', alias, location = 0 } = range
    const cte = schemaname === undefined ? (ctes.get(relname) ?? null) : null
    return {
      kind: cte === null ? 'relation' : 'cte',
      name: alias?.aliasname ?? relname,
      columnNames: namesIn(alias?.colnames),
      range,
      cte,
      query: null,
      function: null,
      lateral: false,
      location,
    }
  }
}

const joinKinds: { readonly [type in JoinType]?: Join['kind'] } = {
  JOIN_LEFT: 'left',
  JOIN_RIGHT: 'right',
  JOIN_FULL: 'full',
}

/** Those of the select itself are added to `own`; returns all that it sees. */
function readCtes(
  select: SelectStmt,
  scope: Scope,
  own: Cte[],
  readInner: ReadInner,
): ReadonlyMap<string, Cte> {
  const visible = new Map(scope.ctes)
  const recursive = select.withClause?.recursive === true
  const opened = (select.withClause?.ctes ?? []).flatMap((node) =>
    'CommonTableExpr' in node ? [openCte(node.CommonTableExpr)] : [],
  )
  if (recursive) for (const { cte } of opened) visible.set(cte.name, cte)
  for (const { cte, fill } of opened) {
    fill({ ctes: new Map(visible), outer: scope.outer }, readInner)
    visible.set(cte.name, cte)
    own.push(cte)
  }
  return visible
}

/** A recursive one is read by itself: it is there before its query is. */
function openCte(written: CommonTableExpr): {
  readonly cte: Cte
  fill(scope: Scope, readInner: ReadInner): void
} {
  let query: Query | null = null
  const body = written.ctequery
  return {
    cte: {
      name: written.ctename ?? '',
      location: written.location ?? 0,
      columnNames: namesIn(written.aliascolnames),
      get query() {
        return query
      },
    },
    fill(scope, readInner) {
      if (body !== undefined && 'SelectStmt' in body) query = readInner(body.SelectStmt, scope)
    },
  }
}
