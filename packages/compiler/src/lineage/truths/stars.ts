import type { Truth } from './truth.ts'

export const stars: readonly Truth[] = [
  {
    title: 'all columns of a table',
    sql: `select * from visits`,
    columns: {
      patient_id: 'visits.patient_id',
      visit_no: 'visits.visit_no',
      visited_on: 'visits.visited_on',
      site: 'visits.site',
    },
  },
  {
    title: 'the star of one of two tables',
    sql: `select v.*, r.rate from visits v cross join rates r`,
    columns: {
      patient_id: 'visits.patient_id',
      visit_no: 'visits.visit_no',
      visited_on: 'visits.visited_on',
      site: 'visits.site',
      rate: 'rates.rate',
    },
  },
  {
    title: 'a star over a join on',
    relations: { houses: 'house int, street text', rooms: 'room int, in_house int' },
    sql: `select * from houses join rooms on in_house = house`,
    columns: {
      house: 'houses.house',
      street: 'houses.street',
      room: 'rooms.room',
      in_house: 'rooms.in_house',
    },
    join: 'rooms.in_house houses.house',
  },
  {
    title: 'a star over a CTE that adds a column',
    sql: `
      with dated as (select v.*, extract(year from visited_on) as year from visits v) select * from dated where year > 2000`,
    columns: {
      patient_id: 'visits.patient_id',
      visit_no: 'visits.visit_no',
      visited_on: 'visits.visited_on',
      site: 'visits.site',
      year: '~visits.visited_on',
    },
    filter: 'visits.visited_on',
  },
  {
    title: 'stars through three levels',
    sql: `
      with a as (select * from rates), b as (select * from a)
      select * from (select b.*, rate * 2 as double_rate from b) as c`,
    columns: {
      currency: 'rates.currency',
      valid_from: 'rates.valid_from',
      valid_to: 'rates.valid_to',
      rate: 'rates.rate',
      double_rate: '~rates.rate',
    },
  },
  {
    title: 'a star over an alias with a list of columns',
    sql: `select * from visits as v (p, n, d)`,
    columns: { p: 'visits.patient_id', n: 'visits.visit_no', d: 'visits.visited_on', site: 'visits.site' },
  },
  {
    title: 'a star of a subquery with aggregates',
    sql: `select s.* from (select site, count(*) as visits, max(visited_on) as last_on from visits group by site) as s`,
    columns: { site: 'visits.site', visits: '', last_on: '~visits.visited_on' },
    group: 'visits.site',
  },
  {
    title: 'table as a query',
    sql: `table rates`,
    columns: {
      currency: 'rates.currency',
      valid_from: 'rates.valid_from',
      valid_to: 'rates.valid_to',
      rate: 'rates.rate',
    },
  },
  {
    title: 'a star with the schema before it',
    sql: `select patients.*, bronze.visits.id as visit_id from bronze.patients, bronze.visits`,
    columns: {
      id: 'bronze.patients.id',
      data: 'bronze.patients.data',
      source_instance_id: 'bronze.patients.source_instance_id',
      deleted_at: 'bronze.patients.deleted_at',
      visit_id: 'bronze.visits.id',
    },
  },
  {
    title: 'a whole row counts as all of its columns',
    sql: `select v as visit, to_jsonb(r) as rate from visits v cross join rates r`,
    columns: {
      visit: '~visits.patient_id ~visits.visit_no ~visits.visited_on ~visits.site',
      rate: '~rates.currency ~rates.valid_from ~rates.valid_to ~rates.rate',
    },
  },
  {
    title: 'a whole row of a CTE, counted and compared',
    sql: `
      with v as (select patient_id, upper(site) as site from visits)
      select count(v) as n, count(distinct v.*) as kinds from v where v is not null`,
    columns: {
      n: '~visits.patient_id ~visits.site',
      kinds: '~visits.patient_id ~visits.site',
    },
    filter: 'visits.patient_id visits.site',
  },
  {
    title: 'a field of a whole row, hashed',
    sql: `select md5(r::text) as hash, md5(row(r.currency, r.rate)::text) as short_hash from rates as r`,
    columns: {
      hash: '~rates.currency ~rates.valid_from ~rates.valid_to ~rates.rate',
      short_hash: '~rates.currency ~rates.rate',
    },
  },
  {
    title: 'row_to_json of a subquery',
    sql: `
      select row_to_json(x) as document from (select patient_id, site as place from visits where visit_no = 1) as x`,
    columns: { document: '~visits.patient_id ~visits.site' },
    filter: 'visits.visit_no',
  },
  {
    title: 'a column that is named as its table is the column',
    relations: { weight: 'weight numeric, day date' },
    sql: `select weight, weight.day from weight`,
    columns: { weight: 'weight.weight', day: 'weight.day' },
  },
]
