import type { Diagnostic, Json, Location } from '@strata/core'
import type { YamlPath } from '../project/yaml-document.ts'
import { toJson } from '../template/index.ts'
import type { Renderer } from './renderer.ts'
import { yamlScope } from './scopes.ts'

/** Where the values of a YAML file stand, and whose they are. */
export interface YamlPlace {
  readonly packageName: string
  readonly file: string
  locate(path: YamlPath): Location
}

/**
 * A value of a YAML file with the templates in its texts rendered: a text that is one expression becomes the value of that
 * expression. `skip` names the paths whose templates are rendered later, in another context. Values without any template
 * are returned as they are, not copied.
 */
export function renderYaml<T>(
  value: T,
  place: YamlPlace,
  renderer: Renderer,
  diagnostics: Diagnostic[],
  skip: (path: YamlPath) => boolean = () => false,
): T {
  if (!holdsTemplate(value)) return value
  const visit = (item: unknown, path: YamlPath): unknown => {
    if (typeof item === 'string') {
      return isTemplate(item) && !skip(path) ? renderText(item, path) : item
    }
    if (Array.isArray(item)) return item.map((element, index) => visit(element, [...path, index]))
    if (typeof item === 'object' && item !== null) {
      return Object.fromEntries(
        Object.entries(item).map(([key, inner]) => [key, visit(inner, [...path, key])]),
      )
    }
    return item
  }
  const renderText = (text: string, path: YamlPath): Json => {
    const location = place.locate(path)
    const relocate = (complaint: Diagnostic): Diagnostic => ({ ...complaint, location })
    const parsed = renderer.parse({ path: place.file, text })
    diagnostics.push(...parsed.diagnostics.map(relocate))
    if (parsed.template === null) return text
    const rendered = renderer.evaluate(parsed.template, yamlScope(place.packageName))
    diagnostics.push(...rendered.diagnostics.map(relocate))
    return rendered.value === undefined ? text : toJson(rendered.value)
  }
  return visit(value, []) as T
}

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%') || text.includes('{#')
}

function holdsTemplate(value: unknown): boolean {
  if (typeof value === 'string') return isTemplate(value)
  if (Array.isArray(value)) return value.some(holdsTemplate)
  if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsTemplate)
  return false
}
