import type { Database, Queryable } from '@strata/core'
import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { expect, test } from 'vitest'
import { checkFiles } from './testing/check-files.ts'

const model = (columns: string) => `select ${columns}`
const tested = (names: readonly string[], tests: string) =>
  `models:\n${names.map((name) => `  - name: ${name}\n    columns: [{ name: id, data_tests: ${tests} }]\n`).join('')}`

describeServers('data tests that are alike', (server) => {
  test('are asked about once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `m_${index}`)
    const files = {
      'models/models.yml': tested(names, '[unique, not_null]'),
      ...Object.fromEntries(
        names.map((name, index) => [`models/${name}.sql`, model(`1 as id, ${index} as own_${index}`)]),
      ),
    }
    const { texts, make } = await watched()
    const checked = await checkFiles(make, files)
    expect(checked.told).toEqual([])
    expect(checked.counts.tests).toBe(40)
    expect(texts.join('').match(/create view "strata_check"\."look_/g)).toHaveLength(2)
  })

  test('are not alike where a column has another type, a column is missing or the name of a relation is spoken', async () => {
    const { make } = await watched()
    const small = "select * from (select id from {{ model }} where lower(id) = 'x') as rows"
    const checked = await checkFiles(make, {
      'macros/tests.sql': `{% test small(model, column_name) %}${small}{% endtest %}
{% test paired(model, column_name) %}select id from {{ model }} natural join (select 1 as odd) as o where o.odd = 1{% endtest %}
{% test named(model, column_name) %}select a.id from {{ model }} where a.id is null{% endtest %}
{% test whole(model, column_name) %}select t.id from {{ model }} as t group by t.id, t{% endtest %}`,
      'models/models.yml': tested(['a', 'b', 'c', 'd'], '[small, paired, named, whole]'),
      'models/a.sql': model("'x'::text as id, 1 as odd"),
      'models/b.sql': model('1 as id, 1 as odd'),
      'models/c.sql': model("'x'::text as id, true as odd"),
      'models/d.sql': model("'x'::text as id, 1 as odd, '{}'::json as doc"),
    })
    expect(checked.told.map((one) => one.split(' ').slice(1, 3).join(' '))).toEqual([
      'UNKNOWN_FUNCTION small_b_id',
      'UNKNOWN_ALIAS named_b_id',
      'TYPE_MISMATCH paired_c_id',
      'UNKNOWN_ALIAS named_c_id',
      'UNKNOWN_ALIAS named_d_id',
      'UNKNOWN_FUNCTION whole_d_id',
    ])
  })

  async function watched() {
    const texts: string[] = []
    const watch = <T extends Queryable>(one: T): T => ({
      ...one,
      query: (query: Parameters<Queryable['query']>[0]) => {
        texts.push(typeof query === 'string' ? query : query.text)
        return one.query(query)
      },
    })
    const make = async () => {
      const made = await createTestDatabase(server)
      const database: Database = {
        ...made.database,
        session: (work, options) => made.database.session((session) => work(watch(session)), options),
      }
      return { ...made, database }
    }
    return { texts, make }
  }
})
