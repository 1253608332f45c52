import { describe, expect, it } from 'vitest'
import { orderNodes } from './order-nodes.ts'

const node = (name: string, ...parents: string[]) => ({
  id: name,
  name,
  parents,
  location: { file: `models/${name}.sql`, line: 1, column: 1 },
})

describe('the order of nodes', () => {
  it('puts parents before children and ignores parents that are not there', () => {
    const { ordered, diagnostics } = orderNodes([node('c', 'b'), node('b', 'a', 'nowhere'), node('a')])
    expect(ordered.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(diagnostics).toEqual([])
  })

  it('names the whole way round a cycle, once, and orders the rest', () => {
    const { ordered, diagnostics } = orderNodes([
      node('a', 'c'),
      node('b', 'a'),
      node('c', 'b'),
      node('free'),
    ])
    expect(ordered.map(({ name }) => name)).toEqual(['free'])
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]).toMatchObject({ code: 'CYCLE', severity: 'error' })
    expect(diagnostics[0]!.message).toMatch(/circle: (a → b → c → a|b → c → a → b|c → a → b → c)$/)
    expect(diagnostics[0]!.related).toHaveLength(2)
  })

  it('names every one of several cycles', () => {
    const { diagnostics } = orderNodes([
      node('a', 'b'),
      node('b', 'a'),
      node('c', 'd'),
      node('d', 'c'),
      node('e', 'e'),
    ])
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('a'),
      expect.stringContaining('c'),
      'e refers to itself',
    ])
  })

  it('orders a chain that is deeper than the call stack', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      node(`n${index}`, ...(index === 0 ? [] : [`n${index - 1}`])),
    )
    const { ordered } = orderNodes(chain.toReversed())
    expect(ordered[0]!.name).toBe('n0')
    expect(ordered).toHaveLength(20_000)
  })
})
