import { describe, expect, test } from 'vitest'
import {
  blockTemplate,
  collectMacros,
  fromJson,
  hostFunction,
  hostObject,
  macroValue,
  parseTemplate,
  renderTemplate,
  type TemplateContext,
  toJson,
  type Value,
} from './index.ts'

function render(source: string, context: TemplateContext): string | null {
  return renderTemplate(parseTemplate(source, 'models/m.sql').template!, context).text
}

describe('a host function', () => {
  test('gets positional and named arguments as template values, and the place of its call', () => {
    const seen: unknown[] = []
    const record = hostFunction('record', ({ positional, keyword, location }) => {
      seen.push({ positional, keyword: [...keyword], location })
      return ''
    })
    render("\n {{ record(1, [true, none], key='v', **{'more': 2}) }}", new Map([['record', record]]))
    expect(seen).toEqual([
      {
        positional: [1, [true, null]],
        keyword: [
          ['key', 'v'],
          ['more', 2],
        ],
        location: { file: 'models/m.sql', line: 2, column: 5, endLine: 2, endColumn: 52 },
      },
    ])
  })

  test('can call the macro it was given, and the block of a call', () => {
    const twice = hostFunction('twice', ({ positional, keyword, call }) => {
      const body = keyword.get('caller') ?? positional[0]!
      return `${call(body, [1])}${call(body, [2])}`
    })
    const context = new Map<string, Value>([['twice', twice]])
    expect(render('{% call(n) twice() %}<{{ n }}>{% endcall %}', context)).toBe('<1><2>')
    expect(render('{% macro m(n) %}[{{ n }}]{% endmacro %}{{ twice(m) }}', context)).toBe('[1][2]')
  })
})

describe('a host object', () => {
  test('shows its attributes, its text, its items, and nothing else', () => {
    const packageObject = hostObject({
      type: 'package',
      attribute: (name) => (name === 'star' ? hostFunction('star', () => '*') : undefined),
      names: () => ['star'],
    })
    const row = hostObject({
      type: 'row',
      attributes: { id: 7 },
      item: (key) => (key === 0 ? 'first' : undefined),
      iterate: () => ['first'],
      text: () => 'a row',
    })
    const context = new Map<string, Value>([
      ['dbt_utils', packageObject],
      ['row', row],
    ])
    expect(
      render('{{ dbt_utils.star() }} {{ row }} {{ row.id }} {{ row[0] }} {{ row["id"] }}', context),
    ).toBe('* a row 7 first 7')
    expect(render('{% for c in row %}{{ c }}{% endfor %} {{ row.nope is defined }}', context)).toBe(
      'first False',
    )
  })
})

describe('plain data', () => {
  test('becomes a value and comes back the same', () => {
    const data = { a: [1, 1.5, 'x', null, true], b: { c: {} }, __proto__x: 1 }
    expect(toJson(fromJson(data))).toEqual(data)
    expect(render('{{ d }}', new Map([['d', fromJson(data)]]))).toBe(
      "{'a': [1, 1.5, 'x', None, True], 'b': {'c': {}}, '__proto__x': 1}",
    )
  })

  test('is copied, so that a template cannot change it', () => {
    const data = { list: [1] }
    render('{% do d.list.append(2) %}', new Map([['d', fromJson(data)]]))
    expect(data).toEqual({ list: [1] })
  })

  test('keeps a key __proto__ as a key', () => {
    const back = toJson(fromJson(JSON.parse('{"__proto__": 1}'))) as object
    expect(Object.keys(back)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
  })
})

describe('blocks at the top of a file', () => {
  const file = parseTemplate(
    [
      '{% macro cents(column) %}({{ column }} * {{ factor() }}){% endmacro %}',
      '{% macro factor() %}100{% endmacro %}',
      '{% test positive(model, column_name) %}select 1{% endtest %}',
      "{% materialization mine, adapter='postgres' %}x{% endmaterialization %}",
      '{% docs visits %}Each **visit**.{% enddocs %}',
      '{% snapshot s %}select {{ 1 }}{% endsnapshot %}',
    ].join('\n'),
    'macros/all.sql',
  ).template!

  test('are collected with their tags, names and parameters', () => {
    const found = collectMacros(file).map(({ tag, name, signature, options }) => [
      tag,
      name,
      signature.parameters.map((parameter) => parameter.name),
      options.map((option) => option.name),
    ])
    expect(found).toEqual([
      ['macro', 'cents', ['column'], []],
      ['macro', 'factor', [], []],
      ['test', 'positive', ['model', 'column_name'], []],
      ['materialization', 'mine', [], ['adapter']],
      ['docs', 'visits', [], []],
      ['snapshot', 's', [], []],
    ])
  })

  test('are called from other files, and see each other through the context', () => {
    const context = new Map<string, Value>()
    for (const block of collectMacros(file)) context.set(block.name, macroValue(file, block))
    expect(render("{{ cents('price') }}", context)).toBe('(price * 100)')
  })

  test('see the context of their own package where they were given one', () => {
    const [cents] = collectMacros(file)
    const own = new Map<string, Value>([['factor', hostFunction('factor', () => 10)]])
    const context = new Map<string, Value>([
      ['factor', hostFunction('factor', () => 100)],
      ['cents', macroValue(file, cents!, own)],
    ])
    expect(render("{{ cents('price') }}", context)).toBe('(price * 10)')
  })

  test('are rendered alone, and know where their source stands', () => {
    const blocks = collectMacros(file)
    const snapshot = blocks.find((block) => block.tag === 'snapshot')!
    expect(renderTemplate(blockTemplate(file, snapshot), new Map()).text).toBe('select 1')
    const docs = blocks.find((block) => block.tag === 'docs')!
    expect(file.source.text.slice(docs.bodyAt, docs.bodyEnd)).toBe('Each **visit**.')
  })
})
