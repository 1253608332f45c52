import type { Diagnostic } from '@strata/core'
import { didYouMean } from './near-misses.ts'
import { criterionSchema, shorthandSchema } from './selectors-schema.ts'
import { validate } from './validate.ts'
import type { YamlDocument, YamlPath } from './yaml-document.ts'

const methods = [
  'access',
  'config',
  'exposure',
  'file',
  'fqn',
  'group',
  'job',
  'metric',
  'package',
  'path',
  'resource_type',
  'result',
  'saved_query',
  'selector',
  'semantic_model',
  'source',
  'source_status',
  'state',
  'tag',
  'test_name',
  'test_type',
  'unit_test',
  'version',
]

/** Complains of what is wrong in the shape of one definition of selectors.yml; names in it are not looked up. */
export function checkDefinition(
  document: YamlDocument,
  definition: unknown,
  at: YamlPath,
  /** Inside of a union or intersection a part may be `{ exclude: […] }`. */
  inSet = false,
): Diagnostic[] {
  const wrong = (message: string, hint: string, path = at): Diagnostic[] => [
    { code: 'BAD_SELECTOR', severity: 'error', message, hint, location: document.locate(path) },
  ]
  if (definition === undefined || definition === null)
    return wrong('the selector has no definition', 'Write "definition:" and what to select.')
  if (typeof definition === 'string') {
    return definition.trim() === ''
      ? wrong('the definition is empty', 'Write what to select, such as "tag:nightly".')
      : []
  }
  if (!isMapping(definition)) {
    return wrong(
      `a definition is text or a mapping, not ${Array.isArray(definition) ? 'a list' : String(definition)}`,
      'Several criteria stand below "union:" or "intersection:".',
    )
  }
  const keys = Object.keys(definition)
  const set = keys.find((key) => key === 'union' || key === 'intersection')
  if (set !== undefined) {
    const others = keys.filter((key) => key !== set)
    if (others.length > 0) {
      return wrong(
        `"${set}" stands alone in its definition, without "${others.join('", "')}"`,
        `Put an "exclude" into the list of the ${set}, and one set into the other.`,
      )
    }
    return checkSet(document, definition[set], [...at, set])
  }
  if (inSet && keys.length === 1 && keys[0] === 'exclude')
    return checkList(document, definition['exclude'], [...at, 'exclude'])

  if ('method' in definition || 'value' in definition) {
    const { value, diagnostics } = validate(document, criterionSchema, definition, at)
    if (value === null) return [...diagnostics]
    return [
      ...diagnostics,
      ...checkMethod(value.method, document.locate([...at, 'method'])),
      ...(value.exclude ? checkList(document, value.exclude, [...at, 'exclude']) : []),
    ]
  }
  if (keys.length !== 1) {
    return wrong(
      keys.length === 0 ? 'the definition is empty' : `one key is expected here, not ${keys.join(', ')}`,
      'Write { <method>: <value> }, or "method:" and "value:" with what goes along.',
    )
  }
  const { diagnostics } = validate(document, shorthandSchema, definition, at)
  return [...diagnostics, ...checkMethod(keys[0]!, document.locateKey([...at, keys[0]!]))]
}

function checkSet(document: YamlDocument, parts: unknown, at: YamlPath): Diagnostic[] {
  const diagnostics = checkList(document, parts, at, true)
  const excluding = (Array.isArray(parts) ? parts : []).flatMap((part: unknown, index) =>
    isMapping(part) && 'exclude' in part && !('method' in part) ? [index] : [],
  )
  if (excluding.length > 1) {
    diagnostics.push({
      code: 'BAD_SELECTOR',
      severity: 'error',
      message: 'a set has at most one "exclude"',
      hint: 'Put all that is excluded into one list.',
      location: document.locate([...at, excluding[1]!]),
    })
  }
  return diagnostics
}

function checkList(document: YamlDocument, parts: unknown, at: YamlPath, inSet = false): Diagnostic[] {
  if (!Array.isArray(parts) || parts.length === 0) {
    return [
      {
        code: 'BAD_SELECTOR',
        severity: 'error',
        message: `"${String(at.at(-1))}" holds a list of definitions`,
        hint: 'Begin each with a dash.',
        location: document.locate(at),
      },
    ]
  }
  return parts.flatMap((part, index) => checkDefinition(document, part, [...at, index], inSet))
}

function checkMethod(method: string, location: Diagnostic['location']): Diagnostic[] {
  const name = method.split('.')[0]!
  if (methods.includes(name) || method.includes('{{')) return []
  return [
    {
      code: 'UNKNOWN_SELECTOR_METHOD',
      severity: 'error',
      message: `there is no selector method "${name}"`,
      hint: didYouMean(name, methods) ?? `The methods are ${methods.join(', ')}.`,
      location,
    },
  ]
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
