import { describe, expect, it } from 'vitest'
import { pathPattern } from './path-pattern.ts'
import { wildcard } from './wildcard.ts'

describe('wildcards in names', () => {
  it.each([
    ['abc', 'abc', true],
    ['abc', 'ABC', false],
    ['*', '', true],
    ['**', 'a.b/c', true],
    ['a*', 'a', true],
    ['*c', 'abc', true],
    ['*b*', 'abc', true],
    ['a*c*e', 'abcde', true],
    ['a*c*e', 'abcd', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['[ab]c', 'bc', true],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[!a-c]x', 'dx', true],
    ['[z-a]', 'b', false],
    ['[]]', ']', true],
    ['[!]]', ']', false],
    ['[a', '[a', true],
    ['[^a]', '^', true],
    ['a.c', 'abc', false],
    ['m*_?', 'model_a', true],
  ])('%s against %s: %s', (pattern, text, expected) => {
    expect(wildcard(pattern)(text)).toBe(expected)
  })

  it('takes no time over a pattern that makes a backtracking match explode', () => {
    const matches = wildcard(`${'*a'.repeat(30)}b`)
    expect(matches('a'.repeat(5000))).toBe(false)
  })
})

describe('globs of paths', () => {
  it.each([
    ['models', 'models/a.sql', true],
    ['model', 'models/a.sql', false],
    ['./models/', 'models/a.sql', true],
    ['.', 'models/a.sql', true],
    ['models/*', 'models/x/y/a.sql', true],
    ['models/*.sql', 'models/x/a.sql', false],
    ['models/**/*.sql', 'models/x/y/a.sql', true],
    ['models/**/*.sql', 'models/a.sql', true],
    ['**/a.sql', 'models/x/a.sql', true],
    ['models/**', 'models/x/a.sql', true],
    ['models/[ab]?.sql', 'models/b1.sql', true],
    ['models/[!ab]*.sql', 'models/b1.sql', false],
    ['models/[z-a]*.sql', 'models/b1.sql', false],
    ['models/a.s*', 'models/axsql', false],
    ['models\\x', 'models/x/a.sql', true],
    ['models/(a)+*', 'models/(a)+b.sql', true],
  ])('%s covers %s: %s', (pattern, file, expected) => {
    expect(pathPattern(pattern).covers(file)).toBe(expected)
  })

  it('tells a file that is named from one below a folder that is', () => {
    expect(pathPattern('models').names('models/a.yml')).toBe(false)
    expect(pathPattern('models/*.yml').names('models/a.yml')).toBe(true)
    expect(pathPattern('models/a.yml').names('models/a.yml')).toBe(true)
  })
})
