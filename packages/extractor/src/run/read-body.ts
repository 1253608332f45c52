import type { RecordPath } from '@strata/core'

/** What an answer says to who asks for the next pages before it has landed. A guess: the landing alone decides. */
export interface BodyParts {
  readonly records: readonly unknown[]
  /** How many records the API says there are, in whatever it counts. */
  readonly total: number | null
  readonly isArray: boolean
}

/** Null: the text is no list that can be read. */
export function readBody(body: string, recordPath: RecordPath, totalPath: RecordPath): BodyParts | null {
  let document: unknown
  try {
    document = JSON.parse(body)
  } catch {
    return null
  }
  const isArray = Array.isArray(document)
  const records = isArray ? document : fieldAt(document, recordPath)
  if (!Array.isArray(records)) return null
  const total = isArray ? null : fieldAt(document, totalPath)
  const isCount = (typeof total === 'number' || typeof total === 'string') && /^\d+$/.test(String(total))
  return { records, total: isCount ? Number(total) : null, isArray }
}

/** Undefined where there is none. */
export function fieldAt(value: unknown, path: RecordPath): unknown {
  let at = value
  for (const name of path)
    at =
      typeof at === 'object' && at !== null ? (at as { readonly [name: string]: unknown })[name] : undefined
  return at
}
