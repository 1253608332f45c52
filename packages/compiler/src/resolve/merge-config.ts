import type { Json } from '@strata/core'

export type Config = { readonly [option: string]: Json }

/**
 * The configuration that the project file's tree gives a node: `+option` at every level on the way down its fully
 * qualified name, deeper levels last. An option without `+` counts when its value is not a mapping, as in dbt.
 */
export function treeConfig(tree: Config, fqn: readonly string[]): Config {
  let config = levelConfig(tree)
  let level: Config = tree
  for (const part of fqn) {
    const next = Object.hasOwn(level, part) ? level[part] : undefined
    if (!isMapping(next)) break
    level = next
    config = mergeConfig(config, levelConfig(level))
  }
  return config
}

/** The second configuration over the first: tags add up, meta merges, everything else is replaced. */
export function mergeConfig(base: Config, over: Config): Config {
  const merged: { [option: string]: Json } = { ...base }
  for (const [option, value] of Object.entries(over)) {
    const below = Object.hasOwn(base, option) ? base[option] : undefined
    if (option === 'tags') merged[option] = [...new Set([...asStrings(below), ...asStrings(value)])]
    else if (option === 'meta' && isMapping(below) && isMapping(value))
      merged[option] = { ...below, ...value }
    else merged[option] = value
  }
  return merged
}

/** A string, a list of strings or nothing, as a list. */
export function asStrings(value: Json | undefined): readonly string[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

export function isMapping(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function levelConfig(level: Config): Config {
  const config: { [option: string]: Json } = {}
  for (const [key, value] of Object.entries(level)) {
    if (key.startsWith('+')) config[key.slice(1)] = value
    else if (!isMapping(value)) config[key] = value
  }
  return config
}
