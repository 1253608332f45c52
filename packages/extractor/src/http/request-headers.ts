import { ConfigurationError } from '@strata/core'
import { acceptedEncodings } from './decompress.ts'
import { describePlace, type SourcePlace } from './source-failure.ts'

const ours = {
  accept: 'application/json',
  'accept-encoding': acceptedEncodings,
  'user-agent': 'strata',
}

/**
 * The headers of each request beside those by which the API knows us: what the connector declares, its `{place}`s filled
 * with the instance's parameters, over our own. Throws `ConfigurationError`.
 */
export function requestHeaders(place: SourcePlace): { readonly [name: string]: string } {
  const declared = Object.entries(place.connector.headers).map(
    ([name, value]) => [name, fill(place, name, value)] as const,
  )
  const names = new Set(declared.map(([name]) => name.toLowerCase()))
  return Object.fromEntries([...Object.entries(ours).filter(([name]) => !names.has(name)), ...declared])
}

/** Throws `ConfigurationError` for what no header can hold, such as a line break at the end of a key. */
export function headerValue(place: SourcePlace, what: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value
  throw new ConfigurationError({
    code: 'HEADER_INVALID',
    message: `${what} of ${describePlace(place)} holds a character that no header can hold`,
    hint: 'look for a line break or a letter beyond latin1 in it',
  })
}

function fill(place: SourcePlace, header: string, value: string): string {
  const filled = value.replace(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = place.instance.parameters[name]
    if (parameter !== undefined) return parameter
    throw new ConfigurationError({
      code: 'HEADER_INVALID',
      message: `the header ${header} of ${describePlace(place)} has a place {${name}}, but the instance has no such parameter`,
      hint: `add ${name} to the parameters: of the instance`,
    })
  })
  return headerValue(place, `the header ${header}`, filled)
}
