import type { Node, NodeId } from '@strata/core'
import type { TargetObject } from './target-catalog.ts'
import type { Refusal } from './type-nodes.ts'

const missing: readonly (readonly [sqlstate: string, kind: TargetObject, name: RegExp])[] = [
  ['42883', 'function', /^(?:function|procedure|aggregate) ([^(]+)\(/],
  ['42704', 'type', /^type "([^"]+)" does not exist/],
  ['42P01', 'relation', /^relation "([^"]+)" does not exist/],
  ['3F000', 'schema', /^schema "([^"]+)" does not exist/],
]

/** Why a refusal says nothing: views stand where tables will. Null: it says what it says. */
export function excuseOfViews({ subject, error }: Refusal, nodes: ReadonlyMap<NodeId, Node>): string | null {
  if (error.sqlstate === '42703' && systemColumn.test(error.message))
    return 'it reads a system column, which tables alone have'
  const hasKey = subject.reads.some((id) => {
    const node = nodes.get(id)
    return node?.kind === 'model' && node.contract?.constraints.some(({ type }) => type === 'primary_key')
  })
  // Whoever groups by the key of a table may read its other columns.
  return error.sqlstate === '42803' && hasKey ? 'it groups rows of a model with a primary key' : null
}

const systemColumn = /^column "?(?:[^ ]+\.)?(?:ctid|xmin|xmax|cmin|cmax|tableoid)"? does not exist/

/**
 * Reasons why nothing can be said of nodes that were refused: what they miss is made by none of the project's nodes. `maker`:
 * what makes or has a thing of that name; null: nothing does.
 */
export async function excuseRefusals(
  refusals: readonly Refusal[],
  maker: (kind: TargetObject, name: string) => Promise<string | null>,
): Promise<ReadonlyMap<NodeId, string>> {
  const excused = new Map<NodeId, string>()
  for (const { subject, error } of refusals) {
    const { id } = subject.node
    const [, kind, pattern] = missing.find(([sqlstate]) => sqlstate === error.sqlstate) ?? []
    const name = pattern?.exec(error.message)?.[1]
    if (kind === undefined || name === undefined || excused.has(id)) continue
    const made = await maker(kind, name)
    if (made !== null) excused.set(id, `it uses the ${kind} ${name}, which ${made}`)
  }
  return excused
}
