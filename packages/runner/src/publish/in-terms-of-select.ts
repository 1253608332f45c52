import { DatabaseError } from '@strata/core'

/**
 * Does what sends SQL around a SELECT of the project; an error is thrown again with the SELECT alone and the position in
 * it, for that is what people know.
 */
export async function inTermsOfSelect<T>(select: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (select === undefined || !(error instanceof DatabaseError)) throw error
    const { sql, position } = error
    const start = sql?.indexOf(select) ?? -1
    if (sql === undefined || position === undefined || start < 0) throw error
    // Positions count code points.
    const inSelect = position - [...sql.slice(0, start)].length
    if (inSelect < 1 || inSelect > [...select].length) throw error
    throw new DatabaseError({
      ...error,
      message: error.message,
      sql: select,
      position: inSelect,
      cause: error,
    })
  }
}
