import type { MaterializeSeed, SeedStep, Session, StepContext, StepExecutor } from '@strata/core'
import { performActions } from '../publish/perform-actions.ts'
import {
  createRelationExecutor,
  exchangeOptions,
  messageOf,
  type Published,
  type RelationExecutorOptions,
} from '../publish/relation-executor.ts'
import { lockAndReadFacts } from '../publish/step-facts.ts'
import { storeState } from '../state/store-state.ts'
import { loadSeed } from './load-seed.ts'
import { readColumns, type SeedFile } from './read-columns.ts'

export interface SeedExecutorOptions extends RelationExecutorOptions {
  readonly materializeSeed: MaterializeSeed
  /** The bytes of a file, given relative to the project directory. Called twice for a seed that is loaded. */
  readonly open: (file: string) => AsyncIterable<Uint8Array>
}

/**
 * Loads CSV files into tables: in one transaction the lock, the facts, the rows and the state. The file is read twice, for
 * the types and for the rows, in constant memory. Throws `StrataError`: `NOT_OURS`, `RELATION_BUSY`, `DEPENDENT_VIEW`, and
 * `SEED_…` for what is wrong with the file, with file and line, never with a value.
 */
export function createSeedExecutor(options: SeedExecutorOptions): StepExecutor<SeedStep> {
  return createRelationExecutor<SeedStep>(options, (transaction, step, context) =>
    publishSeed(transaction, options, step, context),
  )
}

async function publishSeed(
  transaction: Session,
  options: SeedExecutorOptions,
  step: SeedStep,
  context: StepContext,
): Promise<Published> {
  const { facts, state } = await lockAndReadFacts(transaction, options, step, context)
  const { action, reason, tableOf } = options.materializeSeed(step, facts)
  const { hasRetired } = state
  if (tableOf === null) {
    return { outcome: { status: 'success', action: 'none', message: reason, counts: {} }, hasRetired }
  }
  const bytes = () => untilAborted(options.open(step.file), context.signal)
  const { file, config } = step
  const found = await readColumns({ file, delimiter: config.delimiter, bytes: bytes() }, config)
  const table = tableOf(found.columns)
  const exchange = exchangeOptions(transaction, options, step, context)
  await performActions(transaction, table.create, exchange)
  const rows = await loadSeed(transaction, {
    step,
    into: table.into,
    columns: found.columns,
    bytes: bytes(),
    progress: (done) => context.emit({ kind: 'step_progress', id: step.id, counts: { rows: done } }),
  })
  const { leftBehind } = await performActions(transaction, table.publish, exchange)
  await storeState(transaction, step, context, facts, {})
  const message = messageOf(withRemarks(reason, found), leftBehind)
  return { outcome: { status: 'success', action, message, counts: { rows } }, hasRetired }
}

function withRemarks(reason: string, { emptyLines, unknownColumns }: SeedFile): string {
  const remarks = [reason]
  const [first] = emptyLines
  if (first !== undefined) {
    remarks.push(
      emptyLines.length === 1
        ? `line ${first} is empty and became a row of nulls`
        : `${emptyLines.length} empty lines became rows of nulls`,
    )
  }
  if (unknownColumns.length > 0)
    remarks.push(`column_types names ${unknownColumns.join(', ')}, which the file does not have`)
  return remarks.join('; ')
}

async function* untilAborted(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    signal.throwIfAborted()
    yield chunk
  }
}
