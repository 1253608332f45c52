import { DatabaseError, StrataError } from '@strata/core'

/** What says whether a step handles health information: the configuration of its relation, or a data test itself. */
interface Handling {
  readonly config?: object
  readonly restricted?: true
}

/**
 * Does the work of a step; where that handles patients' data, its errors are without what Postgres quotes of rows: keys, and
 * values that functions were given.
 */
export async function hidingKeys<T>(step: Handling, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof StrataError ? hideValues(step, error) : error
  }
}

/** An error as it may be told. */
export function hideValues(step: Handling, error: StrataError): StrataError {
  const origin = originOf(error)
  if (origin === null || !isRestricted(step)) return error
  return saysOnlyNames(origin) ? withoutDetail(error, origin) : inGeneral(error, origin)
}

function isRestricted(step: Handling): boolean {
  const { config = {}, restricted } = step
  if (restricted === true) return true
  const meta = 'meta' in config ? config.meta : null
  return typeof meta === 'object' && meta !== null && 'phi' in meta && meta.phi === true
}

/** What Postgres said at first: the last of the causes. */
function originOf(error: StrataError): DatabaseError | null {
  let origin: DatabaseError | null = null
  for (let one: unknown = error; one instanceof StrataError; one = one.cause)
    if (one instanceof DatabaseError) origin = one
  return origin
}

/**
 * Messages of Postgres itself about locks, rights, resources and constraints name relations. Of the others, those that point
 * into the SQL quote the SQL: they come before any row is read.
 */
function saysOnlyNames({ sqlstate, position, raised }: DatabaseError): boolean {
  if (sqlstate === undefined) return true
  if (raised) return false
  return namesOnly.test(sqlstate) || (position !== undefined && !/^(22|P0)/.test(sqlstate))
}

const namesOnly = /^(08P01|21|23|25|28|2BP01|40|42501|53|55|57)/

function withoutDetail(error: StrataError, { sqlstate, detail }: DatabaseError): StrataError {
  if (!sqlstate?.startsWith('23') || detail === undefined) return error
  return again(error, error.message.replaceAll(`: ${detail}`, ''), error.hint)
}

function inGeneral(error: StrataError, origin: DatabaseError): StrataError {
  const { sqlstate = '' } = origin
  const general = `${descriptionOf(sqlstate)} (SQLSTATE ${sqlstate}); what Postgres says of it may quote rows, and is not shown`
  // Told before: a batch of a model is a step inside of a step.
  if (error.message.includes(general)) return error
  const told = [origin.message, origin.detail ?? ''].filter((text) => text !== '')
  const message = told.reduce((text, quoted) => text.replaceAll(quoted, general), error.message)
  const hint = error.hint === origin.hint ? shownElsewhere : error.hint
  if (message !== error.message) return again(error, message, hint)
  // Words of ours, without those of Postgres.
  return error instanceof DatabaseError ? again(error, general, hint) : error
}

const shownElsewhere =
  'What it reads or makes is marked meta: {phi: true}. Run its SQL (models compile) in psql, where you may see rows, to read the message.'

function descriptionOf(sqlstate: string): string {
  return descriptions[sqlstate] ?? descriptions[sqlstate.slice(0, 2)] ?? 'Postgres refused a statement'
}

const descriptions: { readonly [sqlstate: string]: string } = {
  '22': 'a function or a cast was given a value that it does not take',
  '42601': 'a function was given a text that it cannot parse',
  '42602': 'a function was given a text that is no name',
  '42704': 'a function was given the name of something that is not there',
  '42883': 'a function was given the name of something that is not there',
  '42P01': 'a function was given the name of something that is not there',
  P0: 'a function raised an error',
}

function again(error: StrataError, message: string, hint: string | undefined): StrataError {
  if (!(error instanceof DatabaseError)) return new StrataError({ code: error.code, message, hint })
  // Where a function raised it, any of its fields may hold what it was given.
  const { code, sqlstate, position, sql, raised, copyLine } = error
  return new DatabaseError({ code, message, hint, sqlstate, position, sql, raised, copyLine })
}
