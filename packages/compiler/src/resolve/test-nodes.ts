import type { DataTestNode, Diagnostic, NodeId } from '@strata/core'
import type { DraftedTest, TestInputs } from './drafted-test.ts'
import { genericTest } from './generic-test.ts'
import type { Renderable } from './renderable.ts'
import { singularTest } from './singular-test.ts'
import { testSubjects } from './test-subjects.ts'

/** The data tests of one package: those declared in properties, and the files in the test folders. */
export function draftTests(inputs: TestInputs): {
  readonly nodes: readonly DataTestNode[]
  readonly renderables: ReadonlyMap<NodeId, Renderable>
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const tests = new Map<NodeId, DraftedTest>()
  const add = (test: DraftedTest | null) => {
    if (test === null) return
    const same = tests.get(test.node.id)
    if (same === undefined) tests.set(test.node.id, test)
    else if (JSON.stringify(same.node.config) !== JSON.stringify(test.node.config))
      diagnostics.push(duplicateTest(test.node, same.node))
  }
  for (const subject of testSubjects(inputs.package_, inputs.drafted, diagnostics))
    for (const declaration of subject.tests) add(genericTest(inputs, subject, declaration, diagnostics))
  for (const file of inputs.package_.tests) add(singularTest(inputs, file, diagnostics))
  const nodes = [...tests.values()].map(({ node }) => node)
  const renderables = new Map([...tests.values()].map(({ node, renderable }) => [node.id, renderable]))
  return { nodes, renderables, diagnostics }
}

/** Two tests of one name and of the same arguments, of which only one could be told of. */
function duplicateTest(node: DataTestNode, same: DataTestNode): Diagnostic {
  return {
    code: 'DUPLICATE_TEST',
    severity: 'error',
    message: `the test "${node.name}" stands here twice, with another configuration`,
    hint: 'Give one of them a name of its own: name: …',
    location: node.location,
    related: [{ message: 'the first one is here', location: same.location }],
  }
}
