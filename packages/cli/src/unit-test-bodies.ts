import { hasErrors, type Node, type NodeId, type UnitTestBody } from '@strata/core'
import type { Workspace } from './workspace.ts'

type Bodies = ReadonlyMap<NodeId, UnitTestBody>

/** What was made for a list of nodes: a plan may be made more than once of them, and complaints are told once. */
const made = new WeakMap<readonly Node[], Bodies | null>()

/** What the unit tests among the nodes do, for their plan; null: one of them has an error, which has been told. */
export function unitTestBodies({ compilation, reporter }: Workspace, nodes: readonly Node[]): Bodies | null {
  const known = made.get(nodes)
  if (known !== undefined) return known
  const ids = nodes.flatMap((node) => (node.kind === 'unit_test' ? [node.id] : []))
  if (ids.length === 0) return new Map()
  const { bodies, diagnostics } = compilation.unitTests.bodies(ids)
  if (diagnostics.length > 0) reporter.diagnostics(diagnostics)
  const result = hasErrors(diagnostics) ? null : bodies
  made.set(nodes, result)
  return result
}
