import { createHash } from 'node:crypto'
import { materializeSnapshot } from '@strata/compiler'
import type { Clock, Database, Event, SnapshotSettings, SnapshotStep, StepResult, Target } from '@strata/core'
import { readRelationFacts } from '@strata/postgres'
import { createSnapshotExecutor, run } from '@strata/runner'
import { target } from './publish-fixture.ts'

export const metaColumns: SnapshotSettings['columns'] = {
  scdId: 'dbt_scd_id',
  updatedAt: 'dbt_updated_at',
  validFrom: 'dbt_valid_from',
  validTo: 'dbt_valid_to',
  isDeleted: 'dbt_is_deleted',
}

export interface SnapshotOptions {
  readonly select?: string
  readonly strategy?: SnapshotSettings['strategy']
  readonly key?: readonly string[]
  readonly hardDeletes?: SnapshotSettings['hardDeletes']
  readonly validToCurrent?: string
  readonly columns?: Partial<SnapshotSettings['columns']>
  readonly takeOver?: boolean
  readonly allowEmpty?: boolean
  readonly config?: SnapshotStep['config']
}

/** The step of a snapshot `history.people` of `raw.people`, by `updated_at` unless the options say otherwise. */
export function snapshot(options: SnapshotOptions = {}): SnapshotStep {
  const { select = 'select * from raw.people', config = {} } = options
  return {
    kind: 'snapshot',
    id: 'snapshot.test.people',
    name: 'history.people',
    parents: [],
    intent: 'build',
    reason: '',
    relation: { schema: 'history', name: 'people' },
    config,
    settings: {
      strategy: options.strategy ?? { kind: 'timestamp', updatedAt: 'updated_at' },
      uniqueKey: options.key ?? ['id'],
      hardDeletes: options.hardDeletes ?? 'ignore',
      validToCurrent: options.validToCurrent ?? null,
      columns: { ...metaColumns, ...options.columns },
    },
    select: { full: select, increment: null },
    late: false,
    preHooks: [],
    postHooks: [],
    fingerprint: createHash('md5').update(select).digest('hex'),
    takeOver: options.takeOver ?? false,
    ...(options.allowEmpty === true ? { allowEmpty: true } : {}),
    description: '',
    columnDescriptions: {},
  }
}

export interface SnapshotRun {
  readonly target?: Target
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly onEvent?: (event: Event) => void
}

/** Takes one snapshot and returns how it ended. */
export async function take(
  database: Database,
  step: SnapshotStep,
  settings: SnapshotRun = {},
): Promise<StepResult> {
  const result = await run(
    { version: 1, command: 'snapshot', target: settings.target ?? target, steps: [step] },
    {
      database,
      executors: {
        snapshot: createSnapshotExecutor({
          database,
          materializeSnapshot,
          readFacts: readRelationFacts,
          lockTimeoutMs: 50,
        }),
      },
      clock: settings.clock ?? (() => new Date()),
      emit: settings.onEvent ?? (() => {}),
      signal: settings.signal ?? new AbortController().signal,
      threads: 1,
    },
  )
  return result.results[0]!
}
