import type { Database, NodeId, Step, StepContext, StepFacts, StepOutcome } from '@strata/core'
import type { RelationStep } from '../state/step-state.ts'
import { glanceAtSteps } from './glance-at-steps.ts'
import type { FactsFunction } from './read-step.ts'

/** A step that has nothing to do. */
interface Untouched {
  readonly outcome: StepOutcome
  /** As in `StoredState`. */
  readonly hasRetired: boolean
}

/** Looks at many steps together, where it can be foreseen that their turn comes soon. */
export interface Foresight<S> {
  /** The steps that a run is about to do. `isOwn`: whether one is done here. */
  expect(steps: readonly Step[], isOwn: (step: Step) => boolean): void
  /** A step has its turn: its parents have ended. */
  begin(step: S): void
  /** Looks whether a step that has begun has nothing to do; null: it has, or that cannot be told. */
  glance(step: S, prepared: FactsFunction, context: StepContext): Promise<Untouched | null>
  /** Something was done that had not been foreseen: what was seen counts no more. */
  forget(): void
}

/** For so long what has been seen is as good as a look when the step has its turn. */
const freshMs = 5_000

/** Definitions of views are read under locks, of which a server has some thousands. */
const atMost = 500
const atFirst = 50

/**
 * A step is looked at before its turn only where all of its parents have ended, or have just been seen to have
 * nothing to do: then nothing that this run does comes in between. `isExpected`: whether the plan found nothing to do.
 * `decide`: what a step comes to that has nothing to do; null for any other.
 */
export function createForesight<S extends Step & RelationStep>(
  database: Database,
  isExpected: (step: S) => boolean,
  decide: (step: S, facts: StepFacts) => StepOutcome | null,
): Foresight<S> {
  let planned: ReadonlySet<NodeId> = new Set()
  let upcoming = new Map<NodeId, S>()
  const ended = new Set<NodeId>()
  const seen = new Map<NodeId, Untouched & { readonly at: number }>()
  let looking: Promise<unknown> = Promise.resolve()
  let atOnce = atFirst
  let inVain = false

  function isFresh(id: NodeId): boolean {
    const found = seen.get(id)
    return found !== undefined && performance.now() - found.at <= freshMs
  }

  function follows({ parents }: S, chosen: { has(id: NodeId): boolean }): boolean {
    const isUntouched = (id: NodeId) => chosen.has(id) || ended.has(id) || !planned.has(id) || isFresh(id)
    return parents.every(isUntouched)
  }

  function soon(after: S): readonly S[] {
    const chosen = new Set([after.id])
    const steps: S[] = []
    for (const step of upcoming.values()) {
      if (isFresh(step.id) || !follows(step, chosen)) continue
      chosen.add(step.id)
      if (steps.push(step) === atOnce) break
    }
    return steps
  }

  async function look(step: S, prepared: FactsFunction, context: StepContext): Promise<Untouched | null> {
    const together = [step, ...soon(step)]
    // More each time, as long as all of them have their turns while what was seen is fresh.
    atOnce = inVain ? atFirst : Math.min(atMost, atOnce * 2)
    inVain = false
    let glanced = await glanceAtSteps(database, prepared, together, context)
    // One of them was busy.
    if (glanced.size === 0 && together.length > 1)
      glanced = await glanceAtSteps(database, prepared, [step], context)
    const untouched = new Map<NodeId, Untouched>()
    for (const one of together) {
      const found = glanced.get(one.id)
      const outcome = found === undefined ? null : decide(one, found.facts)
      if (found === undefined || outcome === null || !follows(one, untouched)) continue
      const { hasRetired } = found.state
      untouched.set(one.id, { outcome, hasRetired })
      if (upcoming.has(one.id)) seen.set(one.id, { outcome, hasRetired, at: performance.now() })
    }
    return untouched.get(step.id) ?? null
  }

  function takeSeen({ id }: S): Untouched | null {
    const found = seen.get(id)
    if (found === undefined) return null
    const fresh = isFresh(id)
    if (!fresh) inVain = true
    seen.delete(id)
    return fresh ? found : null
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
