import type { Truth } from './truth.ts'

export const json: readonly Truth[] = [
  {
    title: 'members as JSON and as text',
    sql: `select data->'name' as name, data->>'city' as city from records`,
    columns: { name: 'records.data->name', city: 'records.data->city' },
  },
  {
    title: 'a member of a member, cast',
    sql: `select (data->'study'->>'id')::int as study_id, cast(data->'site'->'address'->>'zip' as text) as zip from records`,
    columns: { study_id: 'records.data->study->id', zip: 'records.data->site->address->zip' },
  },
  {
    title: 'the operators of a path',
    sql: `select data #>> '{study,name}' as study, data #> array['site', 'code'] as site from records`,
    columns: { study: 'records.data->study->name', site: 'records.data->site->code' },
  },
  {
    title: 'subscripts of jsonb',
    sql: `select data['study']['name'] as study, (data['id'])::text as id from records`,
    columns: { study: 'records.data->study->name', id: 'records.data->id' },
  },
  {
    title: 'an element by number',
    sql: `select data->'phones'->0->>'number' as first_phone, data->0 as first from records`,
    columns: { first_phone: 'records.data->phones->[0]->number', first: 'records.data->[0]' },
  },
  {
    title: 'what is computed of a member keeps its path',
    sql: `
      select trim(data->>'name') as name, nullif(lower(data->>'sex'), '') as sex,
        (data->>'amount')::numeric * 100 as cents, coalesce(data->>'a', data->>'b') as either
      from records`,
    columns: {
      name: '~records.data->name',
      sex: '~records.data->sex',
      cents: '~records.data->amount',
      either: '~records.data->a ~records.data->b',
    },
  },
  {
    title: 'a key that is not constant ends the path there',
    sql: `select r.data->'labels'->>e.page as label from records r join events e on e.id = r.id`,
    columns: { label: '~records.data->labels ~events.page' },
    join: 'events.id records.id',
  },
  {
    title: 'whether a key is there, and containment',
    sql: `select data ? 'name' as has_name, data->'tags' @> '["a"]' as is_a from records where data->'study' ? 'id'`,
    columns: { has_name: '~records.data', is_a: '~records.data->tags' },
    filter: 'records.data->study',
  },
  {
    title: 'a path in every place',
    sql: `
      select data->>'status' as status, count(*) filter (where data->>'open' = 'true') as open,
        max((data->>'at')::timestamptz) as last_at
      from records
      where data->>'id' is not null
      group by data->>'status'
      having min(data->>'rank') > 'a'
      order by max(data->'order'->>'no')`,
    columns: {
      status: 'records.data->status',
      open: { condition: 'records.data->open' },
      last_at: '~records.data->at',
    },
    filter: 'records.data->id records.data->rank',
    group: 'records.data->status',
    order: 'records.data->order->no',
  },
  {
    title: 'a path that goes on after a CTE',
    sql: `
      with r as (select id, data->'study' as study, data->'site' as site from records)
      select id, study->>'name' as study_name, (site->'address')->>'city' as city from r where study->>'id' = '1'`,
    columns: {
      id: 'records.id',
      study_name: 'records.data->study->name',
      city: 'records.data->site->address->city',
    },
    filter: 'records.data->study->id',
  },
  {
    title: 'a path goes on behind coalesce, and not behind another operator',
    sql: `
      select s.study->>'name' as name, s.more->>'name' as other
      from (select coalesce(data->'study', '{}') as study, data->'site' || '{}' as more from records) as s`,
    columns: { name: '~records.data->study->name', other: '~records.data->site' },
  },
  {
    title: 'a text that is cast to JSON again',
    relations: { raw: 'id int, body text' },
    sql: `select body::jsonb->'a'->>'b' as b, (data->>'inner')::jsonb->>'c' as c from raw join records using (id)`,
    columns: { b: 'raw.body->a->b', c: 'records.data->inner->c' },
    join: 'raw.id records.id',
  },
  {
    title: 'the elements of an array',
    sql: `
      select r.id, e.value->>'name' as name, e.value as element
      from records r cross join lateral jsonb_array_elements(r.data->'items') as e (value)`,
    columns: {
      id: 'records.id',
      name: 'records.data->items->[]->name',
      element: 'records.data->items->[]',
    },
  },
  {
    title: 'elements whose alias is the column, and their number',
    sql: `
      select item->>'code' as code, place
      from records, jsonb_array_elements(data->'items') with ordinality as i (item, place)
      where item->>'active' = 'true'`,
    columns: { code: 'records.data->items->[]->code', place: '' },
    filter: 'records.data->items->[]->active',
  },
  {
    title: 'elements without a list of columns',
    sql: `
      select item->>'code' as code, tag from records, jsonb_array_elements(data->'items') as item,
        jsonb_array_elements_text(item->'tags') as tag`,
    columns: { code: 'records.data->items->[]->code', tag: 'records.data->items->[]->tags->[]' },
  },
  {
    title: 'the column value of elements',
    sql: `select e.value->>'code' as code, value from documents d, json_array_elements(d.body) as e`,
    columns: { code: 'documents.body->[]->code', value: 'documents.body->[]' },
  },
  {
    title: 'elements in the select list',
    sql: `select id, jsonb_array_elements(data->'visits')->>'id' as visit_id from records`,
    columns: { id: 'records.id', visit_id: 'records.data->visits->[]->id' },
  },
  {
    title: 'elements of a subquery, and members of these',
    sql: `
      select line->>'sku' as sku, (line->>'price')::numeric as price
      from (select jsonb_array_elements(data->'lines') as line from records where deleted_at is null) as l`,
    columns: { sku: 'records.data->lines->[]->sku', price: 'records.data->lines->[]->price' },
    filter: 'records.deleted_at',
  },
  {
    title: 'each key with its value',
    sql: `
      select p.id, a.key, a.value, a.value->>'unit' as unit
      from products p, jsonb_each(p.attributes->'specs') as a`,
    columns: {
      id: 'products.id',
      key: '~products.attributes->specs->[]',
      value: 'products.attributes->specs->[]',
      unit: 'products.attributes->specs->[]->unit',
    },
  },
  {
    title: 'each key with its value as text, by names of their own',
    sql: `
      select field, content from products cross join lateral jsonb_each_text(attributes) as t (field, content)`,
    columns: { field: '~products.attributes->[]', content: 'products.attributes->[]' },
  },
  {
    title: 'the keys of an object',
    sql: `select k from products, jsonb_object_keys(attributes) as k`,
    columns: { k: '~products.attributes->[]' },
  },
  {
    title: 'a record set of JSON',
    sql: `
      select r.id, x.code, x.amount * 2 as twice
      from records r, jsonb_to_recordset(r.data->'lines') as x (code text, amount numeric)`,
    columns: {
      id: 'records.id',
      code: 'records.data->lines->[]->code',
      twice: '~records.data->lines->[]->amount',
    },
  },
  {
    title: 'a record of JSON with a nested member',
    sql: `
      select x."firstName" as first_name, x.site->>'id' as site_id
      from records r, jsonb_to_record(r.data) as x ("firstName" text, site jsonb)`,
    columns: { first_name: 'records.data->firstName', site_id: 'records.data->site->id' },
  },
  {
    title: 'members by function',
    sql: `
      select jsonb_extract_path_text(data, 'study', 'name') as study, jsonb_extract_path(data, 'site')->>'id' as site
      from records`,
    columns: { study: 'records.data->study->name', site: 'records.data->site->id' },
  },
  {
    title: 'JSON that is built comes from all that goes in',
    sql: `
      select jsonb_build_object('id', id, 'name', data->>'name') as summary, data || '{"a": 1}' as more,
        data - 'secret' as less, jsonb_set(data, '{a}', to_jsonb(id)) as changed
      from records`,
    columns: {
      summary: '~records.id ~records.data->name',
      more: '~records.data',
      less: '~records.data',
      changed: '~records.data ~records.id',
    },
  },
  {
    title: 'JSON that is built in the words of the standard',
    since: 17,
    sql: `
      select json_object('id': id, 'city': city) as one, json_array(name, email) as two, json_objectagg(name: id) as three
      from customers group by id, city, name, email`,
    columns: {
      one: '~customers.id ~customers.city',
      two: '~customers.name ~customers.email',
      three: '~customers.name ~customers.id',
    },
    group: 'customers.id customers.city customers.name customers.email',
  },
  {
    title: 'a JSON table',
    since: 17,
    sql: `
      select r.id, t.code, t.amount, t.place
      from records r,
        json_table(r.data, '$.lines[*]' columns (
          place for ordinality,
          code text path '$.code',
          amount numeric path '$.price.amount'
        )) as t`,
    columns: {
      id: 'records.id',
      code: 'records.data->lines->[]->code',
      amount: 'records.data->lines->[]->price->amount',
      place: '',
    },
  },
  {
    title: 'a JSON table whose columns say no path, and a nested one',
    since: 17,
    sql: `
      select t.name, t.tag
      from records r,
        json_table(r.data, '$' columns (name text, nested path '$.tags[*]' columns (tag text path '$'))) as t`,
    columns: { name: 'records.data->name', tag: 'records.data->tags->[]' },
  },
  {
    title: 'a sum of elements in a subquery',
    sql: `
      select id, (select sum((e->>'amount')::numeric) from jsonb_array_elements(data->'lines') as e) as total from records`,
    columns: { id: 'records.id', total: '~records.data->lines->[]->amount' },
  },
]
