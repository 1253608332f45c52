import type { Answer } from '@strata/core'
import { describe, expect, test } from 'vitest'
import { resultTable } from './result-table.ts'
import { renderAlone } from './testing/render-on.ts'

const answer: Answer = {
  columns: [
    { name: 'id', typeOid: 23 },
    { name: 'weight', typeOid: 1700 },
    { name: 'name', typeOid: 25 },
    { name: 'born', typeOid: 1082 },
  ],
  rows: [
    [1, '1.5', 'Ada', '2024-01-02'],
    [2, null, 'Bo', null],
    [3, '30', 'Ada', '2024-01-04'],
  ],
  rowCount: 3,
}

function render(template: string, from: Answer = answer): string {
  const shown: string[] = []
  const { text } = renderAlone(template, { names: { t: resultTable(from, (line) => void shown.push(line)) } })
  return [...shown, text].filter((part) => part !== '').join('\n')
}

describe('a table of results', () => {
  test('is read by columns, by place and by name', () => {
    expect(render("{{ t.columns[0].values() }} {{ t.columns['name'].values() }}")).toBe(
      "(1, 2, 3) ('Ada', 'Bo', 'Ada')",
    )
    expect(
      render("{{ t.columns.get('name').values()[-1] }} {{ t.columns[2][0] }} {{ t.columns[2].name }}"),
    ).toBe('Ada Ada name')
    expect(render('{% for c in t.columns %}{{ c.name }} {% endfor %}{{ t.columns.keys() }}')).toBe(
      "id weight name born ('id', 'weight', 'name', 'born')",
    )
    expect(render('{% for n, c in t.columns.items() %}{{ n }}={{ c[0] }} {% endfor %}')).toBe(
      'id=1 weight=1.5 name=Ada born=2024-01-02',
    )
    expect(render("{{ t.columns | map(attribute='name') | list | length }} {{ t.column_names[1] }}")).toBe(
      '4 weight',
    )
  })

  test('is read by rows, by place and by name', () => {
    expect(render("{% for row in t %}{{ row[0] }}{{ row['name'] }}{{ row.name }} {% endfor %}")).toBe(
      '1AdaAda 2BoBo 3AdaAda',
    )
    expect(render('{{ t.rows[1].values() }} {{ t.rows | length }} {{ t | length }}')).toBe(
      "(2, None, 'Bo', None) 3 3",
    )
    expect(
      render("{{ t.rows[0].get('nope', 'x') }} {{ t.rows[0].dict()['name'] }} {{ 'Bo' in t.rows[1] }}"),
    ).toBe('x Ada True')
    expect(render('{% for k, v in t.rows[1].items() %}{{ k }}{{ v }} {% endfor %}')).toBe(
      'id2 weightNone nameBo bornNone',
    )
    expect(render('{{ t.rows | map(attribute=0) | list }} {{ t.rows[0] }}')).toBe(
      "[1, 2, 3] <agate.Row: (1, 1.5, 'Ada', datetime.date(2024, 1, 2))>",
    )
  })

  test('is false where it has no rows', () => {
    const none = { ...answer, rows: [] }
    expect(
      render("{{ 'some' if t else 'none' }} {{ t.rows | length }} {{ t.columns[0].values() }}", none),
    ).toBe('none 0 ()')
  })

  test('gives numbers, moments and texts as Python has them', () => {
    const typed = (typeOid: number, value: unknown, expression = 'v') =>
      render(`{% set v = t.columns[0].values()[0] %}{{ ${expression} }}`, {
        columns: [{ name: 'v', typeOid }],
        rows: [[value]],
        rowCount: 1,
      })
    expect(typed(20, '9007199254740993', 'v + 1')).toBe('9007199254740994')
    expect(typed(1700, '30', 'v / 4')).toBe('7.5')
    expect(typed(1700, '1.5', 'v + 1')).toBe('2.5')
    expect(typed(701, 2.25)).toBe('2.25')
    expect(typed(16, true, 'not v')).toBe('False')
    expect(typed(1082, '2024-01-02', "v.strftime('%d.%m.%Y')")).toBe('02.01.2024')
    expect(typed(1114, '2024-01-02 03:04:05.5')).toBe('2024-01-02 03:04:05.500000')
    expect(typed(1184, '2024-01-02 03:04:05+00')).toBe('2024-01-02 03:04:05+00:00')
    expect(typed(1184, 'infinity')).toBe('infinity')
    expect(typed(1186, '1 day 02:00:00')).toBe('1 day, 2:00:00')
    expect(typed(1186, '-00:00:01.5')).toBe('-1 day, 23:59:58.500000')
    expect(typed(3802, { a: [1, 'ä'] })).toBe('{"a": [1, "\\u00e4"]}')
    expect(typed(1016, '{1,NULL}')).toBe('[1, null]')
    expect(typed(1009, ['x', 'y'])).toBe('["x", "y"]')
    expect(typed(17, Buffer.from('ab'))).toBe('\\x6162')
  })

  test('makes others with fewer or renamed columns and rows', () => {
    expect(
      render(
        "{{ t.rename({'id': 'x'}).column_names[0] }}{{ t.rename(t.column_names | map('upper')).columns['ID'][2] }}",
      ),
    ).toBe('x3')
    expect(
      render(
        "{{ t.select(['name', 'id']).rows[0].values() }} {{ t.exclude(['name', 'born']).column_names }}",
      ),
    ).toBe("('Ada', 1) ('id', 'weight')")
    expect(render("{{ t.limit(2) | length }} {{ t.select('name').distinct().columns[0].values() }}")).toBe(
      "2 ('Ada', 'Bo')",
    )
    expect(() => render("{{ t.select('nam') }}")).toThrow('the table has no column "nam"')
    expect(() => render("{{ t.rename(['a']) }}")).toThrow('1 names for 4 columns')
  })

  test('numbers the second column of a name', () => {
    const column = { name: 'a', typeOid: 23 }
    expect(render('{{ t.column_names }}', { columns: [column, column], rows: [], rowCount: 0 })).toBe(
      "('a', 'a_2')",
    )
  })

  test('is shown as Markdown, cut where it is too much', () => {
    expect(render('{% do t.print_table() %}')).toBe(
      [
        '| id | weight | name |       born |',
        '| -- | ------ | ---- | ---------- |',
        '|  1 |    1.5 | Ada  | 2024-01-02 |',
        '|  2 |        | Bo   |            |',
        '|  3 |     30 | Ada  | 2024-01-04 |',
      ].join('\n'),
    )
    expect(render('{% do t.print_table(max_rows=1, max_columns=1) %}')).toBe(
      ['| id | ... |', '| -- | --- |', '|  1 | ... |', '| ... | ... |'].join('\n'),
    )
    expect(render('{% do t.limit(1).print_csv() %}')).toBe('id,weight,name,born\n1,1.5,Ada,2024-01-02')
    expect(() => render("{% do t.to_csv('x.csv') %}")).toThrow('templates write no files')
  })
})
