import type { Diagnostic, Hook, Json, Location } from '@strata/core'
import type { ConfigTreeName } from '../project/project-file.ts'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import { type Config, findOption, isMapping, mergeConfig, treeConfig } from './merge-config.ts'
import { renderYaml, type YamlPlace } from './render-yaml.ts'
import type { Renderer } from './renderer.ts'
import { unusedConfigPaths } from './unused-config-paths.ts'

/** What a YAML block says of a resource's configuration, at its top and under `config:`. */
export interface DeclaredConfig {
  readonly tags?: unknown
  readonly meta?: unknown
  readonly docs?: unknown
  readonly group?: unknown
  readonly access?: unknown
  readonly config?: { readonly [option: string]: unknown } | null | undefined
}

/** The configuration of resources, from all the places that have a say. */
export interface ResourceConfigs {
  readonly diagnostics: readonly Diagnostic[]
  /**
   * The project file of the resource's package, then its properties, then `config()` in its file; for a resource of a
   * package the project's own file has the last word.
   */
  of(
    tree: ConfigTreeName,
    packageName: string,
    fqn: readonly string[],
    declared: readonly (DeclaredConfig | null)[],
    inFile: Config,
  ): Config
  /** Where a project file gives the resource that option; its first line where none does. */
  placeOf(tree: ConfigTreeName, packageName: string, fqn: readonly string[], option: string): Location
  /** Warnings of what in the project file is for nothing that has been asked for. */
  unused(): readonly Diagnostic[]
}

export function createResourceConfigs(sources: ProjectSources, renderer: Renderer): ResourceConfigs {
  const diagnostics: Diagnostic[] = []
  const rootName = sources.project.name
  const projects = new Map<string, PackageSources>(
    [...sources.packages, sources].map((one) => [one.project.name, one]),
  )
  const trees = new Map<string, Config>()
  const asked = new Map<ConfigTreeName, (readonly string[])[]>()
  const treeOf = (packageName: string, tree: ConfigTreeName): Config => {
    const key = `${packageName} ${tree}`
    let config = trees.get(key)
    if (config === undefined) {
      const project = projects.get(packageName)?.project
      const place: YamlPlace = {
        packageName,
        file: project?.path ?? '',
        locate: (path) => project!.placeInTree(tree, path).value,
      }
      const isHook = (path: readonly (string | number)[]) =>
        path.some((part) => /^\+?(pre|post)[-_]hook$/.test(String(part)))
      config = project === undefined ? {} : renderYaml(project[tree], place, renderer, diagnostics, isHook)
      trees.set(key, config)
    }
    return config
  }
  return {
    diagnostics,
    of(tree, packageName, fqn, declared, inFile) {
      const names = asked.get(tree) ?? []
      asked.set(tree, names)
      names.push(fqn)
      let config = treeConfig(treeOf(packageName, tree), fqn)
      for (const block of declared) if (block !== null) config = mergeConfig(config, declaredConfig(block))
      config = mergeConfig(config, inFile)
      return packageName === rootName ? config : mergeConfig(config, treeConfig(treeOf(rootName, tree), fqn))
    },
    placeOf(tree, packageName, fqn, option) {
      const found = [rootName, packageName].flatMap((name) => {
        const path = findOption(treeOf(name, tree), fqn, option)
        const project = projects.get(name)?.project
        return path === null || project === undefined ? [] : [project.placeInTree(tree, path).value]
      })
      const file = projects.get(packageName)?.project.path ?? ''
      return found[0] ?? { file, line: 1, column: 1 }
    },
    unused: () =>
      configTrees.flatMap((tree) => unusedConfigPaths(sources.project, tree, asked.get(tree) ?? [])),
  }
}

const configTrees: readonly ConfigTreeName[] = [
  'models',
  'seeds',
  'snapshots',
  'sources',
  'analyses',
  'dataTests',
  'unitTests',
  'exposures',
]

function declaredConfig(block: DeclaredConfig): Config {
  const top: { [option: string]: Json } = {}
  for (const option of ['tags', 'meta', 'docs', 'group', 'access'] as const) {
    const value = block[option]
    if (value !== undefined && value !== null) top[option] = value as Json
  }
  return mergeConfig(top, (block.config ?? {}) as Config)
}

/** `pre_hook` or `post_hook` of a configuration. A text that is a JSON object says more than the SQL, as in dbt. */
export function hooksOf(config: Config, option: 'pre_hook' | 'post_hook'): readonly Hook[] {
  const value = config[option]
  const list = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]
  return list.flatMap((item): Hook[] => {
    const hook = typeof item === 'string' ? fromText(item) : item
    if (typeof hook === 'string')
      return hook.trim() === '' ? [] : [{ template: hook, transaction: true, sql: null }]
    if (!isMapping(hook) || typeof hook['sql'] !== 'string') return []
    return [{ template: hook['sql'], transaction: hook['transaction'] !== false, sql: null }]
  })
}

function fromText(text: string): Json {
  if (!text.trimStart().startsWith('{"')) return text
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
