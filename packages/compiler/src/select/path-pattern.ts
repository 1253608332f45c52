import { hasWildcard } from './wildcard.ts'

export interface PathPattern {
  /** The file, or a folder above it, is meant. */
  covers(file: string): boolean
  /** The file itself is meant. */
  names(file: string): boolean
}

/** A path or a glob relative to the project: `*` and `?` stay within a folder, `**` crosses folders. */
export function pathPattern(value: string): PathPattern {
  const path = value
    .replaceAll('\\', '/')
    .replace(/^(\.\/+)+/, '')
    .replace(/\/+$/, '')
  if (path === '.' || path === '') return { covers: () => true, names: () => false }
  if (!hasWildcard(path)) {
    const folder = `${path}/`
    return { covers: (file) => file === path || file.startsWith(folder), names: (file) => file === path }
  }
  const source = path.split('/').map(segmentSource).join('/').replaceAll('(?:.*/)?/', '(?:.*/)?')
  const whole = new RegExp(`^${source}$`, 's')
  const prefix = new RegExp(`^${source}(?:/|$)`, 's')
  return { covers: (file) => prefix.test(file), names: (file) => whole.test(file) }
}

function segmentSource(segment: string, index: number, segments: readonly string[]): string {
  if (segment === '**') return index === segments.length - 1 ? '.*' : '(?:.*/)?'
  return segment.replace(/\*+|\?|\[!?\]?[^\]]*\]|[\\^$.|+(){}[\]/]/g, (found) => {
    if (found.startsWith('*')) return '[^/]*'
    if (found === '?') return '[^/]'
    if (found.length > 1) return setSource(found)
    return `\\${found}`
  })
}

function setSource(set: string): string {
  const negated = set[1] === '!'
  const members = set.slice(negated ? 2 : 1, -1).replace(/[\\\]^[]/g, '\\$&')
  // A range that runs backwards holds nothing in a shell, and is an error in a regular expression.
  const forward = members.replace(/([^\\])-([^\\])/g, (range, from: string, to: string) =>
    from > to ? '' : range,
  )
  if (forward === '') return negated ? '[^/]' : '[]'
  return negated ? `[^/${forward}]` : `[${forward}]`
}
