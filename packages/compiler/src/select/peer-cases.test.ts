import { describe, expect, it } from 'vitest'
import { graphOf, model, seed } from './testing/nodes.ts'
import { pick } from './testing/pick.ts'

/** Name, tag, parents. */
type Definition = readonly [string, string, string?]

const three: Definition[] = [
  ['model1', 'tag1'],
  ['model2', 'tag2'],
  ['model3', 'tag3'],
]
const chain: Definition[] = [
  ['model1', 'tag1'],
  ['model2', 'tag2', 'model1'],
  ['model3', 'tag3', 'model2'],
]
const fan: Definition[] = [
  ['model1', 'tag1'],
  ['model2', 'tag2', 'model1'],
  ['model3', 'tag3', 'model1'],
]
const mixed: Definition[] = [
  ['model1', 'tag1'],
  ['model2', 'tag1', 'model1'],
  ['model3', 'tag2', 'model1'],
  ['model4', 'tag1'],
]

/** SQLMesh writes & | ^ and parentheses; the cases stand here in our grammar. */
describe('sets that SQLMesh picks', () => {
  it.each<[Definition[], string, string, string]>([
    [three, 'tag:tag1 tag:tag3', '', 'model1 model3'],
    [three, 'tag:tag*', '', 'model1 model2 model3'],
    [three, 'tag:*', '', 'model1 model2 model3'],
    [three, 'tag:tag1 model2', '', 'model1 model2'],
    [three, '+tag:tag2', '', 'model2'],
    [three, '+tag:tag4*+ +tag:tag4+', '', ''],
    [three, '*', 'tag:tag1', 'model2 model3'],
    [three, '*', 'model1', 'model2 model3'],
    [three, 'model*', 'tag:tag1 tag:tag2', 'model3'],
    [
      [
        ['model1', 'tag1'],
        ['model2', 'tag2', 'model1'],
        ['model3', 'tag3'],
      ],
      'tag:tag1+',
      '',
      'model1 model2',
    ],
    [
      [
        ['model1', 'tag1'],
        ['model2', 'tag2'],
        ['model3', 'tag3', 'model2'],
      ],
      '+tag:tag3',
      '',
      'model2 model3',
    ],
    [chain, '+tag:tag2+', '', 'model1 model2 model3'],
    [chain, '+model2*+', '', 'model1 model2 model3'],
    [fan, 'model1*+', '', 'model1 model2 model3'],
    [fan, 'model*+', '*1', 'model2 model3'],
    [
      [...chain, ['model4', 'blah', 'model3'], ['model5', 'tag4'], ['model6', 'blah']],
      '+tag:tag*+',
      '',
      'model1 model2 model3 model4 model5',
    ],
    [
      [...chain, ['model4', 'tag4'], ['model5', 'tag5', 'model4'], ['model6', 'tag6', 'model5']],
      '+tag:tag3 tag:tag5',
      '',
      'model1 model2 model3 model5',
    ],
    [mixed, 'tag:tag1,model1+', '', 'model1 model2'],
    [mixed, 'model1+,tag:tag1', '', 'model1 model2'],
    [
      [
        ['model2', 'tag1'],
        ['model2_1', 'tag2'],
        ['model2_2', 'tag3'],
      ],
      '*2_*',
      '',
      'model2_1 model2_2',
    ],
  ])('%j: %s without %s is %s', (definitions, select, exclude, names) => {
    const graph = graphOf(
      definitions.map(([name, tag, parent]) =>
        model(name, parent === undefined ? [] : [parent], { tags: [tag] }),
      ),
    )
    expect(pick(graph, { select: [select], exclude: [exclude] })).toBe(names)
  })

  it('minds the case of tags, as dbt does and SQLMesh does not', () => {
    const graph = graphOf([model('model1', [], { tags: ['tag1'] })])
    expect(pick(graph, { select: ['tag:TAG*'] })).toBe('')
  })
})

describe('sets that Bruin picks', () => {
  const graph = graphOf([
    model('stg_orders', [], { folder: 'staging', tags: ['nightly'] }),
    model('int_orders', ['stg_orders'], { folder: 'staging', tags: ['nightly', 'finance'] }),
    model('fct_orders', ['int_orders'], { folder: 'marts', tags: ['finance'] }),
    seed('external_seed', { tags: ['seed'] }),
    model('audit_orders', ['fct_orders', 'seed.test.external_seed'], { folder: 'marts', tags: ['qa'] }),
  ])

  it.each([
    ['fct_orders', 'fct_orders'],
    ['tag:nightly', 'int_orders stg_orders'],
    ['tag:fin*', 'fct_orders int_orders'],
    ['path:models/marts', 'audit_orders fct_orders'],
    ['path:models/*', 'audit_orders fct_orders int_orders stg_orders'],
    ['models/staging', 'int_orders stg_orders'],
    ['file:external_seed', 'seed:external_seed'],
    ['fqn:test.marts.fct_orders', 'fct_orders'],
    ['+fct_orders', 'fct_orders int_orders stg_orders'],
    ['1+fct_orders', 'fct_orders int_orders'],
    ['fct_orders+', 'audit_orders fct_orders'],
    ['stg_orders+1', 'int_orders stg_orders'],
    ['+int_orders+', 'audit_orders fct_orders int_orders stg_orders'],
    ['@fct_orders', 'audit_orders fct_orders int_orders seed:external_seed stg_orders'],
    ['@audit_orders', 'audit_orders fct_orders int_orders seed:external_seed stg_orders'],
    ['tag:nightly tag:qa', 'audit_orders int_orders stg_orders'],
    ['path:models/marts,tag:finance', 'fct_orders'],
    ['+fct_orders,tag:nightly', 'int_orders stg_orders'],
  ])('%s picks %s', (select, names) => {
    expect(pick(graph, { select: [select] })).toBe(names)
  })
})
