import { describe, expect, test } from 'vitest'
import { hostFunction, hostObject, parseTemplate, renderTemplate, type Value } from './index.ts'

const context = new Map<string, Value>([
  ['f', hostFunction('f', () => 1)],
  ['o', hostObject({ type: 'thing', attributes: { a: 1 } })],
])

function run(source: string, stepLimit?: number): string {
  const { template, diagnostics } = parseTemplate(source, 'm.sql')
  if (template === null) return diagnostics[0]!.code
  const result = renderTemplate(template, context, stepLimit === undefined ? {} : { stepLimit })
  return result.text ?? result.diagnostics.at(-1)!.code
}

const values = [
  "''",
  '1',
  '1.5',
  '[]',
  '{}',
  '(1,)',
  'none',
  'true',
  'f',
  'o',
  'range',
  'namespace()',
  'set([])',
  "''.upper",
]
const names = [
  'constructor',
  '__proto__',
  'prototype',
  '__class__',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'call',
  'apply',
  'bind',
  'kind',
  '__init__',
  'mro',
]

describe('a template reaches nothing of JavaScript', () => {
  test.each(values)('through an attribute or item of %s', (value) => {
    for (const name of names) {
      expect(run(`{{ (${value}).${name} is defined }}`), name).toBe('False')
      expect(run(`{{ (${value})['${name}'] is defined }}`), name).toBe('False')
      expect(run(`{{ (${value}) | attr('${name}') is defined }}`), name).toBe('False')
      expect(
        run(`{{ [${value}] | map(attribute='${name}') | select('defined') | list | length }}`),
        name,
      ).toBe('0')
    }
  })

  test('through a name, a filter, a test or a macro argument', () => {
    for (const name of [...names, 'process', 'require', 'globalThis', 'Object', 'eval', 'Function']) {
      expect(run(`{{ ${name} is defined }}`), name).toBe('False')
      expect(run(`{{ 1 | ${name} }}`), name).toBe('TEMPLATE_UNKNOWN_FILTER')
      expect(run(`{{ 1 is ${name} }}`), name).toBe('TEMPLATE_UNKNOWN_TEST')
    }
    expect(run("{{ [1] | map('constructor') | list }}")).toBe('TEMPLATE_UNKNOWN_FILTER')
    expect(run("{{ '{0.constructor}'.format('') }}")).toBe('TEMPLATE_UNDEFINED')
    expect(run("{{ '{x.__proto__}'.format(x={}) }}")).toBe('TEMPLATE_UNDEFINED')
  })

  test('through keys with names that JavaScript treats specially', () => {
    expect(run("{% set d = {'__proto__': 1} %}{{ d.__proto__ }}{{ d.x is defined }}{{ d }}")).toBe(
      "1False{'__proto__': 1}",
    )
    expect(
      run(
        '{% set n = namespace() %}{% set n.__proto__ = 5 %}{{ n.__proto__ }}{{ namespace().__proto__ is defined }}',
      ),
    ).toBe('5False')
    expect(run('{{ fromjson(\'{"__proto__": {"x": 1}}\').x is defined }}')).toBe('False')
    expect(run('{{ dict(constructor=1).constructor }}')).toBe('1')
  })
})

describe('a template stops', () => {
  test.each([
    [
      '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}',
      'TEMPLATE_STEP_LIMIT',
    ],
    [
      '{% for i in range(1000) %}{% set x = range(1000) | map("string") | list %}{% endfor %}',
      'TEMPLATE_STEP_LIMIT',
    ],
    ['{% for i in range(1000) %}{{ ("a" * 1000000) is lower }}{% endfor %}', 'TEMPLATE_STEP_LIMIT'],
    ['{% for i in range(1000) %}{{ ("a" * 1000000).upper() | length }}{% endfor %}', 'TEMPLATE_STEP_LIMIT'],
  ])('at its step limit: %s', (source, code) => {
    expect(run(source, 200_000)).toBe(code)
  })

  test.each([
    ['{{ range(10 ** 9) }}'],
    ["{{ 'a' * 10 ** 9 }}"],
    ['{{ [1] * 10 ** 9 }}'],
    ['{{ 3 ** 10 ** 7 }}'.replace('3 ** 10 ** 7', '3 ** (10 ** 7)')],
    [
      "{% set ns = namespace(s='abcdefgh') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    ],
    ['{% set ns = namespace(l=[1, 2]) %}{% for i in range(60) %}{% do ns.l.extend(ns.l) %}{% endfor %}'],
    ['{% set ns = namespace(n=3) %}{% for i in range(60) %}{% set ns.n = ns.n * ns.n %}{% endfor %}'],
    ["{{ 'a'.ljust(10 ** 9) }}"],
    ["{{ '%1000000000d' % 1 }}"],
    ["{{ '{:>1000000000}'.format('a') }}"],
    ["{{ 'a' | center(10 ** 9) }}"],
    ["{{ ('a' * 10000).replace('', 'b' * 10000) }}"],
    ['{{ [1] | slice(10 ** 9) }}'],
    ['{{ [1] | batch(10 ** 9, 1) }}'],
  ])('before it takes all memory: %s', (source) => {
    expect(run(source)).toBe('TEMPLATE_SIZE_LIMIT')
  })

  test.each([
    ['{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}'],
    ['{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}'],
    [
      '{% macro m() %}{% for i in [1] %}{% if true %}{{ [m()] | map("upper") | list }}{% endif %}{% endfor %}{% endmacro %}{{ m() }}',
    ],
    ['{% set l = [] %}{% do l.append(l) %}{{ l }}'],
    ['{% set l = [] %}{% do l.append(l) %}{{ l | tojson }}'],
    ['{% set l = [1] %}{% for x in l recursive %}{{ loop(l) }}{% endfor %}'],
  ])('before it recurses without end: %s', (source) => {
    expect(run(source)).toBe('TEMPLATE_RECURSION')
  })
})
