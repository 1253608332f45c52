import { materialize } from '../../packages/compiler/src/materialize/materialize.ts'
import { materializeSeed } from '../../packages/compiler/src/materialize/seed.ts'
import { materializeSnapshot } from '../../packages/compiler/src/materialize/snapshot/snapshot.ts'
import type {
  Clock,
  Database,
  Emit,
  ModelStep,
  RunResult,
  SeedStep,
  SnapshotStep,
  StepContext,
  StepOutcome,
  Target,
} from '../../packages/core/src/index.ts'
import { prepareFactsFunction } from '../../packages/postgres/src/facts-function.ts'
import { readRelationFacts } from '../../packages/postgres/src/relation-facts.ts'
import {
  createModelExecutor,
  createSeedExecutor,
  createSnapshotExecutor,
  run,
} from '../../packages/runner/src/index.ts'

export type ProofStep = ModelStep | SeedStep | SnapshotStep

export interface ExecuteOptions {
  readonly emit?: Emit
  readonly signal?: AbortSignal
  readonly runId?: string
  readonly clock?: Clock
  /** What the files of seeds hold, by their names. */
  readonly files?: { readonly [file: string]: string }
}

const target: Target = {
  name: 'test',
  database: 'strata',
  prefix: '',
  defaultSchema: 'silver',
  landingSchema: 'bronze',
  extract: false,
  threads: 2,
}

/** Performs one step as a run does, with the real executor, and no run around it. Throws what the executor throws. */
export function executeStep(
  database: Database,
  step: ProofStep,
  options: ExecuteOptions = {},
): Promise<StepOutcome> {
  const context = {
    runId: options.runId ?? 'proof',
    target,
    emit: options.emit ?? (() => {}),
    signal: options.signal ?? new AbortController().signal,
    clock: options.clock ?? (() => new Date()),
  }
  const common = {
    database,
    readFacts: readRelationFacts,
    prepareFacts: prepareFactsFunction,
    lockTimeoutMs: 50,
  }
  if (step.kind === 'model') return createModelExecutor({ ...common, materialize })(step, context)
  if (step.kind === 'snapshot')
    return createSnapshotExecutor({ ...common, materializeSnapshot })(step, context)
  const open = async function* (file: string) {
    yield new TextEncoder().encode(options.files?.[file] ?? '')
  }
  return createSeedExecutor({ ...common, materializeSeed, open })(step, context)
}

/**
 * A whole run, which tries again what fails by no fault of its own. The steps are performed on `database`, the run is
 * recorded on `record`.
 */
export function runSteps(
  database: Database,
  steps: readonly ProofStep[],
  options: ExecuteOptions & { readonly record?: Database } = {},
): Promise<RunResult> {
  const perform = (step: ProofStep, context: StepContext) =>
    executeStep(database, step, { ...options, ...context })
  return run(
    { version: 1, command: 'run', target, steps },
    {
      database: options.record ?? database,
      executors: { model: perform, seed: perform, snapshot: perform },
      clock: options.clock ?? (() => new Date()),
      emit: options.emit ?? (() => {}),
      signal: options.signal ?? new AbortController().signal,
      threads: 2,
    },
  )
}
