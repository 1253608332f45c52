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
  {
    version: 3,
    name: 'what endpoints can do, cycles over slices, seen records, counts of runs, replayed dead letters',
    statements: [
      'alter table strata.job_watermarks add column swept_at timestamptz',
      `comment on column strata.job_watermarks.swept_at is 'Last complete walk over everything: what was gone by then is marked'`,
      `create table strata.endpoint_facts (
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        facts jsonb not null,
        probed_at timestamptz,
        learned_at timestamptz not null default now(),
        primary key (landing_schema, job, instance_id)
      )`,
      `comment on table strata.endpoint_facts is
        'What each endpoint was found to support, by a probe or by a run'`,
      `create table strata.job_cycles (
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        kind text not null,
        started_at timestamptz not null default now(),
        slices bigint not null,
        position bigint not null default 0,
        primary key (landing_schema, job, instance_id)
      )`,
      `comment on table strata.job_cycles is
        'Passes over the slices of a job that have begun and not ended: a run that was cut off is gone on with'`,
      `comment on column strata.job_cycles.position is 'All slices up to this one have been walked'`,
      `create table strata.job_cycle_slices (
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        position bigint not null,
        parameters jsonb not null,
        primary key (landing_schema, job, instance_id, position)
      )`,
      `comment on table strata.job_cycle_slices is 'The slices of a pass, in their order'`,
      `create table strata.seen_records (
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        slice text not null,
        ids integer[] not null
      )`,
      'create index on strata.seen_records (landing_schema, job, instance_id, slice)',
      `comment on table strata.seen_records is
        'Bronze rows that a walk over everything has seen so far, a row a page; what it has not seen in the end is gone'`,
      `create table strata.job_runs (
        landing_schema text not null,
        run_id integer not null,
        job text not null,
        instance_id integer not null,
        kind text not null,
        counts jsonb not null,
        ended_at timestamptz not null default now(),
        primary key (landing_schema, run_id)
      )`,
      'create index on strata.job_runs (landing_schema, job, instance_id, ended_at)',
      `comment on table strata.job_runs is 'What the runs of dw_etl_runs received, wrote, refused and found gone'`,
      'alter table strata.dead_letters add column request jsonb',
      'alter table strata.dead_letters add column resolved_at timestamptz',
      'alter table strata.dead_letters add column resolution text',
      `comment on column strata.dead_letters.request is 'How to ask for it again: path and query, without secrets'`,
      `comment on column strata.dead_letters.resolution is 'replayed, superseded or dismissed; null: still open'`,
      `comment on column strata.dead_letters.reason is
        'no_key, unstorable_text, unreadable, or the data test that the record failed'`,
    ],
  },
  {
    version: 4,
    name: 'when slices were walked over completely, records that one walk has missed',
    statements: [
      'alter table strata.job_watermarks add column walked_at timestamptz',
      `comment on column strata.job_watermarks.walked_at is
        'Last complete walk over everything; while it is later than swept_at, what it did not see is not marked'`,
      `create table strata.missing_records (
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        ids integer[] not null,
        primary key (landing_schema, job, instance_id)
      )`,
      `comment on table strata.missing_records is
        'Bronze rows that one walk without a proven order has not seen: gone, when the next does not see them either'`,
    ],
  },
  {
    version: 5,
    name: 'what taking over set aside, times without a zone',
    statements: [
      `create table strata.taken_over_rows (
        landing_schema text not null,
        table_name text not null,
        row_id bigint not null,
        instance_id integer,
        reason text not null check (reason in ('duplicate', 'source_id')),
        record jsonb not null,
        set_aside_at timestamptz not null default now()
      )`,
      'create index on strata.taken_over_rows (landing_schema, table_name, row_id)',
      `comment on table strata.taken_over_rows is
        'What bronze tables held that were taken over: rows that a newer one of the same record replaced, and what stood in source_id. Personal data'`,
      `do $revoke$
declare
  wanted record;
begin
  for wanted in
    select distinct case a.grantee when 0 then 'public' else pg_catalog.format('%I', pg_get_userbyid(a.grantee)) end as grantee
    from pg_catalog.pg_class c, aclexplode(c.relacl) a
    where c.oid = 'strata.taken_over_rows'::regclass and a.grantee <> c.relowner
  loop
    execute pg_catalog.format('revoke all on strata.taken_over_rows from %s', wanted.grantee);
  end loop;
end
$revoke$`,
      'alter table strata.landings add column time_zone text',
      `comment on column strata.landings.time_zone is
        'Of the times without a zone in tables that were taken over; null: there are none'`,
      `create function strata.stored_instant(landing text, stored timestamptz) returns timestamptz
        language sql immutable as 'select stored'`,
      `create function strata.stored_instant(landing text, stored timestamp) returns timestamptz
        language sql stable as $body$
          select stored at time zone coalesce(
            (select time_zone from strata.landings where landing_schema = landing), current_setting('TimeZone'))
        $body$`,
      `comment on function strata.stored_instant(text, timestamp) is
        'The instant of a time in the job tables of a landing schema, which may have no zone'`,
    ],
  },
  {
    version: 6,
    name: 'the change column of a watermark',
    statements: [
      'alter table strata.job_watermarks add column cursor_field text',
      `comment on column strata.job_watermarks.cursor_field is 'The field of the records that the watermark is about'`,
    ],
  },
  {
    version: 7,
    name: 'watermarks of several columns, samples that prove change columns',
    statements: [
      'alter table strata.job_watermarks add column column_watermarks jsonb',
      `comment on column strata.job_watermarks.column_watermarks is
        'Of a table: greatest value of each change column in complete loads, as the source writes it'`,
      'alter table strata.job_watermarks add column fingerprint text',
      `comment on column strata.job_watermarks.fingerprint is 'Of files: what the content was that landed last'`,
      `create table strata.row_samples (
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        taken_at timestamptz not null,
        clock jsonb not null,
        row_key text not null,
        row_hash bytea not null,
        changes jsonb not null,
        primary key (landing_schema, job, instance_id, row_key)
      )`,
      `comment on table strata.row_samples is
        'Rows of source tables as they were at a time, by hash: compared with a later time they show which change columns tell the truth'`,
      `create table strata.change_columns (
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        column_name text not null,
        changed bigint not null default 0,
        missed bigint not null default 0,
        first_at timestamptz not null default now(),
        last_at timestamptz not null default now(),
        primary key (landing_schema, job, instance_id, column_name)
      )`,
      `comment on table strata.change_columns is
        'Of sampled rows that changed, how many each change column told of, over all comparisons'`,
    ],
  },
  {
    version: 8,
    name: 'slices that are asked for when their parents change',
    statements: [
      'alter table strata.job_cycles add column parents_seen xid8',
      `comment on column strata.job_cycles.parents_seen is
        'What transactions before this one wrote to the tables of the slices, the pass has seen; null: it does not go by that'`,
      'alter table strata.job_watermarks add column parents_seen xid8',
      `comment on column strata.job_watermarks.parents_seen is
        'Of a slice: that of the pass in which it was last walked completely'`,
      `create table strata.slice_refreshes (
        landing_schema text not null,
        job text not null,
        instance_id integer not null,
        question text not null,
        written_by xid8 not null default pg_current_xact_id(),
        primary key (landing_schema, job, instance_id)
      )`,
      `comment on table strata.slice_refreshes is
        'Jobs whose slices are asked for when their parents change: where the question is another, or xmin is not written_by (a restore), all are'`,
    ],
  },
]
