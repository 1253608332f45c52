import type { Value } from '../values/value.ts'

/** Thrown by `return()`, caught by the macro around it. Not an error, so it carries no stack. */
export class ReturnSignal {
  readonly value: Value

  constructor(value: Value) {
    this.value = value
  }
}
