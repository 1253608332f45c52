/** The values of a pattern's `{parameter}` places in a path, decoded; null where the path is another. */
export function matchPath(pattern: string, path: string): { readonly [name: string]: string } | null {
  const parts = path.split('/')
  const expected = pattern.split('/')
  if (expected.length !== parts.length) return null
  const parameters: { [name: string]: string } = {}
  const isMatch = expected.every((place, position) => {
    const part = parts[position]!
    if (!place.startsWith('{')) return place === part
    parameters[place.slice(1, -1)] = decodedPart(part)
    return part !== ''
  })
  return isMatch ? parameters : null
}

/** A part of a path without its escapes, or as it is where they are broken. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
