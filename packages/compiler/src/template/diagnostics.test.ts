import type { Diagnostic } from '@strata/core'
import { describe, expect, test } from 'vitest'
import {
  collectMacros,
  hostFunction,
  macroValue,
  parseTemplate,
  renderTemplate,
  TemplateError,
  type Value,
} from './index.ts'

const context = new Map<string, Value>([
  ['patients', 1],
  [
    'ref',
    hostFunction('ref', ({ positional }) => {
      throw new TemplateError(`there is no model "${positional[0]}"`, {
        code: 'UNKNOWN_REF',
        hint: 'Did you mean "gene"?',
      })
    }),
  ],
])

function complaint(source: string): Diagnostic {
  const { template, diagnostics } = parseTemplate(source, 'models/m.sql')
  const found = template === null ? diagnostics : renderTemplate(template, context).diagnostics
  expect(found).toHaveLength(1)
  return found[0]!
}

/** `line:column message | hint`, and where it points besides. */
function summary(source: string): string {
  const { location, message, hint, related } = complaint(source)
  const more = (related ?? []).map(
    (other) => `; ${other.location.line}:${other.location.column} ${other.message}`,
  )
  return `${location.line}:${location.column} ${message}${hint === undefined ? '' : ` | ${hint}`}${more.join('')}`
}

const howToDefine = "Set it before ({% set nope = … %}), or write var('nope') for a variable of the project."

describe('a syntax error', () => {
  test.each(
    [
      [
        'select 1\n{% if x %}\n  select 2\n',
        '2:1 `{% if %}` opened here is never closed | Add `{% endif %}`.; 4:1 the file ends here',
      ],
      [
        '{% for a in b %}\n{% if a %}\n{% endfor %}',
        '3:4 `{% endfor %}` stands inside `{% if %}`, which is not closed yet | Close the block first: `{% endif %}`.; 2:1 `{% if %}` opened here',
      ],
      [
        "select {{ ref('x')\nfrom y",
        '2:1 expected "}}", found "from" | Is `}}` missing before this place?; 1:8 `{{` opened here',
      ],
      ["select {{ ref('x' }} from y", '1:19 expected ")" before "}"; 1:8 `{{` opened here'],
      ["{{ ref('x }}\nfrom", '1:8 this string is never closed; 1:1 `{{` opened here'],
      ['a {{ b', '1:3 `{{` opened here is never closed | Add `}}`.; 1:7 the file ends here'],
      ['{# a', '1:1 `{#` opened here is never closed | Add `#}`.; 1:5 the file ends here'],
      [
        '{% raw %}{{',
        '1:1 `{% raw %}` opened here is never closed | Add `{% endraw %}`.; 1:12 the file ends here',
      ],
      ['{% fro x in y %}', '1:4 unknown tag `{% fro %}` | Did you mean "for"?'],
      ['{% esle %}', '1:4 unknown tag `{% esle %}` | To print a value write `{{ … }}`.'],
      ['{% endif %}', '1:4 `{% endif %}` closes nothing | Remove it, or open its block first.'],
      [
        "{% include 'x' %}",
        '1:4 `{% include %}` is not supported | Call a macro instead: macros of the whole project are known everywhere.',
      ],
      ['{% if a = 1 %}{% endif %}', '1:9 expected "%}", found "=" | Compare with `==`.'],
      [
        '{{ f(a=1, 2) }}',
        '1:11 an argument without a name after a named one is not allowed | Order the arguments: positional, then *list, then name=value, then **dict.',
      ],
      ['{% break %}', '1:4 `{% break %}` stands outside of any loop'],
      [
        '{% call foo %}{% endcall %}',
        '1:9 `{% call %}` needs a call | Write for instance `{% call my_macro() %}`.',
      ],
      [
        '{% macro m(a=1, b) %}{% endmacro %}',
        '1:17 parameter "b" has no default, but one before it has; 1:1 `{%` opened here',
      ],
    ].map(([source, expected]) => [source!, expected!.replace(/(before it has); 1:1.*/, '$1')] as const),
  )('of %j says where, why and what to do', (source, expected) => {
    expect(summary(source)).toBe(expected)
  })

  test('counts columns in characters, also after emoji and tabs and CRLF', () => {
    expect(summary('😀é\r\n\t😀 {{ nope }}')).toMatch(/^2:7 'nope' is undefined \|/)
  })

  test('comes as data and never throws, whatever the nesting', () => {
    expect(complaint(`{{ ${'('.repeat(5000)}`).message).toBe('more than 200 levels of nesting')
    expect(complaint('{% if 1 %}'.repeat(5000)).message).toBe('more than 200 levels of nesting')
    expect(complaint(`{{ ${'not '.repeat(5000)}1 }}`).message).toBe('more than 200 levels of nesting')
    expect(complaint(`{{ ${'-'.repeat(5000)}1 }}`).message).toBe('more than 200 levels of nesting')
    expect(complaint(`{{ 1${' + 1'.repeat(100_000)} }}`).code).toBe('TEMPLATE_RECURSION')
  })
})

describe('an error while rendering', () => {
  test.each([
    ['select\n  {{ patient }}', `2:6 'patient' is undefined | Did you mean "patients"?`],
    [
      '{{ nope.column }}',
      "1:4 'nope' is undefined | If nope is a package, install it with `models deps`; else set it before ({% set nope = … %}).",
    ],
    ['{{ nope() }}', `1:4 'nope' is undefined | ${howToDefine}`],
    ["{{ {'alpha': 1}.alhpa }}", '1:17 a dict has no attribute "alhpa" | Did you mean "alpha"?'],
    ["{{ 'x' | uper }}", '1:10 there is no filter "uper" | Did you mean "upper"?'],
    ['{{ 1 is stirng }}', '1:9 there is no test "stirng" | Did you mean "string"?'],
    [
      "{{ 1 +\n 'a' }}",
      '1:6 "+" does not work between an int and a str | Join text with `~`, which takes values of any type.',
    ],
    [
      '{% for x in none %}{% endfor %}',
      '1:13 none is not iterable | Give a default first: `{% for x in (items or []) %}`.',
    ],
    ['{{ [1]|join(seperator=1) }}', '1:8 join takes no argument named "seperator"'],
    [
      '{% set d = {} %}{% set d.x = 1 %}',
      '1:24 only attributes of a namespace can be set | Make it with `{% set d = namespace() %}`; a dict changes with `{% do d.update({…}) %}`.',
    ],
    ['{{ return(1) }}', '1:4 return() stands outside of any macro'],
    ['{% macro m() %}{% endmacro %}{{ m(1) }}', '1:33 macro "m" takes at most 0 arguments, got 1'],
    [
      '{% macro m(amount) %}{% endmacro %}{{ m(amuont=1) }}',
      '1:39 macro "m" takes no argument named "amuont" | Did you mean "amount"?',
    ],
    [
      '{% macro m(a) %}\n{{ a }}{% endmacro %}{{ m() }}',
      `2:25 parameter 'a' was not provided; 2:25 in macro "m", called here`,
    ],
  ])('of %j says where, why and what to do', (source, expected) => {
    expect(summary(source)).toBe(expected)
  })

  test('thrown by a host function keeps its code, and tells the way through the macros of other files', () => {
    const file = parseTemplate('{% macro pick(name) %}\n  {{ ref(name) }}\n{% endmacro %}', 'macros/pick.sql')
      .template!
    const names = new Map([...context, ['pick', macroValue(file, collectMacros(file)[0]!)] as const])
    const model = parseTemplate("select 1\nfrom {{ pick('gone') }}", 'models/m.sql').template!
    const { text, diagnostics } = renderTemplate(model, names)
    expect(text).toBeNull()
    expect(diagnostics).toEqual([
      {
        code: 'UNKNOWN_REF',
        severity: 'error',
        message: 'there is no model "gone"',
        hint: 'Did you mean "gene"?',
        location: { file: 'macros/pick.sql', line: 2, column: 6, endLine: 2, endColumn: 15 },
        related: [
          {
            message: 'in macro "pick", called here',
            location: { file: 'models/m.sql', line: 2, column: 9, endLine: 2, endColumn: 21 },
          },
        ],
      },
    ])
  })

  test('is our bug and passes through when a host function throws a bare Error', () => {
    const broken = new Map([
      [
        'f',
        hostFunction('f', () => {
          throw new Error('bug')
        }),
      ],
    ])
    expect(() => renderTemplate(parseTemplate('{{ f() }}', 'm').template!, broken)).toThrow('bug')
  })
})

describe('an undefined value', () => {
  const render = (source: string, undefinedIs: 'error' | 'warning') =>
    renderTemplate(parseTemplate(source, 'm.sql').template!, context, { undefinedIs })

  test('may be tested, defaulted and passed on', () => {
    const source =
      "{{ x is defined }} {{ x | default('d') }} {{ 'y' if x }} {{ x == 1 }} {{ not x }} {{ d.x is defined }}"
    expect(render(`{% set d = {} %}${source}`, 'error').text).toBe('False d  False True False')
  })

  test('is an error when printed, joined or iterated', () => {
    for (const use of [
      '{{ x }}',
      "{{ 'a' ~ x }}",
      '{% for y in x %}{% endfor %}',
      '{{ x | upper }}',
      '{{ [x] | join }}',
    ]) {
      expect(render(use, 'error').diagnostics[0]?.message).toBe("'x' is undefined")
    }
  })

  test('prints nothing and warns once a place where that is asked for', () => {
    const { text, diagnostics } = render('{% for i in [1, 2] %}[{{ patient }}]{% endfor %}', 'warning')
    expect(text).toBe('[][]')
    expect(diagnostics).toMatchObject([
      {
        code: 'TEMPLATE_UNDEFINED',
        severity: 'warning',
        hint: 'Did you mean "patients"?',
        location: { column: 26 },
      },
    ])
  })
})
