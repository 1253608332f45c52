import type { Node, NodeId, UnitTestBody, UnitTestNode, UnitTestStep } from '@strata/core'

export function unitTestStep(
  node: UnitTestNode,
  parents: readonly NodeId[],
  body: UnitTestBody,
): UnitTestStep {
  const [, , ...model] = node.model.split('.')
  const name = `${model.join('.')}::${node.name}`
  return { kind: 'unit_test', id: node.id, name, parents, intent: 'test', reason: 'selected', ...body }
}

/**
 * The nodes of a graph with the unit tests before the models that they are about: a model that fails one is not built. Each needs
 * what its model needs, whose columns its rows have.
 */
export function unitTestsFirst(nodes: readonly Node[], chosen: ReadonlyMap<NodeId, Node>): readonly Node[] {
  const tests = new Map<NodeId, UnitTestNode[]>()
  for (const node of chosen.values())
    if (node.kind === 'unit_test') tests.set(node.model, [...(tests.get(node.model) ?? []), node])
  if (tests.size === 0) return nodes
  return nodes.flatMap((node): readonly Node[] => {
    if (node.kind === 'unit_test' && chosen.has(node.id)) return []
    const own = tests.get(node.id)
    if (own === undefined) return [node]
    const parents = [...node.parents, ...own.map(({ id }) => id)]
    return [...own.map((test) => ({ ...test, parents: node.parents })), { ...node, parents }]
  })
}
