import type { RelationName } from '@strata/core'

/** What the file itself declares or means by a name, and what every TypeScript file means by it. */
const taken: ReadonlySet<string> = new Set(
  `Array Buffer Database Date JsonValue PostgresInterval Promise Record
  Boolean Error Function Infinity Intl Iterable Iterator Map Math Number Object Partial Pick Omit Exclude Extract Proxy Readonly Reflect Required
  Set String Symbol WeakMap WeakSet`.split(/\s+/),
)

/**
 * A name for the rows of each relation, in their order: `patient_visits` is `PatientVisits`. Names that two relations would have,
 * or that mean something else, get their schema before them: `GoldPatients`; what is still alike is counted.
 */
export function interfaceNames(relations: readonly RelationName[]): readonly string[] {
  const short = relations.map(({ name }) => pascalCase(name))
  const isFree = (name: string) => !taken.has(name) && short.filter((one) => one === name).length === 1
  const used = new Set<string>()
  return relations.map(({ schema, name }, index) => {
    const own = short[index]!
    const wanted = isFree(own) ? own : pascalCase(`${schema}_${name}`)
    let found = wanted
    for (let count = 2; used.has(found) || taken.has(found); count++) found = `${wanted}${count}`
    used.add(found)
    return found
  })
}

function pascalCase(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? []
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return /^\p{ID_Start}/u.test(joined) ? joined : `_${joined}`
}

/** A name as a key of an interface. */
export function propertyName(name: string): string {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name)
}
