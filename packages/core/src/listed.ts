import { formatCount } from './format-count.ts'

/**
 * `a`, `a and b`, `a, b and c`; of more than `most` the first, and how many others there are: `a, b, c and 4 more`. Where one alone
 * would be left out it is named instead. `more`: the words behind the number.
 */
export function listed(names: readonly string[], most = 3, more = 'more'): string {
  const rest = names.length - most
  const shown = rest > 1 ? [...names.slice(0, most), `${formatCount(rest)} ${more}`] : [...names]
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}
