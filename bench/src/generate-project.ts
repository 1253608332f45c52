import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes a project that dbt reads as well: layers of models with two parents each, a macro call, a CTE, a description
 * and two tests a model. About 25 lines of SQL each.
 */
export function generateProject(directory: string, models: number): void {
  const write = (path: string, text: string) => {
    mkdirSync(join(directory, path, '..'), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  write(
    'dbt_project.yml',
    'name: bench\nversion: "1.0"\nprofile: bench\nmodels:\n  bench:\n    +materialized: view\n',
  )
  write(
    'macros/cents.sql',
    '{% macro dollars(column) -%}\n  round({{ column }} / 100.0, 2)\n{%- endmacro %}\n',
  )
  for (let index = 0; index < models; index++) {
    const folder = `models/layer_${Math.floor(index / 50)}`
    write(`${folder}/m_${index}.sql`, model(index))
    if (index % 10 === 0) write(`${folder}/m_${index}.yml`, properties(index, Math.min(index + 10, models)))
  }
}

function model(index: number): string {
  const parents = index < 2 ? [] : [Math.floor(index / 2), index - 1]
  const from =
    parents.length === 0
      ? '(select 1 as id, 100 as amount, current_date as day)'
      : `{{ ref('m_${parents[0]}') }}`
  const join =
    parents.length === 0 ? '' : `left join {{ ref('m_${parents[1]}') }} as other on other.id = base.id\n`
  return `{{ config(tags=['t${index % 7}']) }}
{% set columns = ['amount', 'day'] %}
with base as (
    select
        id,
        amount,
        day
    from ${from} as source_rows
    where amount is not null
),

summed as (
    select
        base.id,
        {% for column in columns %}
        max(base.{{ column }}) as {{ column }}{{ "," if not loop.last }}
        {% endfor %}
    from base
    ${join}group by base.id
)

select
    id,
    amount,
    {{ dollars('amount') }} as dollars,
    day
from summed
where {{ var('flag', 'true') }}
`
}

function properties(from: number, to: number): string {
  const entries = Array.from(
    { length: to - from },
    (_, offset) =>
      `  - name: m_${from + offset}\n    description: Model ${from + offset} of the benchmark.\n    columns:\n` +
      '      - name: id\n        description: Key.\n        data_tests: [unique, not_null]\n      - name: amount\n        description: Cents.\n',
  )
  return `version: 2\nmodels:\n${entries.join('')}`
}
