import type { Diagnostic } from '@strata/core'
import { checkDefinition } from './check-definition.ts'
import type { Declared } from './parse-properties.ts'
import type { SourceText } from './project-file.ts'
import type { SelectorDefinition, SelectorEntry } from './selector-definition.ts'
import { selectorSchema, selectorsTopSchema } from './selectors-schema.ts'
import { validate } from './validate.ts'
import { parseYaml, type YamlPath } from './yaml-document.ts'

/** Reads selectors.yml. A selector with an error in it is left out and complained of; the others stay. */
export function parseSelectorsFile(source: SourceText): {
  readonly selectors: readonly Declared<SelectorEntry>[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const parsed = parseYaml(source)
  const diagnostics = [...parsed.diagnostics]
  const selectors: Declared<SelectorEntry>[] = []
  const { document } = parsed
  if (document === null || document.value === null || document.value === undefined)
    return { selectors, diagnostics }

  const top = validate(document, selectorsTopSchema, document.value)
  diagnostics.push(...top.diagnostics)
  const places = new Map<string, number>()
  let defaultAt: YamlPath | null = null
  for (const [index, entry] of (top.value?.selectors ?? []).entries()) {
    const path = ['selectors', index]
    const checked = validate(document, selectorSchema, entry, path)
    diagnostics.push(...checked.diagnostics)
    if (checked.value === null) continue
    const { name, description, definition } = checked.value
    const wrong = checkDefinition(document, definition, [...path, 'definition'])
    const first = places.get(name)
    if (first !== undefined) {
      wrong.push({
        code: 'DUPLICATE_SELECTOR',
        severity: 'error',
        message: `the selector "${name}" stands twice`,
        hint: 'Rename one of them.',
        location: document.locate([...path, 'name']),
        related: [
          { message: 'the first one is here', location: document.locate(['selectors', first, 'name']) },
        ],
      })
    }
    places.set(name, first ?? index)
    const isDefault = checked.value.default === true
    if (isDefault && defaultAt !== null) {
      wrong.push({
        code: 'DUPLICATE_SELECTOR',
        severity: 'error',
        message: 'two selectors are the default',
        hint: 'Leave "default: true" with one of them.',
        location: document.locate([...path, 'default']),
        related: [{ message: 'the first one is here', location: document.locate(defaultAt) }],
      })
    }
    if (isDefault) defaultAt ??= [...path, 'default']
    diagnostics.push(...wrong)
    if (wrong.some(({ severity }) => severity === 'error')) continue
    selectors.push({
      value: {
        name,
        description: description ?? '',
        default: checked.value.default ?? false,
        definition: definition as SelectorDefinition,
      },
      document,
      path,
    })
  }
  return { selectors, diagnostics }
}
