import { isDeepStrictEqual } from 'node:util'
import {
  type Change,
  deepFreeze,
  type Graph,
  type Json,
  type KnownRelation,
  type ModelStep,
  type Node,
  type NodeId,
  type Plan,
  type SeedStep,
  type SnapshotStep,
  type Step,
  type StepState,
  selectText,
  shapeOptions,
} from '@strata/core'
import { decideIntent } from '../materialize/decide-intent.ts'
import { decideSeedIntent } from '../materialize/seed.ts'
import { decideSnapshotIntent } from '../materialize/snapshot/decide-snapshot.ts'
import { contractChange } from './contract-change.ts'

type RelationStep = ModelStep | SeedStep | SnapshotStep

/** Options that are called otherwise in a project than in the graph. */
const writtenNames: ReadonlyMap<string, string> = new Map([
  ['uniqueKey', 'unique_key'],
  ['columnTypes', 'column_types'],
  ['quoteColumns', 'quote_columns'],
])

/** The plan with each intent and its reason, as the state in the database has it. */
export function decidePlan(plan: Plan, stateOf: (step: RelationStep) => StepState): Plan {
  return deepFreeze({
    ...plan,
    steps: plan.steps.map((step) => {
      if (step.kind === 'model') return { ...step, ...decideIntent(step, stateOf(step)) }
      if (step.kind === 'snapshot') return { ...step, ...decideSnapshotIntent(step, stateOf(step)) }
      return step.kind === 'seed' ? { ...step, ...decideSeedIntent(step, stateOf(step)) } : step
    }),
  })
}

/** A decided plan with what changed for each of its relations since that was built. */
export async function explainPlan(
  plan: Plan,
  graph: Graph,
  known: ReadonlyMap<NodeId, KnownRelation>,
): Promise<Plan> {
  const explained = new Map<NodeId, Step>()
  const builtParents = builtParentsIn(graph)
  for (const step of plan.steps) {
    if (step.kind !== 'model' && step.kind !== 'seed' && step.kind !== 'snapshot') {
      explained.set(step.id, step)
      continue
    }
    const before = known.get(step.id)
    const own =
      before === undefined
        ? newcomer(step)
        : [
            ...(await changesOf(step, before)),
            ...(step.kind === 'model' ? contractChange(step.id, before.contract, step.contract, graph) : []),
          ]
    const parents = step.parents.flatMap((id) => {
      const parent = explained.get(id)
      return parent !== undefined && willDiffer(parent)
        ? [{ kind: 'parent', parent: parent.name } as const]
        : []
    })
    const stale = before === undefined ? [] : staleChanges(step, before, builtParents(step.id), known)
    explained.set(step.id, { ...step, changes: [...own, ...parents, ...stale] })
  }
  return deepFreeze({ ...plan, steps: plan.steps.map((step) => explained.get(step.id)!) })
}

/** Nothing is known of a relation that somebody else made. */
function newcomer(step: RelationStep): readonly Change[] {
  return step.intent === 'build' ? [{ kind: 'new' }] : []
}

async function changesOf(step: RelationStep, before: KnownRelation): Promise<readonly Change[]> {
  if (step.fingerprint === before.plannedFingerprint) return []
  const options =
    before.configuration === null ? [] : optionChanges(before.configuration, shapeOptions(step.config))
  if (step.kind === 'seed') {
    const { configuration } = before
    return configuration !== null && options.length > 0 ? options : [{ kind: 'file' }]
  }
  const now = selectText(step.select)
  if (step.late) return options.length > 0 ? options : [{ kind: 'sql', diff: null }]
  if (before.sql === null) return [{ kind: 'sql', diff: null }]
  return before.sql === now
    ? options
    : [{ kind: 'sql', diff: await changedForm(before.sql, now) }, ...options]
}

function optionChanges(
  before: { readonly [option: string]: Json },
  after: { readonly [option: string]: Json },
): readonly Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.flatMap((option): Change[] => {
    const [was, is] = [before[option] ?? null, after[option] ?? null]
    if (isDeepStrictEqual(was, is)) return []
    return [{ kind: 'config', option: writtenNames.get(option) ?? option, before: was, after: is }]
  })
}

/** What changed in the full form mostly changed alike in the form of an increment: only what differs in that alone is told of it. */
function changedForm(before: string, now: string): Promise<string> {
  const [wasFull, isFull] = [fullForm(before), fullForm(now)]
  return wasFull === isFull ? unifiedDiff(before, now) : unifiedDiff(wasFull, isFull)
}

/** As `selectText` puts the two together. */
function fullForm(text: string): string {
  const end = text.indexOf('\n\n-- as an increment:\n')
  return end < 0 ? text : text.slice(0, end)
}

/** Without the lines that name files: there are none. */
async function unifiedDiff(before: string, after: string): Promise<string> {
  // Most commands never compare anything.
  const { createTwoFilesPatch } = await import('diff')
  const patch = createTwoFilesPatch('built', 'now', `${before}\n`, `${after}\n`)
  return patch.slice(patch.indexOf('@@')).trimEnd()
}

/** Whether its rows or its columns may be others for what reads it. */
function willDiffer(parent: Step): boolean {
  return (
    (parent.changes ?? []).some(({ kind }) => kind !== 'stale' && kind !== 'contract') &&
    parent.intent !== 'skip'
  )
}

/** A view shows what is there: it is never stale. */
function staleChanges(
  step: RelationStep,
  before: KnownRelation,
  parents: readonly NodeId[],
  known: ReadonlyMap<NodeId, KnownRelation>,
): readonly Change[] {
  if (step.config['materialized'] === 'view') return []
  return parents.flatMap((id): Change[] => {
    const parent = known.get(id)
    if (parent === undefined || parent.builtAt <= before.builtAt) return []
    return [{ kind: 'stale', parent: `${parent.relation.schema}.${parent.relation.name}` }]
  })
}

/** The relations with rows of their own that a node reads, through views and ephemeral models. */
function builtParentsIn(graph: Graph): (id: NodeId) => readonly NodeId[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const isPassedThrough = (node: Node) =>
    node.kind === 'model' && (node.config.materialized === 'view' || node.config.materialized === 'ephemeral')
  return (id) => {
    const found = new Set<NodeId>()
    const seen = new Set<NodeId>([id])
    const waiting = [...(nodes.get(id)?.parents ?? [])]
    for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
      const node = nodes.get(parent)
      if (seen.has(parent) || node === undefined) continue
      seen.add(parent)
      if (isPassedThrough(node)) waiting.push(...node.parents)
      else found.add(parent)
    }
    return [...found].sort()
  }
}
