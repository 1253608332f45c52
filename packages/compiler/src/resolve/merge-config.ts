import type { Json } from '@strata/core'

export type Config = { readonly [option: string]: Json }

/**
 * The configuration that the project file's tree gives a node: `+option` at every level on the way down its fully
 * qualified name, deeper levels last. An option without `+` counts when its value is not a mapping, as in dbt.
 */
export function treeConfig(tree: Config, fqn: readonly string[]): Config {
  let config = mergeConfig({}, levelConfig(tree))
  let level: Config = tree
  for (const part of fqn) {
    const next = Object.hasOwn(level, part) ? level[part] : undefined
    if (!isMapping(next)) break
    level = next
    config = mergeConfig(config, levelConfig(level))
  }
  return config
}

/** The path in a tree at which `treeConfig` finds an option for that name, the deepest; null: it does not. */
export function findOption(tree: Config, fqn: readonly string[], option: string): readonly string[] | null {
  let found: readonly string[] | null = null
  let level = tree
  for (let depth = 0; ; depth++) {
    for (const [key, value] of Object.entries(level)) {
      const isOption = key.startsWith('+') || !isMapping(value)
      if (isOption && optionName(key.replace(/^\+/, '').trim()) === option)
        found = [...fqn.slice(0, depth), key]
    }
    const next = fqn[depth]
    const below = next !== undefined && Object.hasOwn(level, next) ? level[next] : undefined
    if (!isMapping(below)) return found
    level = below
  }
}

/** Options whose values add up on the way, and those whose mappings merge; everything else is replaced. */
const additive = new Set(['tags', 'packages'])
const hooks = new Set(['pre_hook', 'post_hook'])
const merging = new Set(['meta', 'quoting', 'column_types', 'docs'])

/** The second configuration over the first. */
export function mergeConfig(base: Config, over: Config): Config {
  const merged: { [option: string]: Json } = { ...base }
  for (const [written, value] of Object.entries(over)) {
    const option = optionName(written)
    const below = Object.hasOwn(base, option) ? base[option] : undefined
    if (additive.has(option)) merged[option] = [...new Set([...asStrings(below), ...asStrings(value)])]
    else if (hooks.has(option)) merged[option] = [...asList(below), ...asList(value)]
    else if (option === 'grants') merged[option] = mergeGrants(below, value)
    else if (merging.has(option) && isMapping(below) && isMapping(value))
      merged[option] = { ...below, ...value }
    else merged[option] = value
  }
  return merged
}

/** `pre-hook` in a YAML file is `pre_hook` in config(). */
function optionName(written: string): string {
  return written === 'pre-hook' || written === 'post-hook' ? written.replace('-', '_') : written
}

/** `+select` adds to the grantees below it, `select` replaces them. */
function mergeGrants(below: Json | undefined, over: Json): Json {
  if (!isMapping(over)) return over
  const merged: { [privilege: string]: Json } = isMapping(below) ? { ...below } : {}
  for (const [privilege, grantees] of Object.entries(over)) {
    if (!privilege.startsWith('+')) merged[privilege] = [...asStrings(grantees)]
    else {
      const name = privilege.slice(1)
      merged[name] = [...new Set([...asStrings(merged[name]), ...asStrings(grantees)])]
    }
  }
  return merged
}

function asList(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
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
    if (key.startsWith('+')) config[optionName(key.slice(1).trim())] = value
    else if (!isMapping(value)) config[optionName(key)] = value
  }
  return config
}
