import { hash } from 'node:crypto'
import type { Json } from '../json.ts'
import type { UnitTestNode } from '../node.ts'
import type { ArtifactObject } from './artifact-metadata.ts'
import { entryHead } from './common-entry.ts'
import { modelVersion } from './reference-lists.ts'

export function unitTestEntry(node: UnitTestNode): ArtifactObject {
  const { overrides, ...definition } = node.definition
  const { clock, ...known } = (overrides ?? {}) as { readonly [key: string]: Json }
  const [model, version] = node.model.split('.').slice(2)
  return {
    ...entryHead(node),
    model,
    version: modelVersion(version),
    versions: null,
    ...definition,
    overrides: Object.keys(known).length === 0 ? null : known,
    depends_on: { macros: [], nodes: node.parents },
    checksum: hash('md5', JSON.stringify([node.model, node.definition])),
    schema: null,
    config: {
      enabled: true,
      tags: node.tags,
      meta: node.meta,
      ...node.config,
      // Of ours, which dbt has no place for among the overrides.
      ...(clock === undefined ? {} : { clock }),
    },
  }
}
