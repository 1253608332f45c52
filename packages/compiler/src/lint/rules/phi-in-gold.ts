import { phiMark } from '../phi-origin.ts'
import type { Finding, LintedSql, Subject } from '../rule.ts'

/** A column about persons that comes out of a gold model unmarked. */
export function* phiInGold({ node, sql, project }: Subject): Iterable<Finding> {
  if (node.kind !== 'model' || !project.marksPhi || !project.isGold(node)) return
  for (const { name } of project.lineageOf(node.id)?.columns ?? []) {
    if (phiMark(node, name) !== null) continue
    const way = project.phiOrigin(node.id, name)
    const origin = way?.at(-1)
    if (way === null || origin === undefined) continue
    const steps = way.slice(0, -1).map((step) => `${step.node.name}.${step.column}`)
    const by = steps.length === 0 ? '' : `, by way of ${steps.join(' and ')}`
    const place = project.columnPlace(origin.node, origin.column)
    yield {
      message: `"${name}" carries ${origin.node.name}.${origin.column}, which is marked phi, into a gold model, and is not marked${by}`,
      hint: 'Mark the column: "meta: { phi: true }"; or "meta: { phi: false }" where what it holds is about nobody any more.',
      at: project.columnPlace(node, name) ?? outputPlace(sql, name) ?? project.declarationOf(node),
      ...(place === null ? {} : { related: [{ message: 'it is marked here', location: place }] }),
    }
  }
}

function outputPlace(sql: readonly LintedSql[], column: string): Finding['at'] | null {
  for (const one of sql)
    for (const target of one.main?.select.targetList ?? [])
      if ('ResTarget' in target && target.ResTarget.name === column)
        return { sql: one, location: target.ResTarget.location ?? 0 }
  return null
}
