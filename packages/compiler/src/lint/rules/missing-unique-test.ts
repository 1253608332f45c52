import type { ModelNode } from '@strata/core'
import type { Finding, Subject } from '../rule.ts'

/** A key that nothing keeps unique: of a gold model, and of any other one that has a column which is called like its key. */
export function* missingUniqueTest({ node, sql, project }: Subject): Iterable<Finding> {
  if (node.kind !== 'model' || node.config.materialized === 'ephemeral' || isKeyed(node)) return
  if (project.testsOf(node.id).some(({ testName }) => /unique/i.test(testName))) return
  const outputs = sql[0]?.main == null ? [] : (project.outputsOf(sql[0].main) ?? [])
  const names = new Set([...node.columns.map(({ name }) => name), ...outputs])
  const key = keyNames(node.name).find((name) => names.has(name))
  if (key === undefined && !project.isGold(node)) return
  yield {
    message:
      key === undefined
        ? `nothing says, and nothing tests, what makes a row of "${node.name}" unique`
        : `nothing tests that "${key}" of "${node.name}" is unique`,
    hint: 'Give the key the data test "unique" ("unique_combination" for several columns), or a primary key in the contract.',
    at: (key === undefined ? null : project.columnPlace(node, key)) ?? project.declarationOf(node),
  }
}

/** The database, or the step that writes it, refuses a second row of a key. */
function isKeyed({ config, contract }: ModelNode): boolean {
  if (config.uniqueKey.length > 0) return true
  const { indexes } = config
  return (
    contract?.constraints.some(({ type }) => type === 'primary_key' || type === 'unique') === true ||
    (Array.isArray(indexes) && indexes.some(isUnique))
  )
}

function isUnique(index: unknown): boolean {
  return typeof index === 'object' && index !== null && (index as { unique?: unknown }).unique === true
}

/** What a key of `stg_shop__orders` is called: `id`, `order_id`, `order_key` and the like. */
function keyNames(model: string): readonly string[] {
  const thing = model.replace(/^(?:stg|base|int|dim|fct|fact|src)_/, '').replace(/^.*__/, '')
  const singular = [thing, thing.replace(/ies$/, 'y'), thing.replace(/s$/, ''), thing.replace(/es$/, '')]
  const endings = ['id', 'key', 'sk', 'pk']
  return ['id', ...endings.flatMap((ending) => singular.map((one) => `${one}_${ending}`))]
}
