import type { Migration } from '@strata/core'

/**
 * Failing rows of data tests that nobody but the owner may read: those of tests on health information, and those of tests
 * that kept something from being published.
 */
export const failingRowsMigration: Migration = {
  version: 9,
  name: 'failing rows of data tests',
  statements: [
    `create table strata.failing_rows (
  id bigint generated always as identity primary key,
  target text not null,
  run_id text not null,
  node text not null,
  test text not null,
  row jsonb not null,
  at timestamptz not null,
  keep_until timestamptz not null
)`,
    'create index on strata.failing_rows (node, target, at)',
    'create index on strata.failing_rows (keep_until)',
    `comment on table strata.failing_rows is 'Rows that data tests found. They hold personal data: granted to nobody, and gone after keep_until.'`,
    // Default privileges would show the rows to others.
    `do $revoke$
declare
  wanted record;
begin
  for wanted in
    select distinct case a.grantee when 0 then 'public' else pg_catalog.format('%I', pg_get_userbyid(a.grantee)) end as grantee
    from pg_catalog.pg_class c, aclexplode(c.relacl) a
    where c.oid = 'strata.failing_rows'::regclass and a.grantee <> c.relowner
  loop
    execute pg_catalog.format('revoke all on strata.failing_rows from %s', wanted.grantee);
  end loop;
end
$revoke$`,
  ],
}
