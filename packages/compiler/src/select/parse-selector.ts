import { ConfigurationError } from '@strata/core'

/** One criterion: `2+tag:daily+`. */
export interface Criterion {
  /** The text as written. */
  readonly text: string
  /** `fqn`, `tag`, `path`, `config.materialized`, … */
  readonly method: string
  readonly value: string
  /** How many levels of parents come along; null: none. */
  readonly parents: number | null
  readonly children: number | null
  /** `@`: the children, and all that they need. */
  readonly childrensParents: boolean
}

/** What a plain name means: any node (`fqn`), or a job (`job`), for commands that know jobs alone. */
export type BareMethod = 'fqn' | 'job'

/** A union of intersections of criteria. */
export type Selector = readonly (readonly Criterion[])[]

const criterionPattern =
  /^(?<at>@)?(?<parents>(?<parentDepth>\d*)\+)?(?:(?<method>[a-z_]+(?:\.[\w.]+)?):)?(?<value>[^+@]+|.*?)(?<children>\+(?<childDepth>\d*))?$/

/**
 * Parses the words of `--select`: a space or a further word is a union, a comma an intersection. `bareMethod` is that of a
 * word without one. Throws `ConfigurationError`.
 */
export function parseSelector(words: readonly string[], bareMethod: BareMethod = 'fqn'): Selector {
  return words
    .flatMap((word) => word.split(/\s+/))
    .filter((word) => word !== '')
    .map((union) => union.split(',').map((text) => parseCriterion(text, bareMethod)))
}

function parseCriterion(text: string, bareMethod: BareMethod): Criterion {
  const groups = criterionPattern.exec(text)?.groups
  if (groups === undefined || groups['value'] === undefined || groups['value'] === '') {
    throw new ConfigurationError({
      code: 'BAD_SELECTOR',
      message: `cannot read the selector "${text}"`,
      hint: 'Selectors look like patients, +patients, patients+2, tag:daily, path:models/silver; a comma between two means both.',
    })
  }
  if (groups['at'] !== undefined && groups['children'] !== undefined) {
    throw new ConfigurationError({
      code: 'BAD_SELECTOR',
      message: `"${text}" has @ before and + after the name`,
      hint: '@name takes the children already; write @name or name+.',
    })
  }
  const value = groups['value']
  return {
    text,
    method: groups['method'] ?? implicitMethod(value, bareMethod),
    value,
    parents: depthOf(groups['parents'], groups['parentDepth']),
    children: depthOf(groups['children'], groups['childDepth']),
    childrensParents: groups['at'] !== undefined,
  }
}

function depthOf(plus: string | undefined, depth: string | undefined): number | null {
  if (plus === undefined) return null
  return depth === undefined || depth === '' ? Number.POSITIVE_INFINITY : Number(depth)
}

function implicitMethod(value: string, bareMethod: BareMethod): string {
  if (value.includes('/')) return 'path'
  if (/\.(sql|ya?ml|csv|ts)$/.test(value)) return 'file'
  return bareMethod
}
