import type { Json } from '@strata/core'
import { type Config, isMapping } from './merge-config.ts'

/**
 * The limits of a table from all the places that have a say, the weakest first, part by part as dbt merges them. Null
 * switches off what came before, the whole or one limit; what is not there says nothing.
 */
export function mergeFreshness(places: readonly unknown[]): Json {
  let merged: Config | null = null
  for (const place of places) {
    if (place === undefined) continue
    merged = isMapping(place as Json) ? mergeParts(merged ?? {}, place as Config) : null
  }
  return merged
}

function mergeParts(base: Config, update: Config): Config {
  const parts: { [part: string]: Json } = { ...base }
  for (const [part, value] of Object.entries(update)) {
    const before = parts[part]
    if (value === undefined) continue
    parts[part] = isMapping(value) && isMapping(before) ? { ...before, ...value } : value
  }
  return parts
}
