import { describe, expect, test } from 'vitest'
import cases from './differential-cases.json' with { type: 'json' }
import { modules, parseTemplate, renderTemplate, type Value } from './index.ts'

const context = new Map<string, Value>([
  ['modules', modules(() => BigInt(Date.parse('2024-02-29T12:34:56.789Z')) * 1000n)],
])

/** Each template with what dbt 1.11 (Jinja 3.1, Python 3.11) makes of it; null: an error. */
describe('a template renders as dbt renders it', () => {
  test.each(cases as [string, string | null][])('%s', (source, expected) => {
    const { template } = parseTemplate(source, 'models/m.sql')
    const text = template === null ? null : renderTemplate(template, context, { undefinedIs: 'warning' }).text
    expect(text).toBe(expected)
  })
})
