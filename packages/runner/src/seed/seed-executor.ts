import type { MaterializeSeed, SeedColumn, SeedStep, SeedTable, Session, StepExecutor } from '@strata/core'
import { exchangeOptions } from '../publish/exchange-options.ts'
import { performActions } from '../publish/perform-actions.ts'
import {
  createRelationExecutor,
  messageOf,
  type Published,
  type RelationContext,
  type RelationExecutorOptions,
} from '../publish/relation-executor.ts'
import { lockAndReadFacts } from '../publish/step-facts.ts'
import { storeState } from '../state/store-state.ts'
import { copyAsItIs, type FilledTable, passing } from './copy-as-it-is.ts'
import { loadSeed } from './load-seed.ts'
import { readColumns, type SeedFile } from './read-columns.ts'

export interface SeedExecutorOptions extends RelationExecutorOptions {
  readonly materializeSeed: MaterializeSeed
  /** The bytes of a file, given relative to the project directory. Called once for a seed that is loaded, and again where its values are not written as Postgres reads them. */
  readonly open: (file: string) => AsyncIterable<Uint8Array>
}

/**
 * Loads CSV files into tables: in one transaction the lock, the facts, the rows and the state. The file is read in
 * constant memory, most often once. Throws `StrataError`: `NOT_OURS`, `RELATION_BUSY`, `DEPENDENT_VIEW`, and
 * `SEED_…` for what is wrong with the file, with file and line, never with a value.
 */
export function createSeedExecutor(options: SeedExecutorOptions): StepExecutor<SeedStep> {
  return createRelationExecutor<SeedStep>(
    options,
    (transaction, step, context) => publishSeed(transaction, options, step, context),
    (step, facts) => {
      const { reason, tableOf } = options.materializeSeed(step, facts)
      return tableOf === null ? { status: 'success', action: 'none', message: reason, counts: {} } : null
    },
  )
}

async function publishSeed(
  transaction: Session,
  options: SeedExecutorOptions,
  step: SeedStep,
  context: RelationContext,
): Promise<Published> {
  const { facts, state } = await lockAndReadFacts(transaction, options, step, context)
  const { action, reason, tableOf } = options.materializeSeed(step, facts)
  const { hasRetired } = state
  if (tableOf === null) {
    return { outcome: { status: 'success', action: 'none', message: reason, counts: {} }, hasRetired }
  }
  const exchange = exchangeOptions(transaction, options, step, context)
  const { table, rows, found } = await fillTable(transaction, step, {
    open: () => untilAborted(options.open(step.file), context.signal),
    async create(columns) {
      const table = tableOf(columns)
      await performActions(transaction, table.create, exchange)
      return table
    },
    progress: (rows) => context.emit({ kind: 'step_progress', id: step.id, counts: { rows } }),
  })
  const { leftBehind } = await performActions(transaction, table.publish, exchange)
  await storeState(transaction, step, context, facts, {})
  const message = messageOf(withRemarks(reason, found), leftBehind)
  return { outcome: { status: 'success', action, message, counts: { rows } }, hasRetired }
}

interface Filling {
  open(): AsyncIterable<Uint8Array>
  create(columns: readonly SeedColumn[]): Promise<SeedTable>
  progress(rows: number): void
}

async function fillTable(
  transaction: Session,
  step: SeedStep,
  filling: Filling,
): Promise<FilledTable & { readonly found: SeedFile }> {
  const { file, config, checksum } = step
  const { delimiter } = config
  const { open, create, progress } = filling
  const passed = passing(open())
  const reading = await readColumns({ file, delimiter, bytes: passed.bytes }, config)
  const filled = await copyAsItIs(transaction, { delimiter, reading, passed, checksum, create, progress })
  if (filled !== null) return { ...filled, found: reading.found() }
  while ((await reading.readOn()) !== null);
  const found = reading.found()
  const table = await create(found.columns)
  const { columns } = found
  const rows = await loadSeed(transaction, { step, into: table.into, columns, open, progress })
  return { table, rows, found }
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
