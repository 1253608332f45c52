{#- Fails on synthetic events without a row of the audit, and on rows of the audit without a synthetic event. -#}
{% test synthetic_events_are_audited(model, events) %}
select coalesce(a.event_id, e.id) as event_id
from {{ model }} as a
full join (select id from {{ events }} where is_synthetic) as e on e.id = a.event_id
where a.event_id is null or e.id is null
{% endtest %}

{#- Fails on links in an array column that lead to no row. -#}
{% test links_lead_somewhere(model, column_name, to, field) %}
select linked.id
from {{ model }} as m
cross join lateral unnest(m.{{ column_name }}) as linked (id)
where not exists (select from {{ to }} as t where t.{{ field }} = linked.id)
{% endtest %}
