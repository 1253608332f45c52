/**
 * SQL: the `pg_snapshot` of this moment as text, in which the transaction itself counts as seen. Postgres leaves it open
 * whether a snapshot says so: only when another transaction with a higher number has ended by then.
 */
export const snapshotWithOwn = `(select case
    when pg_visible_in_snapshot(own, now) then now::text
    else format('%s:%s:%s', pg_snapshot_xmin(now), own::text::bigint + 1, (
      select string_agg(running::text, ',' order by running) from (
        select ip::text::bigint from pg_snapshot_xip(now) as ip
        union select between_them from generate_series(pg_snapshot_xmax(now)::text::bigint, own::text::bigint - 1) as between_them
      ) as others (running)))
  end from (select pg_current_snapshot() as now, pg_current_xact_id() as own offset 0) as taken)`
