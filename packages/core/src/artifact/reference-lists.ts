import type { Node } from '../node.ts'

interface Reference {
  readonly name: string
  readonly package: string | null
  readonly version: string | number | null
}

/** `ref()` and `source()` as dbt lists them, told from the ids of the parents. */
export function referenceLists({ parents, packageName }: Pick<Node, 'parents' | 'packageName'>): {
  readonly refs: readonly Reference[]
  readonly sources: readonly (readonly [source: string, table: string])[]
} {
  const refs: Reference[] = []
  const sources: [string, string][] = []
  for (const id of parents) {
    const [kind, home, name, more] = id.split('.')
    if (kind === 'source') sources.push([name ?? '', id.split('.').slice(3).join('.')])
    else if (kind === 'model' || kind === 'seed' || kind === 'snapshot')
      refs.push({
        name: name ?? '',
        package: home === packageName ? null : (home ?? null),
        version: modelVersion(more),
      })
  }
  return { refs, sources }
}

/** Of the last part of a model's id, `v2`; a number where it is one. */
export function modelVersion(part: string | undefined): string | number | null {
  if (part === undefined) return null
  const text = part.replace(/^v/, '')
  return /^\d+$/.test(text) ? Number(text) : text
}
