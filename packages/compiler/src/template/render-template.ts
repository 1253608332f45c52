import { type Diagnostic, type Location, StrataError } from '@strata/core'
import { attributeOf, subscriptOf } from './evaluate/attribute-of.ts'
import { callValue } from './evaluate/call-value.ts'
import { evaluate } from './evaluate/evaluate.ts'
import { createOutput, execute } from './evaluate/execute.ts'
import { charge, chargeSize, currentLocation, type Runtime } from './evaluate/runtime.ts'
import { rootScope } from './evaluate/scope.ts'
import { filters } from './filters/filters.ts'
import { tests } from './filters/tests.ts'
import { ReturnSignal } from './globals/return-signal.ts'
import { defaultStepLimit } from './limits.ts'
import { suggest } from './suggest.ts'
import { locate } from './syntax/locate.ts'
import type { Template } from './syntax/template.ts'
import { TemplateError } from './template-error.ts'
import type { Piece } from './trace/traced-text.ts'
import { createTracer } from './trace/tracer.ts'
import type { TemplateContext, Value } from './values/value.ts'

export interface RenderOptions {
  /** Evaluation steps after which rendering stops with `TEMPLATE_STEP_LIMIT`. Default: ten million. */
  readonly stepLimit?: number
  /**
   * What printing an undefined name is. `error` (the default) stops; `warning` prints nothing and goes on, as dbt does
   * without saying so. Computing with it or calling it is an error in both.
   */
  readonly undefinedIs?: 'error' | 'warning'
  /** Told what the template itself calls, and not what its macros call. */
  readonly onCall?: ((callee: Value) => void) | undefined
  /** Note where each part of the text was written. Default: false. */
  readonly trace?: boolean | undefined
}

export interface RenderResult {
  /** Null when there was an error. */
  readonly text: string | null
  readonly diagnostics: readonly Diagnostic[]
  /** Where `text` was written, in order and without gaps; null: there is none, or it was not asked for. */
  readonly pieces?: readonly Piece[] | null
}

/**
 * Renders a template: synchronous, and without effect beyond what the host functions of the context do. Never throws
 * on what a user wrote; an error that is not a `StrataError`, thrown by a host function, passes through.
 */
export function renderTemplate(
  template: Template,
  context: TemplateContext,
  options: RenderOptions = {},
): RenderResult {
  const runtime = createRuntime(template, context, options)
  const output = createOutput(runtime)
  try {
    execute(template.body, rootScope(context), runtime, output)
    return { text: output.text, diagnostics: runtime.diagnostics, pieces: output.pieces }
  } catch (thrown) {
    return { text: null, diagnostics: [...runtime.diagnostics, diagnose(thrown, runtime)] }
  }
}

export interface EvaluateResult {
  /** Undefined when there was an error. */
  readonly value: Value | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * The value of a template that is one `{{ expression }}` and nothing else, and the text of any other: how values in YAML
 * files are read. Otherwise as `renderTemplate`.
 */
export function evaluateTemplate(
  template: Template,
  context: TemplateContext,
  options: RenderOptions = {},
): EvaluateResult {
  const [only, ...rest] = template.body
  if (only?.kind !== 'output' || rest.length > 0) {
    const { text, diagnostics } = renderTemplate(template, context, options)
    return { value: text ?? undefined, diagnostics }
  }
  const runtime = createRuntime(template, context, options)
  try {
    const value = evaluate(only.expression, rootScope(context), runtime)
    return { value, diagnostics: runtime.diagnostics }
  } catch (thrown) {
    return { value: undefined, diagnostics: [...runtime.diagnostics, diagnose(thrown, runtime)] }
  }
}

function createRuntime(template: Template, context: TemplateContext, options: RenderOptions): Runtime {
  const runtime: Runtime = {
    context,
    stepLimit: options.stepLimit ?? defaultStepLimit,
    undefinedIs: options.undefinedIs ?? 'error',
    onCall: options.onCall,
    tracer: options.trace === true ? createTracer() : null,
    diagnostics: [],
    frames: [],
    steps: 0,
    source: template.source,
    at: 0,
    end: 0,
    call: (callee, args) => callValue(runtime, callee, args),
    attribute: (target, name) => attributeOf(runtime, target, name),
    subscript: (target, key) => subscriptOf(runtime, target, key),
    hasFilter: (name) => filters.has(name),
    applyFilter(name, value, args) {
      charge(runtime, 1)
      if (typeof value === 'string') chargeSize(runtime, value)
      const filter = filters.get(name)
      if (filter !== undefined) return filter(value, args, runtime)
      throw unknown('filter', name, filters.keys())
    },
    applyTest(name, value, args) {
      charge(runtime, 1)
      if (typeof value === 'string') chargeSize(runtime, value)
      const test = tests.get(name)
      if (test !== undefined) return test(value, args, runtime)
      throw unknown('test', name, tests.keys())
    },
  }
  return runtime
}

function unknown(what: 'filter' | 'test', name: string, known: Iterable<string>): TemplateError {
  return new TemplateError(`there is no ${what} "${name}"`, {
    code: what === 'filter' ? 'TEMPLATE_UNKNOWN_FILTER' : 'TEMPLATE_UNKNOWN_TEST',
    hint: suggest(name, known),
  })
}

/** The diagnostic of what was thrown, with the calls it came through, innermost first. */
function diagnose(thrown: unknown, runtime: Runtime): Diagnostic {
  const error = asStrataError(thrown)
  if (error === null) throw thrown
  const own = error instanceof TemplateError ? error : null
  const related = [...(own?.related ?? []), ...trace(runtime)]
  return {
    code: error.code,
    severity: 'error',
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    location: own?.location ?? currentLocation(runtime),
    ...(related.length === 0 ? {} : { related }),
  }
}

/** The calls, innermost first. A call that came again and again (a macro that calls itself) is told once. */
function trace(runtime: Runtime): NonNullable<Diagnostic['related']> {
  const calls: { message: string; location: Location; key: string }[] = []
  for (const { name, source, at, end } of [...runtime.frames].reverse()) {
    const key = `${source.file}:${at}`
    if (calls.at(-1)?.key === key) continue
    calls.push({ message: `in ${name}, called here`, location: locate(source, at, end), key })
  }
  // A deep recursion is told by its ends.
  const shown = calls.length > 10 ? [...calls.slice(0, 5), ...calls.slice(-5)] : calls
  return shown.map(({ message, location }) => ({ message, location }))
}

function asStrataError(thrown: unknown): StrataError | null {
  if (thrown instanceof StrataError) return thrown
  if (thrown instanceof ReturnSignal) {
    return new TemplateError('return() stands outside of any macro', {
      code: 'TEMPLATE_RETURN_OUTSIDE_MACRO',
    })
  }
  if (thrown instanceof RangeError && thrown.message.includes('call stack')) {
    return new TemplateError('this template is nested too deep', { code: 'TEMPLATE_RECURSION' })
  }
  if (thrown instanceof RangeError && thrown.message.includes('string length')) {
    return new TemplateError('text that is too long', { code: 'TEMPLATE_SIZE_LIMIT' })
  }
  return null
}
