import type { CommonTableExpr, WithClause } from '@pgsql/types'
import { aliasColumns } from './alias-columns.ts'
import { as, namesIn } from './ast.ts'
import { type Collected, collectPart, newCollected } from './collected.ts'
import {
  type Columns,
  column,
  columnsOf,
  columnValue,
  findColumn,
  isComplete,
  unknownSource,
} from './columns.ts'
import { fillSlots } from './fill-slots.ts'
import type { Resolution } from './resolution.ts'
import { resolveSet } from './resolve-select.ts'
import { newScope, type Scope } from './scope.ts'
import { computed, newUse, noPath, noValue, type SlotOwner, unite } from './use.ts'

/** A common table expression, resolved in its turn or when another reads it before. */
export interface Cte {
  readonly node: CommonTableExpr
  /** What its query sees around it. */
  readonly scope: Scope
  readonly recursive: boolean
  state: 'new' | 'running' | 'done'
  /** While it runs: as it sees itself, null before that is known. */
  columns: Columns | null
  readonly collected: Collected
}

/** The scope with what a WITH clause names in it. Those that nothing reads are resolved, too: they can be wrong. */
export function withCtes(
  resolution: Resolution,
  outer: Scope | null,
  clause: WithClause,
  collected: Collected,
): Scope {
  const { ctes = [], recursive = false } = clause
  const named = new Map<string, Cte>()
  const scope = newScope(outer, collected, named)
  const all = ctes.flatMap((one): Cte[] => {
    const node = as(one, 'CommonTableExpr')
    if (node === null) return []
    return [{ node, scope, recursive, state: 'new', columns: null, collected: newCollected() }]
  })
  const add = (cte: Cte): void => {
    const { ctename: name = '', location } = cte.node
    if (named.has(name))
      resolution.problems.report('duplicate_alias', { location }, name, `WITH names "${name}" twice`)
    named.set(name, cte)
  }
  if (recursive) all.forEach(add)
  for (const cte of all) {
    // Without RECURSIVE each sees those before it.
    resolveCte(resolution, cte)
    if (!recursive) add(cte)
  }
  return scope
}

/** The columns of one that FROM names; what decides on its rows decides on those of the reader. */
export function readCte(resolution: Resolution, reader: Scope, cte: Cte): Columns {
  if (cte.state === 'running') return cte.columns ?? columnsOf([], [unknownSource])
  const columns = resolveCte(resolution, cte)
  collectPart(reader.collected, 'same', cte.collected)
  return columns
}

function resolveCte(resolution: Resolution, cte: Cte): Columns {
  if (cte.state !== 'new') return cte.columns ?? columnsOf([], [unknownSource])
  cte.state = 'running'
  const { node, scope, recursive, collected } = cte
  const stmt = as(node.ctequery, 'SelectStmt')
  let columns: Columns
  if (stmt === null) columns = columnsOf([], [unknownSource])
  else if (!recursive || stmt.op !== 'SETOP_UNION')
    columns = named(resolution, cte, resolution.query(stmt, scope, collected))
  else {
    const owner: { values: SlotOwner['values'] } = { values: null }
    const id = `#${resolution.recursive++}`
    const whole = resolveSet(resolution, scope, stmt, collected, (first) => {
      const self = named(resolution, cte, first)
      const slots = columnsOf(
        self.list.map((one, index) => {
          const use = newUse({ kind: 'slot', id: `${id}.${index}`, index, owner }, noPath, 'kept')
          return column(one.name, { direct: [use], condition: [], window: [] }, one.type)
        }),
        self.open,
      )
      // It sees the columns of SEARCH and CYCLE, though no star stands for them.
      const { list } = withSearch(node, slots)
      cte.columns = columnsOf(
        list.map((one, at) => (at < slots.list.length ? one : { ...one, hidden: true })),
        self.open,
      )
    })
    columns = whole
    const known = cte.columns as Columns | null
    if (isComplete(whole)) {
      owner.values = fillSlots(owner, whole.list.map(columnValue))
      const names = known?.list.map((one) => one.name)
      columns = columnsOf(
        whole.list.map((one, at) => ({
          ...column(names?.[at] ?? one.name, owner.values![at]!, one.type),
          location: one.location,
        })),
      )
    }
  }
  cte.columns = withSearch(node, columns)
  cte.state = 'done'
  return cte.columns
}

function named(resolution: Resolution, { node }: Cte, columns: Columns): Columns {
  const alias = { aliasname: node.ctename ?? '', ...(node.aliascolnames && { colnames: node.aliascolnames }) }
  return aliasColumns(resolution, columns, alias, node.location)
}

/** SEARCH and CYCLE add columns that are made of those they name. */
function withSearch({ search_clause, cycle_clause }: CommonTableExpr, columns: Columns): Columns {
  const added: (readonly [string | undefined, readonly string[]])[] = []
  if (search_clause !== undefined)
    added.push([search_clause.search_seq_column, namesIn(search_clause.search_col_list)])
  if (cycle_clause !== undefined) {
    const names = namesIn(cycle_clause.cycle_col_list)
    added.push([cycle_clause.cycle_mark_column, names], [cycle_clause.cycle_path_column, names])
  }
  if (added.length === 0) return columns
  const made = added.map(([name = '', of]) => {
    const values = of.map((one) => {
      const found = findColumn(columns, one)
      return found === null || found === 'ambiguous' ? noValue : columnValue(found)
    })
    return column(name, computed(unite(...values)))
  })
  return columnsOf([...columns.list, ...made], columns.open)
}
