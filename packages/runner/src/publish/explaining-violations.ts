import { DatabaseError, type Session, StrataError, type Violated, type Violation } from '@strata/core'

/**
 * Runs a statement under which rows may violate a constraint of the project. Throws `CONSTRAINT_VIOLATED`, which names the
 * constraint, where it is declared, and rows that violate it; the transaction can then only be rolled back.
 */
export async function explainingViolations<T>(
  transaction: Session,
  explain: ((violation: Violation) => Violated | null) | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (explain === undefined) return work()
  await transaction.query('savepoint strata_violation')
  try {
    const result = await work()
    await transaction.query('release savepoint strata_violation')
    return result
  } catch (error) {
    if (!(error instanceof DatabaseError) || !error.sqlstate?.startsWith('23')) throw error
    const violated = explain({ constraint: error.constraint, column: error.column, detail: error.detail })
    if (violated === null) throw error
    await transaction.query('rollback to savepoint strata_violation')
    const found =
      violated.sample === undefined ? [] : (await transaction.query<{ key: string }>(violated.sample)).rows
    const those = found.map(({ key }) => key).join('; ')
    throw new StrataError({
      code: 'CONSTRAINT_VIOLATED',
      message: those === '' ? violated.message : `${violated.message}: ${those}`,
      hint: violated.hint,
      cause: error,
    })
  }
}
