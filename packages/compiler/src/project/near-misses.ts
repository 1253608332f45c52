import { distance } from 'fastest-levenshtein'

/** Up to three of the known names that somebody who wrote `name` may have meant, nearest first. */
export function nearMisses(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase()
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  const scored: { candidate: string; score: number }[] = []
  for (const candidate of new Set(known)) {
    const other = candidate.toLowerCase()
    const contains =
      (other.includes(wanted) || wanted.includes(other)) &&
      Math.min(wanted.length, other.length) >= 3 &&
      Math.min(wanted.length, other.length) * 2 >= Math.max(wanted.length, other.length)
    // Two letters that changed places are one slip.
    const swapped = wanted.length >= 3 && wanted.length === other.length && letters(wanted) === letters(other)
    const score = swapped ? Math.min(1, distance(wanted, other)) : distance(wanted, other)
    if (score <= limit) scored.push({ candidate, score })
    else if (contains) scored.push({ candidate, score: limit + score / 100 })
  }
  return scored
    .sort((a, b) => a.score - b.score || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

function letters(text: string): string {
  return [...text].sort().join('')
}

/** `Did you mean patients or patient?`, or undefined where nothing comes near. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const candidates = nearMisses(name, known).map((candidate) => `"${candidate}"`)
  if (candidates.length === 0) return undefined
  const last = candidates.pop()!
  return `Did you mean ${candidates.length > 0 ? `${candidates.join(', ')} or ${last}` : last}?`
}
