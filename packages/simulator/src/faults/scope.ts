import { hashText } from '../content/hash-text.ts'
import { instanceNameOf, pathBelow, type SimulatedRequest } from '../http/simulated-request.ts'
import type { FaultScope } from './fault-spec.ts'

/** Beyond so many addresses, how often each was asked is forgotten. */
const REMEMBERED_ADDRESSES = 100_000

/** Whether a path below an instance is one that a fault is about. */
export function pathMatcher(pattern: string | undefined): (path: string) => boolean {
  if (pattern === undefined || pattern === '**') return () => true
  const source = pattern
    .split(/(\*\*|\*|\{[^{}]+\})/)
    .map((part, position) => {
      if (position % 2 === 0) return part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      return part === '**' ? '.*' : '[^/]*'
    })
    .join('')
  const expression = new RegExp(`^${source}$`)
  return (path) => expression.test(path)
}

/**
 * Counts the requests that a fault is about, and says which of them it meets. Chance is drawn from the address and from
 * how often it was asked, so that the order in which requests come does not matter, and a retry draws anew.
 */
export function createScope(
  scope: FaultScope,
  place: number,
  concerns: (request: SimulatedRequest) => boolean,
): (request: SimulatedRequest) => boolean {
  const { instance, rate = 1, seed = 1, from = 1, first = Number.POSITIVE_INFINITY } = scope
  const isPath = pathMatcher(scope.path)
  const asked = new Map<string, number>()
  let count = 0

  const draw = (request: SimulatedRequest): number => {
    const address = `${request.path}?${request.query}`
    const times = (asked.get(address) ?? 0) + 1
    if (asked.size > REMEMBERED_ADDRESSES) asked.clear()
    asked.set(address, times)
    return hashText(`${seed} ${place} ${times} ${address}`)
  }

  return (request) => {
    if (!isPath(pathBelow(request))) return false
    if (instance !== undefined && instanceNameOf(request) !== instance) return false
    if (!meetsConditions(scope, request) || !concerns(request)) return false
    count += 1
    if (count < from || count >= from + first) return false
    return rate >= 1 || draw(request) < rate
  }
}

function meetsConditions(
  { option, topAbove, daysAbove, queryMatches }: FaultScope,
  { query }: SimulatedRequest,
): boolean {
  if (queryMatches !== undefined && !new RegExp(queryMatches).test(decodedQuery(query))) return false
  if (option !== undefined && !query.has(option)) return false
  if (topAbove !== undefined && Number(query.get('$top') ?? Number.POSITIVE_INFINITY) <= topAbove)
    return false
  return daysAbove === undefined || daysOf(query.get('$filter') ?? '') > daysAbove
}

function decodedQuery(query: URLSearchParams): string {
  return [...query].map((pair) => pair.join('=')).join('&')
}

function daysOf(filter: string): number {
  const times = (filter.match(/\d{4}-\d\d-\d\d(T[\d:.]+)?/g) ?? []).map((text) =>
    Date.parse(text.length > 10 ? `${text}Z` : text),
  )
  return times.length < 2 ? Number.POSITIVE_INFINITY : (Math.max(...times) - Math.min(...times)) / 86_400_000
}
