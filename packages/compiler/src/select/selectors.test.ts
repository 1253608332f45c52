import { describe, expect, it } from 'vitest'
import type { NamedSelector, SelectorDefinition } from './named-selector.ts'
import { evaluateDefinition, type Selection, selectWithWarnings } from './select-nodes.ts'
import { expansionGraph } from './testing/expansion-graph.ts'
import { genericTest, graphOf, model } from './testing/nodes.ts'
import { namesOf, pick } from './testing/pick.ts'
import { usersGraph } from './testing/users-graph.ts'

const chain = graphOf([
  model('model_a'),
  model('model_b'),
  model('model_a_plus_1', ['model_a']),
  model('model_a_plus_2', ['model_a_plus_1']),
  model('model_c', ['model_a', 'model_b'], { tags: ['tag_c'] }),
])

const named = (definitions: { readonly [name: string]: SelectorDefinition }): NamedSelector[] =>
  Object.entries(definitions).map(([name, definition]) => ({ name, definition }))

const selectors = named({
  model_a_selector: { method: 'fqn', value: 'model_a' },
  model_b_selector: { method: 'fqn', value: 'model_b' },
  model_c_selector: { method: 'fqn', value: 'model_c' },
  model_a_b_selector: {
    union: [
      { method: 'fqn', value: 'model_a' },
      { method: 'fqn', value: 'model_b' },
    ],
  },
  model_a_plus_1_selector: { method: 'fqn', value: 'model_a_plus_1' },
  model_a_plus_2_selector: { method: 'fqn', value: 'model_a_plus_2', parents: true, parents_depth: 2 },
  recursive: { union: ['model_b', 'selector:model_a_plus_2_selector'] },
  recursive_with_wildcards: { union: ['model_c', 'selector:model_[ab]_selector'] },
  hop: { union: ['selector:circular'] },
  circular: { union: ['selector:hop'] },
  itself: 'selector:itself',
  explicit: { method: 'selector', value: 'model_a_selector' },
})

describe('named selectors in selectors', () => {
  it.each([
    ['selector:model_a_selector', 'model_a'],
    ['selector:model_a_selector selector:model_b_selector', 'model_a model_b'],
    ['selector:model_a_b_selector,selector:model_b_selector', 'model_b'],
    ['1+selector:model_a_plus_1_selector+1', 'model_a model_a_plus_1 model_a_plus_2'],
    ['1+selector:model_c_selector', 'model_a model_b model_c'],
    ['selector:model_a_plus_2_selector', 'model_a model_a_plus_1 model_a_plus_2'],
    ['1+selector:model_a_plus_2_selector', 'model_a model_a_plus_1 model_a_plus_2'],
    ['@selector:model_b_selector', 'model_a model_b model_c'],
    ['selector:model_a_selector tag:tag_c', 'model_a model_c'],
    ['selector:model_a_plus_2_selector model_a model_b', 'model_a model_a_plus_1 model_a_plus_2 model_b'],
    ['selector:recursive', 'model_a model_a_plus_1 model_a_plus_2 model_b'],
    ['selector:model_?_selector', 'model_a model_b model_c'],
    ['selector:*_c_*', 'model_c'],
    ['selector:model_[ab]_selector', 'model_a model_b'],
    ['selector:model_[a-c]_selector', 'model_a model_b model_c'],
    ['selector:recursive_with_wildcards', 'model_a model_b model_c'],
    ['selector:explicit', 'model_a'],
  ])('picks for %s: %s', (select, names) => {
    expect(pick(chain, { select: [select], selectors })).toBe(names)
  })

  it('excludes what a named selector picks', () => {
    const select = ['1+selector:model_a_plus_1_selector']
    expect(pick(chain, { select, exclude: ['selector:model_a_selector'], selectors })).toBe('model_a_plus_1')
  })

  it.each([
    ['circular', 'hop → circular → hop'],
    ['itself', 'itself → itself'],
  ])('refuses the circle of %s and shows it', (selector, circle) => {
    expect(() => pick(chain, { selector, selectors })).toThrow(
      expect.objectContaining({ code: 'SELECTOR_CYCLE', message: expect.stringContaining(circle) }),
    )
    expect(() => pick(chain, { select: [`selector:${selector}`], selectors })).toThrow(
      expect.objectContaining({ code: 'SELECTOR_CYCLE' }),
    )
  })

  it('names near misses for a selector that is not defined', () => {
    const unknown = (selection: Partial<Selection>) => () => pick(chain, { selectors, ...selection })
    const error = {
      code: 'UNKNOWN_SELECTOR',
      hint: expect.stringContaining('Did you mean "model_a_selector"'),
    }
    expect(unknown({ select: ['selector:model_a_selecto'] })).toThrow(expect.objectContaining(error))
    expect(unknown({ selector: 'model_a_selecto' })).toThrow(expect.objectContaining(error))
    expect(() => pick(chain, { select: ['selector:x'] })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('the project has none') }),
    )
  })

  it('keeps away the tests that a named selector excludes', () => {
    const graph = graphOf([model('a'), genericTest('not_null', 'a', 'id'), genericTest('unique', 'a', 'id')])
    const noNulls = named({
      without: {
        union: [{ method: 'fqn', value: '*' }, { exclude: [{ method: 'test_name', value: 'not_null' }] }],
      },
      inherited: { intersection: [{ method: 'selector', value: 'without' }] },
    })
    for (const name of ['without', 'inherited']) {
      expect(pick(graph, { selector: name, selectors: noNulls })).toBe('a unique_a_id')
      expect(pick(graph, { select: [`1+selector:${name}`], selectors: noNulls })).toBe('a unique_a_id')
    }
  })
})

const rollups =
  'exposure:user_exposure unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup'

describe('definitions', () => {
  const definitions: [SelectorDefinition, string][] = [
    ['tag:dots', 'alternative.users'],
    ['tag:dots table_model', 'alternative.users table_model unique_table_model_id'],
    ['tag:bi,tag:users', 'unique_users_id users'],
    ['1+tag:dots', 'alternative.users base_users'],
    [{ tag: 'dots' }, 'alternative.users'],
    [{ method: 'tag', value: 'dots' }, 'alternative.users'],
    [{ 'config.severity': 'warn' }, 'not_null_emails_email'],
    [{ 'config.transient': true }, 'unique_users_id users'],
    [{ 'config.wait': 5 }, 'unique_users_id users'],
    [{ method: 'config.transient', value: true }, 'unique_users_id users'],
    [{ intersection: [{ fqn: 'users' }, { fqn: 'users' }] }, 'unique_users_id users'],
    [{ intersection: [{ tag: 'bi' }, { tag: 'users' }] }, 'unique_users_id users'],
    [{ intersection: [{ fqn: '*' }, { tag: 'bi' }, { tag: 'users' }] }, 'unique_users_id users'],
    [{ intersection: [{ tag: 'users' }, { tag: 'bi' }, { fqn: '*' }] }, 'unique_users_id users'],
    [
      {
        intersection: [
          { method: 'fqn', value: 'users_rollup_dependency', parents: true },
          { method: 'fqn', value: 'users', children: true },
          { exclude: ['users_rollup_dependency'] },
        ],
      },
      'unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      {
        intersection: [
          'tag:bi',
          '@users',
          {
            exclude: [{ intersection: ['tag:bi', { method: 'fqn', value: 'users_rollup', children: true }] }],
          },
        ],
      },
      'unique_users_id users',
    ],
    [
      { intersection: ['tag:bi', '@users', { exclude: [{ intersection: ['@emails', '@emails_alt'] }] }] },
      'unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      {
        method: 'tag',
        value: 'users',
        children: true,
        children_depth: 1,
        exclude: ['emails_alt', 'users_history'],
      },
      rollups,
    ],
    [
      { union: ['@tag:dots', { intersection: [{ tag: 'base' }, { 'config.materialized': 'ephemeral' }] }] },
      'alternative.users base_users emails not_null_emails_email source:raw.seed versioned.v3',
    ],
    [
      { union: [{ tag: 'dots' }, { method: 'tag', value: 'bi', exclude: [{ tag: 'users' }] }] },
      'alternative.users unique_users_rollup_gender unit_test:counts_genders users_rollup',
    ],
    [
      { union: ['users', 'users_rollup'], exclude: ['test_type:unit'] },
      'unique_users_id unique_users_rollup_gender users users_rollup',
    ],
    [{ method: 'fqn', value: 'users', parents: true, parents_depth: 0 }, 'unique_users_id users'],
    [{ method: 'fqn', value: 'users', children: 'true', children_depth: '0' }, 'unique_users_id users'],
    [{ method: 'fqn', value: 'users', parents_depth: 1 }, 'unique_users_id users'],
    [
      { method: 'exposure', value: 'user_exposure', parents: true, parents_depth: 1 },
      `${rollups} versioned.v3`,
    ],
    [{ method: 'fqn', value: 'table_model', childrens_parents: true }, 'table_model unique_table_model_id'],
    [{ union: [] }, ''],
  ]

  it.each(definitions)('%j picks %s', (definition, names) => {
    expect(namesOf(evaluateDefinition(usersGraph, definition))).toBe(names)
  })

  it.each<[SelectorDefinition, RegExp]>([
    [[], /holds \[\] where a definition should stand/],
    [7, /holds 7/],
    [{ union: 'a' }, /union that is no list/],
    [{ union: ['a'], tag: 'b' }, /has tag beside union/],
    [{ union: ['a', { exclude: ['b'] }, { exclude: ['c'] }] }, /two excludes/],
    [{ method: 'tag' }, /keys method/],
    [{ tag: 'a', path: 'b' }, /keys tag, path/],
    [{}, /keys \(none\)/],
    [{ tag: ['a', 'b'] }, /no method with a single value/],
    [{ method: 'tag', value: 'a', parents: true, parents_depth: 'two' }, /parents_depth: "two"/],
    [{ method: 'tag', value: 'a', indirect_selection: 'careful' }, /indirect_selection: "careful"/],
    [
      { method: 'tag', value: 'a', children: true, childrens_parents: true },
      /children and childrens_parents/,
    ],
    [{ method: 'tag', value: 'a', exclude: 'b' }, /exclude that is no list/],
  ])('refuses %j', (definition, message) => {
    const location = { file: 'selectors.yml', line: 2, column: 5 }
    expect(() =>
      pick(usersGraph, { selector: 'x', selectors: [{ name: 'x', definition, location }] }),
    ).toThrow(
      expect.objectContaining({
        code: 'BAD_SELECTOR_DEFINITION',
        message: expect.stringMatching(
          new RegExp(`the selector "x" \\(selectors.yml:2:5\\).*${message.source}`),
        ),
        hint: expect.any(String),
      }),
    )
  })

  it.each([
    ['eager', 'cf_a_b cf_a_src just_a'],
    ['cautious', 'just_a'],
    ['buildable', 'cf_a_b cf_a_src just_a'],
    ['empty', ''],
  ])('looks for tests in the mode of the criterion: %s', (mode, tests) => {
    const definition = {
      intersection: [{ method: 'fqn', value: 'model_a', indirect_selection: mode }, 'test_type:singular'],
    }
    for (const indirectSelection of ['eager', 'empty'])
      expect(namesOf(evaluateDefinition(expansionGraph, definition, { indirectSelection }))).toBe(tests)
  })

  it('takes a test along once all parts of a cautious union have its nodes', () => {
    const cautious = (value: string) => ({ method: 'fqn', value, indirect_selection: 'cautious' })
    const both = { union: [cautious('model_a'), cautious('model_b')] }
    expect(namesOf(evaluateDefinition(expansionGraph, both)).split(' ')).toContain('cf_a_b')
    expect(namesOf(evaluateDefinition(expansionGraph, both)).split(' ')).not.toContain('cf_a_src')
  })
})

describe('--selector and the default selector', () => {
  const some: NamedSelector[] = [
    { name: 'a', definition: 'model_a', default: true },
    { name: 'b', definition: 'model_b' },
  ]

  it('takes the default where nothing is selected or excluded', () => {
    expect(pick(chain, { selectors: some })).toBe('model_a')
    expect(pick(chain, { selectors: some, selector: 'b' })).toBe('model_b')
    expect(pick(chain, { selectors: some, select: ['model_c'] })).toBe('model_c')
    expect(pick(chain, { selectors: some, exclude: ['model_a+'] })).toBe('model_b')
  })

  it('lets --selector stand instead of --select, and says so', () => {
    const { nodes, warnings } = selectWithWarnings(chain, {
      select: ['model_c'],
      exclude: [],
      selector: 'b',
      selectors: some,
    })
    expect(namesOf(nodes)).toBe('model_b')
    expect(warnings).toMatchObject([{ code: 'SELECTION_IGNORED' }])
  })

  it('refuses two defaults', () => {
    const two = some.map((selector) => ({ ...selector, default: true }))
    expect(() => pick(chain, { selectors: two })).toThrow(
      expect.objectContaining({
        code: 'BAD_SELECTOR_DEFINITION',
        message: expect.stringContaining('a and b'),
      }),
    )
  })

  it('warns of a part of a definition that matches nothing', () => {
    const selection = {
      select: [],
      exclude: [],
      selector: 'x',
      selectors: named({ x: { union: ['model_a', 'modle_c'] } }),
    }
    const { nodes, warnings } = selectWithWarnings(chain, selection)
    expect(namesOf(nodes)).toBe('model_a')
    expect(warnings).toMatchObject([
      { code: 'NOTHING_SELECTED', message: expect.stringContaining('modle_c') },
    ])
  })
})
