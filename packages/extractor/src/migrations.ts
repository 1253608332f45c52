import type { Migration } from '@strata/core'

/**
 * State of the extractor in schema `strata`, component `extractor`.
 * `job` is `source.table`; `slice` is the canonical JSON of the path parameters, `{}` for a job without any.
 */
export const extractorMigrations: readonly Migration[] = [
  {
    version: 1,
    name: 'watermarks, landing schemas, dead letters',
    statements: [
      `create table strata.job_watermarks (
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        slice text not null,
        watermark timestamptz,
        watermark_text text,
        status text not null check (status in ('walking', 'complete', 'failed', 'gone', 'unsupported')),
        place jsonb,
        run_id integer,
        failure text,
        records_received bigint,
        last_attempt_at timestamptz not null default now(),
        last_complete_at timestamptz,
        primary key (landing_schema, job, instance_id, slice)
      )`,
      `comment on table strata.job_watermarks is
        'How far each slice of each extraction job has been landed, per instance'`,
      `comment on column strata.job_watermarks.watermark is
        'Greatest change time among the records of complete walks; never a wall clock, never lowered'`,
      `comment on column strata.job_watermarks.watermark_text is 'The same, as the API wrote it'`,
      `comment on column strata.job_watermarks.place is 'Where an unfinished walk stands; null after a complete one'`,
      `create table strata.landings (
        landing_schema text primary key,
        fingerprint text not null,
        simulated boolean not null,
        ensured_at timestamptz not null default now()
      )`,
      `comment on table strata.landings is 'Landing schemas, and what was last declared for each'`,
      `create table strata.dead_letters (
        id bigint generated always as identity primary key,
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        slice text not null,
        run_id integer not null,
        reason text not null,
        record jsonb not null,
        record_hash bytea not null,
        created_at timestamptz not null default now(),
        unique (landing_schema, job, instance_id, slice, record_hash)
      )`,
      `comment on table strata.dead_letters is
        'Records that could not be landed. They hold personal data: read access is for those who repair loads'`,
      `create function strata.read_instant(value text) returns timestamptz
        language plpgsql stable strict as $body$
        begin
          if value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' then return null; end if;
          return value::timestamptz;
        exception when others then
          return null;
        end
        $body$`,
      `comment on function strata.read_instant(text) is
        'The instant that an ISO 8601 text names, in the session''s zone where it names none; null when it names none'`,
    ],
  },
  {
    version: 2,
    name: 'records that data tests quarantine',
    statements: [
      // Bronze rows that somebody else wrote belong to no run.
      'alter table strata.dead_letters alter column run_id drop not null',
      `comment on table strata.dead_letters is
        'Records that could not be landed, or that a data test moved out of bronze. They hold personal data: read access is for those who repair loads'`,
      `comment on column strata.dead_letters.reason is
        'no_key, unstorable_text, or the data test that the record failed'`,
      // Default privileges show the records to others. Where there are some, those who read them may have been granted it.
      `do $revoke$
declare
  wanted record;
begin
  if exists (select from strata.dead_letters) then return; end if;
  for wanted in
    select distinct case a.grantee when 0 then 'public' else pg_catalog.format('%I', pg_get_userbyid(a.grantee)) end as grantee
    from pg_catalog.pg_class c, aclexplode(c.relacl) a
    where c.oid = 'strata.dead_letters'::regclass and a.grantee <> c.relowner
  loop
    execute pg_catalog.format('revoke all on strata.dead_letters from %s', wanted.grantee);
  end loop;
end
$revoke$`,
    ],
  },
]
