import { type Diagnostic, displayRelation, type Node, type NodeId } from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'
import type { FindShape, FoundRelation, QueryLineage, ShapeColumn } from '../lineage/query-lineage.ts'
import { resolveQuery } from '../lineage/resolve-query.ts'
import { changeColumn } from '../materialize/build/change-column.ts'
import { snapshotSettings } from '../resolve/snapshot-config.ts'
import { type Explaining, explainProblem, explainSyntax, isGeneric } from './explain-refusal.ts'
import { type NodeText, nodeTexts, type TextInputs } from './node-texts.ts'
import { enforcedColumns, tracksChanges } from './pieces.ts'
import type { Subject } from './subjects.ts'
import type { Typing } from './type-nodes.ts'
import { withoutConsequences } from './without-consequences.ts'

/** What can be said of nodes that no server was asked about, for it is not known what all they read looks like. */
export interface CheckedNames {
  /** What cannot be right whatever the types are. */
  readonly diagnostics: ReadonlyMap<NodeId, readonly Diagnostic[]>
  /** Of what was looked at: the names of its columns; null: they are not known. */
  readonly columns: ReadonlyMap<NodeId, readonly string[] | null>
  /** Nodes that were not looked at, by the node with errors on which they stand. */
  readonly behind: ReadonlyMap<NodeId, NodeId>
}

export interface NamesToCheck extends TextInputs, Omit<Explaining, 'find'> {
  readonly subjects: readonly Subject[]
  readonly states: Typing['states']
}

/** Looks at the names in the SQL of all nodes that are unchecked: those of CTEs, aliases, columns and functions. */
export function checkNames(inputs: NamesToCheck): CheckedNames {
  const { subjects, states, callable, isElsewhere, locate } = inputs
  const diagnostics = new Map<NodeId, readonly Diagnostic[]>()
  const columns = new Map<NodeId, readonly string[] | null>()
  const behind = new Map<NodeId, NodeId>()
  const { find, learn } = openShapes(subjects, states)

  const brokenBelow = ({ reads }: Subject): NodeId | null => {
    for (const id of reads) {
      if (states.get(id)?.status === 'broken' || diagnostics.has(id)) return id
      const further = behind.get(id)
      if (further !== undefined) return further
    }
    return null
  }

  for (const subject of subjects) {
    const { node } = subject
    if (states.get(node.id)?.status !== 'unchecked' || !('select' in node) || node.late) continue
    if (isGeneric(node)) continue
    const { texts, problems } = nodeTexts(node, inputs)
    if (problems.length > 0) {
      diagnostics.set(
        node.id,
        problems.map((problem) => explainSyntax({ ...problem, subject }, locate)),
      )
      continue
    }
    const below = brokenBelow(subject)
    if (below !== null) {
      behind.set(node.id, below)
      continue
    }
    const found = texts.flatMap((text, index) => {
      const { lineage, problems } = resolveQuery(text.parsed, find, { knownFunctions: callable })
      if (index === 0) {
        const names = problems.length > 0 ? null : columnNames(node, lineage)
        columns.set(node.id, names)
        learn(subject, names)
      }
      return explained(node, text, problems)
    })
    if (found.length > 0) diagnostics.set(node.id, found)
  }
  return { diagnostics, columns, behind }

  function explained(
    node: Node,
    text: NodeText,
    problems: ReturnType<typeof resolveQuery>['problems'],
  ): readonly Diagnostic[] {
    return withoutConsequences(problems)
      .filter((problem) => !isElsewhere(problem))
      .map((problem) => explainProblem(node, text, problem, locate))
  }
}

/** What the relation of a node has, by the names of what its SELECT yields. */
function columnNames(node: Node, { columns }: QueryLineage): readonly string[] | null {
  const contract = node.kind === 'model' ? enforcedColumns(node) : null
  if (contract !== null) return contract.map(({ name }) => name)
  if (columns === null) return null
  const names = columns.map(({ name }) => name)
  if (node.kind === 'model' && tracksChanges(node)) return [...names, changeColumn]
  if (node.kind !== 'snapshot') return names
  const { columns: added, hardDeletes } = snapshotSettings(node.config)
  const { scdId, updatedAt, validFrom, validTo, isDeleted } = added
  return [
    ...names,
    ...[scdId, updatedAt, validFrom, validTo],
    ...(hardDeletes === 'new_record' ? [isDeleted] : []),
  ]
}

/** Relations of which the columns are known for certain; of all others there may be any. */
function openShapes(
  subjects: readonly Subject[],
  states: Typing['states'],
): {
  readonly find: FindShape
  learn(subject: Subject, names: readonly string[] | null): void
} {
  const known = new Map<string, FoundRelation>()
  for (const { node, relation } of subjects) {
    if (relation === null || isEphemeral(node)) continue
    const state = states.get(node.id)
    const isCertain = state !== undefined && !state.isLoose && state.status !== 'unchecked'
    const columns: readonly ShapeColumn[] | null = isCertain ? state.columns : null
    known.set(displayRelation(relation), { relation, columns })
  }
  return {
    find: ({ schema, name }) => {
      const relation = { schema: schema ?? 'public', name }
      // Any schema may have more than the project knows; a name without one that is no relation of it is a mistake in that of a CTE.
      const isOther = schema !== null || name.startsWith('pg_')
      return known.get(displayRelation(relation)) ?? (isOther ? { relation, columns: null } : null)
    },
    learn({ node, relation }, names) {
      if (relation === null || isEphemeral(node)) return
      const columns = names?.map((name) => ({ name, type: null })) ?? null
      known.set(displayRelation(relation), { relation, columns })
    },
  }
}
