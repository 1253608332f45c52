/** What a contract promises to those who read the relation. */
export interface Promised {
  /** Names and types of its columns; null: it is not enforced. */
  readonly columns: readonly { readonly name: string; readonly type: string }[] | null
  /** Each as people read it: `check (amount > 0)`. */
  readonly constraints: readonly string[]
}

/** What of the former contract no longer holds, for people; as in dbt, what is added breaks nobody. */
export function contractBreaks(before: Promised, after: Promised): readonly string[] {
  const { columns, constraints } = before
  if (columns !== null && after.columns === null) return ['its contract is no longer enforced']
  const now = new Map((after.columns ?? []).map(({ name, type }) => [name, type.toLowerCase()]))
  const ofColumns = (columns ?? []).flatMap(({ name, type }) => {
    const is = now.get(name)
    if (is === undefined) return [`the column ${name} is gone`]
    return is === type.toLowerCase() ? [] : [`the column ${name} was ${type.toLowerCase()} and is ${is}`]
  })
  const ofRules = constraints
    .filter((rule) => !after.constraints.includes(rule))
    .map((rule) => `the constraint is gone: ${rule}`)
  return [...ofColumns, ...ofRules]
}
