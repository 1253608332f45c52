import { instantLook, instantOf } from './instant.ts'
import type { ApiRecord } from './read-answer.ts'

export interface ChangeField {
  /** The field that tells when a record changed; null: none of those seen can be it. */
  readonly field: string | null
  /** All fields with values that look like instants. */
  readonly instantFields: readonly string[]
}

/** `declared`: what the job says, and is believed where its values are instants. */
export function findChangeField(records: readonly ApiRecord[], declared: string | null): ChangeField {
  const names = new Set(records.flatMap((record) => Object.keys(record)))
  const instantFields = [...names].filter((name) => holdsInstants(records, name)).sort()
  const candidates = instantFields
    .map((name) => ({ name, rank: name === declared ? -1 : rankOf(name) }))
    .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank)
  return { field: candidates[0]?.name ?? null, instantFields }
}

/** In this order; letters in lower case without what joins words. */
const knownNames = [
  'modifieddate',
  'modifiedon',
  'lastmodified',
  'lastmodifieddate',
  'lastmodifiedon',
  'updatedat',
  'updateddate',
  'updatedon',
  'dateupdated',
  'datemodified',
  'lastupdated',
  'lastupdateddate',
  'modified',
  'updated',
  'changeddate',
  'changedat',
]

function rankOf(name: string): number {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '')
  const known = knownNames.indexOf(plain)
  if (known >= 0) return known
  return /modif|updat|chang|revis/.test(plain) && !/by$/.test(plain)
    ? knownNames.length
    : Number.POSITIVE_INFINITY
}

const timeName = /date|time|modif|updat|chang|creat|stamp|(?:^|_)(?:at|on)$|[a-z](?:At|On)$/

function holdsInstants(records: readonly ApiRecord[], name: string): boolean {
  const values = records
    .map((record) => record[name])
    .filter((value) => value !== undefined && value !== null)
  // Ids may be as large as the seconds since 1970.
  const instants = values.filter(
    (value) => instantOf(value) !== null && (typeof value === 'string' || timeName.test(name)),
  )
  const dates = instants.filter((value) => instantLook(value) === 'date')
  if (dates.length === instants.length && rankOf(name) === Number.POSITIVE_INFINITY) return false
  return instants.length > 0 && instants.length * 2 >= values.length
}
