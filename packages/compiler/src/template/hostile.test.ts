import type { Diagnostic } from '@strata/core'
import { describe, expect, test } from 'vitest'
import { modules, parseTemplate, renderTemplate, type Value } from './index.ts'

const context = new Map<string, Value>([['modules', modules(() => 0n)]])

function complaint(source: string, stepLimit = 5_000_000): Diagnostic | string | null {
  const { template, diagnostics } = parseTemplate(source, 'm.sql')
  if (template === null) return diagnostics[0]!
  const result = renderTemplate(template, context, { stepLimit, undefinedIs: 'warning' })
  return result.text ?? result.diagnostics.at(-1)!
}

describe('a template reaches nothing through the modules', () => {
  test.each([
    'modules',
    'modules.datetime',
    'modules.datetime.datetime',
    'modules.datetime.datetime(2020, 1, 1)',
    'modules.datetime.timedelta(1)',
    'modules.re',
    "modules.re.compile('a')",
    "modules.re.match('a', 'a')",
    "modules.pytz.timezone('Europe/Berlin')",
    'modules.itertools.chain',
  ])('%s', (value) => {
    for (const name of ['constructor', '__proto__', '__class__', '__globals__', 'prototype', 'toString']) {
      expect(complaint(`{{ (${value}).${name} is defined }}`), name).toBe('False')
      expect(complaint(`{{ (${value})['${name}'] is defined }}`), name).toBe('False')
    }
    expect(complaint(`{{ '{0.__class__}'.format(${value}) }}`)).toBe('')
    expect(complaint(`{{ '{0.__class__.__mro__}'.format(${value}) }}`)).toMatchObject({
      code: 'TEMPLATE_UNDEFINED',
    })
  })

  test('nor through names that JavaScript treats specially', () => {
    expect(complaint("{{ fromyaml('__proto__: {x: 1}').x is defined }}")).toBe('False')
    expect(complaint("{{ modules.re.match('(?P<__proto__>a)', 'a').groupdict() }}")).toBe(
      "{'__proto__': 'a'}",
    )
    expect(complaint("{{ modules.pytz.timezone('__proto__') }}")).toMatchObject({ code: 'TEMPLATE_VALUE' })
  })
})

const attacks: readonly (readonly [source: string, code: string])[] = [
  ["{{ modules.re.match('(a+)+b', 'a' * 40) }}", 'TEMPLATE_STEP_LIMIT'],
  ["{{ modules.re.search('(.*a){20}', 'a' * 30 ~ 'b') }}", 'TEMPLATE_STEP_LIMIT'],
  ["{{ modules.re.match('(?:a|aa)+$', 'a' * 60 ~ 'b') }}", 'TEMPLATE_STEP_LIMIT'],
  ["{{ modules.re.match('(x+x+)+y', 'x' * 60) }}", 'TEMPLATE_STEP_LIMIT'],
  [
    "{% for i in range(1000) %}{{ modules.re.search('(a|b)*c', 'ab' * 500) }}{% endfor %}",
    'TEMPLATE_STEP_LIMIT',
  ],
  ['{{ modules.itertools.product(range(1000), repeat=3) }}', 'TEMPLATE_SIZE_LIMIT'],
  ['{{ modules.itertools.permutations(range(1000), 4) }}', 'TEMPLATE_SIZE_LIMIT'],
  ['{{ modules.itertools.repeat(1, 10 ** 9) }}', 'TEMPLATE_SIZE_LIMIT'],
  ['{{ modules.datetime.timedelta(days=10 ** 12) }}', 'TEMPLATE_VALUE'],
  ["{{ 'a'.zfill(10 ** 9) }}", 'TEMPLATE_SIZE_LIMIT'],
  ['{{ range(10 ** 9) }}', 'TEMPLATE_SIZE_LIMIT'],
  ['{% for i in range(60) %}{% filter center(10 ** 6) %}a{% endfilter %}{% endfor %}', 'TEMPLATE_SIZE_LIMIT'],
  ['{% set l = [1] %}{% for x in l %}{% do l.append(x) %}{% endfor %}', 'TEMPLATE_STEP_LIMIT'],
  [`{{ ${'('.repeat(10_000)}1${')'.repeat(10_000)} }}`, 'TEMPLATE_SYNTAX'],
  [`{{ ${'['.repeat(10_000)} }}`, 'TEMPLATE_SYNTAX'],
  [`{{ ${'not '.repeat(10_000)}1 }}`, 'TEMPLATE_SYNTAX'],
  [`{{ ${'-'.repeat(10_000)}1 }}`, 'TEMPLATE_SYNTAX'],
  [`{{ 1${' if 1 else 1'.repeat(10_000)} }}`, 'TEMPLATE_SYNTAX'],
  [`{{ 1${'.a'.repeat(50_000)} }}`, 'TEMPLATE_RECURSION'],
  [`{{ modules.re.match('${'('.repeat(5000)}', 'a') }}`, 'TEMPLATE_VALUE'],
  [
    "{{ fromyaml('a: &a [x, x]\\nb: &b [*a, *a]\\nc: &c [*b, *b]\\nd: ' ~ '[' * 5000, 'no') ~ nope.x }}",
    'TEMPLATE_UNDEFINED',
  ],
]

describe('a template that means harm stops, and says where', () => {
  test.each(attacks.map(([source, code]) => ({ title: source.slice(0, 60), source, code })))(
    '$title',
    ({ source, code }) => {
      expect(complaint(source)).toMatchObject({
        code,
        severity: 'error',
        location: { file: 'm.sql', line: 1 },
      })
    },
  )

  test('with the macros it came through', () => {
    const chain = Array.from(
      { length: 500 },
      (_, index) => `{% macro m${index}() %}{{ m${index + 1}() }}{% endmacro %}`,
    )
    const found = complaint(`${chain.join('\n')}\n{{ m0() }}`) as Diagnostic
    expect(found).toMatchObject({ code: 'TEMPLATE_RECURSION', location: { line: 200 } })
    expect(found.related).toHaveLength(10)
    expect(found.related!.at(-1)).toMatchObject({
      message: 'in macro "m0", called here',
      location: { line: 501 },
    })
  })

  test('long texts do not need a deep stack', () => {
    expect(complaint("{{ modules.re.sub('[^a]+', '-', 'ab' * 50000) | length }}")).toBe('100000')
    expect(complaint("{{ modules.re.match('.*b', 'a' * 100000 ~ 'b') is not none }}")).toBe('True')
  })
})
