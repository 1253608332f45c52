import type { Database, NodeId, Step, StepContext } from '@strata/core'
import type { RelationStep } from '../state/step-state.ts'
import { type Glanced, glanceAtSteps } from './glance-at-steps.ts'
import type { FactsFunction } from './read-step.ts'

/** Looks at many steps together, where it can be foreseen that their turn comes soon. */
export interface Foresight<S> {
  /** The steps that a run is about to do. `isOwn`: whether one is done here. */
  expect(steps: readonly Step[], isOwn: (step: Step) => boolean): void
  /** A step has its turn: its parents have ended. */
  begin(step: S): void
  /** What a step that has begun would find; null where that cannot be told. */
  glance(step: S, prepared: FactsFunction, context: StepContext): Promise<Glanced | null>
  /** Something was done that had not been foreseen: what was seen counts no more. */
  forget(): void
}

/** For so long what has been seen is as good as a look when the step has its turn. */
const freshMs = 1_000

/** Definitions of views are read under locks, of which a server has some thousands. */
const atOnce = 250

/**
 * A step is looked at before its turn only where all of its parents have ended, or are seen at the same moment to have
 * nothing to do: then nothing that this run does comes in between. `isExpected`: whether the plan found nothing to do.
 */
export function createForesight<S extends Step & RelationStep>(
  database: Database,
  isExpected: (step: S) => boolean,
  hasNothingToDo: (step: S, glanced: Glanced) => boolean,
): Foresight<S> {
  let planned: ReadonlySet<NodeId> = new Set()
  let upcoming = new Map<NodeId, S>()
  const ended = new Set<NodeId>()
  const seen = new Map<NodeId, { readonly glanced: Glanced; readonly at: number }>()
  let looking: Promise<unknown> = Promise.resolve()

  function follows({ parents }: S, chosen: ReadonlySet<NodeId>): boolean {
    return parents.every((parent) => chosen.has(parent) || ended.has(parent) || !planned.has(parent))
  }

  function soon(): readonly S[] {
    const chosen = new Set<NodeId>()
    const steps: S[] = []
    for (const step of upcoming.values()) {
      if (!follows(step, chosen)) continue
      chosen.add(step.id)
      if (steps.push(step) === atOnce) break
    }
    return steps
  }

  async function look(step: S, prepared: FactsFunction, context: StepContext): Promise<Glanced | null> {
    const at = performance.now()
    const together = [step, ...soon()]
    const glanced = await glanceAtSteps(database, prepared, together, context)
    const untouched = new Set<NodeId>()
    for (const one of together) {
      const found = glanced.get(one.id)
      if (found === undefined || !hasNothingToDo(one, found) || !follows(one, untouched)) continue
      untouched.add(one.id)
      if (upcoming.has(one.id)) seen.set(one.id, { glanced: found, at })
    }
    if (glanced.size > 0 || together.length === 1) return glanced.get(step.id) ?? null
    // One of them was busy.
    return (await glanceAtSteps(database, prepared, [step], context)).get(step.id) ?? null
  }

  function takeSeen({ id }: S): Glanced | null {
    const found = seen.get(id)
    seen.delete(id)
    return found === undefined || performance.now() - found.at > freshMs ? null : found.glanced
  }

  return {
    expect(steps, isOwn) {
      planned = new Set(steps.map(({ id }) => id))
      const own = steps.filter((step): step is S => isOwn(step))
      upcoming = new Map(own.filter(isExpected).map((step) => [step.id, step]))
      ended.clear()
      seen.clear()
    },
    begin(step) {
      upcoming.delete(step.id)
      for (const parent of step.parents) ended.add(parent)
    },
    async glance(step, prepared, context) {
      // Whoever looks at this moment may be looking at this one, too.
      const mine = looking.then(() => takeSeen(step) ?? look(step, prepared, context))
      looking = mine.catch(() => {})
      return mine
    },
    forget() {
      seen.clear()
    },
  }
}
