import { describe, expect, it } from 'vitest'
import { parseSelector } from './parse-selector.ts'
import type { Criterion, SelectionTree } from './selection-tree.ts'

const parse = (text: string) => parseSelector([text])

/** A criterion as `at|parents|method.argument|value|children`. */
function shape(tree: SelectionTree): string {
  if (tree.kind === 'criterion') return criterionShape(tree)
  if (tree.kind === 'union' || tree.kind === 'intersection') {
    const parts = tree.parts.map(shape)
    return parts.length === 1 ? parts[0]! : `${tree.kind}(${parts.join(' ')})`
  }
  return tree.kind
}

function criterionShape({ childrensParents, parents, method, argument, value, children }: Criterion): string {
  const depth = (levels: number | null) => (levels === null ? '-' : String(levels).replace('Infinity', 'all'))
  const name = argument === '' ? method : `${method}.${argument}`
  return [childrensParents ? '@' : '-', depth(parents), name, value, depth(children)].join('|')
}

describe('the grammar of selectors', () => {
  it.each([
    ['a', '-|-|fqn|a|-'],
    ['+a', '-|all|fqn|a|-'],
    ['a+', '-|-|fqn|a|all'],
    ['+a+', '-|all|fqn|a|all'],
    ['3+a', '-|3|fqn|a|-'],
    ['a+4', '-|-|fqn|a|4'],
    ['3+a+4', '-|3|fqn|a|4'],
    ['0+a', '-|0|fqn|a|-'],
    ['@a', '@|-|fqn|a|-'],
    ['@1+a', '@|1|fqn|a|-'],
    ['a/b', '-|-|path|a/b|-'],
    ['2+a/b.c+3', '-|2|path|a/b.c|3'],
    ['a.SQL', '-|-|file|a.SQL|-'],
    ['a.csv', '-|-|file|a.csv|-'],
    ['a.py+', '-|-|file|a.py|all'],
    ['a.b.c', '-|-|fqn|a.b.c|-'],
    ['tag:a', '-|-|tag|a|-'],
    ['+tag:a+2', '-|all|tag|a|2'],
    ['tag:a:b', '-|-|tag|a:b|-'],
    ['tag:a+b', '-|-|tag|a+b|-'],
    ["tag:it's", "-|-|tag|it's|-"],
    ['path:a/b.sql', '-|-|path|a/b.sql|-'],
    ['config.a.b:c', '-|-|config.a.b|c|-'],
    ['config.meta.my-key:c', '-|-|config.meta.my-key|c|-'],
    ['state:modified.body+', '-|-|state|modified.body|all'],
    ['source:a.b', '-|-|source|a.b|-'],
    ['tag:"a b, c+1"', '-|-|tag|a b, c+1|-'],
    [`+"a b"+1`, '-|all|fqn|a b|1'],
    ["'@a'", '-|-|fqn|@a|-'],
    ['a b', 'union(-|-|fqn|a|- -|-|fqn|b|-)'],
    ['  a \n b ', 'union(-|-|fqn|a|- -|-|fqn|b|-)'],
    ['a,b c', 'union(intersection(-|-|fqn|a|- -|-|fqn|b|-) -|-|fqn|c|-)'],
    ['a,+b,@c', 'intersection(-|-|fqn|a|- -|all|fqn|b|- @|-|fqn|c|-)'],
    ['', 'union()'],
  ])('reads %s as %s', (text, expected) => {
    expect(shape(parse(text))).toBe(expected)
  })

  it('takes several words as a union, and plain words as jobs where only jobs are meant', () => {
    expect(shape(parseSelector(['a', 'b,c']))).toBe(
      'union(-|-|fqn|a|- intersection(-|-|fqn|b|- -|-|fqn|c|-))',
    )
    expect(shape(parseSelector(['a tag:b x/y'], 'job'))).toBe('union(-|-|job|a|- -|-|tag|b|- -|-|path|x/y|-)')
  })

  it.each([
    ['@a+', /has @ before and \+ after/, /write @name or name\+/],
    ['+', /cannot read/, /look like/],
    ['@', /cannot read/, /look like/],
    ['tag:', /cannot read the selector "tag:"/, /look like/],
    ['++a', /cannot read/, /look like/],
    ['+@a', /cannot read/, /look like/],
    ['a,', /comma with nothing beside it/, /without spaces/],
    ['a, b', /comma with nothing beside it/, /without spaces/],
    [',a', /comma with nothing beside it/, /without spaces/],
    ['a,,b', /comma with nothing beside it/, /without spaces/],
    ['tag:"a b', /quote is opened and not closed/, /Close it with "/],
  ])('refuses %s', (text, message, hint) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'BAD_SELECTOR',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      }),
    )
  })
})
