import type { Json } from '@strata/core'
import { isTemplate } from './render-yaml.ts'

/** The template that calls a generic test with the arguments of its declaration. */
export function testTemplate(
  macro: string,
  subject: string,
  column: string | null,
  given: { readonly [name: string]: Json },
): string {
  const blocks: string[] = []
  const expressionOf = (value: Json): string => {
    if (typeof value === 'string') return textExpression(value, blocks)
    if (value === null) return 'none'
    if (typeof value !== 'object') return String(value)
    if (Array.isArray(value)) return `[${value.map(expressionOf).join(', ')}]`
    return `{${Object.entries(value)
      .map(([key, item]) => `${literal(key)}: ${expressionOf(item)}`)
      .join(', ')}}`
  }
  const named: [string, string][] = [['model', `get_where_subquery(${subject})`]]
  if (column !== null && !Object.hasOwn(given, 'column_name')) named.push(['column_name', literal(column)])
  for (const [name, value] of Object.entries(given))
    if (name !== 'model') named.push([name, expressionOf(value)])
  const call = `{{ ${macro}(${named.map(([name, value]) => `${name}=${value}`).join(', ')}) }}`
  return `${blocks.join('')}${call}`
}

/**
 * A text of a YAML file as an expression: a call of ref() or source() is that call, `{{ … }}` alone is what stands in it, and
 * any other template becomes a block before the call.
 */
function textExpression(text: string, blocks: string[]): string {
  if (/^\s*(ref|source|var|env_var|doc)\s*\(.+\)\s*$/s.test(text)) return `(${text.trim()})`
  if (!isTemplate(text)) return literal(text)
  const whole = /^\s*\{\{((?:(?!\}\}|\{\{).)*)\}\}\s*$/s.exec(text)
  if (whole !== null) return `(${whole[1]!.trim()})`
  const name = `strata_argument_${blocks.length}`
  blocks.push(`{% set ${name} %}${text}{% endset %}`)
  return name
}

/** A text as a template's string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`
}
