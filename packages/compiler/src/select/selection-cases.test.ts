import { describe, expect, it } from 'vitest'
import { expansionGraph } from './testing/expansion-graph.ts'
import { pick } from './testing/pick.ts'
import { usersGraph } from './testing/users-graph.ts'

const words = (text: string) => (text === '' ? [] : text.split(' '))

describe('selecting by neighbours', () => {
  it.each([
    ['users', 'unique_users_id users'],
    [
      'users+',
      'emails_alt exposure:user_exposure snapshot:users_history unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    [
      'users+1',
      'emails_alt exposure:user_exposure snapshot:users_history unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      'users+2',
      'emails_alt exposure:user_exposure snapshot:users_history unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    [
      '+users_rollup',
      'base_users source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      '1+users_rollup',
      'unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      '2+users_rollup',
      'base_users unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      '+users_rollup+',
      'base_users exposure:user_exposure source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    [
      '1+users_rollup+1',
      'exposure:user_exposure unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    ['0+users', 'unique_users_id users'],
    [
      '@users',
      'base_users emails_alt exposure:user_exposure snapshot:users_history source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v3',
    ],
    [
      '@base_users',
      'alternative.users base_users emails emails_alt exposure:user_exposure not_null_emails_email snapshot:users_history source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v3',
    ],
    ['@emails_alt', 'base_users emails_alt source:raw.seed unique_users_id users'],
    ['@emails', 'base_users emails not_null_emails_email source:raw.seed'],
    ['+exposure:seed_ml_exposure', 'exposure:seed_ml_exposure source:raw.seed'],
    [
      '1+exposure:user_exposure',
      'exposure:user_exposure unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup versioned.v3',
    ],
    [
      '+exposure:user_exposure',
      'base_users exposure:user_exposure source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup versioned.v3',
    ],
    ['+unique_users_id', 'base_users source:raw.seed unique_users_id users'],
    ['+users_history', 'base_users snapshot:users_history source:raw.seed unique_users_id users'],
    [
      '@emails_alt users_rollup',
      'base_users emails_alt source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    ['source:raw+1', 'base_users exposure:seed_ml_exposure source:raw.seed versioned.v3'],
    [
      'tag:base+',
      'alternative.users base_users emails emails_alt exposure:user_exposure not_null_emails_email snapshot:users_history unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v3',
    ],
    [
      'tag:base+2',
      'alternative.users base_users emails emails_alt exposure:user_exposure not_null_emails_email snapshot:users_history unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup versioned.v3',
    ],
    [
      '+tag:bi+',
      'base_users emails_alt exposure:user_exposure snapshot:users_history source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    [
      '@tag:users',
      'base_users emails_alt exposure:user_exposure snapshot:users_history source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v3',
    ],
    [
      '+user_exposure,resource_type:model',
      'base_users unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup versioned.v3',
    ],
  ])('%s picks %s', (select, names) => {
    expect(pick(usersGraph, { select: words(select) })).toBe(names)
  })
})

describe('selecting by names', () => {
  it.each([
    ['alternative.users', 'alternative.users'],
    ['test.alternative.users', 'alternative.users'],
    ['test.subdir', 'nested_users subdir versioned.v1'],
    ['test.test.subdir', 'nested_users subdir versioned.v1'],
    ['fqn:test.test.subdir.nested_users', 'nested_users'],
    ['test.users', 'unique_users_id users'],
    ['integration', 'table_model unique_table_model_id'],
    ['integration.table_model', 'table_model unique_table_model_id'],
    ['versioned', 'versioned.v1 versioned.v2 versioned.v3'],
    ['versioned.v2', 'versioned.v2'],
    ['versioned_v2', 'versioned.v2'],
    ['test.versioned.v1', 'versioned.v1'],
    ['user_exposure', 'exposure:user_exposure'],
    ['unique_users_id', 'unique_users_id'],
    ['counts_genders', 'unit_test:counts_genders'],
    ['seed', 'seed:seed'],
    ['users_history', 'snapshot:users_history'],
    [
      '*',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email seed:seed seed:summary_expected snapshot:users_history subdir table_model unique_table_model_id unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    ['*_rollup', 'unique_users_rollup_gender unit_test:counts_genders users_rollup'],
    [
      'users_*',
      'snapshot:users_history unique_users_rollup_gender unit_test:counts_genders users_rollup users_rollup_dependency',
    ],
    ['user?', 'unique_users_id users'],
    ['[eu]mails', 'emails not_null_emails_email'],
    ['emails*', 'emails emails_alt not_null_emails_email'],
    ['[!a]sers', 'unique_users_id users'],
    [
      'test.*',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email seed:seed seed:summary_expected snapshot:users_history subdir unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    [
      'test.users*',
      'snapshot:users_history unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    ['*.users', 'alternative.users unique_users_id users'],
    ['alternative.*', 'alternative.users'],
    ['test.subdir.*', 'nested_users versioned.v1'],
    ['t?st.users', 'unique_users_id users'],
    [
      '*users*',
      'alternative.users base_users nested_users snapshot:users_history unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    [
      'fqn:*',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email seed:seed seed:summary_expected snapshot:users_history subdir table_model unique_table_model_id unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    ['fqn:alternative', 'alternative.users'],
  ])('%s picks %s', (select, names) => {
    expect(pick(usersGraph, { select: words(select) })).toBe(names)
  })
})

describe('selecting by paths', () => {
  it.each([
    ['path:models/test/subdir.sql', 'subdir'],
    ['models/test', 'nested_users subdir versioned.v1 versioned.v2'],
    ['models/test/', 'nested_users subdir versioned.v1 versioned.v2'],
    ['./models/test', 'nested_users subdir versioned.v1 versioned.v2'],
    ['models/test/subdir*', 'nested_users subdir versioned.v1'],
    ['models/alternative.*', 'alternative.users'],
    [
      'models/*',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email source:raw.seed subdir unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    [
      'models/*.sql',
      'alternative.users base_users emails emails_alt never_selected not_null_emails_email unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v3',
    ],
    [
      'models/**/*.sql',
      'alternative.users base_users emails emails_alt nested_users never_selected not_null_emails_email subdir unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    [
      'models/**',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email source:raw.seed subdir unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    ['models/submarine.yml', 'subdir'],
    [
      'models/schema.yml',
      'emails exposure:seed_ml_exposure exposure:user_exposure not_null_emails_email source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup versioned.v1 versioned.v2 versioned.v3',
    ],
    ['models/users_rollup.sql', 'unique_users_rollup_gender unit_test:counts_genders users_rollup'],
    ['seeds/*.csv', 'seed:seed seed:summary_expected'],
    ['path:snapshots', 'snapshot:users_history'],
    ['models/test/*/*.sql', 'nested_users versioned.v1'],
    ['path:models/?sers.sql', 'unique_users_id users'],
    [
      'path:models/[ue]*.sql',
      'emails emails_alt not_null_emails_email unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    ['path:models/[!u]*s.sql', 'alternative.users base_users emails not_null_emails_email'],
  ])('%s picks %s', (select, names) => {
    expect(pick(usersGraph, { select: words(select) })).toBe(names)
  })
})

describe('selecting by files', () => {
  it.each([
    ['users.sql', 'unique_users_id users'],
    ['file:users', 'unique_users_id users'],
    ['file:users.sql', 'unique_users_id users'],
    [
      'file:users*',
      'snapshot:users_history unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    ['file:*.csv', 'seed:seed seed:summary_expected'],
    ['seed.csv', 'seed:seed'],
    ['file:versioned_v?.sql', 'versioned.v1 versioned.v2 versioned.v3'],
    ['file:alternative.users', 'alternative.users'],
    [
      'file:schema.yml',
      'exposure:seed_ml_exposure exposure:user_exposure not_null_emails_email source:raw.seed unique_table_model_id unique_users_id unique_users_rollup_gender unit_test:counts_genders',
    ],
    [
      'file:schema',
      'exposure:seed_ml_exposure exposure:user_exposure not_null_emails_email source:raw.seed unique_table_model_id unique_users_id unique_users_rollup_gender unit_test:counts_genders',
    ],
  ])('%s picks %s', (select, names) => {
    expect(pick(usersGraph, { select: words(select) })).toBe(names)
  })
})

describe('selecting by methods', () => {
  it.each([
    ['tag:bi', 'unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup'],
    [
      'tag:b*',
      'base_users emails not_null_emails_email unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup versioned.v3',
    ],
    ['tag:bi,tag:users', 'unique_users_id users'],
    [
      'tag:[bu]*',
      'base_users emails not_null_emails_email unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup versioned.v3',
    ],
    ['group:users_group', 'unique_users_id users'],
    [
      'group:users*',
      'unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      '+group:users_group+',
      'base_users emails_alt exposure:user_exposure snapshot:users_history source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    [
      '@group:emails_group group:users_group',
      'base_users emails not_null_emails_email source:raw.seed unique_users_id users',
    ],
    ['access:public', 'users_rollup_dependency'],
    ['access:private', 'emails not_null_emails_email'],
    [
      'access:protected',
      'alternative.users base_users emails_alt nested_users never_selected subdir table_model unique_table_model_id unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup versioned.v1 versioned.v2 versioned.v3',
    ],
    ['source:raw', 'source:raw.seed'],
    ['source:raw.seed', 'source:raw.seed'],
    ['source:test.raw.seed', 'source:raw.seed'],
    ['source:*', 'source:raw.seed'],
    ['source:r*.se*', 'source:raw.seed'],
    ['source:*.seed', 'source:raw.seed'],
    [
      'package:test',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email seed:seed seed:summary_expected snapshot:users_history source:raw.seed subdir unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    [
      'package:this',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email seed:seed seed:summary_expected snapshot:users_history source:raw.seed subdir unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    ['package:int*', 'table_model unique_table_model_id'],
    [
      'resource_type:model',
      'alternative.users base_users emails emails_alt nested_users never_selected not_null_emails_email subdir table_model unique_table_model_id unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    ['resource_type:source', 'source:raw.seed'],
    ['resource_type:exposure', 'exposure:seed_ml_exposure exposure:user_exposure'],
    ['resource_type:seed', 'seed:seed seed:summary_expected'],
    ['resource_type:snapshot', 'snapshot:users_history'],
    [
      'resource_type:test',
      'not_null_emails_email unique_table_model_id unique_users_id unique_users_rollup_gender',
    ],
    ['resource_type:unit_test', 'unit_test:counts_genders'],
    ['exposure:user_exposure', 'exposure:user_exposure'],
    ['exposure:test.user_exposure', 'exposure:user_exposure'],
    ['exposure:*', 'exposure:seed_ml_exposure exposure:user_exposure'],
    ['exposure:seed*', 'exposure:seed_ml_exposure'],
    ['unit_test:counts_genders', 'unit_test:counts_genders'],
    ['unit_test:counts*', 'unit_test:counts_genders'],
    ['unit_test:test.*', 'unit_test:counts_genders'],
    ['test_name:unique', 'unique_table_model_id unique_users_id unique_users_rollup_gender'],
    ['test_name:not_null', 'not_null_emails_email'],
    ['test_name:u*', 'unique_table_model_id unique_users_id unique_users_rollup_gender'],
    ['test_name:counts_genders', 'unit_test:counts_genders'],
    [
      'test_type:generic',
      'not_null_emails_email unique_table_model_id unique_users_id unique_users_rollup_gender',
    ],
    [
      'test_type:data',
      'not_null_emails_email unique_table_model_id unique_users_id unique_users_rollup_gender',
    ],
    ['test_type:unit', 'unit_test:counts_genders'],
    [
      'test_type:schema',
      'not_null_emails_email unique_table_model_id unique_users_id unique_users_rollup_gender',
    ],
    ['test_type:singular', ''],
    ['version:latest', 'versioned.v2'],
    ['version:old', 'versioned.v1'],
    ['version:prerelease', 'versioned.v3'],
    [
      'version:none',
      'alternative.users base_users emails emails_alt nested_users never_selected not_null_emails_email subdir table_model unique_table_model_id unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    ['+version:latest+', 'versioned.v2'],
  ])('%s picks %s', (select, names) => {
    expect(pick(usersGraph, { select: words(select) })).toBe(names)
  })
})

describe('selecting by configuration', () => {
  it.each([
    [
      'config.materialized:table',
      'alternative.users table_model unique_table_model_id unique_users_id users users_rollup_dependency',
    ],
    ['config.materialized:ephemeral', 'base_users emails not_null_emails_email versioned.v3'],
    ['config.materialized:seed', 'seed:seed seed:summary_expected'],
    ['config.materialized:incremental', ''],
    ['config.transient:true', 'unique_users_id users'],
    ['config.transient:True', 'unique_users_id users'],
    ['config.unique_key:email', 'unique_users_id users'],
    [
      'config.tags:bi',
      'unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    ['config.meta.owner:ann', 'unique_users_id users'],
    ['config.meta.contains.pii:true', 'unique_users_id users'],
    ['config.meta.teams:data', 'unique_users_id users'],
    ['config.severity:warn', 'not_null_emails_email'],
    ['config.severity:WARN', 'not_null_emails_email'],
    ['config.schema:_and_then', 'never_selected'],
    ['config.enabled:true,resource_type:seed', 'seed:seed seed:summary_expected'],
    ['config.meta.owner:bob', ''],
    ['config.meta.nothing.at.all:x', ''],
  ])('%s picks %s', (select, names) => {
    expect(pick(usersGraph, { select: words(select) })).toBe(names)
  })
})

describe('selecting by sets', () => {
  it.each([
    ['users,users', 'unique_users_id users'],
    ['*,tag:bi,tag:users', 'unique_users_id users'],
    ['tag:users,tag:bi,*', 'unique_users_id users'],
    [
      '+users_rollup_dependency,users+',
      'unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    [
      'tag:bi,@users emails_alt',
      'emails_alt unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      'tag:bi,@users @emails_alt,emails_alt',
      'emails_alt unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      'users+,config.materialized:view',
      'emails_alt unique_users_rollup_gender unit_test:counts_genders users_rollup',
    ],
    ['tag:base,config.materialized:ephemeral', 'base_users emails not_null_emails_email versioned.v3'],
    [
      '@tag:users tag:base,config.materialized:ephemeral',
      'base_users emails emails_alt exposure:user_exposure not_null_emails_email snapshot:users_history source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v3',
    ],
    ['version:latest version:old', 'versioned.v1 versioned.v2'],
    ['users emails', 'emails not_null_emails_email unique_users_id users'],
    ['tag:bi,tag:base', ''],
    ['users_rollup,test_type:unit', 'unit_test:counts_genders'],
  ])('%s picks %s', (select, names) => {
    expect(pick(usersGraph, { select: words(select) })).toBe(names)
  })
})

describe('excluding', () => {
  it.each([
    ['+users_rollup', 'models/users_rollup.sql', 'base_users source:raw.seed unique_users_id users'],
    [
      '@emails_alt users_rollup',
      'emails_alt',
      'base_users source:raw.seed unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    [
      '@emails_alt users_rollup',
      'users emails_alt',
      'base_users source:raw.seed unique_users_rollup_gender unit_test:counts_genders users_rollup',
    ],
    [
      '@emails_alt users_rollup',
      'emails_alt users_rollup',
      'base_users source:raw.seed unique_users_id users',
    ],
    ['+users_rollup', 'users_rollup', 'base_users source:raw.seed unique_users_id users'],
    [
      '',
      'users_rollup',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email seed:seed seed:summary_expected snapshot:users_history source:raw.seed subdir table_model unique_table_model_id unique_users_id users users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    [
      '*',
      'users',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email seed:seed seed:summary_expected snapshot:users_history subdir table_model unique_table_model_id unique_users_rollup_gender unit_test:counts_genders users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    [
      '',
      'integration',
      'alternative.users base_users emails emails_alt exposure:seed_ml_exposure exposure:user_exposure nested_users never_selected not_null_emails_email seed:seed seed:summary_expected snapshot:users_history source:raw.seed subdir unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
    ['', '*', 'source:raw.seed'],
    [
      '+users_rollup_dependency,users+',
      'users_rollup_dependency',
      'unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    ['tag:bi,@users', 'tag:bi,users_rollup+', 'unique_users_id users'],
    [
      'tag:bi,@users',
      '@emails,@emails_alt',
      'unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup',
    ],
    ['tag:bi,@users', '*,tag:bi,users_rollup', 'unique_users_id users'],
    ['tag:bi,@users emails_alt', 'users_rollup', 'emails_alt unique_users_id users'],
    [
      'tag:bi,@users emails_alt,@users',
      'users_rollup_dependency users_rollup',
      'emails_alt unique_users_id users',
    ],
    [
      'tag:bi,@users emails_alt,@users',
      '@users,users_rollup_dependency @users,users_rollup',
      'emails_alt unique_users_id users',
    ],
    ['users_rollup', 'test_type:unit', 'unique_users_rollup_gender users_rollup'],
    ['users_rollup', 'test_type:data', 'unit_test:counts_genders users_rollup'],
    [
      'users+',
      'resource_type:exposure',
      'emails_alt snapshot:users_history unique_users_id unique_users_rollup_gender unit_test:counts_genders users users_rollup users_rollup_dependency',
    ],
    [
      '',
      'resource_type:test resource_type:unit_test source:* exposure:*',
      'alternative.users base_users emails emails_alt nested_users never_selected seed:seed seed:summary_expected snapshot:users_history subdir table_model users users_rollup users_rollup_dependency versioned.v1 versioned.v2 versioned.v3',
    ],
  ])('%s without %s is %s', (select, exclude, names) => {
    expect(pick(usersGraph, { select: words(select), exclude: words(exclude) })).toBe(names)
  })
})

describe('the tests that come along', () => {
  it.each([
    [
      'eager',
      '',
      '',
      'cf_a_b cf_a_src just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      'model_a',
      '',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      'model_a model_b',
      '',
      'cf_a_b cf_a_src just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      'model_a source:*',
      '',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      '',
      'model_b',
      'cf_a_src just_a model_a relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      'model_a',
      'unique_model_a_fun',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun_2 unit_test:adds_fun',
    ],
    ['cautious', 'model_a', 'unique_model_a_fun', 'just_a model_a unique_model_a_fun_2 unit_test:adds_fun'],
    [
      'buildable',
      'model_a',
      'unique_model_a_fun',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      'test_type:generic',
      '',
      'relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2',
    ],
    ['eager', 'model_a,test_type:singular', '', 'cf_a_b cf_a_src just_a'],
    ['cautious', 'model_a,test_type:singular', '', 'just_a'],
    ['eager', 'test_type:singular', '', 'cf_a_b cf_a_src just_a'],
    ['eager', 'model_a,test_name:unique', '', 'unique_model_a_fun unique_model_a_fun_2'],
    [
      'eager',
      'tag:a_or_b,test_name:relationships',
      '',
      'relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_',
    ],
    [
      'eager',
      'tag:column_level_tag',
      '',
      'relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2',
    ],
    [
      'eager',
      '',
      'tag:column_level_tag',
      'cf_a_b cf_a_src just_a model_a model_b source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      'tag:column_config_level_tag',
      '',
      'relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2',
    ],
    [
      'eager',
      'tag:source_column_config_tag',
      '',
      'source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2',
    ],
    ['eager', 'tag:test_level_tag', '', 'relationships_model_a_fun__fun__ref_model_b_'],
    [
      'eager',
      'model_a',
      'tag:data_test_tag',
      'cf_a_b cf_a_src model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    ['cautious', 'model_a', '', 'just_a model_a unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun'],
    [
      'buildable',
      'model_a',
      '',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    ['empty', 'model_a', '', 'model_a unit_test:adds_fun'],
    [
      'eager',
      'model_a',
      'test_name:unique',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unit_test:adds_fun',
    ],
    ['eager', 'model_b', '', 'cf_a_b model_b relationships_model_a_fun__fun__ref_model_b_'],
    ['cautious', 'model_b', '', 'model_b'],
    ['buildable', 'model_b', '', 'model_b'],
    ['empty', 'model_b', '', 'model_b'],
    [
      'cautious',
      'model_a model_b',
      '',
      'cf_a_b just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'buildable',
      'model_a model_b',
      '',
      'cf_a_b cf_a_src just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    ['empty', 'model_a model_b', '', 'model_a model_b unit_test:adds_fun'],
    [
      'eager',
      'source:*',
      '',
      'cf_a_src relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2',
    ],
    [
      'cautious',
      'source:*',
      '',
      'source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2',
    ],
    [
      'buildable',
      'source:*',
      '',
      'source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2',
    ],
    [
      'cautious',
      'model_a source:*',
      '',
      'cf_a_src just_a model_a relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    ['empty', 'model_a source:*', '', 'model_a source:my_src.my_tbl unit_test:adds_fun'],
    [
      'cautious',
      '+model_a',
      '',
      'cf_a_b just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'buildable',
      '+model_a',
      '',
      'cf_a_b cf_a_src just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    ['empty', '+model_a', '', 'model_a model_b unit_test:adds_fun'],
    [
      'empty',
      'model_a+',
      '',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'cautious',
      'model_b+',
      '',
      'cf_a_b cf_a_src just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'cautious',
      'model_a model_b source:*',
      '',
      'cf_a_b cf_a_src just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'cautious',
      '',
      '',
      'cf_a_b cf_a_src just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'empty',
      '',
      '',
      'cf_a_b cf_a_src just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'cautious',
      '',
      'model_b',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'buildable',
      '',
      'model_b',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'empty',
      '',
      'model_b',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'cautious',
      '',
      'model_a',
      'cf_a_b cf_a_src model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2',
    ],
    [
      'cautious',
      'model_a model_b',
      'model_b',
      'cf_a_b just_a model_a relationships_model_a_fun__fun__ref_model_b_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      'model_a model_b',
      'model_b',
      'cf_a_src just_a model_a relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'buildable',
      '+model_a',
      'model_b',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'cautious',
      'tag:a_or_b',
      '',
      'cf_a_b just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'cautious',
      'tag:a_or_b,model_a',
      '',
      'just_a model_a unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      'model_a',
      'test_type:unit',
      'cf_a_b cf_a_src just_a model_a relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ unique_model_a_fun unique_model_a_fun_2',
    ],
    ['empty', 'test_type:unit', '', 'unit_test:adds_fun'],
    [
      'cautious',
      '1+cf_a_b',
      '',
      'cf_a_b just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
    [
      'eager',
      '+cf_a_src',
      '',
      'cf_a_b cf_a_src just_a model_a model_b relationships_model_a_fun__fun__ref_model_b_ relationships_model_a_fun__fun__source_my_src_my_tbl_ source:my_src.my_tbl source_unique_my_src_my_tbl_fun source_unique_my_src_my_tbl_fun_2 unique_model_a_fun unique_model_a_fun_2 unit_test:adds_fun',
    ],
  ])('%s: %s without %s is %s', (indirectSelection, select, exclude, names) => {
    const selection = { select: words(select), exclude: words(exclude), indirectSelection }
    expect(pick(expansionGraph, selection)).toBe(names)
  })
})
