import { type Diagnostic, type Location, StrataError } from '@strata/core'
import { holdsMarks } from '../resolve/fragments.ts'
import type { RenderScope } from '../resolve/render-scope.ts'
import { TemplateError } from '../template/index.ts'
import { asConfig } from './as-config.ts'
import { type ContextServices, createContext } from './create-context.ts'
import { describeThrown } from './describe-thrown.ts'
import { isQuery } from './is-query.ts'
import { nameOf } from './literal.ts'
import { queryText } from './query-text.ts'
import type { TypeScriptModel } from './typescript-model.ts'

interface Rendered {
  /** Null when there was an error. */
  readonly text: string | null
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Calls the function of a `.ts` model as a template is rendered: without the graph for what it refers to, with it for its SQL.
 * What its code does wrong is a diagnostic; throws what is no mistake of its own, such as the
 * signal of an ephemeral model, rendered on the way, that asks the database.
 */
export function renderTypeScript(
  model: TypeScriptModel,
  scope: RenderScope,
  services: ContextServices,
): Rendered {
  services.onCall()
  let passing: { readonly signal: unknown } | null = null
  const resolve: RenderScope['resolve'] = (reference) => {
    try {
      return scope.resolve(reference)
    } catch (thrown) {
      // The model's code could catch it.
      if (!(thrown instanceof StrataError)) passing = { signal: thrown }
      throw thrown
    }
  }
  let result: Rendered
  try {
    applyExportedConfig(model, scope)
    model.output.write = scope.log
    const context = createContext(model, { ...scope, resolve }, services)
    result = toText(model, model.query(context), scope)
  } catch (error) {
    result = { text: null, diagnostics: [ofThrown(error, model)] }
  }
  if (passing !== null) throw (passing as { readonly signal: unknown }).signal
  return result
}

function applyExportedConfig(model: TypeScriptModel, scope: RenderScope): void {
  if (model.config === undefined || scope.execute) return
  try {
    scope.configure(asConfig(model.config), model.configLocation)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const { code, hint, message } = error
    throw new TemplateError(message, { code, hint, location: model.configLocation })
  }
}

function toText(model: TypeScriptModel, result: unknown, scope: RenderScope): Rendered {
  if (isQuery(result)) {
    const text = queryText(result)
    // While drafting no increment has been marked, so that a mark is one that the code wrote.
    if (scope.execute || !holdsMarks(text)) return { text, diagnostics: [] }
    return failure(
      'RESERVED_CHARACTER',
      'the query holds the characters U+E0F0 or U+E0F1, which Strata uses for itself',
      'Remove them; they are private-use characters without a meaning of their own.',
      model.queryLocation,
    )
  }
  if (isPromise(result)) {
    // Nobody waits for it: a failure of it must not end the process.
    void Promise.resolve(result).catch(() => {})
    return failure(
      'TYPESCRIPT_RESULT',
      'the function of the model is asynchronous',
      'Return the query itself: a model may neither wait nor ask the database.',
      model.queryLocation,
    )
  }
  return failure(
    'TYPESCRIPT_RESULT',
    `the function of the model returns ${nameOf(result)}, not a query`,
    'Return sql`select …`; text that is SQL already becomes a query by raw(text).',
    model.queryLocation,
  )
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function ofThrown(error: unknown, model: TypeScriptModel): Diagnostic {
  const at = model.locate(error) ?? model.queryLocation
  if (error instanceof TemplateError) {
    const { code, message, hint, location = at } = error
    return { code, severity: 'error', message, ...(hint === undefined ? {} : { hint }), location }
  }
  return {
    code: 'TYPESCRIPT_MODEL',
    severity: 'error',
    message: `the model threw ${describeThrown(error)}`,
    hint: 'Correct the code; it is called before relations are known, and again when they are.',
    location: at,
  }
}

function failure(code: string, message: string, hint: string, location: Location): Rendered {
  return { text: null, diagnostics: [{ code, severity: 'error', message, hint, location }] }
}
