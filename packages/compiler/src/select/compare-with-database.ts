import { isDeepStrictEqual } from 'node:util'
import {
  ConfigurationError,
  type Graph,
  type KnownRelation,
  type ModelStep,
  type Node,
  type NodeId,
  type SeedStep,
  selectText,
  shapeOptions,
  type Target,
} from '@strata/core'
import { buildPlan } from '../plan/build-plan.ts'
import type { Aspect, ManifestComparison } from './compare-manifests.ts'

/** What a database keeps of a target, in the place of the artifacts of an earlier run. */
export interface DatabaseState {
  readonly target: Target
  /** The project as it is now, compiled for that target: names and fingerprints depend on it. */
  readonly graph: Graph
  readonly relations: ReadonlyMap<NodeId, KnownRelation>
}

/** The aspects that can be told from what is kept. */
const kept = new Set<Aspect>([
  'new',
  'old',
  'modified',
  'unmodified',
  'modified.body',
  'modified.configs',
  'modified.relation',
])

/** Compares models and seeds with what a target built. Of other nodes nothing is kept: they count as old and unmodified. */
export function compareWithDatabase({ target, graph, relations }: DatabaseState): ManifestComparison {
  const plan = buildPlan(graph, graph.nodes, {
    command: 'run',
    target,
    kinds: ['model', 'seed'],
    fullRefresh: false,
  })
  const steps = new Map(
    plan.steps.flatMap((step) => (step.kind === 'model' || step.kind === 'seed' ? [[step.id, step]] : [])),
  ) as ReadonlyMap<NodeId, ModelStep | SeedStep>

  return {
    is(node: Node, aspect: Aspect) {
      if (!kept.has(aspect)) throw notKept(aspect)
      const step = steps.get(node.id)
      if (step === undefined) return aspect === 'old' || aspect === 'unmodified'
      const before = relations.get(node.id)
      if (before === undefined) return aspect !== 'old' && aspect !== 'unmodified'
      return differs(step, before, aspect)
    },
  }
}

function differs(step: ModelStep | SeedStep, before: KnownRelation, aspect: Aspect): boolean {
  const moved = !isDeepStrictEqual(step.relation, before.relation)
  const modified = moved || step.fingerprint !== before.plannedFingerprint
  switch (aspect) {
    case 'old':
      return true
    case 'modified':
      return modified
    case 'unmodified':
      return !modified
    case 'modified.relation':
      return moved
    case 'modified.configs':
      return before.configuration === null
        ? modified
        : !isDeepStrictEqual(before.configuration, shapeOptions(step.config))
    case 'modified.body':
      return bodyDiffers(step, before, modified)
    default:
      return false
  }
}

function bodyDiffers(step: ModelStep | SeedStep, before: KnownRelation, modified: boolean): boolean {
  if (step.kind === 'model' && !step.late && before.sql !== null)
    return before.sql !== selectText(step.select)
  // The fingerprint of a file or of a template stands for its configuration as well.
  return modified && isDeepStrictEqual(before.configuration, shapeOptions(step.config))
}

function notKept(aspect: Aspect): ConfigurationError {
  return new ConfigurationError({
    code: 'NOT_KEPT',
    message: `state:${aspect} cannot be told from a database: it keeps the SQL and the configuration of relations, and no more`,
    hint: 'Use state:modified, or --state with a folder of artifacts.',
  })
}
