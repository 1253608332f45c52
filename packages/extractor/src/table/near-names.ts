/** For a hint: up to five of the names, those most like `wanted` first. `there is Orders, orders_old`, or `nothing is there`. */
export function describeNear(wanted: string, names: readonly string[]): string {
  if (names.length === 0) return 'nothing is there'
  const pairs = pairsOf(wanted)
  const nearest = names
    .map((name) => ({ name, likeness: likeness(pairs, pairsOf(name)) }))
    .sort((a, b) => b.likeness - a.likeness || a.name.localeCompare(b.name))
    .slice(0, 5)
    .map(({ name }) => name)
  return `there is ${nearest.join(', ')}${names.length > nearest.length ? ', …' : ''}`
}

/** The share of neighbouring letters that both have. */
function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((pair) => other.has(pair)).length
  return (2 * common) / (one.size + other.size)
}

function pairsOf(name: string): ReadonlySet<string> {
  const text = ` ${name.toLowerCase()} `
  return new Set(Array.from({ length: text.length - 1 }, (_, index) => text.slice(index, index + 2)))
}
