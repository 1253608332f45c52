import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { expect, test } from 'vitest'
import { checkFiles } from './testing/check-files.ts'

function project(hooks: string): string {
  return `name: shop\nversion: "1.0"\n${hooks}`
}

describeServers('what hooks of the project make', (server) => {
  const make = () => createTestDatabase(server)

  test('is there for models, where a hook at the start of the run defines it', async () => {
    const checked = await checkFiles(make, {
      'dbt_project.yml': project(`on-run-start:
  - create extension if not exists citext
  - "{{ define_udfs() }}"
  - create table if not exists audit.log (id int, at timestamptz)
  - drop schema audit cascade
`),
      'macros/udfs.sql': `{% macro define_udfs() %}
create schema if not exists udf;
create schema if not exists audit;
create or replace function udf.norm(x text) returns integer language sql as $$ select count(*)::int from nowhere $$;
create type udf.mood as enum ('good', 'bad');
{% endmacro %}`,
      'models/a.sql': "select udf.norm('a') as n, 'A'::citext as c, 'good'::udf.mood as m",
      'models/b.sql': 'select n + true as x from {{ ref("a") }}',
      'models/c.sql': 'select id, at from audit.log',
    })
    expect(checked.told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'models/b.sql:1:10 TYPE_MISMATCH',
    ])
    expect(checked.columns('a')).toBe('n integer, c citext, m udf.mood')
    expect(checked.left).toEqual([])
  })

  test('leaves models unchecked, not wrong, where it is made by what is not run', async () => {
    const checked = await checkFiles(make, {
      'dbt_project.yml': project(
        'on-run-start: ["do $$ begin create type mood as enum (\'good\'); end $$", "create extension if not exists no_such_extension"]\n',
      ),
      'macros/twice.sql':
        '{% macro make_twice() %}{% do run_query("create or replace function " ~ target.schema ~ ".twice(x int) returns int language sql as \'select x * 2\'") %}{% endmacro %}',
      'models/a.sql': "select 'good'::mood as m",
      'models/b.sql': 'select twice(1) as x',
      'models/c.sql':
        "{{ config(pre_hook='create temp table staged as select 1 as id') }}\nselect id from staged",
      'models/d.sql': 'select st_area(1) as x, y from (select 1 as z) as inner_one',
      'models/e.sql': 'select nope from (select 1 as z) as inner_one',
    })
    expect(checked.told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'models/d.sql:1:25 UNKNOWN_COLUMN',
      'models/e.sql:1:8 UNKNOWN_COLUMN',
    ])
    expect(checked.left).toMatchInlineSnapshot(`
      [
        "a: it uses the type mood, which a hook of the run makes",
        "b: it uses the function twice, which the macro make_twice makes",
        "c: it uses the relation staged, which a hook of c makes",
      ]
    `)
  })

  test('is asked again when a hook was edited', async () => {
    const files = (type: string) => ({
      'dbt_project.yml': project(
        `on-run-start: ["create function f() returns ${type} language sql as 'select null::${type}'"]\n`,
      ),
      'models/a.sql': 'select f() + 1 as x',
    })
    const { keep, told } = await checkFiles(make, files('int'))
    expect(told).toEqual([])
    expect((await checkFiles(make, files('int'), { kept: keep() })).opened).toBe(false)
    expect((await checkFiles(make, files('bool'), { kept: keep() })).told).toHaveLength(1)
  })
})
