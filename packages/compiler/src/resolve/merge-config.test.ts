import { describe, expect, it } from 'vitest'
import { mergeConfig, treeConfig } from './merge-config.ts'

describe('configuration', () => {
  it('comes down the tree of the project file, deeper levels last', () => {
    const tree = {
      shop: {
        '+materialized': 'view',
        '+tags': ['all'],
        marts: { '+materialized': 'table', '+tags': 'marts' },
      },
    }
    expect(treeConfig(tree, ['shop', 'marts', 'orders'])).toEqual({
      materialized: 'table',
      tags: ['all', 'marts'],
    })
    expect(treeConfig(tree, ['shop', 'staging', 'orders'])).toEqual({ materialized: 'view', tags: ['all'] })
  })

  it('adds tags up, merges meta, and replaces the rest', () => {
    expect(
      mergeConfig(
        { tags: ['a'], meta: { x: 1, y: 1 }, alias: 'old' },
        { tags: 'b', meta: { y: 2 }, alias: 'new' },
      ),
    ).toEqual({
      tags: ['a', 'b'],
      meta: { x: 1, y: 2 },
      alias: 'new',
    })
  })

  it('does not take a folder for an option, nor an inherited name for a folder', () => {
    expect(treeConfig({ shop: { marts: {} } }, ['shop', 'constructor'])).toEqual({})
  })
})
