import { describe, expect, test } from 'vitest'
import { hostFunction, hostObject, parseTemplate, print, renderTemplate, type Value } from './index.ts'

/** Names as a model of a project sees them. */
const context = new Map<string, Value>([
  ['config', hostFunction('config', () => '')],
  ['ref', hostFunction('ref', ({ positional }) => relation('silver', print(positional.at(-1)!)))],
  ['source', hostFunction('source', ({ positional: [s, t] }) => relation(print(s!), print(t!)))],
  ['is_incremental', hostFunction('is_incremental', () => false)],
  ['this', relation('gold', 'funnel')],
  ['log', hostFunction('log', () => '')],
  ['var', hostFunction('var', ({ positional }) => positional[1] ?? null)],
  ['target', hostObject({ type: 'target', attributes: { name: 'dev' } })],
  ['execute', true],
  ['run_query', hostFunction('run_query', () => [['x'], ['y']])],
])

function relation(schema: string, name: string): Value {
  return hostObject({
    type: 'relation',
    attributes: { schema, identifier: name, name },
    text: () => `"${schema}"."${name}"`,
    identity: `${schema}.${name}`,
  })
}

function render(source: string): string {
  const { template, diagnostics } = parseTemplate(source, 'models/m.sql')
  if (template === null) return `! ${diagnostics[0]!.message}`
  const result = renderTemplate(template, context)
  return result.text ?? `! ${result.diagnostics.at(-1)!.message}`
}

const groups: { [title: string]: readonly (readonly [source: string, expected: string])[] } = {
  "calls of dbt's functions": [
    ["{{ config(\n  materialized='table',\n  tags=['a', 'b'],\n  unique_key=none\n) }}select 1", 'select 1'],
    ['from {{ ref("visits") }}', 'from "silver"."visits"'],
    ["from {{ ref('other_package', 'visits', v=2) }}", 'from "silver"."visits"'],
    ['from {{ source("raw", "orders") }}', 'from "raw"."orders"'],
    ['{{ this }} in {{ this.schema }}, {{ this.identifier }}', '"gold"."funnel" in gold, funnel'],
    ["{{ this == ref('x') }} {{ ref('x') == ref('x') }} {{ ref('x') in [ref('x')] }}", 'False True True'],
    ['{% if is_incremental() %}new{% else %}all{% endif %}', 'all'],
    ["{{ var('days', 7) }}-{{ target.name }}", '7-dev'],
    ["{% do log('hello', info=true) %}ok", 'ok'],
    [
      "{% set rows = run_query('select') %}{% if execute %}{% for r in rows %}{{ r[0] }}{% endfor %}{% endif %}",
      'xy',
    ],
  ],
  assignments: [
    ['{% set n = 5 %}{{ n + 1 }}', '6'],
    ['{% set q %}select {{ 1 }}{% endset %}[{{ q }}]', '[select 1]'],
    ['{% set q | trim | upper %} a {% endset %}[{{ q }}]', '[A]'],
    ['{% set a, b = 1, 2 %}{% set a, b = b, a %}{{ a }}{{ b }}', '21'],
    ['{% set n = 0 %}{% for i in [1, 2] %}{% set n = i %}{% endfor %}{{ n }}', '0'],
    ['{% if true %}{% set n = 2 %}{% endif %}{{ n }}', '2'],
    [
      '{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}',
      '3',
    ],
    ['{% with a = 1, b = a_or_two|default(2) %}{{ a }}{{ b }}{% endwith %}', '12'],
    ['{% set l = [] %}{% do l.append(1) %}{% set _ = l.extend([2, 3]) %}{{ l }}', '[1, 2, 3]'],
    ["{% set d = {'a': 1} %}{% do d.update({'b': 2}) %}{{ d.b }}{{ d['a'] }}", '21'],
  ],
  loops: [
    ['{% for c in ["a", "b"] %}{{ c }}{{ ", " if not loop.last }}{% endfor %}', 'a, b'],
    ['{% for c in [] %}x{% else %}nothing{% endfor %}', 'nothing'],
    ['{% for i in range(1, 6) if i is odd %}{{ loop.index }}:{{ i }} {% endfor %}', '1:1 2:3 3:5 '],
    ['{% for k, v in {"a": 1, "b": 2}.items() %}{{ k }}={{ v }};{% endfor %}', 'a=1;b=2;'],
    ['{% for i in "ab" %}{{ loop.cycle("odd", "even") }} {% endfor %}', 'odd even '],
    [
      '{% for i in [1, 2, 3, 4] %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}',
      '13',
    ],
    [
      '{% for n in [{"v": 1, "c": [{"v": 2, "c": []}]}] recursive %}{{ n.v }}{{ loop(n.c) }}{% endfor %}',
      '12',
    ],
    [
      '{% set seen = [] %}{% for i in [1, 2, 1] if i not in seen %}{% do seen.append(i) %}{{ i }}{% endfor %}',
      '12',
    ],
  ],
  macros: [
    ['{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }}|{{ m(1, b=3) }}', '1-2|1-3'],
    ['{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}', '11'],
    ['{% macro m(a: int, b: list[str] = []) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}', '1[]'],
    ['{% macro m() %}{{ varargs | length }}{{ kwargs.z }}{% endmacro %}{{ m(1, 2, z=9) }}', '29'],
    ['{% macro box() %}<{{ caller() }}>{% endmacro %}{% call box() %}x{% endcall %}', '<x>'],
    [
      '{% macro each(l) %}{% for i in l %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(n) each([1, 2]) %}n{{ n }} {% endcall %}',
      'n1 n2 ',
    ],
    ['{% macro f() %}ignored{{ return([1, 2]) }}{% endmacro %}{% for x in f() %}{{ x }}{% endfor %}', '12'],
    [
      '{% macro f(x) %}{% if x %}{% do return(none) %}{% endif %}late{% endmacro %}{{ f(1) is none }}{{ f(0) }}',
      'Truelate',
    ],
    ['{% macro f() %}{{ caller() }}after{% endmacro %}{% call f() %}{{ return(5) }}{% endcall %}', '5'],
    [
      '{% macro fact(n) %}{{ return(1 if n < 2 else n * fact(n - 1)) }}{% endmacro %}{{ fact(25) }}',
      '15511210043330985984000000',
    ],
  ],
  whitespace: [
    ['a \n{%- if true -%}\n b \n{%- endif -%}\n c', 'abc'],
    ['a {{- 1 -}} b {#- c -#} d', 'a1bd'],
    ['a {%+ if true +%} b{% endif %}', 'a  b'],
    ['{% raw %}{{ x }}{% endraw %}', '{{ x }}'],
    ['a {%- raw -%} {{ x }} {%- endraw -%} b', 'a{{ x }}b'],
    ['a{# not\n here #}b', 'ab'],
    ['select 1\n', 'select 1'],
    ['select 1\r\nfrom x\r\n', 'select 1\nfrom x'],
    ['{{ {"a": {"b": 1}} }}', "{'a': {'b': 1}}"],
  ],
  "dbt's block tags": [
    ['{% snapshot s %}select 1{% endsnapshot %}', ''],
    ['{% test t(model, column_name) %}select {{ column_name }}{% endtest %}', ''],
    ['{% data_test t(model) %}select 1{% enddata_test %}', ''],
    ["{% materialization x, adapter='postgres' %}a{% endmaterialization %}", ''],
    ['{% docs d %}text *x*{% enddocs %}', ''],
  ],
  "dbt's own functions": [
    [
      "{{ zip([1, 2], ['a', 'b']) }} {{ zip(1, [2]) }} {{ zip(1, [2], default=[]) }}",
      "[(1, 'a'), (2, 'b')] None []",
    ],
    ['{{ set([1, 2, 1]) | length }} {{ set(5) }} {{ set([2, 1]).union([3]) | sort }}', '2 None [1, 2, 3]'],
    ["{{ tojson({'b': 1, 'a': [1.0, none]}) }}", '{"b": 1, "a": [1.0, null]}'],
    ["{{ tojson({'b': 1, 'a': 2}, sort_keys=true) }} {{ tojson(range, 'no') }}", '{"a": 2, "b": 1} no'],
    [
      '{{ fromjson(\'{"a": [1, 2.0, 12345678901234567890], "b": null}\') }}',
      "{'a': [1, 2.0, 12345678901234567890], 'b': None}",
    ],
    ["{{ fromjson('{', 'bad') }} {{ '5' | as_number + '6' | as_text }} {{ [] | is_list }}", 'bad 56 True'],
  ],
}

for (const [title, cases] of Object.entries(groups)) {
  describe(title, () => {
    test.each(cases)('%s', (source, expected) => {
      expect(render(source)).toBe(expected)
    })
  })
}
