/** `!= 0`, `> 10` as a function of the count; null for what Postgres has to judge. */
export function plainCondition(text: string): ((count: number) => boolean) | null {
  const match = /^\s*(=|<>|!=|<=|>=|<|>)\s*(-?\d{1,15})\s*$/.exec(text)
  if (match === null) return null
  const bound = Number(match[2])
  return comparisons[match[1] as keyof typeof comparisons](bound)
}

const comparisons = {
  '=': (bound: number) => (count: number) => count === bound,
  '<>': (bound: number) => (count: number) => count !== bound,
  '!=': (bound: number) => (count: number) => count !== bound,
  '<': (bound: number) => (count: number) => count < bound,
  '<=': (bound: number) => (count: number) => count <= bound,
  '>': (bound: number) => (count: number) => count > bound,
  '>=': (bound: number) => (count: number) => count >= bound,
}
