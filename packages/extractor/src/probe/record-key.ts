import type { EndpointJob } from '@strata/core'
import { keyFields } from '../job-identity.ts'
import type { EndpointFacts } from './endpoint-facts.ts'
import { type ApiRecord, valueAt } from './read-answer.ts'

export type KeyValue = string | number | bigint

export type KeyForm = NonNullable<EndpointFacts['keyForm']>

/** The values of the key's fields; null: one is missing, or the key has no fields. */
export function keyOf({ key }: EndpointJob, record: ApiRecord): readonly KeyValue[] | null {
  const values = keyFields(key).map((path) => valueAt(record, path))
  return values.length > 0 && values.every(isKeyValue) ? values : null
}

/** The key's fields as OData writes them: `study/id`. */
export function keyNames({ key }: EndpointJob): readonly string[] {
  return keyFields(key).map((path) => path.join('/'))
}

/** The same for the same record. */
export function identityOf(job: EndpointJob, record: ApiRecord): string {
  return JSON.stringify(keyOf(job, record) ?? record, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}

/** Below, at or above 0; null: the order of texts is the server's own. */
export function compareKeys(a: readonly KeyValue[], b: readonly KeyValue[]): number | null {
  for (const [index, left] of a.entries()) {
    const right = b[index]!
    if (left === right) continue
    if (typeof left === 'string' || typeof right === 'string') return null
    return left < right ? -1 : 1
  }
  return 0
}

export function keyLiteral(value: KeyValue, form: KeyForm): string {
  return form === 'string' ? `'${String(value).replaceAll("'", "''")}'` : String(value)
}

/** How filters may write values of the key, likelier ones first. `bare`: a GUID, or what is a number for the server. */
export function keyForms(values: readonly KeyValue[]): readonly KeyForm[] {
  if (values.every((value) => typeof value !== 'string')) return ['number']
  const bare = values.every((value) =>
    /^(?:\d{1,18}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i.test(String(value)),
  )
  return bare ? ['string', 'bare'] : ['string']
}

function isKeyValue(value: unknown): value is KeyValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
}
