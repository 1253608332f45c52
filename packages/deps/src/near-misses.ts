import { distance } from 'fastest-levenshtein'

/** `Did you mean "package"?`, or undefined where nothing comes near. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3))
  const near = [...new Set(known)]
    .map((candidate) => ({ candidate, score: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ score }) => score <= limit)
    .sort((a, b) => a.score - b.score)
    .slice(0, 3)
    .map(({ candidate }) => `"${candidate}"`)
  const last = near.pop()
  if (last === undefined) return undefined
  return `Did you mean ${near.length > 0 ? `${near.join(', ')} or ${last}` : last}?`
}
