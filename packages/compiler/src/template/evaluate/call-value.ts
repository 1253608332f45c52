import type { Location } from '@strata/core'
import { ReturnSignal } from '../globals/return-signal.ts'
import { maxCallDepth } from '../limits.ts'
import { suggest } from '../suggest.ts'
import { locate } from '../syntax/locate.ts'
import { TemplateError, typeError } from '../template-error.ts'
import { nameValue, tracedValue, untraced } from '../trace/tracer.ts'
import { dict, tuple } from '../values/collections.ts'
import { given } from '../values/given.ts'
import { typeName } from '../values/type-name.ts'
import type { Arguments, HostArguments, Macro, Scope, Value } from '../values/value.ts'
import { evaluate } from './evaluate.ts'
import { createOutput, execute } from './execute.ts'
import { charge, noKeywords, type Runtime, undefinedValue } from './runtime.ts'
import { innerScope, rootScope } from './scope.ts'

/** `callee(args)`; the place of the call is what `runtime` points at. */
export function callValue(runtime: Runtime, callee: Value, args: Arguments): Value {
  if (runtime.onCall !== undefined && runtime.frames.length === 0) runtime.onCall(callee)
  if (typeof callee === 'object' && callee !== null && !Array.isArray(callee)) {
    switch (callee.kind) {
      case 'macro':
        return callMacro(runtime, callee, args)
      case 'function':
        return callHost(runtime, callee.call, args)
      case 'object':
        if (callee.call !== null) return callHost(runtime, callee.call, args)
        break
      case 'loop':
        if (callee.recurse === null) {
          throw new TemplateError('loop() goes into an inner list only in a recursive loop', {
            hint: 'Write `{% for x in items recursive %}`.',
          })
        }
        return callee.recurse(args.positional[0] ?? null)
      case 'undefined':
        throw callee.fault()
    }
  }
  throw typeError(`${typeName(callee)} cannot be called`)
}

function callHost(runtime: Runtime, call: (args: HostArguments) => Value, args: Arguments): Value {
  const { source } = runtime
  const depth = runtime.frames.length
  const result = call(new CallOfHost(runtime, args))
  // A host function may have called back and swallowed what was thrown there.
  runtime.frames.length = depth
  runtime.source = source
  if (runtime.tracer !== null) runtime.tracer.last = untraced(result)
  return result
}

/** A class, since objects with closures cost more than many of the functions that are called with them. */
class CallOfHost implements HostArguments {
  readonly positional: readonly Value[]
  readonly keyword: ReadonlyMap<string, Value>
  readonly #runtime: Runtime
  readonly #source: Runtime['source']
  readonly #at: number
  readonly #end: number

  constructor(runtime: Runtime, args: Arguments) {
    this.positional = args.positional
    this.keyword = args.keyword
    this.#runtime = runtime
    this.#source = runtime.source
    this.#at = runtime.at
    this.#end = runtime.end
  }

  get location(): Location {
    return locate(this.#source, this.#at, this.#end)
  }

  // Getters, so that a function may take them out of the arguments.
  get call(): HostArguments['call'] {
    return (callee, positional = [], keyword = noKeywords) =>
      this.#runtime.call(callee, { positional, keyword })
  }

  get charge(): HostArguments['charge'] {
    return (steps) => charge(this.#runtime, steps)
  }
}

function callMacro(runtime: Runtime, macro: Macro, args: Arguments): Value {
  const { frames, tracer, source, at, end } = runtime
  const depth = frames.length
  if (depth >= maxCallDepth) {
    throw new TemplateError(`${nameOf(macro)} is called more than ${maxCallDepth} levels deep`, {
      code: 'TEMPLATE_RECURSION',
      hint: 'Does it call itself without end?',
    })
  }
  const scope = macro.scope === null ? rootScope(runtime.context) : innerScope(macro.scope)
  const missing = bindParameters(runtime, macro, args, scope)
  frames.push({ name: nameOf(macro), source, at, end })
  runtime.source = macro.source
  const output = createOutput(runtime)
  let result: Value | undefined
  try {
    for (const parameter of missing) {
      const value = evaluate(parameter.default!, scope, runtime)
      scope.variables.set(parameter.name, value)
      if (tracer !== null) nameValue(tracer, scope.variables, parameter.name, tracedValue(tracer, value))
    }
    execute(macro.body, scope, runtime, output)
  } catch (signal) {
    // return() in a call block leaves the macro that was called with the block.
    if (!(signal instanceof ReturnSignal) || macro.tag === 'caller') throw signal
    result = signal.value
    if (tracer !== null) {
      const given = tracer.lastArguments?.positional[0]
      tracer.last = given?.text === result ? given : null
    }
  }
  frames.length = depth
  runtime.source = source
  runtime.at = at
  runtime.end = end
  if (result !== undefined) return result
  if (tracer !== null) tracer.last = output
  return output.text
}

function nameOf(macro: Macro): string {
  return macro.tag === 'caller' ? 'the call block' : `${macro.tag} "${macro.name}"`
}

/** Sets the parameters that were given; returns those whose defaults are still to be evaluated, in order. */
function bindParameters(runtime: Runtime, macro: Macro, args: Arguments, scope: Scope) {
  const { parameters, usesVarargs, usesKwargs, usesCaller } = macro.signature
  const { variables } = scope
  const missing: (typeof parameters)[number][] = []
  const used = new Set<string>()
  const traced = runtime.tracer?.arguments.get(args)
  for (const [index, parameter] of parameters.entries()) {
    const { name } = parameter
    const positional = args.positional[index]
    const keyword = args.keyword.get(name)
    if (keyword !== undefined) used.add(name)
    if (positional !== undefined && keyword !== undefined) {
      throw argumentError(`${nameOf(macro)} got two values for "${name}"`)
    }
    const value = positional === undefined ? keyword : positional
    if (value !== undefined) {
      variables.set(name, value)
      if (traced !== undefined)
        nameValue(
          runtime.tracer!,
          variables,
          name,
          traced.positional[index] ?? traced.keyword.get(name) ?? null,
        )
    } else if (parameter.default === null) {
      variables.set(name, undefinedValue(runtime, `parameter '${name}' was not provided`))
    } else missing.push(parameter)
  }
  const rest = args.positional.slice(parameters.length)
  if (usesVarargs) variables.set('varargs', tuple(rest))
  else if (rest.length > 0) {
    throw argumentError(
      `${nameOf(macro)} takes at most ${parameters.length} argument${parameters.length === 1 ? '' : 's'}, got ${args.positional.length}`,
    )
  }
  if (usesCaller && !used.has('caller')) {
    const caller = args.keyword.get('caller')
    variables.set(
      'caller',
      given(caller, () => undefinedValue(runtime, 'there is no caller: this is not a call block')),
    )
    used.add('caller')
  }
  const extra = [...args.keyword].filter(([name]) => !used.has(name))
  if (usesKwargs) variables.set('kwargs', dict(extra))
  else if (extra.length > 0) refuseKeyword(macro, extra[0]![0])
  return missing
}

function refuseKeyword(macro: Macro, name: string): never {
  if (name === 'caller') {
    throw argumentError(
      `${nameOf(macro)} takes no call block`,
      'It must print `{{ caller() }}` somewhere to be used with `{% call %}`.',
    )
  }
  const names = macro.signature.parameters.map((parameter) => parameter.name)
  throw argumentError(`${nameOf(macro)} takes no argument named "${name}"`, suggest(name, names))
}

function argumentError(message: string, hint?: string): TemplateError {
  return new TemplateError(message, { code: 'TEMPLATE_ARGUMENTS', hint })
}
