import { DatabaseError, type Failure, redact, StrataError } from '@strata/core'
import { FixtureError } from '../unit-test/fixture-error.ts'

/** The serialisable face of whatever a step threw. */
export function describeFailure(error: unknown): Failure {
  if (!(error instanceof StrataError)) return describeBug(error)
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error instanceof DatabaseError ? describePlace(error) : {}),
    ...(error instanceof FixtureError ? { cell: error.cell } : {}),
  }
}

/** Whether a step ended because its run was cancelled. */
export function isCancellation(error: unknown): boolean {
  if (error instanceof StrataError) return error.code === 'CANCELLED'
  return error instanceof Error && error.name === 'AbortError'
}

function describePlace({ sqlstate, sql, position }: DatabaseError): Partial<Failure> {
  return {
    ...(sqlstate === undefined ? {} : { sqlstate }),
    ...(sql === undefined ? {} : { sql }),
    ...(position === undefined ? {} : { position }),
  }
}

function describeBug(error: unknown): Failure {
  return {
    code: 'INTERNAL',
    message: redact(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    hint: 'This is a bug in Strata. Please report it with this text.',
  }
}
