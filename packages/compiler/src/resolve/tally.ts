import { formerRowsSetting, type NodeId, quoteLiteral } from '@strata/core'
import { type HostArguments, print, truthy, type Value } from '../template/index.ts'
import { argument, textArgument } from './arguments.ts'
import type { RenderScope } from './render-scope.ts'

/**
 * `strata_tally(failing, from, …)`: prints the SELECT `failing` of a built-in test, and tells how else its rows can be counted.
 * `condition`: those rows of `from` for which it is true, of which `distinct` counts each value once. `fails`: one, where this
 * aggregate condition is true. `remembers_rows`: see `Tally`.
 */
export function tallied(args: HostArguments, scope: RenderScope): Value {
  const failing = textArgument(args, 0, 'failing', 'strata_tally')
  const from = print(argument(args, 1, 'from') ?? '')
  const text = (name: string) => {
    const value = args.keyword.get(name)
    return value === undefined || value === null ? null : print(value)
  }
  const condition = text('condition')
  const remembers = truthy(args.keyword.get('remembers_rows') ?? false)
  scope.onTally?.(failing, {
    from,
    failures: aggregate(condition, text('distinct'), text('fails')),
    ...(condition === null ? {} : { rowCondition: condition }),
    ...(remembers ? { remembersRows: true as const } : {}),
  })
  return failing
}

/** SQL for the number of rows that the test counted when it last passed; null where it never did. */
export function formerRows(id: NodeId): string {
  const all = `nullif(current_setting(${quoteLiteral(formerRowsSetting)}, true), '')`
  return `(${all}::json ->> ${quoteLiteral(id)})::bigint`
}

/** A condition may end with a comment: what follows it stands on a line of its own. */
function aggregate(condition: string | null, distinct: string | null, fails: string | null): string {
  if (condition === null) return `case when ${fails}\nthen 1 else 0 end`
  return `count(${distinct === null ? '*' : `distinct ${distinct}`}) filter (where (${condition}\n) is true)`
}
