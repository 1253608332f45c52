import type { Node } from '@pgsql/types'
import { as, constantOf, kindOf, type NodeKind, type NodeOf, namesIn, nodesIn } from './ast.ts'
import { jsonPathSteps, operatorSteps } from './json-path.ts'
import type { Resolution } from './resolution.ts'
import { resolveAggregate, resolveCall } from './resolve-call.ts'
import { resolveColumn } from './resolve-column.ts'
import { resolveIndirection } from './resolve-indirection.ts'
import { resolveSubquery } from './resolve-subquery.ts'
import type { Scope } from './scope.ts'
import { gather, gathered, newGathering, noPath, type Value, worseOf } from './use.ts'
import type { Standing, Walk } from './walk.ts'

type Handlers = {
  readonly [K in NodeKind]?: (node: NodeOf<K>, walk: Walk, standing: Standing) => void
}

/** What the value of an expression is made of; reports what is wrong in it. Walks with a stack of its own: expressions nest as deep as one likes. */
export function resolveExpression(resolution: Resolution, scope: Scope, expression: Node): Value {
  const into = newGathering()
  const open: (readonly [Node, Standing])[] = [[expression, { role: 'direct', path: noPath, fate: 'kept' }]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, standing] = next
    const children: (readonly [Node, Standing])[] = []
    const { role } = standing
    const walk: Walk = {
      resolution,
      scope,
      into,
      visit(child, { path = noPath, fate = 'computed', role: own = role } = {}) {
        if (child !== undefined) children.push([child, { role: role === 'direct' ? own : role, path, fate }])
      },
      visitAll(parent) {
        nodesIn(parent, (child) => walk.visit(child))
      },
      add(value, own = role) {
        gather(into, value, role === 'direct' ? own : role, standing.path, standing.fate)
      },
    }
    handle(node, walk, standing)
    for (let at = children.length - 1; at >= 0; at--) open.push(children[at]!)
  }
  return gathered(into)
}

function handle<K extends NodeKind>(node: Node, walk: Walk, standing: Standing): void {
  const kind = kindOf(node) as K | undefined
  if (kind === undefined) return
  const held = (node as unknown as Record<string, unknown>)[kind] as NodeOf<K>
  const handler = (handlers as Handlers)[kind]
  if (handler === undefined) walk.visitAll(held as object)
  else handler(held, walk, standing)
}

const handlers: Handlers = {
  ColumnRef: (ref, { resolution, scope, add }) => add(resolveColumn(resolution, scope, ref).value),
  TypeCast: ({ arg }, { visit }, standing) => visit(arg, standing),
  CollateClause: ({ arg }, { visit }, standing) => visit(arg, standing),
  CoalesceExpr({ args = [] }, { visit }, standing) {
    for (const arg of args) visit(arg, chosen(standing))
  },
  MinMaxExpr({ args = [] }, { visit }, standing) {
    for (const arg of args) visit(arg, chosen(standing))
  },
  A_Const: () => {},
  A_Expr({ kind, name, lexpr, rexpr }, { visit }, standing) {
    const steps = operatorSteps(namesIn(name).at(-1) ?? '', rexpr)
    if (steps !== null && steps !== 'dynamic') visit(lexpr, inside(standing, steps))
    else {
      visit(lexpr, kind === 'AEXPR_NULLIF' ? chosen(standing) : {})
      visit(rexpr)
    }
  },
  CaseExpr({ arg, args = [], defresult }, { visit }, standing) {
    visit(arg, { role: 'condition' })
    for (const node of args) {
      const when = as(node, 'CaseWhen')
      visit(when?.expr, { role: 'condition' })
      visit(when?.result, chosen(standing))
    }
    visit(defresult, chosen(standing))
  },
  // Its arguments are names of groups: none of them is evaluated.
  GroupingFunc({ args = [] }, { resolution, scope }) {
    for (const arg of args) resolution.expression(arg, scope)
  },
  FuncCall: resolveCall,
  A_Indirection: resolveIndirection,
  SubLink: resolveSubquery,
  JsonFuncExpr({ op, context_item, pathspec, passing = [], on_empty, on_error }, { visit }, standing) {
    const text = constantOf(pathspec)
    const steps = typeof text === 'string' ? jsonPathSteps(text) : null
    if (steps === null) {
      visit(context_item?.raw_expr)
      visit(pathspec)
    } else visit(context_item?.raw_expr, op === 'JSON_EXISTS_OP' ? { path: steps } : inside(standing, steps))
    for (const node of passing) visit(as(node, 'JsonArgument')?.val?.raw_expr)
    visit(on_empty?.expr)
    visit(on_error?.expr)
  },
  JsonArrayAgg(aggregate, walk) {
    walk.visit(aggregate.arg?.raw_expr)
    if (Object.hasOwn(aggregate, 'constructor')) resolveAggregate(aggregate.constructor!, walk)
  },
  JsonObjectAgg(aggregate, walk) {
    walk.visit(aggregate.arg?.key)
    walk.visit(aggregate.arg?.value?.raw_expr)
    if (Object.hasOwn(aggregate, 'constructor')) resolveAggregate(aggregate.constructor!, walk)
  },
  JsonArrayQueryConstructor({ query }, walk, standing) {
    resolveSubquery({ subLinkType: 'ARRAY_SUBLINK', ...(query && { subselect: query }) }, walk, standing)
  },
}

/** What is taken out of the value of a node by steps into JSON. */
function inside(standing: Standing, steps: readonly string[]): Standing {
  return { ...standing, path: [...steps, ...standing.path] }
}

/** One of several values that the node may be. */
function chosen(standing: Standing): Standing {
  return { ...standing, fate: worseOf(standing.fate, 'chosen') }
}
