const patterns = new Map<string, RegExp | null>()

/** Shell-style match of a whole text: `*`, `?` and `[…]`; `*` matches any characters, slashes and dots too. */
export function wildcard(pattern: string, text: string): boolean {
  let regex = patterns.get(pattern)
  if (regex === undefined) {
    regex = /[*?[]/.test(pattern) ? toRegex(pattern) : null
    patterns.set(pattern, regex)
  }
  return regex === null ? pattern === text : regex.test(text)
}

function toRegex(pattern: string): RegExp {
  let source = ''
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern[index]!
    if (char === '*') {
      // Runs of stars are one star, so that a hostile pattern cannot make the match explode.
      while (pattern[index + 1] === '*') index++
      source += '.*'
    } else if (char === '?') source += '.'
    else if (char === '[' && pattern.indexOf(']', index + 2) !== -1) {
      const end = pattern.indexOf(']', index + 2)
      const members = pattern
        .slice(index + 1, end)
        .replace(/\\/g, '\\\\')
        .replace(/^!/, '^')
      source += `[${members}]`
      index = end
    } else source += char.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  }
  return new RegExp(`^${source}$`, 's')
}
