import type { DataTestNode, Graph, Location, Node, NodeId } from '@strata/core'
import { relationNames } from '../graph/relation-names.ts'
import { createFindNode, type RelationNode } from '../lineage/find-node.ts'
import type { GraphLineage, NodeLineage } from '../lineage/graph-lineage.ts'
import { propertiesPlaces } from '../project/properties-places.ts'
import type { ProjectSources } from '../read/project-sources.ts'
import { isEphemeralName } from '../sql/ephemeral-name.ts'
import type { Layers } from './layers.ts'
import { lintedSql } from './lint-sql.ts'
import { phiOrigins } from './phi-origin.ts'
import type { FromItem, Query } from './query.ts'
import { columnsOfQuery, type KnownColumns } from './query-columns.ts'
import type { LintedNode, LintedSql } from './rule.ts'

/** What rules ask about the project around a node. Answers are found when they are asked for, and kept. */
export interface ProjectFacts extends Layers {
  readonly graph: Graph
  node(id: NodeId): Node | undefined
  /** Its SQL, read. */
  sqlOf(node: LintedNode): readonly LintedSql[]
  /** The data tests that stand at it. */
  testsOf(id: NodeId): readonly DataTestNode[]
  /** Where its properties begin; its file where it has none. */
  declarationOf(node: LintedNode): Location
  /** The place of one column of it in its properties; null: it is not described. */
  columnPlace(node: Node, column: string): Location | null
  /** The node behind what FROM names; null: it is none of the project's. */
  relationOf(item: FromItem): RelationNode | null
  /** How templates call it: `ref('patients')`. */
  nameOf(item: FromItem): string | null
  readonly columnsOf: KnownColumns
  /** The columns that a query yields; null: not all are known. */
  outputsOf(query: Query): readonly string[] | null
  /** Where its columns come from, one step up. */
  lineageOf(id: NodeId): NodeLineage | null
  /** Some column is marked phi. */
  readonly marksPhi: boolean
  /** The way from the nearest column marked phi; null: there is none. */
  readonly phiOrigin: ReturnType<typeof phiOrigins>
  /** A constraint or a test keeps null out of that column. */
  isNeverNull(item: FromItem, column: string): boolean
}

export function projectFacts(lineage: GraphLineage, sources: ProjectSources, layers: Layers): ProjectFacts {
  const { graph } = lineage
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const findNode = createFindNode(graph.nodes)
  const tests = new Map<NodeId, DataTestNode[]>()
  for (const node of graph.nodes) {
    if (node.kind !== 'data_test' || node.attachedTo === null) continue
    const known = tests.get(node.attachedTo)
    if (known === undefined) tests.set(node.attachedTo, [node])
    else known.push(node)
  }
  const namedAs = relationNames(graph)
  const sqlOf = kept((node: LintedNode) => lintedSql(node, namedAs))
  const properties = propertiesPlaces(sources.properties)
  const phiOrigin = phiOrigins(lineage, (id) => nodes.get(id))
  const asked = new Set<RelationNode>()
  const columnsOfNode = kept((node: RelationNode): readonly string[] | null => {
    if (node.kind !== 'model') return null
    if (node.contract?.columns) return node.contract.columns.map(({ name }) => name)
    // A relation that reads itself, as an increment does, has no columns to learn from that.
    if (asked.has(node)) return null
    asked.add(node)
    const main = sqlOf(node).find(({ form }) => form === 'full')?.main ?? null
    return main === null ? null : columnsOfQuery(main, facts.columnsOf)
  })
  const facts: ProjectFacts = {
    ...layers,
    graph,
    sqlOf,
    node: (id) => nodes.get(id),
    testsOf: (id) => tests.get(id) ?? [],
    declarationOf: (node) => properties.ofNode(node) ?? node.location,
    columnPlace: properties.ofColumn,
    marksPhi: graph.nodes.some(
      (node) => 'columns' in node && node.columns.some(({ meta }) => meta['phi'] === true),
    ),
    lineageOf: (id) => lineage.of(id),
    phiOrigin,
    relationOf({ range }) {
      // What stands without its schema may be anything.
      const { schemaname: schema, relname: name = '' } = range ?? {}
      return schema === undefined ? null : findNode({ schema, name })
    },
    nameOf(item) {
      if (item.cte !== null) return isEphemeralName(item.cte.name) ? item.cte.name : null
      const node = facts.relationOf(item)
      if (node?.kind === 'source') return `source('${node.fqn.slice(-2).join("', '")}')`
      return node === null ? null : `ref('${node.name}')`
    },
    columnsOf(item) {
      const node = facts.relationOf(item)
      return node === null ? null : columnsOfNode(node)
    },
    outputsOf: (query) => columnsOfQuery(query, facts.columnsOf),
    isNeverNull(item, column) {
      const node = facts.relationOf(item)
      if (node === null) return false
      const isKept =
        node.kind === 'model' &&
        node.contract?.constraints.some(
          ({ type, columns }) => (type === 'not_null' || type === 'primary_key') && columns.includes(column),
        )
      return (
        isKept === true ||
        facts.testsOf(node.id).some((test) => test.testName === 'not_null' && test.column === column)
      )
    },
  }
  return facts
}

function kept<Key, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    if (known.has(key)) return known.get(key)!
    const value = find(key)
    known.set(key, value)
    return value
  }
}
