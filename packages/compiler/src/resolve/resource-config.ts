import type { Diagnostic, Hook, Json } from '@strata/core'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import { type Config, isMapping, mergeConfig, treeConfig } from './merge-config.ts'
import { renderYaml } from './render-yaml.ts'
import type { Renderer } from './renderer.ts'

/** The kinds of resource that have a tree of `+config` in the project file. */
export type Tree =
  | 'models'
  | 'seeds'
  | 'snapshots'
  | 'sources'
  | 'dataTests'
  | 'unitTests'
  | 'exposures'
  | 'analyses'

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
    tree: Tree,
    packageName: string,
    fqn: readonly string[],
    declared: readonly (DeclaredConfig | null)[],
    inFile: Config,
  ): Config
}

export function createResourceConfigs(sources: ProjectSources, renderer: Renderer): ResourceConfigs {
  const diagnostics: Diagnostic[] = []
  const rootName = sources.project.name
  const projects = new Map<string, PackageSources>(
    [...sources.packages, sources].map((one) => [one.project.name, one]),
  )
  const trees = new Map<string, Config>()
  const treeOf = (packageName: string, tree: Tree): Config => {
    const key = `${packageName} ${tree}`
    let config = trees.get(key)
    if (config === undefined) {
      const project = projects.get(packageName)?.project
      const location = { file: project?.path ?? '', line: 1, column: 1 }
      const place = { packageName, file: location.file, locate: () => location }
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
      let config = treeConfig(treeOf(packageName, tree), fqn)
      for (const block of declared) if (block !== null) config = mergeConfig(config, declaredConfig(block))
      config = mergeConfig(config, inFile)
      return packageName === rootName ? config : mergeConfig(config, treeConfig(treeOf(rootName, tree), fqn))
    },
  }
}

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
