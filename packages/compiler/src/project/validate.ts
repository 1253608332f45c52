import type { Diagnostic } from '@strata/core'
import { z } from 'zod'
import { didYouMean } from './near-misses.ts'
import type { YamlDocument, YamlPath } from './yaml-document.ts'

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
  const diagnostics: Diagnostic[] = []
  const first = schema.safeParse(value)
  if (first.success) return { value: first.data, diagnostics }

  const cleaned = structuredClone(value)
  for (const issue of deepestIssues(first.error.issues)) {
    if (issue.code !== 'unrecognized_keys') continue
    const holder = valueAt(cleaned, issue.path)
    const known = knownKeys(schema, issue.path)
    for (const key of issue.keys) {
      if (typeof holder === 'object' && holder !== null) delete (holder as Record<string, unknown>)[key]
      diagnostics.push({
        code: 'UNKNOWN_KEY',
        severity: 'warning',
        message: `unknown key "${key}"${issue.path.length > 0 ? ` in ${pathText([...at, ...issue.path])}` : ''}`,
        hint: didYouMean(key, known) ?? 'The key is ignored. Custom keys belong under `meta:`.',
        location: document.locateKey([...at, ...(issue.path as YamlPath), key]),
      })
    }
  }
  const second = schema.safeParse(cleaned)
  if (second.success) return { value: second.data, diagnostics }
  for (const issue of deepestIssues(second.error.issues)) {
    const path = [...at, ...(issue.path as YamlPath)]
    const missing = issue.code === 'invalid_type' && valueAt(cleaned, issue.path) === undefined
    diagnostics.push({
      code: missing ? 'MISSING_KEY' : 'BAD_VALUE',
      severity: 'error',
      message: missing ? `${pathText(path)} is missing` : `${pathText(path)}: ${lowerFirst(issue.message)}`,
      location: missing ? document.locateKey(path.slice(0, -1)) : document.locate(path),
    })
  }
  return { value: null, diagnostics }
}

/** A failed union reports its branches; the branch that came furthest is the one the author meant. */
function deepestIssues(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue]
    const branches = issue.errors
      .map((branch) => deepestIssues(branch))
      .filter((branch) => branch.length > 0)
      .sort((a, b) => depth(b) - depth(a))
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

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current: unknown = schema
  for (const part of path) current = step(unwrap(current), part)
  const object = unwrap(current)
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

function step(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[part as string]
  if (schema instanceof z.ZodArray) return schema.element
  if (schema instanceof z.ZodRecord) return schema.valueType
  return undefined
}

function unwrap(schema: unknown): unknown {
  let current = schema
  for (;;) {
    if (
      current instanceof z.ZodOptional ||
      current instanceof z.ZodNullable ||
      current instanceof z.ZodDefault
    ) {
      current = current.unwrap()
    } else if (current instanceof z.ZodPipe) current = current.in
    else if (current instanceof z.ZodLazy) current = current.unwrap()
    else if (current instanceof z.ZodUnion) {
      current = current.options.map(unwrap).find((option: unknown) => option instanceof z.ZodObject)
    } else return current
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Record<PropertyKey, unknown>)[part]
  }
  return current
}

function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path)
    text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`
  return text === '' ? 'the file' : text
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
