import { DatabaseError, StrataError } from '@strata/core'
import type { RelationStep } from '../state/step-state.ts'

/** Does the work of a step; where it holds patients' data, its errors are without the keys that Postgres names in them. */
export async function hidingKeys<T>(step: Pick<RelationStep, 'config'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isRestricted(step) && error instanceof StrataError ? withoutKeys(error) : error
  }
}

function isRestricted({ config }: Pick<RelationStep, 'config'>): boolean {
  const meta = config?.['meta']
  return typeof meta === 'object' && meta !== null && 'phi' in meta && meta.phi === true
}

function withoutKeys(error: StrataError): StrataError {
  const origin = error instanceof DatabaseError ? error : error.cause
  if (!(origin instanceof DatabaseError) || !origin.sqlstate?.startsWith('23') || origin.detail === undefined)
    return error
  const { code, hint } = error
  const message = error.message.replaceAll(`: ${origin.detail}`, '')
  if (!(error instanceof DatabaseError)) return new StrataError({ code, message, hint })
  return new DatabaseError({ ...error, message, detail: undefined })
}
