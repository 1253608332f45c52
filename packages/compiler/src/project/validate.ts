import type { Diagnostic } from '@strata/core'
import type { z } from 'zod'
import { explainIssue, missing } from './explain-issue.ts'
import { didYouMean, nearMisses } from './near-misses.ts'
import { keysOf } from './schema-keys.ts'
import type { YamlDocument, YamlPath } from './yaml-document.ts'

/** The hint for an unknown key that resembles none: somebody's own. */
export const customKeyHint = 'The key is ignored. Custom keys belong under `meta:`.'

/**
 * Checks part of a document against a schema of strict objects. A wrong value is an error; an unknown key is a
 * warning with near misses, and is left out of `value`. `value` is null when there was an error.
 */
export function validate<Schema extends z.ZodType>(
  document: YamlDocument,
  schema: Schema,
  value: unknown,
  at: YamlPath = [],
): { readonly value: z.output<Schema> | null; readonly diagnostics: readonly Diagnostic[] } {
  const first = schema.safeParse(value)
  if (first.success) return { value: first.data, diagnostics: [] }

  const diagnostics: Diagnostic[] = []
  let cleaned = value
  let issues = deepestIssues(first.error.issues)
  // An unknown key can hide others: those of a union's other branch, and what a refinement would say.
  for (let round = 0; round < 10; round++) {
    const unknown = issues.filter((issue) => issue.code === 'unrecognized_keys')
    if (unknown.length === 0) break
    if (cleaned === value) cleaned = structuredClone(value)
    for (const issue of unknown) {
      const holder = valueAt(cleaned, issue.path) as Record<string, unknown>
      const { known, config } = keysOf(schema, issue.path, holder)
      for (const key of issue.keys) {
        delete holder[key]
        const path = [...at, ...(issue.path as YamlPath)]
        // Where dbt has no keys of its own, one that we do not know is a mistake, and what it was to say is not done.
        const isOurs = path.includes('connector') || path.includes('job')
        diagnostics.push({
          code: 'UNKNOWN_KEY',
          severity: isOurs ? 'error' : 'warning',
          message: unknownKey(key, path),
          hint: config.includes(key)
            ? `Write it under "config:"; it is ignored here.`
            : (didYouMean(key, known) ?? (isOurs ? `It may hold ${known.join(', ')}.` : customKeyHint)),
          location: document.locateKey([...path, key]),
        })
      }
    }
    const next = schema.safeParse(cleaned)
    if (next.success) return { value: next.data, diagnostics }
    issues = deepestIssues(next.error.issues)
  }
  for (const issue of issues) {
    const path = [...at, ...(issue.path as YamlPath)]
    const found = valueAt(cleaned, issue.path)
    // A refinement may ask for a key as well.
    if (found === undefined) {
      const written = valueAt(value, issue.path.slice(0, -1))
      const near = nearMisses(String(path.at(-1)), Object.keys(written ?? {}))
      const misspelt = diagnostics.findIndex(({ message }) =>
        near.some((key) => message === unknownKey(key, path.slice(0, -1))),
      )
      // A key that is there under a misspelt name is one mistake, not two.
      if (misspelt >= 0) {
        diagnostics[misspelt] = {
          ...diagnostics[misspelt]!,
          severity: 'error',
          hint: `Did you mean "${String(path.at(-1))}"?`,
        }
        continue
      }
    }
    if (missing(issue, found)) {
      diagnostics.push({
        code: 'MISSING_KEY',
        severity: 'error',
        message: `${pathText(path)} is missing`,
        location: document.locateKey(path.slice(0, -1)),
      })
    } else {
      const { message, hint } = explainIssue(issue, found)
      diagnostics.push({
        code: 'BAD_VALUE',
        severity: 'error',
        message: `${pathText(path)}: ${message}`,
        ...(hint === undefined ? {} : { hint }),
        location: document.locate(path),
      })
    }
  }
  return { value: null, diagnostics }
}

function unknownKey(key: string, path: YamlPath): string {
  return `unknown key "${key}"${path.length > 0 ? ` in ${pathText(path)}` : ''}`
}

/** A failed union reports its branches; the branch that came furthest is the one the author meant. */
function deepestIssues(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue]
    const branches = issue.errors
      .map((branch) => deepestIssues(branch))
      .filter((branch) => branch.length > 0)
      .sort((a, b) => depth(b) - depth(a) || a.length - b.length)
    const best = branches[0]
    if (best === undefined || depth(best) === 0) return [issue]
    return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
  })
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(
    ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 0.5 : 0)),
  )
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Record<PropertyKey, unknown>)[part]
  }
  return current
}

/** `models[0].columns[2].name` */
export function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path)
    text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`
  return text === '' ? 'the file' : text
}
