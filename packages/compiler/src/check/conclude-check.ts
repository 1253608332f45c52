import {
  type Diagnostic,
  displayLocation,
  displayRelation,
  type Graph,
  type Node,
  type NodeId,
} from '@strata/core'
import { unknownColumns } from '../explain/unknown-columns.ts'
import { isEphemeral } from '../graph/is-ephemeral.ts'
import { relationNames } from '../graph/relation-names.ts'
import type { FindShape, FoundRelation, Shape } from '../lineage/query-lineage.ts'
import { type CheckedNames, checkNames } from './check-names.ts'
import type { CheckedGraph, CheckOptions, Unchecked } from './checked-graph.ts'
import { createDownstream, nameOf, withDownstream } from './downstream.ts'
import { excuseOfViews } from './excuse-refusals.ts'
import { type Explaining, explainRefusal, explainSyntax } from './explain-refusal.ts'
import { type KeptCheck, type KeptNode, keptText } from './kept-check.ts'
import { namedColumns } from './named-columns.ts'
import type { NodeState } from './node-states.ts'
import { isSystemRelation } from './relation-columns.ts'
import type { Subject } from './subjects.ts'
import { testedColumn } from './tested-column.ts'
import type { Refusal, Typing } from './type-nodes.ts'
import { unitTestColumns } from './unit-test-columns.ts'

/** What the servers said. */
export interface Asked {
  readonly typing: Typing
  readonly contracts: ReadonlyMap<NodeId, readonly Diagnostic[]>
  readonly callable: ReadonlySet<string>
  /** Why nothing can be said of nodes although they were refused. */
  readonly excused: ReadonlyMap<NodeId, string>
  readonly isElsewhere: Explaining['isElsewhere']
  /** Null: as kept. */
  readonly looked: KeptCheck['looked'] | null
  readonly versions: KeptCheck['versions']
}

/** Says what came out: the diagnostics, what is left unchecked, the columns of all nodes, and what is kept. */
export function concludeCheck(
  options: CheckOptions,
  subjects: readonly Subject[],
  kept: KeptCheck,
  asked: Asked,
): CheckedGraph {
  const { graph, locate } = options
  const { states, refusals, syntax } = asked.typing
  const nodes = new Map(subjects.map(({ node }) => [node.id, node]))
  for (const [id, reason] of asked.excused) Object.assign(states.get(id)!, { status: 'unchecked', reason })
  const namesOf = (id: NodeId): readonly string[] | null => {
    const state = states.get(id)
    if (state === undefined || state.isLoose) return null
    const names = byNames?.columns.get(id)
    return names === undefined && state.status !== 'unchecked'
      ? (state.columns?.map(({ name }) => name) ?? null)
      : (names ?? null)
  }
  const { callable, isElsewhere } = asked
  const explaining: Explaining = { locate, callable, isElsewhere, find: findShape(subjects, states) }
  let byNames: CheckedNames | null = null
  const found = new Map<NodeId, readonly Diagnostic[]>()
  const add = (id: NodeId, diagnostics: readonly Diagnostic[]) => {
    if (diagnostics.length > 0) found.set(id, [...(found.get(id) ?? []), ...diagnostics])
  }
  for (const problem of syntax) add(problem.subject.node.id, [explainSyntax(problem, locate)])
  for (const refusal of refusals) {
    const { node } = refusal.subject
    if (asked.excused.has(node.id)) continue
    const excuse = excuseOfViews(refusal, nodes)
    if (excuse !== null) {
      Object.assign(states.get(node.id)!, { status: 'unchecked', because: node.id, reason: excuse })
    } else if (dependsOnUnknown(refusal, states)) {
      const because = refusal.subject.reads.find((id) => states.get(id)?.isLoose) ?? null
      Object.assign(states.get(node.id)!, { status: 'unchecked', because })
    } else add(node.id, refused(refusal))
  }
  for (const [id, diagnostics] of asked.contracts) add(id, diagnostics)
  byNames = checkNames({
    subjects,
    states,
    callable,
    isElsewhere,
    locate,
    database: options.database,
    relationOf: relationNames(graph),
  })
  for (const [id, diagnostics] of byNames.diagnostics) {
    add(id, diagnostics)
    states.get(id)!.status = 'broken'
  }
  for (const [id, because] of byNames.behind)
    if (byNames.diagnostics.has(because)) Object.assign(states.get(id)!, { because, reason: '' })
  for (const { node } of subjects) {
    const tested = found.has(node.id) ? null : aboutColumn(node)
    if (tested !== null) add(node.id, [tested])
  }

  const downstream = createDownstream(graph)
  const told = [...found].flatMap(([id, [first, ...rest]]) =>
    first!.severity === 'error' ? [withDownstream(first!, downstream(id)), ...rest] : [first!, ...rest],
  )
  const checkedGraph = { ...graph, nodes: graph.nodes.filter(({ id }) => nodes.has(id)) }
  const namedOf = new Map(
    [...nodes.keys()].flatMap((id): [NodeId, readonly string[]][] => {
      const names = namesOf(id)
      return names === null ? [] : [[id, names]]
    }),
  )
  const named = [
    ...namedColumns(checkedGraph, namesOf),
    ...unitTestColumns(withUnitTests(checkedGraph, graph), namesOf),
    ...unknownColumns(checkedGraph, options.sources, namedOf),
  ]
  const isWanted = ({ id }: Node) => options.nodes === null || options.nodes.has(id)
  const count = (kind: Node['kind']) =>
    [...nodes.values()].filter((node) => node.kind === kind && (kind === 'source' || isWanted(node))).length
  return {
    diagnostics: inOrder([...told, ...named]),
    unchecked: subjects.flatMap(({ node }): Unchecked[] => {
      const state = states.get(node.id)!
      if (state.status !== 'unchecked' || !isTold(node) || !isWanted(node)) return []
      return [
        {
          node,
          reason: reasonOf(state, node, nodes, states),
          because: state.because,
          byNames: byNames?.columns.has(node.id) === true,
        },
      ]
    }),
    unknownSources: unknownSources(subjects, states),
    shapes: shapesOf(subjects, states),
    counts: {
      models: count('model'),
      sources: count('source'),
      tests: count('data_test'),
      broken: [...found].filter(([id, diagnostics]) => isModel(nodes.get(id)) && hasError(diagnostics))
        .length,
      asked: [...states.values()].filter(({ isKept, status }) => !isKept && status !== 'system').length,
    },
    versions: asked.versions,
    keep: () => keptAfter(kept, graph.nodes, asked),
  }

  function refused(refusal: Refusal): readonly Diagnostic[] {
    const { node } = refusal.subject
    const { piece, error, offset } = refusal
    if (piece.about !== undefined)
      return [
        {
          code: error.code,
          severity: 'error',
          message: `${piece.about.what}: ${error.message}`,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
          location: piece.about.location,
        },
      ]
    if (piece.role === 'table') {
      const place = piece.columns?.findLastIndex((start) => start <= (offset ?? 0)) ?? -1
      const contracted = node.kind === 'model' ? node.contract?.columns?.[place] : undefined
      return [
        {
          code: 'UNKNOWN_TYPE',
          severity: node.kind === 'source' ? 'warning' : 'error',
          message: `the columns that ${nameOf(node)} declares are no columns of a table: ${error.message}`,
          hint: 'Each data_type is a type of this database, as in CREATE TABLE.',
          location: contracted?.location ?? node.location,
        },
      ]
    }
    const tested = aboutColumn(node)
    return tested === null ? explainRefusal(refusal, explaining) : [tested]
  }

  function aboutColumn(node: Node): Diagnostic | null {
    if (node.kind !== 'data_test' || node.attachedTo === null) return null
    const subject = nodes.get(node.attachedTo)
    const names = namesOf(node.attachedTo)
    return subject === undefined || names === null ? null : testedColumn(node, subject, names)
  }
}

/** Unit tests are no subjects: those of models that are checked. */
function withUnitTests(checked: Graph, whole: Graph): Graph {
  const ids = new Set(checked.nodes.map(({ id }) => id))
  const tests = whole.nodes.filter((node) => node.kind === 'unit_test' && ids.has(node.model))
  return { ...checked, nodes: [...checked.nodes, ...tests] }
}

/** A column that a broken parent does not declare may well be one that it would have. */
function dependsOnUnknown({ subject, error }: Refusal, states: Typing['states']): boolean {
  return error.sqlstate === '42703' && subject.reads.some((id) => states.get(id)?.isLoose === true)
}

function findShape(subjects: readonly Subject[], states: Typing['states']): FindShape {
  const known = new Map<string, FoundRelation>()
  for (const { node, relation } of subjects)
    if (relation !== null && !isEphemeral(node))
      known.set(displayRelation(relation), { relation, columns: states.get(node.id)?.columns ?? null })
  return ({ schema, name }) => {
    const relation = { schema: schema ?? 'public', name }
    const isSystem = schema === null ? name.startsWith('pg_') : isSystemRelation({ schema })
    return known.get(displayRelation(relation)) ?? (isSystem ? { relation, columns: null } : null)
  }
}

function shapesOf(subjects: readonly Subject[], states: Typing['states']): ReadonlyMap<NodeId, Shape> {
  return new Map(
    subjects.flatMap(({ node, relation }) =>
      relation === null ? [] : [[node.id, { columns: states.get(node.id)?.columns ?? null }]],
    ),
  )
}

function isTold({ kind }: Node): boolean {
  return kind === 'model' || kind === 'snapshot' || kind === 'analysis'
}

function isModel(node: Node | undefined): boolean {
  return node?.kind === 'model' || node?.kind === 'snapshot'
}

function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}

function reasonOf(
  { because, reason }: NodeState,
  node: Node,
  nodes: ReadonlyMap<NodeId, Node>,
  states: Typing['states'],
): string {
  const cause = because === null || because === node.id ? undefined : nodes.get(because)
  if (cause === undefined) return reason
  const state = states.get(cause.id)
  const isUnknown = state?.status === 'unchecked' && state.reason !== ''
  return isUnknown ? `${nameOf(cause)}: ${state.reason}` : `${nameOf(cause)} has errors`
}

function unknownSources(
  subjects: readonly Subject[],
  states: Typing['states'],
): CheckedGraph['unknownSources'] {
  const read = new Set(subjects.flatMap(({ node, reads }) => (node.kind === 'data_test' ? [] : reads)))
  return subjects.flatMap(({ node }) =>
    node.kind === 'source' && read.has(node.id) && states.get(node.id)?.status === 'unchecked'
      ? [{ node, reason: states.get(node.id)!.reason }]
      : [],
  )
}

/** By file and place, each once: both forms of a model may hold the same mistake. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const distinct = new Map<string, Diagnostic>()
  for (const one of diagnostics) {
    const key = `${displayLocation(one.location)} ${one.code} ${one.message}`
    if (!distinct.has(key)) distinct.set(key, one)
  }
  return [...distinct.values()].sort(
    ({ location: a }, { location: b }) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  )
}

function keptAfter(
  kept: KeptCheck,
  all: readonly Node[],
  { typing, looked, versions }: Asked,
): string | null {
  const nodes = new Map<NodeId, KeptNode>()
  let isSame = looked === null
  for (const { id } of all) {
    const state = typing.states.get(id)
    const before = kept.nodes.get(id)
    const after =
      state?.status === 'typed' && state.key !== null && state.key !== ''
        ? state.isKept && before !== undefined
          ? before
          : { key: state.key, columns: state.columns }
        : before
    if (after === undefined) continue
    isSame &&= after === before
    nodes.set(id, after)
  }
  if (isSame && nodes.size === kept.nodes.size) return null
  return keptText({ nodes, looked: looked ?? kept.looked, versions })
}
