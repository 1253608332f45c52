import { ConfigurationError } from '@strata/core'
import type { Criterion, SelectionTree } from './selection-tree.ts'
import { splitWords } from './split-words.ts'

/** What a plain name means: any node (`fqn`), or a job (`job`), for commands that know jobs alone. */
export type BareMethod = 'fqn' | 'job'

const criterionPattern =
  /^(?<at>@)?(?<parents>(?<parentDepth>\d*)\+)?(?:(?<method>\w+)(?:\.(?<argument>[\w.-]+))?:)?(?:(?<quote>["'])(?<quoted>.*)\k<quote>|(?<plain>.*?))(?<children>\+(?<childDepth>\d*))?$/s

/**
 * Parses the words of `--select`: a space or a further word is a union, a comma an intersection. `bareMethod` is that of a
 * word without one. Throws `ConfigurationError`.
 */
export function parseSelector(words: readonly string[], bareMethod: BareMethod = 'fqn'): SelectionTree {
  const parts = words
    .flatMap((word) => splitWords(word, /\s/))
    .filter((word) => word !== '')
    .map((word) => parseIntersection(word, bareMethod))
  return { kind: 'union', text: words.join(' '), parts }
}

function parseIntersection(word: string, bareMethod: BareMethod): SelectionTree {
  const texts = splitWords(word, /,/)
  if (texts.length > 1 && texts.includes('')) {
    throw new ConfigurationError({
      code: 'BAD_SELECTOR',
      message: `the selector "${word}" has a comma with nothing beside it`,
      hint: 'A comma stands between two criteria, without spaces, and means both: tag:daily,path:models/silver.',
    })
  }
  const parts = texts.map((text) => parseCriterion(text, bareMethod))
  return parts.length === 1 ? parts[0]! : { kind: 'intersection', text: word, parts }
}

function parseCriterion(text: string, bareMethod: BareMethod): Criterion {
  const groups: { readonly [name: string]: string | undefined } = criterionPattern.exec(text)?.groups ?? {}
  const value = groups['quoted'] ?? groups['plain'] ?? ''
  if (value === '' || (groups['quoted'] === undefined && /^[+@]/.test(value))) {
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
  return {
    kind: 'criterion',
    text,
    method: groups['method'] ?? implicitMethod(value, bareMethod),
    argument: groups['argument'] ?? '',
    value,
    parents: depthOf(groups['parents'], groups['parentDepth']),
    children: depthOf(groups['children'], groups['childDepth']),
    childrensParents: groups['at'] !== undefined,
    indirect: null,
  }
}

function depthOf(plus: string | undefined, depth: string | undefined): number | null {
  if (plus === undefined) return null
  return depth === undefined || depth === '' ? Number.POSITIVE_INFINITY : Number(depth)
}

function implicitMethod(value: string, bareMethod: BareMethod): string {
  if (value.includes('/')) return 'path'
  if (/\.(sql|py|csv|ya?ml|ts)$/i.test(value)) return 'file'
  return bareMethod
}
