import { genericTest, graphOf, model, singularTest, source, unitTest } from './nodes.ts'

const table = 'source.test.my_src.my_tbl'
const ofColumn = ['column_level_tag', 'column_config_level_tag']

/** Two models and a source, with tests about one and several of them. */
export const expansionGraph = graphOf([
  source('my_src', 'my_tbl'),
  model('model_b', [], { tags: ['a_or_b'] }),
  model('model_a', ['model_b'], { tags: ['a_or_b'] }),
  genericTest('unique', table, 'fun', {
    name: 'source_unique_my_src_my_tbl_fun',
    tags: ['source_column_config_tag'],
  }),
  genericTest('unique', table, 'fun_2', {
    name: 'source_unique_my_src_my_tbl_fun_2',
    tags: ['source_column_config_tag'],
  }),
  genericTest('unique', 'model_a', 'fun', { tags: ofColumn }),
  genericTest('unique', 'model_a', 'fun_2', { tags: ofColumn }),
  genericTest('relationships', 'model_a', 'fun', {
    name: 'relationships_model_a_fun__fun__ref_model_b_',
    others: ['model_b'],
    tags: [...ofColumn, 'test_level_tag'],
  }),
  genericTest('relationships', 'model_a', 'fun', {
    name: 'relationships_model_a_fun__fun__source_my_src_my_tbl_',
    others: [table],
    tags: ofColumn,
  }),
  singularTest('cf_a_b', ['model_a', 'model_b']),
  singularTest('cf_a_src', ['model_a', table]),
  singularTest('just_a', ['model_a'], { tags: ['data_test_tag'] }),
  unitTest('adds_fun', 'model_a', ['model_b']),
])
