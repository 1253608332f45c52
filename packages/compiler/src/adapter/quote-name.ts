import { quoteIdentifier, quoteLiteral } from '@strata/core'
import { TemplateError } from '../template/index.ts'

/** Core's quoting, where a NUL character is the template's mistake and not ours. */
export function quoteName(identifier: string): string {
  return quoteIdentifier(withoutNul(identifier))
}

export function quoteText(value: string): string {
  return quoteLiteral(withoutNul(value))
}

function withoutNul(text: string): string {
  if (!text.includes('\0')) return text
  throw new TemplateError('names and texts in SQL cannot hold a NUL character')
}
