import {
  deriveName,
  type PublishAction,
  quoteIdentifier,
  quoteRelation,
  type RelationFacts,
  type SnapshotStep,
} from '@strata/core'
import { columnChanges, compareColumns } from '../incremental/schema-change.ts'
import { findChanges } from './find-changes.ts'
import { guardIndex } from './guard-index.ts'
import {
  assertKeys,
  assertOneCurrent,
  assertOptionsFit,
  refuseReserved,
  refuseToCloseAll,
  refuseUnknown,
} from './snapshot-checks.ts'
import { makeRoom, sharedColumns } from './snapshot-columns.ts'
import { writeVersions } from './write-versions.ts'

/** Names of temporary tables, quoted. */
export interface SnapshotTables {
  readonly target: string
  /** What the SELECT yields now. */
  readonly stage: string
  /** Which rows of the stage make a new version, and which versions end. */
  readonly changes: string
  /** The versions that end for their rows are gone. */
  readonly gone: string
}

/** Stages the SELECT, looks at what is other than the current versions, ends those, and adds new ones. */
export function takeSnapshot(
  step: SnapshotStep,
  relation: RelationFacts,
  now: string,
): readonly PublishAction[] {
  const name = (suffix: string) => `pg_temp.${quoteIdentifier(deriveName(step.relation.name, suffix))}`
  const tables: SnapshotTables = {
    target: quoteRelation(step.relation),
    stage: name('__strata_stage'),
    changes: name('__strata_changes'),
    gone: name('__strata_gone'),
  }
  const { target, stage } = tables
  const select = step.select.full
  return [
    { kind: 'execute', sql: `${createTemporary(stage)}\n${select}`, select, counts: 'rows' },
    { kind: 'execute', sql: `analyze ${stage}` },
    {
      kind: 'ask',
      sql: compareColumns(stage, target, null),
      proceed(rows) {
        const changes = columnChanges(rows)
        const yielded = changes.flatMap((one) => (one.gets === null ? [] : [one.name]))
        refuseReserved(step, yielded)
        refuseUnknown(step, yielded)
        const checks = [...assertOptionsFit(step, stage), ...assertKeys(step, stage)]
        const room = makeRoom(step, changes)
        if (room.length > 0) return { actions: [...checks, ...room] }
        const shared = sharedColumns(step, changes)
        return {
          actions: [
            ...checks,
            ...(isGuarded(step, relation) ? [] : [assertOneCurrent(step, target)]),
            ...refuseToCloseAll(step, stage, target),
            ...findChanges(step, tables, { changes, shared, now }),
            ...writeVersions(step, tables, { changes, shared, now }),
          ],
        }
      },
    },
  ]
}

/** `create temp table pg_temp.x` is allowed too, but says it twice. */
export function createTemporary(table: string): string {
  return `create temp table ${table.slice('pg_temp.'.length)} on commit drop as`
}

function isGuarded(step: SnapshotStep, { indexes }: RelationFacts): boolean {
  const guard = guardIndex(step)
  return indexes.some(({ name, unique, valid }) => name === guard?.name && unique && valid)
}
