import type { Diagnostic, Location } from '@strata/core'
import { locate } from '../syntax/locate.ts'
import type { SourceText } from '../syntax/template.ts'
import { TemplateError } from '../template-error.ts'
import type { Tracer } from '../trace/tracer.ts'
import type { Arguments, TemplateContext, Undefined, Value } from '../values/value.ts'

/** A macro being called: where the call stands. */
export interface Frame {
  /** `macro "cents"`, `call block`, `loop` */
  readonly name: string
  readonly source: SourceText
  readonly at: number
  readonly end: number
}

/** The state of one render. */
export interface Runtime {
  readonly context: TemplateContext
  readonly stepLimit: number
  readonly undefinedIs: 'error' | 'warning'
  readonly onCall: ((callee: Value) => void) | undefined
  readonly diagnostics: Diagnostic[]
  /** Null: nobody asks where the text came from. */
  readonly tracer: Tracer | null
  readonly frames: Frame[]
  steps: number
  /** What is being evaluated: the place of the error, should there be one. */
  source: SourceText
  at: number
  end: number
  readonly call: (callee: Value, args: Arguments) => Value
  readonly attribute: (target: Value, name: string) => Value
  readonly subscript: (target: Value, key: Value) => Value
  readonly applyFilter: (name: string, value: Value, args: Arguments) => Value
  readonly hasFilter: (name: string) => boolean
  readonly applyTest: (name: string, value: Value, args: Arguments) => boolean
}

export const noKeywords: ReadonlyMap<string, Value> = new Map()
export const noArguments: Arguments = { positional: [], keyword: noKeywords }

/** Counts work against the step limit; what goes through many items at once counts them. */
export function charge(runtime: Runtime, steps: number): void {
  runtime.steps += steps
  if (runtime.steps > runtime.stepLimit) {
    throw new TemplateError(`rendering took more than ${runtime.stepLimit} steps`, {
      code: 'TEMPLATE_STEP_LIMIT',
      hint: 'Look for a loop over too many items, or one inside another.',
    })
  }
}

/** Work that goes through a whole text or list at once counts by its size. */
export function chargeSize(runtime: Runtime, value: Value): void {
  if (typeof value === 'string') {
    if (value.length > 64) charge(runtime, value.length >> 5)
  } else if (Array.isArray(value)) charge(runtime, value.length)
}

export function currentLocation(runtime: Runtime): Location {
  return locate(runtime.source, runtime.at, runtime.end)
}

/** What a name, attribute or item that is not there gives. Errors about it point to where it was asked for. */
export function undefinedValue(
  runtime: Runtime,
  message: string,
  hint: () => string | undefined = () => undefined,
): Undefined {
  const { source, at, end } = runtime
  const fault = (): TemplateError => {
    const elsewhere = runtime.source !== source
    return new TemplateError(message, {
      code: 'TEMPLATE_UNDEFINED',
      hint: hint(),
      location: locate(source, at, end),
      ...(elsewhere ? { related: [{ message: 'used here', location: currentLocation(runtime) }] } : {}),
    })
  }
  const use = (as: 'text' | 'empty'): void => {
    if (runtime.undefinedIs === 'error') throw fault()
    if (as === 'empty') return
    const location = locate(source, at, end)
    const known = runtime.diagnostics.some(
      (other) =>
        other.message === message &&
        other.location.file === location.file &&
        other.location.line === location.line &&
        other.location.column === location.column,
    )
    const advice = hint()
    const hinted = advice === undefined ? {} : { hint: advice }
    if (!known) {
      runtime.diagnostics.push({
        code: 'TEMPLATE_UNDEFINED',
        severity: 'warning',
        message,
        ...hinted,
        location,
      })
    }
  }
  return { kind: 'undefined', message, fault, use }
}

/** Prints as nothing, without complaint: `{{ 'x' if false }}`. */
export function silentUndefined(runtime: Runtime, message: string): Undefined {
  return { ...undefinedValue(runtime, message), use: () => undefined }
}
