import {
  type Database,
  type DataTestStep,
  type Failure,
  type QuarantineOutcome,
  type QuarantineRequest,
  type Session,
  type SessionOptions,
  type StepContext,
  type StepOutcome,
  StrataError,
} from '@strata/core'
import { hidingKeys } from '../publish/hiding-keys.ts'

/** Moves failing rows out of bronze, on a session inside an open transaction. */
export type QuarantineRows = (session: Session, request: QuarantineRequest) => Promise<QuarantineOutcome>

/** Moves the failing rows of a test, in a transaction of their own. Throws `NO_QUARANTINE`, and `DatabaseError`. */
export async function quarantineFailures(
  { database, quarantine }: { readonly database: Database; readonly quarantine?: QuarantineRows },
  step: DataTestStep,
  context: StepContext,
  session: SessionOptions,
): Promise<StepOutcome> {
  const { name, tally } = step
  if (quarantine === undefined || tally?.rowCondition === undefined) throw noQuarantine(step)
  const request: QuarantineRequest = {
    ...step.quarantine!,
    landingSchema: context.target.landingSchema,
    from: tally.from,
    condition: tally.rowCondition,
    reason: `failed the test ${name}`,
  }
  const outcome = await hidingKeys(step, () =>
    database.transaction((transaction) => quarantine(transaction, request), session),
  )
  if (outcome.kind === 'refused') return refused(step, outcome)
  const { rows } = outcome
  return {
    // Another test may have moved them meanwhile.
    status: rows === 0 ? 'success' : 'warned',
    action: 'test',
    message: rows === 0 ? 'passed' : `${rowsText(rows)} quarantined`,
    counts: { failures: rows, quarantined: rows },
  }
}

function refused(
  { name }: DataTestStep,
  { failing, rows, before }: Extract<QuarantineOutcome, { kind: 'refused' }>,
): StepOutcome {
  const after = before === 0 ? '' : `, after ${grouped(before)} in the last 24 hours`
  const message = `the test would quarantine ${grouped(failing)} of ${rowsText(rows)}${after}: the source has changed, or the test is wrong`
  const more = failing < rows ? 'quarantine: {max: 5%} lets more of them go' : 'no table is emptied'
  const failure: Failure = {
    code: 'TOO_MANY_QUARANTINED',
    message,
    hint: `Nothing was moved. See them with models show ${name}; ${more}`,
  }
  return { status: 'failed', action: 'test', message, counts: { failures: failing, quarantined: 0 }, failure }
}

function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${grouped(rows)} rows`
}

/** `54,000` */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

function noQuarantine({ name }: DataTestStep): StrataError {
  return new StrataError({
    code: 'NO_QUARANTINE',
    message: `${name} quarantines rows, and nothing here lands any`,
    hint: 'Run the plan with models build.',
  })
}
