import type { Diagnostic } from '@strata/core'
import { type Declared, type Properties, parseProperties } from '../project/parse-properties.ts'
import type { YamlPath } from '../project/yaml-document.ts'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import type { PackageProject } from './package-project.ts'
import { renderYaml } from './render-yaml.ts'
import type { Renderer } from './renderer.ts'

/** Every package with its properties read, the project's own first. */
export function packageProjects(
  sources: ProjectSources,
  renderer: Renderer,
): { readonly packages: readonly PackageProject[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const packages = [sources as PackageSources, ...sources.packages].map((one): PackageProject => {
    const parsed = parseProperties(one.properties, (file, read) =>
      renderer.cache.remember('yaml', [file.path, file.text], () => ({ value: read(), reads: [] })),
    )
    diagnostics.push(...parsed.diagnostics)
    return {
      ...one,
      declared: rendered(parsed.properties, one.project.name, renderer, diagnostics),
      refusedSources: parsed.refusedSources,
    }
  })
  return { packages, diagnostics }
}

function rendered(
  properties: Properties,
  packageName: string,
  renderer: Renderer,
  diagnostics: Diagnostic[],
): Properties {
  const render = <T>(declared: Declared<T>): Declared<T> => {
    const { document, path } = declared
    const place = {
      packageName,
      file: document.file,
      locate: (below: YamlPath) => document.locate([...path, ...below]),
    }
    const value = renderYaml(declared.value, place, renderer, diagnostics, isRenderedLater)
    return value === declared.value ? declared : { ...declared, value }
  }
  return Object.fromEntries(
    Object.entries(properties).map(([kind, list]) => [
      kind,
      // Their templates speak of dimensions and entities, which nobody here knows.
      kind === 'metrics' || kind === 'semanticModels'
        ? list
        : (list as readonly Declared<unknown>[]).map(render),
    ]),
  ) as unknown as Properties
}

/** Descriptions know docs blocks, tests and hooks know nodes: their templates have a context of their own. */
const later = new Set([
  'description',
  'tests',
  'data_tests',
  'pre_hook',
  'post_hook',
  'pre-hook',
  'post-hook',
  'depends_on',
  'given',
  'expect',
  'expects',
  'loaded_at_query',
])

function isRenderedLater(path: YamlPath): boolean {
  return path.some((part) => typeof part === 'string' && later.has(part))
}
