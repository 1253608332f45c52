import { type ApiRecord, isObject } from './read-answer.ts'

const deepest = 4
const most = 1000

/** The paths of all fields of the records, in order: `id`, `sponsor/name`. What OData adds (`@odata.etag`) is left out. */
export function recordFields(records: readonly ApiRecord[]): readonly string[] {
  const paths = new Set<string>()
  const collect = (value: ApiRecord, above: readonly string[]): void => {
    for (const [name, inner] of Object.entries(value)) {
      if (name.includes('@') || paths.size >= most) continue
      const path = [...above, name]
      paths.add(path.join('/'))
      if (isObject(inner) && path.length < deepest) collect(inner, path)
    }
  }
  for (const record of records) collect(record, [])
  return [...paths].sort()
}
