import { asInteger, bind } from '../evaluate/bind.ts'
import type { Runtime } from '../evaluate/runtime.ts'
import { arithmetic } from '../operations/arithmetic.ts'
import { contains } from '../values/contains.ts'
import { equals } from '../values/equals.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { isFloat, isInteger, isNumber } from '../values/number.ts'
import { order } from '../values/order.ts'
import { print } from '../values/print.ts'
import type { Arguments, Value } from '../values/value.ts'

/** `value is name(args)` */
export type Test = (value: Value, args: Arguments, runtime: Runtime) => boolean

const equal = compared('eq', equals)
const unequal = compared('ne', (left, right) => !equals(left, right))
const less = compared('lt', (left, right) => order(left, right) < 0)
const lessOrEqual = compared('le', (left, right) => order(left, right) <= 0)
const greater = compared('gt', (left, right) => order(left, right) > 0)
const greaterOrEqual = compared('ge', (left, right) => order(left, right) >= 0)

const table: { readonly [name: string]: Test } = {
  defined: plain('defined', (value) => !isUndefined(value)),
  undefined: plain('undefined', isUndefined),
  none: plain('none', (value) => value === null),
  boolean: plain('boolean', (value) => typeof value === 'boolean'),
  true: plain('true', (value) => value === true),
  false: plain('false', (value) => value === false),
  integer: plain('integer', (value) => isInteger(value) && typeof value !== 'boolean'),
  float: plain('float', isFloat),
  number: plain('number', isNumber),
  string: plain('string', (value) => typeof value === 'string'),
  mapping: plain('mapping', (value) => kindOf(value) === 'dict' || isMappingObject(value)),
  sequence: plain('sequence', isSequence),
  iterable: plain('iterable', (value) => isUndefined(value) || isSequence(value) || kindOf(value) === 'set'),
  callable: plain('callable', isCallable),
  even: plain('even', (value) => equals(arithmetic('%', value, 2), 0)),
  odd: plain('odd', (value) => equals(arithmetic('%', value, 2), 1)),
  divisibleby: compared('divisibleby', (value, divisor) =>
    equals(arithmetic('%', value, asInteger(divisor, 1)), 0),
  ),
  lower: plain('lower', (value) => hasCase(print(value)) && print(value) === print(value).toLowerCase()),
  upper: plain('upper', (value) => hasCase(print(value)) && print(value) === print(value).toUpperCase()),
  escaped: plain('escaped', () => false),
  in: compared('in', (value, container) => contains(container, value)),
  sameas: compared(
    'sameas',
    (left, right) => left === right || (isFloat(left) && isFloat(right) && equals(left, right)),
  ),
  filter: (value, _args, runtime) => runtime.hasFilter(print(value)),
  test: (value) => tests.has(print(value)),
  eq: equal,
  equalto: equal,
  '==': equal,
  ne: unequal,
  '!=': unequal,
  lt: less,
  lessthan: less,
  '<': less,
  le: lessOrEqual,
  '<=': lessOrEqual,
  gt: greater,
  greaterthan: greater,
  '>': greater,
  ge: greaterOrEqual,
  '>=': greaterOrEqual,
}

/** Every test by its name. */
export const tests: ReadonlyMap<string, Test> = new Map(Object.entries(table))

function plain(name: string, holds: (value: Value) => boolean): Test {
  return (value, args) => {
    bind(args, name, [])
    return holds(value)
  }
}

function compared(name: string, holds: (value: Value, other: Value) => boolean): Test {
  return (value, args) => {
    const [other] = bind(args, name, ['other'], 1)
    return holds(value, other!)
  }
}

function kindOf(value: Value): string | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value.kind : null
}

/** As in Jinja, whatever has a length and items by key: text and dicts too. */
function isSequence(value: Value): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return true
  const kind = kindOf(value)
  if (kind === 'object') return (value as { iterate: unknown }).iterate !== null
  return kind === 'tuple' || kind === 'dict' || kind === 'undefined'
}

function isCallable(value: Value): boolean {
  const kind = kindOf(value)
  if (kind === 'object') return (value as { call: unknown }).call !== null
  return kind === 'macro' || kind === 'function' || kind === 'undefined'
}

function hasCase(text: string): boolean {
  return text.toLowerCase() !== text.toUpperCase()
}

/** A host object that stands for a mapping, as dbt's relations do. */
function isMappingObject(value: Value): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    value.kind === 'object' &&
    value.mapping
  )
}
