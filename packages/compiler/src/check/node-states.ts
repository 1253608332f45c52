import { displayRelation, type NodeId, type RelationName } from '@strata/core'
import type { TypedColumn } from './checked-graph.ts'
import { columnsDigest, digestOf } from './kept-check.ts'
import { declaredColumns } from './relation-columns.ts'
import type { Subject } from './subjects.ts'

/** How a node stands. */
export interface NodeState {
  status: 'pending' | 'typed' | 'broken' | 'unchecked' | 'system'
  /** As it was kept: nobody was asked. */
  isKept: boolean
  /** Null: there are none, or they are not known (yet). */
  columns: readonly TypedColumn[] | null
  /** There may be more columns than these, which are declared. */
  isLoose: boolean
  /** Whether its relation has been made. */
  isThere: boolean
  reason: string
  because: NodeId | null
  key: string | null
}

/** How the nodes of a graph stand while they are typed. */
export interface NodeStates {
  readonly states: Map<NodeId, NodeState>
  set(subject: Subject, state: Partial<NodeState> & Pick<NodeState, 'status'>): NodeState
  /** Digest of what a node is made of: its SQL, and the columns of what it reads. */
  keyOf(subject: Subject): string
  /** What keeps a node from being typed; null: nothing. */
  blockedBy(subject: Subject): NodeId | null
  /** Something that it reads is yet to be made, or to be looked at. */
  readsUnread(subject: Subject): boolean
  /** Relations that have been made and not been looked at. */
  unread(): ReadonlyMap<NodeId, RelationName>
  /** Number of a subject. */
  turnOf(id: NodeId): number
  subjectOf(id: NodeId): Subject | undefined
}

/** `ownKey`: digest of what the SQL of a node comes from. */
export function nodeStates(subjects: readonly Subject[], ownKey: (subject: Subject) => string): NodeStates {
  const states = new Map<NodeId, NodeState>()
  const turns = new Map(subjects.map(({ node }, index) => [node.id, index]))
  const subjectOf = (id: NodeId) => subjects[turns.get(id) ?? -1]
  return {
    states,
    subjectOf,
    turnOf: (id) => turns.get(id)!,
    set(subject, state) {
      const made: NodeState = {
        isKept: false,
        columns: null,
        isLoose: false,
        isThere: false,
        reason: '',
        because: null,
        key: null,
        ...state,
      }
      states.set(subject.node.id, made)
      return made
    },
    keyOf(subject) {
      const reads = subject.reads.flatMap((id) => {
        const state = states.get(id)
        const relation = subjectOf(id)?.relation ?? null
        return [
          relation === null ? id : displayRelation(relation),
          state?.columns == null ? (state?.status ?? '') : columnsDigest(state.columns),
          String(state?.isLoose ?? false),
        ]
      })
      return digestOf([ownKey(subject), ...reads])
    },
    blockedBy: ({ reads }) => reads.find((id) => !isReadable(states.get(id))) ?? null,
    readsUnread: ({ reads }) =>
      reads.some((id) => {
        const state = states.get(id)!
        return state.status === 'pending' || isUnread(state)
      }),
    unread() {
      const unread = new Map<NodeId, RelationName>()
      for (const [id, state] of states) {
        const relation = subjectOf(id)?.relation ?? null
        if (relation !== null && isUnread(state)) unread.set(id, relation)
      }
      return unread
    },
  }
}

/** What is declared of a broken model serves those who read it. */
export function standIn({ node }: Subject, state: NodeState): void {
  const declared = 'columns' in node ? declaredColumns(node) : null
  if (declared === null) return
  state.columns = declared
  state.isLoose = true
}

function isReadable(state: NodeState | undefined): boolean {
  return (
    state !== undefined &&
    (state.status === 'pending' || state.status === 'system' || state.columns !== null || isUnread(state))
  )
}

function isUnread({ isThere, columns }: NodeState): boolean {
  return isThere && columns === null
}
