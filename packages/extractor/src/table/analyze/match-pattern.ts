/** Whether a name is meant by a pattern with `*` and `?`; letters of either case are the same. */
export function matchesPattern(name: string, pattern: string): boolean {
  const parts = pattern
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')))
  return new RegExp(`^${parts.join('')}$`, 'is').test(name)
}
