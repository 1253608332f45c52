import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { expect, test } from 'vitest'
import { checkFiles } from './testing/check-files.ts'

const files = {
  'models/sources.yml': `version: 2
sources:
  - name: raw
    schema: raw
    tables:
      - name: t
        loaded_at_field: lodaed_at
        columns: [{ name: id, data_type: integer }, { name: loaded_at, data_type: timestamptz }]
`,
  'models/a.sql': "select id, loaded_at from {{ source('raw', 't') }}",
  'models/k.sql': "{{ config(materialized='table') }}select id, 'ab'::text as nm from {{ ref('a') }}",
}

describeServers('a check of what properties say in SQL', (server) => {
  const make = () => createTestDatabase(server)

  test('finds unknown names in check constraints, fail_calc and loaded_at_field', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/k.yml': `version: 2
models:
  - name: k
    config: { contract: { enforced: true } }
    constraints:
      - { type: check, expression: "nocheck > 1" }
      - { type: check, expression: "id > 1" }
    columns:
      - { name: id, data_type: integer, constraints: [{ type: check, expression: "idd > 0" }] }
      - name: nm
        data_type: text
        data_tests:
          - not_null: { config: { fail_calc: "max(nofail)" } }
          - unique: { config: { fail_calc: "sum(n_records)" } }
`,
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/k.yml:6:9 UNKNOWN_COLUMN the check constraint k__strata_ck_83d6d609c4 of k: column "nocheck" does not exist",
        "models/k.yml:9:55 UNKNOWN_COLUMN the check constraint k__strata_ck_26f28b66a8 of k: column "idd" does not exist → Perhaps you meant to reference the column "k.id".",
        "models/k.yml:13:13 UNKNOWN_COLUMN fail_calc of not_null_k_nm: column "nofail" does not exist",
        "models/sources.yml:6:15 UNKNOWN_COLUMN raw.t has no column "lodaed_at", which its loaded_at_field names → Did you mean "loaded_at"?",
      ]
    `)
    expect(checked.columns('k')).toBe('id integer, nm text')
  })

  test('tells once of a column of a contract that is called otherwise', async () => {
    const checked = await checkFiles(make, {
      'models/k.sql': "{{ config(materialized='table') }}select 1 as invoice_idd, 2 as other",
      'models/k.yml': `version: 2
models:
  - name: k
    config: { contract: { enforced: true } }
    columns: [{ name: invoice_id, data_type: integer }, { name: other, data_type: integer }]
`,
    })
    expect(checked.told).toEqual([
      'models/k.yml:5:15 CONTRACT_VIOLATED the contract of k declares invoice_id, which its SELECT does not yield → It yields invoice_idd, which is not declared: call one like the other.',
    ])
  })

  test('finds columns of unit tests that their inputs and models do not have', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/unit.yml': `version: 2
unit_tests:
  - name: counts
    model: k
    given: [{ input: ref('a'), rows: [{ id: 1 }, { idd: 2 }] }]
    expect: { rows: [{ id: 1, name: x }] }
  - name: fine
    model: a
    given: [{ input: "source('raw', 't')", rows: [{ id: 1 }] }]
    expect: { rows: [{ ID: 1 }] }
`,
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/sources.yml:6:15 UNKNOWN_COLUMN raw.t has no column "lodaed_at", which its loaded_at_field names → Did you mean "loaded_at"?",
        "models/unit.yml:3:11 UNKNOWN_COLUMN public.a has no column "idd", which the unit test counts has in its input ref('a') → Did you mean "id"?",
        "models/unit.yml:3:11 UNKNOWN_COLUMN public.k has no column "name", which the unit test counts has in what it expects → Its columns are id, nm.",
      ]
    `)
  })

  test('says of a misspelt construct what was meant, once for a macro that is called twice', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'macros/text_of.sql': "{% macro text_of(x) %}nulif({{ x }}::text, ''){% endmacro %}",
      'models/a.sql':
        "select id, {{ text_of('id') }} as x, {{ text_of('loaded_at') }} as loaded_at from {{ source('raw', 't') }}",
    })
    expect(checked.told.filter((line) => !line.includes('lodaed'))).toMatchInlineSnapshot(`
      [
        "macros/text_of.sql:1:23 UNKNOWN_FUNCTION function nulif(text, unknown) does not exist → Did you mean "nullif"? | models/a.sql:1:15 in macro "text_of", called here | models/k.sql:1:1 public.k stands on it",
      ]
    `)
  })
})
