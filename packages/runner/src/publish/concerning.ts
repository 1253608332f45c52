import { type Concern, DatabaseError } from '@strata/core'

/** An error of Postgres is told in terms of what the statement carries out: the statement itself nobody has written. */
export async function concerning<T>(about: Concern | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (about === undefined || !(error instanceof DatabaseError) || !isAboutIt(error)) throw error
    const { position = 0 } = error
    const { what, hint } = about.parts?.findLast(({ from }) => from <= position) ?? about
    throw new DatabaseError({
      ...error,
      message: `${what}: ${error.message}`,
      hint: helps(about, error) ? hint : error.hint,
      sql: undefined,
      position: undefined,
      cause: error,
    })
  }
}

function helps({ hintFor }: Concern, { sqlstate = '' }: DatabaseError): boolean {
  return hintFor === undefined ? sqlstate !== '42501' : hintFor.some((start) => sqlstate.startsWith(start))
}

/** Not when the server went away, was told to stop, or somebody else was in the way. */
function isAboutIt({ code, sqlstate }: DatabaseError): boolean {
  return code !== 'CANCELLED' && sqlstate !== undefined && !/^(08|40|53|55P03|57|58)/.test(sqlstate)
}
