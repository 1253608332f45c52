import type { Json } from '@strata/core'
import { TemplateError } from '../template/index.ts'
import { isPlain, nameOf } from './literal.ts'

/** Options of a model as plain data. Throws `TemplateError` for what YAML could not say. */
export function asConfig(options: unknown): { readonly [option: string]: Json } {
  if (typeof options !== 'object' || options === null || !isPlain(options))
    throw refusal(`${nameOf(options)} is no configuration`)
  return Object.fromEntries(Object.entries(options).map(([option, value]) => [option, asJson(value, option)]))
}

function asJson(value: unknown, path: string): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (Array.isArray(value)) return value.map((item, index) => asJson(item, `${path}[${index}]`))
  if (typeof value === 'object' && isPlain(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, asJson(item, `${path}.${key}`)]),
    )
  throw refusal(`the option ${path} is ${nameOf(value)}`)
}

function refusal(message: string): TemplateError {
  return new TemplateError(message, {
    code: 'TYPESCRIPT_CONFIG',
    hint: "Write options as plain data: { materialized: 'table', tags: ['daily'] }.",
  })
}
