/** A version of a package: `1.2.3`, `1.2.3-rc.1`. */
export interface Version {
  readonly numbers: readonly [number, number, number]
  readonly prerelease: string | null
}

export interface VersionRange {
  readonly comparator: '=' | '>' | '>=' | '<' | '<='
  readonly version: Version
}

const pattern =
  /^(>=|<=|>|<|=)?\s*v?(\d+)\.(\d+)\.(\d+)(?:-?([0-9A-Za-z][0-9A-Za-z.-]*))?(?:\+[0-9A-Za-z.-]*)?$/

/** `1.2.3`, `=1.2.3`, `>=1.2.3`; null for anything else. Ranges such as `^1.2` or `1.x` are not known to the hub. */
export function parseRange(text: string): VersionRange | null {
  const match = pattern.exec(text.trim())
  if (match === null) return null
  return {
    comparator: (match[1] ?? '=') as VersionRange['comparator'],
    version: {
      numbers: [Number(match[2]), Number(match[3]), Number(match[4])],
      prerelease: match[5] ?? null,
    },
  }
}

/** The newest of `available` that is in all the ranges, or null. Pre-releases count where asked for or where a range names one. */
export function newestWithin(
  available: readonly string[],
  ranges: readonly VersionRange[],
  prerelease: boolean,
): string | null {
  const prereleases = prerelease || ranges.some((range) => range.version.prerelease !== null)
  let newest: { readonly text: string; readonly version: Version } | null = null
  for (const text of available) {
    const parsed = parseRange(text)
    if (parsed?.comparator !== '=') continue
    const { version } = parsed
    if (version.prerelease !== null && !prereleases) continue
    if (!ranges.every((range) => isWithin(version, range))) continue
    if (newest === null || compareVersions(version, newest.version) > 0) newest = { text, version }
  }
  return newest?.text ?? null
}

function isWithin(version: Version, range: VersionRange): boolean {
  const order = compareVersions(version, range.version)
  switch (range.comparator) {
    case '=':
      return order === 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '<':
      // 2.0.0-rc1 comes before 2.0.0, yet nobody who writes <2.0.0 wants it.
      if (version.prerelease !== null && range.version.prerelease === null)
        return compareNumbers(version, range.version) < 0
      return order < 0
  }
}

export function compareVersions(a: Version, b: Version): number {
  const order = compareNumbers(a, b)
  if (order !== 0) return order
  if (a.prerelease === null || b.prerelease === null)
    return Number(a.prerelease === null) - Number(b.prerelease === null)
  const left = a.prerelease.split('.')
  const right = b.prerelease.split('.')
  for (const [index, part] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    const byPart = comparePart(part, other)
    if (byPart !== 0) return byPart
  }
  return left.length - right.length
}

function compareNumbers(a: Version, b: Version): number {
  for (const index of [0, 1, 2] as const) {
    const order = a.numbers[index] - b.numbers[index]
    if (order !== 0) return order
  }
  return 0
}

/** Numbers by size and before words. */
function comparePart(a: string, b: string): number {
  const numbers = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (numbers[0] && numbers[1]) return Number(a) - Number(b)
  if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
