import type { Truth } from './truth.ts'

/** Models as analysts write them, from records of an API to tables. */
export const realWorldRecords: readonly Truth[] = [
  {
    title: 'patients out of their records',
    sql: `
      select
        md5('patient' || '|' || r.source_instance_id::text || '|' || (r.data->>'id'))::uuid as patient_id,
        r.source_instance_id,
        r.data->>'id' as source_patient_id,
        nullif(trim(r.data->>'firstName'), '') as first_name,
        nullif(trim(r.data->>'lastName'), '') as last_name,
        case
          when r.data->>'dateOfBirth' ~ '^\\d{4}-\\d{2}-\\d{2}' then left(r.data->>'dateOfBirth', 10)::date
        end as date_of_birth,
        lower(nullif(trim(r.data->>'sex'), '')) as sex,
        (r.data->'primarySite'->>'id')::int as primary_site,
        r.data->'contact'->'phones'->0->>'number' as phone,
        (r.data->>'modifiedDate')::timestamptz as modified_at
      from bronze.patients as r
      where r.deleted_at is null
        and r.data->>'id' is not null`,
    columns: {
      patient_id: '~bronze.patients.source_instance_id ~bronze.patients.data->id',
      source_instance_id: 'bronze.patients.source_instance_id',
      source_patient_id: 'bronze.patients.data->id',
      first_name: '~bronze.patients.data->firstName',
      last_name: '~bronze.patients.data->lastName',
      date_of_birth: {
        direct: '~bronze.patients.data->dateOfBirth',
        condition: 'bronze.patients.data->dateOfBirth',
      },
      sex: '~bronze.patients.data->sex',
      primary_site: 'bronze.patients.data->primarySite->id',
      phone: 'bronze.patients.data->contact->phones->[0]->number',
      modified_at: 'bronze.patients.data->modifiedDate',
    },
    filter: 'bronze.patients.deleted_at bronze.patients.data->id',
  },
  {
    title: 'visits with the patient and the elements that they hold',
    sql: `
      with visits_in as (
        select
          v.source_instance_id,
          v.data->>'id' as visit_id,
          v.data->'patient'->>'id' as patient_id,
          (v.data->>'visitDate')::date as visited_on,
          v.data->'elements' as elements
        from bronze.visits v
        where v.deleted_at is null
      ),
      elements as (
        select
          vi.source_instance_id,
          vi.visit_id,
          e.element->>'code' as code,
          (e.element->>'completed')::boolean as is_completed,
          e.place
        from visits_in vi
        cross join lateral jsonb_array_elements(vi.elements) with ordinality as e (element, place)
      )
      select
        vi.visit_id,
        vi.visited_on,
        p.data->>'lastName' as last_name,
        count(e.code) as elements,
        count(*) filter (where e.is_completed) as completed,
        array_agg(e.code order by e.place) as codes
      from visits_in vi
      join bronze.patients p
        on p.data->>'id' = vi.patient_id and p.source_instance_id = vi.source_instance_id
      left join elements e on e.visit_id = vi.visit_id and e.source_instance_id = vi.source_instance_id
      group by 1, 2, 3`,
    columns: {
      visit_id: 'bronze.visits.data->id',
      visited_on: 'bronze.visits.data->visitDate',
      last_name: 'bronze.patients.data->lastName',
      elements: '~bronze.visits.data->elements->[]->code',
      completed: { condition: 'bronze.visits.data->elements->[]->completed' },
      codes: '~bronze.visits.data->elements->[]->code',
    },
    filter: 'bronze.visits.deleted_at',
    join: `bronze.patients.data->id bronze.visits.data->patient->id bronze.patients.source_instance_id
      bronze.visits.source_instance_id bronze.visits.data->id`,
    group: 'bronze.visits.data->id bronze.visits.data->visitDate bronze.patients.data->lastName',
  },
  {
    title: 'records that changed, the newest of each key, and what fell out',
    sql: `
      with ranked as (
        select
          r.*,
          data->>'id' as source_id,
          row_number() over (
            partition by source_instance_id, data->>'id'
            order by (data->>'version')::int desc nulls last, loaded_at desc
          ) as newest
        from records as r
      ),
      valid as (
        select * from ranked where newest = 1 and deleted_at is null
      ),
      invalid as (
        select source_id from valid where data->>'status' is null
      )
      select
        v.source_id,
        v.data->>'status' as status,
        v.loaded_at
      from valid v
      where v.source_id not in (select source_id from invalid)`,
    columns: {
      source_id: 'records.data->id',
      status: 'records.data->status',
      loaded_at: 'records.loaded_at',
    },
    filter: `records.source_instance_id records.data->id records.data->version records.loaded_at records.deleted_at
      records.data->status`,
  },
  {
    title: 'custom fields of a record, one row each, and back into columns',
    sql: `
      with fields as (
        select
          r.id,
          f->>'name' as field,
          coalesce(f->>'value', f->'values'->>0) as value
        from records r, jsonb_array_elements(r.data->'customFields') as f
      )
      select
        id,
        max(value) filter (where field = 'Language') as language,
        max(value) filter (where field = 'Consent') = 'yes' as has_consent,
        jsonb_object_agg(field, value) as everything
      from fields
      where field is not null
      group by id`,
    columns: {
      id: 'records.id',
      language: {
        direct: '~records.data->customFields->[]->value ~records.data->customFields->[]->values->[0]',
        condition: 'records.data->customFields->[]->name',
      },
      has_consent: {
        direct: '~records.data->customFields->[]->value ~records.data->customFields->[]->values->[0]',
        condition: 'records.data->customFields->[]->name',
      },
      everything: `~records.data->customFields->[]->name ~records.data->customFields->[]->value
        ~records.data->customFields->[]->values->[0]`,
    },
    filter: 'records.data->customFields->[]->name',
    group: 'records.id',
  },
  {
    title: 'a timeline of all that happened to a patient',
    sql: `
      with happened as (
        select patient_id, visited_on::timestamptz as at, 'visit' as kind, 'visit ' || visit_no as what from visits
        union all
        select e.user_id, e.at, e.name, e.properties->>'title' from events e where e.properties->>'hidden' is null
        union all
        select o.customer_id, p.paid_at, 'payment', p.method
        from payments p
        join orders o on o.id = p.order_id
      )
      select
        h.patient_id,
        h.at,
        h.kind,
        h.what,
        row_number() over (partition by h.patient_id order by h.at) as step,
        h.at - first_value(h.at) over (partition by h.patient_id order by h.at) as since_first
      from happened h
      where h.at < now()`,
    columns: {
      patient_id: 'visits.patient_id events.user_id orders.customer_id',
      at: 'visits.visited_on events.at payments.paid_at',
      kind: 'events.name',
      what: '~visits.visit_no events.properties->title payments.method',
      step: {
        window: `visits.patient_id events.user_id orders.customer_id
          visits.visited_on events.at payments.paid_at`,
      },
      since_first: {
        direct: '~visits.visited_on ~events.at ~payments.paid_at',
        window: `visits.patient_id events.user_id orders.customer_id
          visits.visited_on events.at payments.paid_at`,
      },
    },
    filter: 'events.properties->hidden visits.visited_on events.at payments.paid_at',
    join: 'orders.id payments.order_id',
  },
  {
    title: 'visits that are due by a plan of days, and how late',
    relations: {
      plan: 'visit_no int, day_no int, window_before int, window_after int',
      enrolled: 'patient_id int, enrolled_on date, study text',
    },
    sql: `
      with due as (
        select
          e.patient_id,
          e.study,
          p.visit_no,
          e.enrolled_on + p.day_no as due_on,
          e.enrolled_on + p.day_no - p.window_before as opens_on,
          e.enrolled_on + p.day_no + p.window_after as closes_on
        from enrolled e
        cross join plan p
      ),
      judged as (
        select
          d.*,
          v.visited_on,
          case
            when v.visited_on is null and d.closes_on < current_date then 'missed'
            when v.visited_on is null then 'open'
            when v.visited_on between d.opens_on and d.closes_on then 'in window'
            else 'out of window'
          end as outcome
        from due d
        left join visits v on v.patient_id = d.patient_id and v.visit_no = d.visit_no
      )
      select
        study,
        visit_no,
        count(*) filter (where outcome = 'missed') as missed,
        avg(visited_on - due_on) filter (where outcome <> 'open') as mean_delay
      from judged
      group by grouping sets ((study, visit_no), (study))
      order by study, visit_no nulls last`,
    columns: {
      study: 'enrolled.study',
      visit_no: 'plan.visit_no',
      missed: {
        condition: 'visits.visited_on enrolled.enrolled_on plan.day_no plan.window_after plan.window_before',
      },
      mean_delay: {
        direct: '~visits.visited_on ~enrolled.enrolled_on ~plan.day_no',
        condition: 'visits.visited_on enrolled.enrolled_on plan.day_no plan.window_after plan.window_before',
      },
    },
    join: 'visits.patient_id enrolled.patient_id visits.visit_no plan.visit_no',
    group: 'enrolled.study plan.visit_no',
    order: 'enrolled.study plan.visit_no',
  },
  {
    title: 'sites with the best month of each, by lateral',
    sql: `
      with months as (
        select site, date_trunc('month', visited_on)::date as month, count(distinct patient_id) as patients
        from visits
        group by 1, 2
      )
      select
        s.site,
        best.month as best_month,
        best.patients as best_patients,
        latest.patients - best.patients as behind
      from (select distinct site from visits where site is not null) as s
      cross join lateral (
        select m.month, m.patients from months m where m.site = s.site order by m.patients desc, m.month limit 1
      ) as best
      left join lateral (
        select m.patients from months m where m.site = s.site order by m.month desc limit 1
      ) as latest on true`,
    columns: {
      site: 'visits.site',
      best_month: '~visits.visited_on',
      best_patients: '~visits.patient_id',
      behind: '~visits.patient_id',
    },
    filter: 'visits.site',
    group: 'visits.site visits.visited_on',
    order: 'visits.patient_id visits.visited_on',
  },
  {
    title: 'quality of records: what is missing, as one row a check',
    sql: `
      with checks as (
        select 'no name' as check_name, id, data->>'name' is null as failed from records
        union all
        select 'future', id, (data->>'at')::timestamptz > loaded_at from records
        union all
        select 'no site', r.id, not exists (select 1 from customers c where c.id::text = r.data->'site'->>'id') from records r
      )
      select
        check_name,
        count(*) as checked,
        count(*) filter (where failed) as failed,
        round(100.0 * sum(failed::int) / count(*), 2) as percent_failed,
        (array_agg(id order by id) filter (where failed))[1:3] as examples
      from checks
      group by check_name`,
    columns: {
      check_name: '',
      checked: '',
      failed: {
        condition:
          'records.data->name records.data->at records.loaded_at customers.id records.data->site->id',
      },
      percent_failed: {
        direct: '~records.data->name ~records.data->at ~records.loaded_at',
        condition: 'customers.id records.data->site->id',
      },
      examples: {
        direct: '~records.id',
        condition:
          'records.data->name records.data->at records.loaded_at customers.id records.data->site->id',
        window: 'records.id',
      },
    },
  },
  {
    title: 'two snapshots compared column by column',
    relations: {
      before: 'id int, name text, status text, amount numeric',
      after: 'id int, name text, status text, amount numeric',
    },
    sql: `
      with compared as (
        select
          id,
          b.id is null as is_new,
          a.id is null as is_gone,
          b.name as name_before,
          a.name as name_after,
          (b.name, b.status, b.amount) is distinct from (a.name, a.status, a.amount) as differs
        from before b
        full join after a using (id)
      )
      select
        id,
        case when is_new then 'added' when is_gone then 'removed' when differs then 'changed' else 'same' end as change,
        coalesce(name_after, name_before) as name
      from compared
      where differs or is_new or is_gone`,
    columns: {
      id: '~before.id ~after.id',
      change: {
        condition: `before.id after.id before.name before.status before.amount after.name after.status after.amount`,
      },
      name: '~after.name ~before.name',
    },
    filter: 'before.id after.id before.name before.status before.amount after.name after.status after.amount',
    join: 'before.id after.id',
  },
  {
    title: 'consent as of a moment, from a log of events',
    sql: `
      with given as (
        select
          user_id,
          at,
          name = 'consent_given' as is_given,
          lead(at, 1, 'infinity') over (partition by user_id order by at, id) as until
        from events
        where name in ('consent_given', 'consent_withdrawn')
      ),
      as_of_order as (
        select o.id, o.customer_id, g.is_given
        from orders o
        left join given g on g.user_id = o.customer_id and o.placed_at >= g.at and o.placed_at < g.until
      )
      select
        c.id as customer_id,
        case when bool_and(coalesce(a.is_given, false)) then c.email end as email,
        count(a.id) as orders
      from customers c
      join as_of_order a on a.customer_id = c.id
      group by c.id, c.email`,
    columns: {
      customer_id: 'customers.id',
      email: { direct: '~customers.email', condition: 'events.name' },
      orders: '~orders.id',
    },
    filter: 'events.name',
    join: 'events.user_id orders.customer_id orders.placed_at events.at events.id customers.id',
    group: 'customers.id customers.email',
  },
  {
    title: 'documents with their labels in one line, the rarest first',
    sql: `
      with labelled as (
        select d.id, d.title, l.label
        from documents d
        left join lateral unnest(d.labels) as l (label) on l.label <> ''
      ),
      counted as (
        select label, count(*) as uses from labelled where label is not null group by label
      )
      select
        l.id,
        initcap(min(l.title)) as title,
        string_agg(l.label, ' | ' order by c.uses, l.label) as labels,
        min(c.uses) as rarest
      from labelled l
      left join counted c on c.label = l.label
      group by l.id
      having count(c.label) > 0`,
    columns: {
      id: 'documents.id',
      title: '~documents.title',
      labels: { direct: '~documents.labels', window: 'documents.labels' },
      rarest: '',
    },
    filter: 'documents.labels',
    join: 'documents.labels',
    group: 'documents.labels documents.id',
  },
  {
    title: 'a fact table with the keys of its dimensions',
    sql: `
      with dates as (
        select to_char(d, 'YYYYMMDD')::int as date_key, d::date as day
        from generate_series(date '2020-01-01', date '2029-12-31', interval '1 day') as g (d)
      ),
      customer_keys as (
        select id, row_number() over (order by created_at, id) as customer_key from customers
      )
      select
        o.id as order_id,
        dp.date_key as placed_key,
        ds.date_key as shipped_key,
        coalesce(k.customer_key, -1) as customer_key,
        o.amount,
        o.amount - o.tax as net,
        ds.day - dp.day as days_to_ship
      from orders o
      join dates dp on dp.day = o.placed_at::date
      left join dates ds on ds.day = o.shipped_at::date
      left join customer_keys k on k.id = o.customer_id`,
    columns: {
      order_id: 'orders.id',
      placed_key: '',
      shipped_key: '',
      customer_key: { window: 'customers.created_at customers.id' },
      amount: 'orders.amount',
      net: '~orders.amount ~orders.tax',
      days_to_ship: '',
    },
    join: 'orders.placed_at orders.shipped_at customers.id orders.customer_id',
  },
]
