import { setImmediate as tick } from 'node:timers/promises'
import { displayRelation, type NodeId, type Session } from '@strata/core'
import type { CheckOptions } from './checked-graph.ts'
import type { Given } from './given-columns.ts'
import { digestOf, type KeptCheck } from './kept-check.ts'
import { type NodeState, nodeStates, standIn } from './node-states.ts'
import { type NodeTexts, nodeTexts, type SyntaxProblem, type TextInputs } from './node-texts.ts'
import { type CheckPiece, enforcedColumns, selectPieces, tablePiece } from './pieces.ts'
import { columnsOf } from './relation-columns.ts'
import { renderLate } from './render-late.ts'
import { type PieceFailure, runPieces } from './scratch-script.ts'
import { isGiven, type Subject } from './subjects.ts'
import { type FindRead, likenessOf, takesNoRow } from './test-likeness.ts'

/** What the server refused. */
export interface Refusal extends PieceFailure {
  readonly subject: Subject
  readonly piece: CheckPiece
}

export interface Syntax extends SyntaxProblem {
  readonly subject: Subject
}

export interface Typing {
  readonly states: ReadonlyMap<NodeId, NodeState>
  readonly refusals: readonly Refusal[]
  readonly syntax: readonly Syntax[]
  /** Number of a subject, by which the pieces of its contract are called. */
  readonly turnOf: (id: NodeId) => number
}

export interface TypingInputs extends TextInputs {
  readonly subjects: readonly Subject[]
  readonly kept: KeptCheck
  readonly given: (subject: Subject) => Given
  /** Digest of what the SQL of a node comes from. */
  readonly ownKey: (subject: Subject) => string
  readonly late: CheckOptions['late']
  readonly onParsed: CheckOptions['onParsed']
  readonly side: string
  /** Whether a node cannot be put where it may be made; a reason. */
  readonly outside: (subject: Subject) => string | null
}

/** A round trip makes so many statements at most. */
const batchSize = 64

/**
 * Types the nodes of a graph one after the other, many in one round trip; null without a session where something is another than
 * it was kept. While the server works the next texts are parsed.
 */
export async function typeNodes(inputs: TypingInputs, session: Session | null): Promise<Typing | null> {
  const { subjects, kept, side } = inputs
  const { states, set, keyOf, blockedBy, turnOf, subjectOf, readsUnread, unread } = nodeStates(
    subjects,
    inputs.ownKey,
  )
  const refusals: Refusal[] = []
  const syntax: Syntax[] = []
  const claimed = new Map<string, NodeId>()
  const parsed = new Map<number, NodeTexts>()
  /** By likeness the data test that is asked about. */
  const alike = new Map<string, NodeId>()
  let batch: { readonly turn: number; readonly piece: CheckPiece }[] = []
  const queued = new Set<NodeId>()
  let turn = 0
  let ahead = 0

  const textsOf = (index: number): NodeTexts => {
    const known = parsed.get(index)
    if (known !== undefined) return known
    const { node } = subjects[index]!
    if (!('select' in node)) throw new Error(`${node.id} has no SQL`)
    const made = nodeTexts(node, inputs)
    parsed.set(index, made)
    const whole = made.texts.find(({ form }) => form === 'full')
    if (whole?.parsed.text === node.select.full) inputs.onParsed?.(node.id, whole.parsed)
    return made
  }
  const readOf: FindRead = (id) => ({
    relation: subjectOf(id)?.relation ?? null,
    columns: states.get(id)?.columns ?? null,
  })

  /** Makes what a node reads, where it is known and has not been made. */
  function queueReads(ids: readonly NodeId[]): void {
    for (const id of ids) {
      const state = states.get(id)
      const subject = subjectOf(id)
      if (state === undefined || subject === undefined || subject.relation === null) continue
      if (state.isThere || queued.has(id) || state.columns === null || state.status === 'pending') continue
      queued.add(id)
      batch.push({ turn, piece: tablePiece(id, subject.relation, state.columns) })
    }
  }

  /** Sends what is waiting. After a refusal the nodes behind it have their turn again. */
  async function flush(): Promise<void> {
    while (batch.length > 0) {
      const sent = batch
      batch = []
      queued.clear()
      let isDone = false
      const running = runPieces(
        session!,
        sent.map(({ piece }) => piece),
      ).finally(() => {
        isDone = true
      })
      running.catch(() => {})
      for (ahead = Math.max(ahead, turn); !isDone && ahead < subjects.length; ahead++) {
        if (parsed.has(ahead) || !mayBeSent(subjects[ahead]!)) continue
        textsOf(ahead)
        await tick()
      }
      const failure = await running
      const stopped = failure?.index ?? sent.length
      for (const { piece } of sent.slice(0, stopped)) if (piece.role !== 'look') made(piece)
      const failed = sent[stopped]
      for (const { turn: done } of sent) {
        const state = states.get(subjects[done]!.node.id)
        if (state?.status === 'pending' && (failed === undefined || done < failed.turn))
          state.status = 'typed'
      }
      if (failure === null || failed === undefined) continue
      refuse(failed, failure)
      const rest = sent.slice(stopped + 1)
      for (const one of rest) if (one.turn > failed.turn) states.delete(subjects[one.turn]!.node.id)
      batch = rest.filter((one) => one.turn === failed.turn && goesOn(failed.piece, one.piece))
      const state = states.get(subjects[failed.turn]!.node.id)
      if (batch.length === 0 && state?.status === 'pending') state.status = 'broken'
      // What was missing is of another node: this one has its turn again.
      const isOwn = failed.piece.of === subjects[failed.turn]!.node.id
      if (!isOwn) batch = []
      turn = isOwn ? failed.turn + 1 : failed.turn
    }
  }

  function made({ of, role }: CheckPiece): void {
    const state = states.get(of)
    const subject = subjectOf(of)!
    if (state === undefined) return
    // Of a contract the table is the relation, and the view is beside it.
    const isContract = subject.node.kind === 'model' && enforcedColumns(subject.node) !== null
    if (!(role === 'define' && isContract)) state.isThere = true
  }

  function refuse({ turn: at, piece }: (typeof batch)[number], failure: PieceFailure): void {
    const owner = subjectOf(piece.of)!
    const state = states.get(piece.of)!
    refusals.push({ ...failure, subject: owner, piece })
    if (piece.role === 'table') {
      // A type that is none: nothing can be built on it.
      state.status = isGiven(owner.node) ? 'unchecked' : 'broken'
      state.reason = 'a type that is declared for it is none'
      state.columns = null
      if (at !== turnOf(piece.of)) states.delete(subjects[at]!.node.id)
      return
    }
    state.status = 'broken'
    if (piece.role === 'look' || state.isThere) return
    standIn(owner, state)
  }

  async function readColumns(): Promise<void> {
    for (const [id, columns] of await columnsOf(session!, unread())) states.get(id)!.columns = columns
  }

  for (;;) {
    const subject = subjects[turn]
    if (subject === undefined) {
      if (batch.length === 0) break
      await flush()
      continue
    }
    const { node, relation } = subject
    const outside = inputs.outside(subject)
    if (outside !== null) {
      set(subject, { status: 'unchecked', reason: outside })
      turn++
      continue
    }
    if (isGiven(node)) {
      const other = relation === null ? undefined : claimed.get(displayRelation(relation))
      if (relation !== null && other === undefined) claimed.set(displayRelation(relation), node.id)
      const given = inputs.given(subject)
      if (other !== undefined && other !== node.id) states.set(node.id, states.get(other)!)
      else if (given.kind === 'system') set(subject, { status: 'system' })
      else if (given.kind === 'unknown') {
        // By now there may be something to be known.
        if (session === null) return null
        set(subject, { status: 'unchecked', reason: given.reason, because: node.id })
      } else if (given.kind === 'there')
        set(subject, { status: 'typed', columns: given.columns, isThere: true, key: '' })
      else {
        const entry = kept.nodes.get(node.id)
        const key = digestOf([node.id, given.key])
        if (entry?.key === key && entry.columns !== null)
          set(subject, { status: 'typed', columns: entry.columns, isKept: true, key })
        else {
          if (session === null) return null
          const columns = await given.columns()
          if (columns === null)
            set(subject, { status: 'unchecked', reason: 'its file cannot be read', because: node.id })
          else {
            set(subject, { status: 'pending', key })
            batch.push({ turn, piece: tablePiece(node.id, relation!, columns) })
          }
        }
      }
      turn++
      if (batch.length >= batchSize) await flush()
      continue
    }
    if (!('select' in node)) throw new Error(`${node.id} has no SQL`)
    const entry = kept.nodes.get(node.id)
    const blocked = blockedBy(subject)
    if (blocked !== null) {
      const state = states.get(blocked)
      const because = state?.because ?? blocked
      const found = set(subject, { status: 'unchecked', because })
      if (node.kind === 'model' || node.kind === 'snapshot') standIn(subject, found)
      turn++
      continue
    }
    if (entry !== undefined || (node.kind === 'data_test' && session !== null)) {
      if (readsUnread(subject)) {
        const before = turn
        await flush()
        if (turn !== before) continue
        await readColumns()
        if (blockedBy(subject) !== null) continue
      }
      const key = entry === undefined ? null : keyOf(subject)
      if (entry !== undefined && entry.key === key) {
        set(subject, { status: 'typed', columns: entry.columns, isKept: true, key })
        turn++
        continue
      }
    }
    if (session === null) return null
    const likeness = likenessOf(subject, readOf)
    const like = likeness === null ? undefined : alike.get(likeness.key)
    if (like !== undefined && like !== node.id) {
      const before = turn
      if (states.get(like)?.status === 'pending') await flush()
      if (turn !== before) continue
      if (states.get(like)?.status === 'typed') {
        set(subject, { status: 'typed' })
        turn++
        continue
      }
    }
    let found: NodeTexts
    if (node.late) {
      queueReads(subject.reads)
      const before = turn
      await flush()
      if (turn !== before) continue
      const rendered = await renderLate(node, inputs, session)
      if ('reason' in rendered) {
        const state = set(subject, { status: 'unchecked', reason: rendered.reason, because: node.id })
        if (node.kind === 'model' || node.kind === 'snapshot') standIn(subject, state)
        turn++
        continue
      }
      found = nodeTexts({ ...node, select: rendered.select }, inputs)
    } else found = textsOf(turn)
    if (found.problems.length > 0) {
      syntax.push(...found.problems.map((problem) => ({ ...problem, subject })))
      standIn(subject, set(subject, { status: 'broken' }))
      turn++
      continue
    }
    if (likeness !== null && like === undefined && (likeness.isWhole || takesNoRow(found)))
      alike.set(likeness.key, node.id)
    queueReads(subject.reads)
    set(subject, { status: 'pending' })
    for (const piece of selectPieces(subject, found.texts, side, turn)) batch.push({ turn, piece })
    turn++
    if (batch.length >= batchSize) await flush()
  }
  if (session !== null) await readColumns()
  for (const subject of subjects) {
    const state = states.get(subject.node.id)!
    if (state.status === 'typed' && state.key === null) state.key = keyOf(subject)
  }
  return { states, refusals, syntax, turnOf }

  /** Most data tests are like others. */
  function mayBeSent({ node }: Subject): boolean {
    return 'select' in node && node.kind !== 'data_test' && !node.late && !kept.nodes.has(node.id)
  }
}

/** What of a node is still worth asking when something of it was refused. */
function goesOn(refused: CheckPiece, next: CheckPiece): boolean {
  return refused.of !== next.of || (refused.role === 'look' && next.role !== 'table')
}
