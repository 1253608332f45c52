import type { z } from 'zod'
import { didYouMean } from './near-misses.ts'
import { templatePattern } from './schemas/parts.ts'

type Issue = z.core.$ZodIssue

interface Expectation {
  /** `text`, `a list`, `"view"` */
  readonly words: string
  /** The word itself, where a certain word is wanted. */
  readonly literal?: string
}

const kinds: { readonly [expected: string]: string } = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'null',
}

export function missing(issue: Issue, found: unknown): boolean {
  return found === undefined && ['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code)
}

/** What is wrong with a value, in our words, and what to do where that can be told. */
export function explainIssue(
  issue: Issue,
  found: unknown,
): { readonly message: string; readonly hint?: string | undefined } {
  const own = ownMessage(issue)
  if (own !== null) return { message: own }
  const expected = expectations(issue)
  if (expected.length === 0) return { message: lowerFirst(issue.message) }

  const wanted = [...new Set(expected.map(({ words }) => words))]
  const message = `expected ${either(wanted)}, found ${describe(found)}`
  const literals = expected.flatMap(({ literal }) => (literal === undefined ? [] : [literal]))
  if (typeof found === 'string' && literals.length > 0) return { message, hint: didYouMean(found, literals) }
  const scalar = typeof found === 'number' || typeof found === 'boolean'
  if (scalar && wanted.includes('text')) return { message, hint: 'Put the value in quotes.' }
  if (typeof found === 'string' && wanted.includes('a list')) return { message, hint: `Write [${found}].` }
  const mappings = Array.isArray(found) && found.every((item) => describe(item) === 'a mapping')
  if (mappings && wanted.length === 1 && wanted.includes('a mapping'))
    return { message, hint: 'Remove the dash before the keys.' }
  if (describe(found) === 'a mapping' && wanted.length === 1 && wanted[0] === 'a list')
    return { message, hint: 'Begin each entry with a dash.' }
  if (describe(found) === 'a mapping' && wanted.length === 1 && wanted[0] === 'text')
    return { message, hint: 'Put the value in quotes; a template `{{ … }}` needs them.' }
  return { message }
}

/** A message that a schema gives itself; those of the library begin with "Invalid" and speak of its types. */
function ownMessage(issue: Issue): string | null {
  if (issue.code === 'invalid_union')
    return (
      issue.errors
        .flat()
        .map(ownMessage)
        .find((message) => message !== null) ?? null
    )
  if (issue.code === 'invalid_format' && issue.pattern === String(templatePattern)) return null
  return /^(?:Invalid|Too)/.test(issue.message) ? null : issue.message
}

function expectations(issue: Issue): Expectation[] {
  switch (issue.code) {
    case 'invalid_type':
      return [{ words: kinds[issue.expected] ?? issue.expected }]
    case 'invalid_value':
      return issue.values.map((value) => ({ words: JSON.stringify(value), literal: String(value) }))
    case 'invalid_union': {
      const all = issue.errors.flatMap((branch) => branch.flatMap(expectations))
      // Where a word is wanted, or a flag, the "text" is that of a template and says nothing.
      const typed = all.filter(({ words }) => words !== 'text')
      const closed = typed.some(({ literal }) => literal !== undefined)
      return closed || (typed.length > 0 && typed.every(({ words }) => words === 'true or false'))
        ? typed
        : all
    }
    default:
      return []
  }
}

function describe(found: unknown): string {
  if (found === null) return 'null'
  if (Array.isArray(found)) return 'a list'
  if (typeof found === 'object') return 'a mapping'
  if (typeof found === 'string') return found.length <= 40 ? JSON.stringify(found) : 'text'
  return String(found)
}

function either(words: readonly string[]): string {
  if (words.length === 1) return words[0]!
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
