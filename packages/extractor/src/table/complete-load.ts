import { compareKeys, type KeyComparison } from './compare-keys.ts'
import type { Load } from './load.ts'
import { countsDiffer, keyNotUnique } from './load-failures.ts'
import { compareChanges } from './row-condition.ts'
import { type ColumnWatermarks, typeOf } from './row-window.ts'
import type { RowWindow } from './table-source.ts'
import { type CompleteLoad, storeComplete, storeTableProgress } from './table-state.ts'
import { withZone } from './walk-table.ts'

/**
 * Reads the keys again and compares them, in a transaction that also moves the watermarks. Where something is missing it is rolled back,
 * and the comparison says so, unless it is `tolerant`.
 */
export async function compareLoad(load: Load, all: boolean, tolerant = false): Promise<KeyComparison> {
  const { options, snapshot, table, plan, place, measured } = load
  const { job } = options
  const window: RowWindow = all ? { kind: 'all' } : plan.window
  const counted = job.kind === 'table' ? await snapshot.count(job, window) : null
  let comparison: KeyComparison | null = null
  await completeLoad(
    load,
    async (transaction) => {
      comparison = await compareKeys(transaction, place, keysOf(load, window), all)
      if (comparison.keys < comparison.rows) {
        measured.duplicates += comparison.rows - comparison.keys
        throw keyNotUnique(job, comparison)
      }
      if (counted !== null && table.consistent && counted !== comparison.rows)
        throw countsDiffer(job, options.instance.name, counted, comparison.rows)
      if (comparison.missing > 0 && !tolerant) throw new SomeMissing()
      return !comparison.refused
    },
    all,
  ).catch((error: unknown) => {
    if (!(error instanceof SomeMissing)) throw error
  })
  const found = comparison as KeyComparison | null
  if (found === null) throw new Error('the keys were not compared')
  measured.available = found.rows
  measured.captured = found.rows - found.missing
  return found
}

/** Rolls back what a comparison has begun. */
class SomeMissing extends Error {}

async function* keysOf(
  { snapshot, plan, options }: Load,
  window: RowWindow,
): AsyncIterable<readonly string[]> {
  const { job } = options
  const request = { job, columns: plan.key, window, changes: [], after: null, chunkRows: keysAtATime }
  for await (const { rows } of snapshot.rows(request)) yield rows.map(({ json }) => json)
}

const keysAtATime = 50_000

/** One transaction: what `check` finds, and the watermarks where it did not throw. `check` says whether what is gone was marked. */
export async function completeLoad(
  load: Load,
  check: (
    transaction: Parameters<typeof storeComplete>[0] & Parameters<typeof compareKeys>[0],
  ) => Promise<boolean>,
  all: boolean,
): Promise<void> {
  const { options, place, plan, received, state } = load
  await options.landingSlots.run(() =>
    options.database.transaction(
      async (transaction) => {
        const judged = await check(transaction)
        if (plan.kind === 'backfill') return storeTableProgress(transaction, place, 0, undefined)
        // Who has read everything knows better than any load before: the source may have been restored, or a column altered.
        const before = plan.kind === 'full' ? ofLostColumns(load) : (state.watermarks ?? {})
        const watermarks = greatest(load, before, load.candidates)
        const end: CompleteLoad = {
          watermarks,
          first: firstTime(load, watermarks),
          received,
          walked: all,
          swept: all && judged,
          // Files of which too much is gone are compared again, until that is allowed.
          fingerprint: options.job.kind === 'file' && all && !judged ? null : plan.fingerprint,
        }
        await storeComplete(transaction, place, end)
      },
      { applicationName: options.applicationName, signal: options.context.signal },
    ),
  )
}

/** Those of declared columns that the table has no longer: that they were there once tells them from a slip of the pen. */
function ofLostColumns({ options: { job }, table, state }: Load): ColumnWatermarks {
  const declared = job.kind === 'table' ? (job.watermark?.columns ?? []) : []
  const lost = declared.filter(({ name }) => !table.columns.some((column) => column.name === name))
  return Object.fromEntries(
    Object.entries(state.watermarks ?? {}).filter(([known]) => lost.some(({ name }) => name === known)),
  )
}

/** No increment lowers a watermark. */
export function greatest({ table }: Load, one: ColumnWatermarks, other: ColumnWatermarks): ColumnWatermarks {
  const result = { ...one }
  for (const [name, value] of Object.entries(other)) {
    const known = result[name]
    if (known === undefined || compareChanges(value, known, typeOf(table, name)) > 0) result[name] = value
  }
  return result
}

function firstTime({ plan, table, timeZone }: Load, watermarks: ColumnWatermarks): CompleteLoad['first'] {
  const column = plan.changes.find((name) => name in watermarks && typeOf(table, name) !== 'number')
  if (column === undefined) return null
  const text = watermarks[column]!
  return { column, text, at: withZone(text, { type: typeOf(table, column) }, timeZone) }
}
