import { exposure, genericTest, graphOf, model, seed, snapshot, source, unitTest } from './nodes.ts'

const inRaw = 'source.test.raw.seed'

/** Eleven models about users and what belongs to them: tags, folders, groups, versions, a second package. */
export const usersGraph = graphOf(
  [
    seed('seed'),
    seed('summary_expected', { patchPath: 'seeds/properties.yml' }),
    source('raw', 'seed'),
    exposure('seed_ml_exposure', [inRaw]),
    model('base_users', [inRaw], { tags: ['base'], config: { materialized: 'ephemeral' } }),
    model('users', ['base_users'], {
      tags: ['bi', 'users'],
      group: 'users_group',
      config: { materialized: 'table', transient: true, unique_key: ['id', 'email'], wait: 5 },
      meta: { owner: 'ann', contains: { pii: true }, teams: ['sales', 'data'] },
      patchPath: 'models/schema.yml',
    }),
    model('users_rollup', ['users'], {
      tags: ['bi'],
      group: 'users_rollup_group',
      config: { materialized: 'view' },
      patchPath: 'models/schema.yml',
    }),
    model('users_rollup_dependency', ['users_rollup'], {
      access: 'public',
      config: { materialized: 'table' },
    }),
    model('emails', ['base_users'], {
      tags: ['base'],
      group: 'emails_group',
      access: 'private',
      config: { materialized: 'ephemeral' },
      patchPath: 'models/schema.yml',
    }),
    model('emails_alt', ['users']),
    model('alternative.users', ['base_users'], { tags: ['dots'], config: { materialized: 'table' } }),
    model('never_selected', [], { config: { schema: '_and_then' } }),
    model('subdir', [], { folder: 'test', patchPath: 'models/submarine.yml' }),
    model('nested_users', [], { folder: 'test/subdir' }),
    model('versioned', [], {
      folder: 'test/subdir',
      version: 1,
      latestVersion: 2,
      patchPath: 'models/schema.yml',
    }),
    model('versioned', [], { folder: 'test', version: 2, latestVersion: 2, patchPath: 'models/schema.yml' }),
    model('versioned', [inRaw], {
      version: 3,
      latestVersion: 2,
      tags: ['base'],
      config: { materialized: 'ephemeral' },
      patchPath: 'models/schema.yml',
    }),
    snapshot('users_history', ['users']),
    exposure('user_exposure', ['users', 'users_rollup', 'model.test.versioned.v3']),
    genericTest('not_null', 'emails', 'email', { config: { severity: 'warn' } }),
    genericTest('unique', 'users', 'id'),
    genericTest('unique', 'users_rollup', 'gender'),
    unitTest('counts_genders', 'users_rollup', ['users']),
    model('table_model', [], {
      package: 'integration',
      file: 'dbt_packages/integration/models/table_model.sql',
      config: { materialized: 'table' },
    }),
    genericTest('unique', 'model.integration.table_model', 'id', {
      package: 'integration',
      name: 'unique_table_model_id',
      file: 'dbt_packages/integration/models/schema.yml',
    }),
  ],
  {
    groups: ['emails_group', 'users_group', 'users_rollup_group'].map((name) => ({
      name,
      packageName: 'test',
      owner: {},
      location: { file: 'models/schema.yml', line: 1, column: 1 },
    })),
  },
)
