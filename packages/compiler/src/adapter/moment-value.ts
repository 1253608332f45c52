import { type HostArguments, modules, TemplateError, type Value } from '../template/index.ts'
import { isObject } from './bind-arguments.ts'

/** A date of Postgres as Python's; text where Python has no such date. */
export function dateValue(text: string): Value {
  return parse('date', text)
}

/** A timestamp, with or without time zone, as Python's datetime; text where Python has no such moment. */
export function datetimeValue(text: string): Value {
  return parse(
    'datetime',
    text
      .replace(/\.\d+/, (fraction) => fraction.padEnd(7, '0'))
      .replace(/:\d\d(?:\.\d+)?([+-]\d\d)$/, (whole) => `${whole}:00`),
  )
}

/** Python's library, of which only the reading of texts is used: no clock is asked. */
const library = modules(() => 0n)
const noKeywords: ReadonlyMap<string, Value> = new Map()

function parse(className: 'date' | 'datetime', text: string): Value {
  const read = member(member(member(library, 'datetime'), className), 'fromisoformat')
  if (typeof read !== 'object' || read === null || Array.isArray(read) || read.kind !== 'function')
    return text
  const args: HostArguments = {
    positional: [text],
    keyword: noKeywords,
    location: { file: '', line: 1, column: 1 },
    call: () => null,
    charge: () => undefined,
  }
  try {
    return read.call(args)
  } catch (thrown) {
    // `infinity`, a year before Christ or after 9999.
    if (thrown instanceof TemplateError) return text
    throw thrown
  }
}

function member(value: Value | undefined, name: string): Value | undefined {
  return isObject(value) ? value.attribute(name) : undefined
}
