import { describe, expect, test } from 'vitest'
import { blockTemplate, collectMacros, parseTemplate, renderTemplate, type Template } from './index.ts'

function parse(source: string): Template {
  const { template, diagnostics } = parseTemplate(source, 'macros/all.sql')
  expect(diagnostics).toEqual([])
  return template!
}

function textOf(template: Template, name: string): string | null {
  const block = collectMacros(template).find((candidate) => candidate.name === name)!
  return renderTemplate(blockTemplate(template, block), new Map()).text
}

describe('a docs block is Markdown', () => {
  test.each([
    ['{% docs d %}Use {{ ref("x") }} and {% if %}.{% enddocs %}', 'Use {{ ref("x") }} and {% if %}.'],
    ['{% docs d %}{% raw %}{{ x }}{% endraw %}!{% enddocs %}', '{{ x }}!'],
    ['{% docs d %}{% raw %}{% enddocs %}{% endraw %}!{% enddocs %}', '{% enddocs %}!'],
    ['{% docs d %}a{# not shown #}b{% enddocs %}', 'ab'],
    ['{% docs d %}a {# open, {{ unclosed\n{%- enddocs -%}  ', 'a {# open, {{ unclosed'],
    ['{%- docs d -%}\n  # Title\n{%- enddocs -%}', '# Title'],
    ['{% docs d %}{% enddocs %}', ''],
  ])('%s', (source, expected) => {
    expect(textOf(parse(source), 'd')).toBe(expected)
  })

  test('that must have an end', () => {
    expect(parseTemplate('{% docs d %}a', 'd.md').diagnostics[0]).toMatchObject({ code: 'TEMPLATE_UNCLOSED' })
  })
})

describe('a materialization that cannot be read', () => {
  const source = [
    "{% materialization odd, adapter='other', supported_languages=['sql'] %}",
    '  {% include "x" %} {{ a b }} {{ "unclosed }}',
    '{%- endmaterialization -%}',
    '{% macro after() %}kept{% endmacro %}',
  ].join('\n')

  test('keeps nothing else from being read, and says why', () => {
    const [odd, after] = collectMacros(parse(source))
    expect(odd).toMatchObject({ tag: 'materialization', name: 'odd', body: [] })
    expect(odd!.problem).toMatchObject({ code: 'TEMPLATE_UNSUPPORTED', location: { line: 2, column: 6 } })
    expect(after).toMatchObject({ tag: 'macro', name: 'after', problem: null })
    expect(source.slice(odd!.bodyAt, odd!.bodyEnd).trim()).toMatch(/^{% include[\s\S]*unclosed }}$/)
    expect(textOf(parse(source), 'after')).toBe('kept')
  })

  test('is an error when it has no end', () => {
    expect(
      parseTemplate('{% materialization m, default %}{% include "x" %}', 'm.sql').diagnostics[0],
    ).toMatchObject({
      code: 'TEMPLATE_UNSUPPORTED',
    })
  })
})

describe('a file with blocks of all kinds', () => {
  test('is read with text, comments and raw between them', () => {
    const template = parse(
      [
        'text {# {% macro hidden() %} #} more',
        '{%- macro a(x, y=none) -%} {{ x }} {%- endmacro -%}',
        '{% raw %}{% macro raw() %}{% endraw %}',
        '{% test t(model, column_name) %}select {% raw %}{{ x }}{% endraw %}{% endtest %}',
        '{% data_test u(model) -%} 1 {%- enddata_test %}',
        '{% snapshot s %}{{ 1 }}{% endsnapshot %} tail',
        "{%- materialization m, adapter='postgres' -%}{{ 2 }}{%- endmaterialization -%}",
        '{% docs d %}*text*{% enddocs %}',
        '{% macro a() %}{% set x %}{% endset %}{% endmacro %}',
      ].join('\n'),
    )
    const found = collectMacros(template).map(({ tag, name }) => `${tag} ${name}`)
    expect(found).toEqual([
      'macro a',
      'test t',
      'test u',
      'snapshot s',
      'materialization m',
      'docs d',
      'macro a',
    ])
    expect(textOf(template, 't')).toBe('select {{ x }}')
  })

  test.each([
    '{% macro a.b() %}{% endmacro %}',
    '{% docs a.b %}{% enddocs %}',
    '{% snapshot a.b %}{% endsnapshot %}',
  ])('refuses a name with a dot: %s', (source) => {
    expect(parseTemplate(source, 'm.sql').diagnostics[0]).toMatchObject({
      code: 'TEMPLATE_SYNTAX',
      location: { line: 1 },
    })
  })

  test.each(['import "x" as y', 'from "x" import y', 'include "x"', 'extends "x"', 'block b'])(
    'says what to do instead of {%% %s %%}',
    (tag) => {
      const [problem] = parseTemplate(`{% ${tag} %}`, 'm.sql').diagnostics
      expect(problem).toMatchObject({ code: 'TEMPLATE_UNSUPPORTED' })
      expect(problem!.hint).toMatch(/macro/i)
    },
  )
})

describe('an undefined value', () => {
  const warnings = (source: string) => {
    const { template } = parseTemplate(source, 'm.sql')
    const { text, diagnostics } = renderTemplate(template!, new Map([['patients', 1]]), {
      undefinedIs: 'warning',
    })
    return [
      text,
      ...diagnostics.map(({ severity, message, hint }) => `${severity}: ${message} ${hint ?? ''}`.trim()),
    ]
  }

  test('warns where it is printed, with near misses', () => {
    expect(warnings('a{{ patient }}b')).toEqual([
      'ab',
      'warning: \'patient\' is undefined Did you mean "patients"?',
    ])
  })

  test('is silent where it is only looked at', () => {
    expect(
      warnings(
        "{% for x in nope %}{% endfor %}{% if nope or nope == 1 or 1 in nope %}{% endif %}{{ nope | default('d') }}{{ nope | length }}{{ {nope: 1} | length }}",
      ),
    ).toEqual(['d01'])
  })

  test('is an error where it is computed with or asked for more', () => {
    for (const source of [
      '{{ nope.x }}',
      '{{ nope() }}',
      '{{ nope + 1 }}',
      "{{ nope['x'] }}",
      '{{ nope | int }}',
    ]) {
      expect(warnings(source)[0], source).toBeNull()
    }
  })
})
