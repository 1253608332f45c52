type Token = { readonly kind: 'star' } | { readonly kind: 'one'; accepts(char: string): boolean }

export function hasWildcard(pattern: string): boolean {
  return /[*?[]/.test(pattern)
}

/**
 * Shell-style match of a whole text: `*`, `?`, `[abc]`, `[a-z]` and `[!a]`; `*` matches any characters, slashes and dots too.
 * Compiled once for many texts; the time is linear in the text for each star, whatever the pattern.
 */
export function wildcard(pattern: string): (text: string) => boolean {
  if (!hasWildcard(pattern)) return (text) => text === pattern
  const plain = /^(\*?)([^*?[]*)(\*?)$/.exec(pattern)
  if (plain !== null) {
    const [, before, literal, after] = plain
    if (before === '') return (text) => text.startsWith(literal!)
    if (after === '') return (text) => text.endsWith(literal!)
    return (text) => text.includes(literal!)
  }
  const tokens = tokensOf(pattern)
  return (text) => matches(tokens, text)
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = []
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern[index]!
    // A ] that comes first in a set is a member of it.
    const end = char === '[' ? pattern.indexOf(']', index + (pattern[index + 1] === '!' ? 3 : 2)) : -1
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' })
    } else if (char === '?') tokens.push({ kind: 'one', accepts: () => true })
    else if (end !== -1) {
      tokens.push({ kind: 'one', accepts: memberOf(pattern.slice(index + 1, end)) })
      index = end
    } else tokens.push({ kind: 'one', accepts: (other) => other === char })
  }
  return tokens
}

function memberOf(set: string): (char: string) => boolean {
  const negated = set.startsWith('!')
  const members = negated ? set.slice(1) : set
  const ranges: [string, string][] = []
  for (let index = 0; index < members.length; index++) {
    const from = members[index]!
    const isRange = members[index + 1] === '-' && index + 2 < members.length
    ranges.push([from, isRange ? members[index + 2]! : from])
    if (isRange) index += 2
  }
  return (char) => ranges.some(([from, to]) => char >= from && char <= to) !== negated
}

/** Greedy with one point to return to: the last star, which takes one character more each time. */
function matches(tokens: readonly Token[], text: string): boolean {
  let at = 0
  let token = 0
  let starAt = -1
  let starToken = -1
  while (at < text.length) {
    const current = tokens[token]
    if (current?.kind === 'star') {
      starToken = token++
      starAt = at
    } else if (current?.accepts(text[at]!) === true) {
      token++
      at++
    } else if (starToken !== -1) {
      token = starToken + 1
      at = ++starAt
    } else return false
  }
  while (tokens[token]?.kind === 'star') token++
  return token === tokens.length
}
