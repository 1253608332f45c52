import { deriveName, type ModelStep, type PublishAction, quoteIdentifier, quoteRelation } from '@strata/core'
import { matchKey } from './key-match.ts'
import type { StagedKeys, StagedRows } from './stage-edges.ts'

export interface Stage {
  /** Quoted. */
  readonly table: string
  readonly columns: readonly string[]
  readonly key: readonly string[]
  /** The SELECT that filled it. */
  readonly select: string
}

/**
 * Finds the keys that the SELECT gave for the parents' former rows and does not give for what they are now: those of
 * rows that left by a filter, a new key, a tombstone or a delete. What other rows of the parents still yield under these keys
 * is added to the stage; the rest of them goes from the target (R17).
 *
 * The second run of the SELECT reads the former rows where the increments stood, under the same names.
 */
export function removeLeavers(
  step: ModelStep,
  stage: Stage,
  staged: readonly StagedRows[],
): readonly PublishAction[] {
  if (staged.length === 0 || stage.key.length === 0) return []
  const left = `pg_temp.${quoteIdentifier(deriveName(step.relation.name, '__strata_left'))}`
  const formers = staged.map(({ formerName }) => `pg_temp.${quoteIdentifier(formerName)}`)
  return [
    ...staged.map(({ copyFormer }): PublishAction => ({ kind: 'execute', sql: copyFormer })),
    {
      kind: 'ask',
      sql: `select ${formers.map((former) => `exists (select from ${former})`).join(' or ')} as some`,
      proceed: ([answer]) => ({ actions: answer?.['some'] === true ? leave(step, stage, staged, left) : [] }),
    },
  ]
}

function leave(
  step: ModelStep,
  stage: Stage,
  staged: readonly StagedRows[],
  left: string,
): readonly PublishAction[] {
  const key = stage.key.map(quoteIdentifier).join(', ')
  const columns = stage.columns.map(quoteIdentifier)
  const matches = matchKey(stage.key)
  const createLeft = `create temp table ${left.slice('pg_temp.'.length)} on commit drop as`
  const gone = matches.map(
    ({ rows, same }) => `not exists (select from ${stage.table} as s where ${rows} and ${same})`,
  )
  return [
    ...staged.flatMap(({ name, formerName }) => stepAside(name, formerName)),
    {
      kind: 'attempt',
      statements: [
        `${createLeft}\nselect distinct ${key} from (\n${stage.select}\n) as t\nwhere ${gone.join('\n  and ')}`,
      ],
      // A record that was mended may have been what the SELECT could not read: then all that it does not yield has left.
      otherwise: [
        `${createLeft}\nselect ${key} from ${quoteRelation(step.relation)}\nexcept\nselect ${key} from (\n${step.select.full}\n) as whole`,
      ],
    },
    { kind: 'execute', sql: `analyze ${left}` },
    {
      kind: 'ask',
      sql: `select exists (select from ${left}) as some`,
      proceed: ([answer]) => ({
        actions:
          answer?.['some'] === true
            ? [
                ...matches.map(
                  (match): PublishAction => ({
                    kind: 'execute',
                    sql: `insert into ${stage.table} (${columns.join(', ')})
select ${columns.map((column) => `t.${column}`).join(', ')} from (\n${step.select.full}\n) as t
where exists (select from ${left} as s where ${match.rows} and ${match.same})`,
                  }),
                ),
                ...matches.map(
                  (match): PublishAction => ({
                    kind: 'execute',
                    sql: `delete from ${quoteRelation(step.relation)} as t using ${left} as s
where ${match.rows}
  and ${match.same}
  and not exists (select from ${stage.table} as kept where ${sameKey(stage.key, 'kept', 's')})`,
                    counts: 'deleted',
                  }),
                ),
              ]
            : [],
      }),
    },
  ]
}

/** The SELECT names the increment; for its second run the former rows have that name. */
function stepAside(name: string, formerName: string): readonly PublishAction[] {
  const rename = (from: string, to: string): PublishAction => ({
    kind: 'execute',
    sql: `alter table pg_temp.${quoteIdentifier(from)} rename to ${quoteIdentifier(to)}`,
  })
  return [rename(name, deriveName(name, '__strata_increment')), rename(formerName, name)]
}

/**
 * Rows of the groups that were computed anew and that the SELECT no longer yields. Without a key they all go: the stage
 * holds what they are now.
 */
export function removeFromGroups(
  step: ModelStep,
  stage: Pick<Stage, 'table' | 'key'>,
  keys: readonly StagedKeys[],
): readonly PublishAction[] {
  return keys.map(({ column, into, table }) => {
    const unless =
      stage.key.length === 0
        ? ''
        : `\n  and not exists (select from ${stage.table} as kept where ${sameKey(stage.key, 'kept', 't')})`
    return {
      kind: 'execute',
      sql: `delete from ${quoteRelation(step.relation)} as t using ${table} as s
where t.${quoteIdentifier(into)} = s.${quoteIdentifier(column)}${unless}`,
      counts: 'deleted',
    }
  })
}

/** Null-safe, and hashed: NULLs are compared by a flag beside the columns. */
function sameKey(key: readonly string[], a: string, b: string): string {
  const row = (of: string) => `row(${key.map((column) => `${of}.${quoteIdentifier(column)}`).join(', ')})`
  return [
    `hash_record_extended(${row(a)}, 0) = hash_record_extended(${row(b)}, 0)`,
    ...key.map(
      (column) => `${a}.${quoteIdentifier(column)} is not distinct from ${b}.${quoteIdentifier(column)}`,
    ),
  ].join(' and ')
}
