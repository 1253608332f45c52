import { didYouMean } from '../project/near-misses.ts'

/** A hint that names what somebody who wrote `name` may have meant: near misses, or the same letters in another order. */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  const names = [...known]
  const near = didYouMean(name, names)
  if (near !== undefined || name.length < 3) return near
  const letters = sorted(name)
  const swapped = names.find((candidate) => candidate.length === name.length && sorted(candidate) === letters)
  return swapped === undefined ? undefined : `Did you mean "${swapped}"?`
}

function sorted(text: string): string {
  return [...text.toLowerCase()].sort().join('')
}
