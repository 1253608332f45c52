import type { Resolved, Viewer } from './references.ts'
import type { Reference } from './render-scope.ts'
import type { RenderServices } from './renderable.ts'

/** What a reference is looked up by, as text. */
export function referenceKey(reference: Reference, { packageName, group }: Viewer): string {
  return reference.kind === 'ref'
    ? JSON.stringify([packageName, group, reference.packageName, reference.name, reference.version])
    : JSON.stringify([packageName, group, reference.sourceName, reference.tableName])
}

/** Lets the cache look up references, so that what was rendered with other relations is rendered again. */
export function lookUpReferences(services: RenderServices): void {
  const location = { file: '', line: 1, column: 1 }
  services.renderer.cache.lookUp('reference', (key) => {
    const [packageName, group, ...rest] = JSON.parse(key) as [string, string | null, ...(string | null)[]]
    const reference: Reference =
      rest.length === 3
        ? { kind: 'ref', packageName: rest[0]!, name: rest[1]!, version: rest[2]!, location }
        : { kind: 'source', sourceName: rest[0]!, tableName: rest[1]!, location }
    return versionOf(services.references.find(reference, { packageName, group }), services)
  })
}

/** All of what a reference leads to that its text depends on; of an ephemeral model its own file as well. */
export function versionOf(found: Resolved | null, services: RenderServices): string {
  if (found === null) return ''
  const parent = found.ephemeral ? services.ephemeral(found.id) : undefined
  const { id, relation, ephemeral, eventTime } = found
  return JSON.stringify([id, relation, ephemeral, eventTime, parent?.draft.file.text, parent?.config])
}
