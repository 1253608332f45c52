import type { Diagnostic, Json, Location } from '@strata/core'
import type { YamlPath } from '../project/yaml-document.ts'
import { TemplateError, toJson } from '../template/index.ts'
import { relocated } from './relocated.ts'
import type { Reference } from './render-scope.ts'
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
    const relocate = (complaint: Diagnostic): Diagnostic => relocated(complaint, location)
    const parsed = renderer.parse({ path: place.file, text })
    diagnostics.push(...parsed.diagnostics.map(relocate))
    if (parsed.template === null) return text
    const scope = yamlScope(place.packageName)
    const rendered = renderer.evaluate(
      parsed.template,
      path.includes('config') ? { ...scope, resolve: refuseReference } : scope,
    )
    diagnostics.push(...rendered.diagnostics.map(relocate))
    if (rendered.value === undefined) return text
    try {
      return toJson(rendered.value)
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      const { code, message, hint } = error
      diagnostics.push({
        code,
        severity: 'error',
        message,
        ...(hint === undefined ? {} : { hint }),
        location,
      })
      return text
    }
  }
  return visit(value, []) as T
}

function refuseReference({ kind }: Reference): never {
  throw new TemplateError(`${kind}() is not known in the configuration of a YAML file`, {
    code: 'TEMPLATE_UNSUPPORTED',
    hint: 'Put the option into config() in the file of the model.',
  })
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
