url=$(models db url)
psql -qX "$url" -c 'drop database if exists opendental' -c 'create database opendental'
there=$(echo "$url" | sed -E 's#/strata(\?|$)#/opendental\1#')
echo "OPENDENTAL_URL=$there" > .env
psql -qX "$there" <<'SQL'
create table claim (
  claim_num bigint primary key, claim_status text not null, date_service date, sec_date_entry timestamptz not null, sec_date_t_edit timestamptz not null);
insert into claim select n, 'S', date '2025-01-01' + n, now() - interval '90 days' + n * interval '1 hour', now() - interval '60 days' + n * interval '1 hour'
from generate_series(1, 600) as n;
create table procedurelog (
  proc_num bigint primary key, pat_num bigint not null, proc_date date not null, date_t_stamp timestamptz not null);
insert into procedurelog select n, n % 50, date '2025-01-01' + n, now() - interval '60 days' + n * interval '1 hour' from generate_series(1, 400) as n;
SQL
