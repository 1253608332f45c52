import { displayLocation } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { compileFiles, type Files, recompileFiles } from '../testing/compile-files.ts'
import { type SelectForm, textOf } from './sql-places.ts'

/** Where a word of a node's SQL was written: `models/a.sql:1:8`, then the calls behind it; `~` before what is not exact. */
function placesOf(files: Files, id: string, word: string, form: SelectForm = 'full'): readonly string[] {
  const { node, places, complaints } = compileFiles(files)
  expect(complaints).toEqual([])
  const found = node(id)
  const text = 'select' in found ? textOf(found.select, form)! : ''
  const offset = text.indexOf(word)
  expect(offset, text).toBeGreaterThanOrEqual(0)
  const place = places.locate(id, form, offset)
  if (place === null) return []
  const { location, exact, via } = place
  return [
    `${exact ? '' : '~'}${displayLocation({ file: location.file, line: location.line, column: location.column })}`,
    ...via.map(
      ({ message, location: { file, line, column } }) =>
        `${message} ${displayLocation({ file, line, column })}`,
    ),
  ]
}

const inModel = (text: string, word = 'bogus', more: Files = {}) =>
  placesOf({ 'models/a.sql': text, ...more }, 'model.shop.a', word)

describe('the place of a word of a model', () => {
  it('is where it is written, through loops and conditions', () => {
    expect(inModel('select\n  bogus')).toEqual(['models/a.sql:2:3'])
    expect(inModel('select 1{% if true %} as x\n, bogus{% endif %}')).toEqual(['models/a.sql:2:3'])
    expect(inModel('select 1\n{% for n in range(2) %}, {{ n }} + bogus{% endfor %}')).toEqual([
      'models/a.sql:2:36',
    ])
    expect(inModel('{# note #}\nselect{% raw %} bogus{% endraw %}')).toEqual(['models/a.sql:2:17'])
  })

  it('is not moved by whitespace control, other line endings, characters of two units and semicolons', () => {
    expect(
      inModel('{{- config(tags=[]) -}}\n\n  select\n {%- if true -%}   \n  bogus {%- endif -%}'),
    ).toEqual(['models/a.sql:5:3'])
    expect(inModel("select 1,\r\n  '{{ 1 }}',\r\n  bogus\r\n")).toEqual(['models/a.sql:3:3'])
    expect(inModel("select '😀😀', bogus ; ;\n")).toEqual(['models/a.sql:1:14'])
    expect(inModel('\n\n  \n  select bogus')).toEqual(['models/a.sql:4:10'])
  })

  it('is that of the expression that made it', () => {
    expect(inModel("select * from {{ ref('b') }}", '"b"', { 'models/b.sql': 'select 1 as one' })).toEqual([
      '~models/a.sql:1:18',
    ])
    expect(inModel('select {{ 40 + 2 }}', '42')).toEqual(['~models/a.sql:1:11'])
    expect(inModel("select {{ 'BOGUS' | lower }}")).toEqual(['~models/a.sql:1:11'])
  })

  it('is that of the text in quotes, wherever it is printed', () => {
    expect(inModel("select {{ 'bogus' }}")).toEqual(['models/a.sql:1:12'])
    expect(inModel("{% set name = 'bogus' %}\nselect {{ name }}")).toEqual([
      'models/a.sql:1:16',
      'printed here models/a.sql:2:11',
    ])
    expect(inModel("{% set names = ['id', 'bogus'] %}select {{ names | join(', ') }}")).toEqual([
      'models/a.sql:1:24',
      'printed here models/a.sql:1:44',
    ])
    expect(
      inModel(
        "{% set names = ['id', 'bogus'] %}{% for n in names %}{% if n != 'bogus' %}select {% endif %}{{ n }} {% endfor %}",
      ),
    ).toEqual(['models/a.sql:1:24', 'printed here models/a.sql:1:96'])
    expect(
      inModel(
        "{% set types = {'bogus': 'int'} %}select {% for k, v in types.items() %}{{ k }}::{{ v }}{% endfor %}",
      ),
    ).toEqual(['models/a.sql:1:18', 'printed here models/a.sql:1:76'])
    expect(inModel("select {{ 'a.' ~ 'bogus' }}")).toEqual(['models/a.sql:1:19'])
    expect(inModel("select {{ '  bogus ' | trim }}")).toEqual(['models/a.sql:1:14'])
    expect(inModel("select {{ ' one,\nbogus' | indent(4) }}")).toEqual(['models/a.sql:2:1'])
  })

  it('is not told wrong where the same text stands in several places, or comes from elsewhere', () => {
    expect(
      inModel("{% set a = ['bogus'] %}{% set b = ['bogus'] %}select {% for n in b %}{{ n }}{% endfor %}"),
    ).toEqual(['~models/a.sql:1:73'])
    expect(
      inModel("{% set a = ['bogus'] %}select {{ var('name') }}", 'bogus', {
        'strata.yml': 'name: shop\nvars: { name: bogus }\n',
      }),
    ).toEqual(['~models/a.sql:1:34'])
  })

  it('is in the block of a set, a call or a filter', () => {
    expect(inModel('{% set part %}\n  bogus\n{% endset %}select {{ part | trim }}')).toEqual([
      'models/a.sql:2:3',
      'printed here models/a.sql:3:23',
    ])
    expect(inModel('select {% filter indent(2) %}\n1,\nbogus{% endfilter %}')).toEqual(['models/a.sql:3:1'])
    const macros = { 'macros/m.sql': '{% macro wrapped() %}(\n{{ caller() }}){% endmacro %}' }
    expect(inModel('select {% call wrapped() %} bogus {% endcall %}', 'bogus', macros)).toEqual([
      'models/a.sql:1:29',
      'in the call block, called here macros/m.sql:2:4',
      'in macro "wrapped", called here models/a.sql:1:16',
    ])
    expect(inModel('select {% call wrapped() %} bogus {% endcall %}', '(', macros)).toEqual([
      'macros/m.sql:1:22',
      'in macro "wrapped", called here models/a.sql:1:16',
    ])
  })
})

describe('the place of a word that a macro made', () => {
  const macros: Files = {
    'macros/m.sql': `{% macro cents(name) %}({{ name }} / 100)::{{ kind() }}{% endmacro %}
{% macro kind() %}
  bogus
{% endmacro %}
{% macro given() %}{% set text %}round(1){% endset %}{{ return(text) }}{% endmacro %}
{% macro sent() %}{{ return(adapter.dispatch('made', 'shop')()) }}{% endmacro %}
{% macro default__made() %}made(1){% endmacro %}
`,
  }
  it('is in its file, with the calls that led to it', () => {
    expect(inModel("select\n  {{ cents('amount') }}", 'bogus', macros)).toEqual([
      'macros/m.sql:3:3',
      'in macro "kind", called here macros/m.sql:1:47',
      'in macro "cents", called here models/a.sql:2:6',
    ])
  })

  it('is that of the argument which the macro prints', () => {
    expect(inModel("select\n  {{ cents('amount') }}", 'amount', macros)).toEqual([
      'models/a.sql:2:13',
      'printed here macros/m.sql:1:28',
      'in macro "cents", called here models/a.sql:2:6',
    ])
  })

  it('is known of what a macro returns', () => {
    expect(inModel('select {{ given() }}', 'round', macros)).toEqual([
      'macros/m.sql:5:34',
      'in macro "given", called here models/a.sql:1:11',
    ])
    expect(inModel('select {{ sent() }}', 'made', macros).slice(0, 1)).toEqual(['macros/m.sql:7:28'])
  })
})

describe('the place of a word of another node', () => {
  it('is in the file of the ephemeral model', () => {
    const files = {
      'models/e.sql': "{{ config(materialized='ephemeral') }}\nselect bogus from {{ ref('f') }}",
      'models/f.sql': "{{ config(materialized='ephemeral') }}\nselect 1 as deep",
    }
    expect(inModel("with x as (select 1)\nselect * from {{ ref('e') }}", 'bogus', files)).toEqual([
      'models/e.sql:2:8',
      'in the ephemeral model "e", referred to here models/a.sql:2:18',
    ])
    expect(inModel("with x as (select 1)\nselect * from {{ ref('e') }}", 'deep', files)).toEqual([
      'models/f.sql:2:13',
      'in the ephemeral model "f", referred to here models/e.sql:2:22',
    ])
    expect(inModel("with x as (select 1 as own)\nselect * from {{ ref('e') }}", 'own', files)).toEqual([
      'models/a.sql:1:24',
    ])
  })

  it('is known of both forms of an incremental model', () => {
    const files = {
      'models/b.sql': "{{ config(materialized='incremental', unique_key='id') }}select 1 as id",
      'models/a.sql': `{{ config(materialized='incremental', unique_key='id') }}
select bogus from {{ increment(ref('b')) }} as b
{% if is_incremental() %}where later{% endif %}`,
    }
    expect(placesOf(files, 'model.shop.a', 'bogus')).toEqual(['models/a.sql:2:8'])
    expect(placesOf(files, 'model.shop.a', 'bogus', 'increment')).toEqual(['models/a.sql:2:8'])
    expect(placesOf(files, 'model.shop.a', 'as b', 'increment')).toEqual(['models/a.sql:2:45'])
    expect(placesOf(files, 'model.shop.a', 'later', 'increment')).toEqual(['models/a.sql:3:32'])
  })

  it('is known of data tests in files, and in macros with their declaration', () => {
    const files = {
      'models/a.sql': 'select 1 as id',
      'models/a.yml': `models:
  - name: a
    columns:
      - name: id
        tests:
          - not_null
          - positive
`,
      'macros/positive.sql': `{% test positive(model, column_name) %}
select * from {{ model }} where {{ column_name }} < bogus
{% endtest %}`,
      'tests/none.sql': "\n\nselect * from {{ ref('a') }} where bogus",
    }
    expect(placesOf(files, 'data_test.shop.none', 'bogus')).toEqual(['tests/none.sql:3:36'])
    const { graph, places } = compileFiles(files)
    const find = (name: string) => {
      const node = graph.nodes.find((one) => one.kind === 'data_test' && one.testName === name)!
      return { id: node.id, text: 'select' in node ? node.select.full : '', location: node.location }
    }
    const positive = find('positive')
    const place = places.locate(positive.id, 'full', positive.text.indexOf('bogus'))!
    expect(place.location).toMatchObject({ file: 'macros/positive.sql', line: 2, column: 53 })
    expect(place.via.map(({ location }) => location)).toEqual([positive.location])
    const column = places.locate(positive.id, 'full', positive.text.indexOf(' id ') + 1)!
    expect(column).toMatchObject({ location: positive.location, exact: false })
    const notNull = find('not_null')
    expect(places.locate(notNull.id, 'full', notNull.text.indexOf('is null'))).toMatchObject({
      location: notNull.location,
      exact: false,
    })
  })

  it('is known of snapshots in blocks, and is the declaration of those without one', () => {
    const files = {
      'models/b.sql': 'select 1 as id',
      'snapshots/s.sql': `{% snapshot s %}
{{ config(unique_key='id', strategy='check', check_cols='all') }}
select bogus from {{ ref('b') }}
{% endsnapshot %}`,
      'snapshots/t.yml': `snapshots:
  - name: t
    relation: ref('b')
    config: { unique_key: id, strategy: check, check_cols: all }
`,
    }
    expect(placesOf(files, 'snapshot.shop.s', 'bogus')).toEqual(['snapshots/s.sql:3:8'])
    expect(placesOf(files, 'snapshot.shop.t', 'select')).toEqual(['~snapshots/t.yml:2:5'])
  })
})

describe('places in a project that was kept', () => {
  const files: Files = {
    'models/b.sql': 'select 1 as id',
    'models/e.sql': "{{ config(materialized='ephemeral') }}\nselect deep from {{ ref('b') }}",
    'models/a.sql': "select bogus from {{ ref('e') }}",
    'tests/none.sql': "select missing from {{ ref('a') }}",
  }
  const { keep } = recompileFiles(files, { results: null, graph: null })
  const kept = keep()

  it('are those of the files as they are now', () => {
    const edited = { ...files, 'models/a.sql': "select 1,\n  bogus from {{ ref('e') }}" }
    const { model, places, dataTest, keep: keepAgain } = recompileFiles(edited, kept)
    expect(keepAgain().graph).toBeNull()
    const { select, id } = model('a')
    const at = (word: string) => places.locate(id, 'full', select.full.indexOf(word))?.location
    expect(at('bogus')).toMatchObject({ file: 'models/a.sql', line: 2, column: 3 })
    expect(at('deep')).toMatchObject({ file: 'models/e.sql', line: 2, column: 8 })
    const test = dataTest('none')
    const missing = places.locate(test.id, 'full', test.select.full.indexOf('missing'))
    expect(missing?.location).toMatchObject({ file: 'tests/none.sql', line: 1, column: 8 })
  })
})
