import type { Runtime } from '../evaluate/runtime.ts'
import type { Arguments, Value } from '../values/value.ts'

/** A method of one type of value: the tables of these are all that `value.name(...)` can reach. */
export type Method = (self: Value, args: Arguments, runtime: Runtime) => Value
