import type { SourceText } from '../project/project-file.ts'

/** The generic tests that every project has. Each returns the failing rows. A project's own test of one name comes first. */
export const genericTests: SourceText = {
  path: 'strata/generic-tests.sql',
  text: `
{% test not_null(model, column_name) %}
select {{ column_name }} from {{ model }} where {{ column_name }} is null
{% endtest %}

{% test unique(model, column_name) %}
select {{ column_name }} as unique_field, count(*) as n_records
from {{ model }}
where {{ column_name }} is not null
group by {{ column_name }}
having count(*) > 1
{% endtest %}

{% test accepted_values(model, column_name, values, quote=true) %}
select {{ column_name }} as value_field, count(*) as n_records
from {{ model }}
where {{ column_name }} is not null
  and {{ column_name }} not in (
    {%- for value in values %}{% if not loop.first %}, {% endif %}{% if quote %}'{{ (value | string).replace("'", "''") }}'{% else %}{{ value }}{% endif %}{% endfor -%}
  )
group by {{ column_name }}
{% endtest %}

{% test relationships(model, column_name, to, field) %}
select child.{{ column_name }} as from_field
from {{ model }} as child
where child.{{ column_name }} is not null
  and not exists (select 1 from {{ to }} as parent where parent.{{ field }} = child.{{ column_name }})
{% endtest %}
`,
}
