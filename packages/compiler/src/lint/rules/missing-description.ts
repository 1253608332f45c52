import type { Finding, Subject } from '../rule.ts'

/** A model, seed or snapshot of which nothing is said. */
export function* missingDescription({ node, project }: Subject): Iterable<Finding> {
  if (node.kind !== 'model' && node.kind !== 'seed' && node.kind !== 'snapshot') return
  if (node.description.trim() !== '') return
  yield {
    message: `the ${node.kind} "${node.name}" has no description`,
    hint: `Say in its properties what one row of it is: "description:" below "name: ${node.name}".`,
    at: project.declarationOf(node),
  }
}
