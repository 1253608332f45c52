import { distance } from 'fastest-levenshtein'

/** Up to three of the known names that somebody who wrote `name` may have meant, nearest first. */
export function nearMisses(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase()
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  const scored: { candidate: string; score: number }[] = []
  for (const candidate of new Set(known)) {
    const other = candidate.toLowerCase()
    const contains =
      wanted.length >= 3 && (other.includes(wanted) || wanted.includes(other)) && other.length >= 3
    const score = distance(wanted, other)
    if (score <= limit) scored.push({ candidate, score })
    else if (contains) scored.push({ candidate, score: limit + score / 100 })
  }
  return scored
    .sort((a, b) => a.score - b.score || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** `Did you mean patients or patient?`, or undefined where nothing comes near. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const candidates = nearMisses(name, known).map((candidate) => `"${candidate}"`)
  if (candidates.length === 0) return undefined
  const last = candidates.pop()!
  return `Did you mean ${candidates.length > 0 ? `${candidates.join(', ')} or ${last}` : last}?`
}
