import type { Json } from '../json.ts'
import type { SourceNode } from '../node.ts'
import type { ArtifactObject } from './artifact-metadata.ts'
import { entryHead, relationEntry } from './common-entry.ts'

export function sourceEntry(node: SourceNode): ArtifactObject {
  const { alias: _, ...relation } = relationEntry(node, node.relation)
  return {
    ...entryHead(node),
    ...relation,
    database: '',
    tags: node.tags,
    meta: node.meta,
    patch_path: null,
    unrendered_config: {},
    identifier: node.relation.name,
    source_name: node.sourceName,
    quoting: { database: null, schema: null, identifier: null, column: null },
    loader: node.loader ?? (node.parents.length === 0 ? '' : 'Strata'),
    loaded_at_field: node.loadedAtField,
    loaded_at_query: node.loadedAtQuery ?? null,
    freshness: freshnessEntry(node.freshness),
    external: null,
    source_description: node.sourceDescription ?? '',
    source_meta: node.sourceMeta ?? {},
    config: {
      enabled: true,
      event_time: null,
      loaded_at_field: node.loadedAtField,
      loaded_at_query: node.loadedAtQuery ?? null,
      tags: node.tags,
      meta: node.meta,
      ...node.config,
      freshness: freshnessEntry(node.freshness),
    },
  }
}

/** dbt's form, in which every part is there. */
function freshnessEntry(freshness: Json): Json {
  if (typeof freshness !== 'object' || freshness === null || Array.isArray(freshness)) return null
  const given = freshness as { readonly [key: string]: Json }
  const nothing = { count: null, period: null }
  return {
    warn_after: given['warn_after'] ?? nothing,
    error_after: given['error_after'] ?? nothing,
    filter: given['filter'] ?? null,
  }
}
