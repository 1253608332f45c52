import {
  type Answer,
  type CompiledSelect,
  ConfigurationError,
  type Diagnostic,
  displayLocation,
  type Json,
  type Location,
  type NodeId,
  type Question,
  type RelationName,
  StrataError,
} from '@strata/core'
import { fromJson, hostFunction, hostObject, TemplateError, type Value } from '../template/index.ts'
import { type Asked, AskSignal, answering } from './ask.ts'
import { draftFile } from './draft.ts'
import { resolveEdges } from './edges.ts'
import { relocated } from './relocated.ts'
import { ephemeralHere, renderHook } from './render-hook.ts'
import { renderLate } from './render-node.ts'
import type { CompileSettings } from './render-scope.ts'
import type { Renderable, RenderServices, StandIns } from './renderable.ts'
import type { Renderer } from './renderer.ts'
import { yamlScope } from './scopes.ts'
import type { TemplateBatch } from './template-batch.ts'

/** Answers a question of a template. */
export type Ask = (question: Question) => Promise<Answer>

/**
 * Renders what asks the database, when its turn comes. A template is rendered again after each answer, with all answers so
 * far, until it asks nothing more; what it logs is told once. Throws `StrataError` for a mistake in a template.
 */
export interface LateRenderer {
  /**
   * The SELECT of a late node in one of its forms; that of a model in batches, for one of them. `instead`: what it finds where
   * it refers to a node.
   */
  select(
    id: NodeId,
    isIncremental: boolean,
    ask: Ask,
    batch?: TemplateBatch,
    instead?: { readonly of: NodeId; readonly relation: RelationName },
  ): Promise<CompiledSelect>
  /** A hook of a model or seed; `isIncremental` says whether its step takes an increment. */
  hook(id: NodeId, template: string, isIncremental: boolean, ask: Ask): Promise<string>
  /** A hook before or after a run; `names` are the further names that it sees, `location` is where it is declared. */
  runHook(
    packageName: string,
    template: string,
    names: { readonly [name: string]: Json },
    ask: Ask,
    location?: Location,
  ): Promise<string>
  /** Calls a macro by its name, `macro` or `package.macro`; resolves with what it returned or printed. */
  operation(macro: string, args: { readonly [name: string]: Json }, ask: Ask): Promise<string>
  /** SQL with templates, such as `--inline`. */
  text(template: string, ask: Ask): Promise<string>
}

export function createLateRenderer(
  rootName: string,
  renderables: ReadonlyMap<NodeId, Renderable>,
  services: RenderServices,
  settings: CompileSettings,
): LateRenderer {
  const { renderer, references } = services
  const asking = <T>(ask: Ask, render: (asked: readonly Asked[], log: (message: string) => void) => T) =>
    answered(renderer, settings.log, ask, render)
  const findNode = (id: NodeId) => {
    const node = renderables.get(id)
    if (node === undefined) throw new Error(`there is no template of ${id}`)
    return node
  }
  const renderText = (
    packageName: string,
    path: string,
    text: string,
    names: ReadonlyMap<string, Value>,
    asked: readonly Asked[],
    log: (message: string) => void,
  ) => {
    const parsed = renderer.parse({ path, text })
    if (parsed.template === null) return { text: '', diagnostics: parsed.diagnostics }
    const viewer = { packageName, group: null }
    return renderer.render(parsed.template, {
      ...yamlScope(packageName),
      execute: true,
      config: {},
      names,
      log,
      ask: answering(asked),
      resolve(reference) {
        const found = references.find(reference, viewer)
        if (found?.ephemeral) throw ephemeralHere(found.name)
        if (found !== null) return { ...found.relation, cte: false }
        const complaint = references.complain(reference, viewer)
        throw new TemplateError(complaint?.message ?? 'unknown reference', {
          code: complaint?.code,
          hint: complaint?.hint,
        })
      },
    })
  }
  const inlineNode = (text: string): Renderable => {
    const { draft, diagnostics } = draftFile({ path: '--inline', text }, rootName, renderer)
    refuseErrors(diagnostics)
    const viewer = { packageName: rootName, group: null }
    refuseErrors(resolveEdges(draft!, viewer, false, references).diagnostics)
    const nothing = { self: null, incremental: false, model: () => null }
    return { ...nothing, id: `inline.${rootName}`, draft: draft!, viewer, config: draft!.config }
  }
  const exists = (macro: string): boolean => {
    const [namespace, name] = macro.includes('.') ? macro.split('.') : [null, macro]
    const { find, findBuiltin, findIn } = renderer.macros
    return (
      (namespace === null ? (find(rootName, name!) ?? findBuiltin(name!)) : findIn(namespace!, name!)) !==
      undefined
    )
  }
  const unknownMacro = (macro: string): ConfigurationError =>
    new ConfigurationError({
      code: 'UNKNOWN_MACRO',
      message: `there is no macro "${macro}"`,
      hint:
        renderer.macros.suggest(rootName, macro.slice(macro.indexOf('.') + 1), '') ??
        'Name one of the project (name), or of a package (package.name).',
    })

  return {
    select: (id, isIncremental, ask, batch, instead) =>
      asking(ask, (asked, log) => {
        const own = {
          ...services,
          log,
          batch,
          ...(instead === undefined ? {} : { standIns: standingIn(instead) }),
        }
        const rendered = renderLate(findNode(id), isIncremental, asked, own)
        refuseErrors(rendered.diagnostics)
        return rendered.select
      }),
    hook: (id, template, isIncremental, ask) =>
      asking(ask, (asked, log) => {
        const rendered = renderHook(template, findNode(id), asked, { ...services, log }, isIncremental)
        refuseErrors(rendered.diagnostics)
        return rendered.text
      }),
    runHook: (packageName, template, names, ask, location = { file: 'hook', line: 1, column: 1 }) =>
      asking(ask, (asked, log) => {
        const values = new Map(
          Object.entries(names).map(([name, value]) => [
            name,
            name === 'results' && Array.isArray(value) ? value.map(resultValue) : fromJson(value),
          ]),
        )
        const rendered = renderText(packageName, location.file, template, values, asked, log)
        refuseErrors(
          rendered.diagnostics.map((one) =>
            relocated({ ...one, message: `in a hook of the run: ${one.message}` }, location),
          ),
        )
        return (rendered.text ?? '').trim()
      }),
    operation: (macro, args, ask) =>
      asking(ask, (asked, log) => {
        if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/.test(macro) || !exists(macro)) throw unknownMacro(macro)
        const names = new Map(Object.entries(args).map(([name, value]) => [name, fromJson(value)]))
        const given = Object.keys(args).map((name) => `${name}=${name}`)
        const rendered = renderText(
          rootName,
          'run-operation',
          `{{ ${macro}(${given.join(', ')}) }}`,
          names,
          asked,
          log,
        )
        refuseErrors(rendered.diagnostics)
        return rendered.text ?? ''
      }),
    text: (template, ask) =>
      asking(ask, (asked, log) => {
        const rendered = renderLate(inlineNode(template), false, asked, { ...services, log })
        refuseErrors(rendered.diagnostics)
        return rendered.select.full
      }),
  }
}

function standingIn(instead: { readonly of: NodeId; readonly relation: RelationName }): StandIns {
  return {
    relation: ({ id }) => (id === instead.of ? { ...instead.relation, cte: false } : null),
    self: ({ self }) => self,
    overrides: { macros: {}, values: new Map(), vars: {}, environment: {} },
  }
}

/** How a node ended, as hooks see it: an object with fields, and all of them by `to_dict()`. */
function resultValue(result: Json): Value {
  const fields = result as { readonly [name: string]: Json }
  const fieldOf = (name: string): Value | undefined => {
    if (!Object.hasOwn(fields, name)) return undefined
    const value = fields[name]!
    if (name === 'timing' && Array.isArray(value)) return value.map(resultValue)
    return name === 'node' && typeof value === 'object' && value !== null
      ? resultValue(value)
      : fromJson(value)
  }
  return hostObject({
    type: 'result',
    mapping: true,
    attribute: (name) => fieldOf(name),
    item: (key) =>
      typeof key === 'string' && Object.hasOwn(fields, key) ? fromJson(fields[key]!) : undefined,
    names: () => Object.keys(fields),
    attributes: {
      to_dict: hostFunction('to_dict', () => fromJson(fields)),
      get: hostFunction('get', ({ positional: [key, otherwise] }) =>
        typeof key === 'string' ? (fieldOf(key) ?? otherwise ?? null) : null,
      ),
    },
    text: () => `${String(fields['unique_id'])} ${String(fields['status'])}`,
  })
}

/** Renders until nothing more is asked. */
export async function answered<T>(
  { repeating }: Renderer,
  log: (message: string) => void,
  ask: Ask,
  render: (asked: readonly Asked[], log: (message: string) => void) => T,
): Promise<T> {
  const asked: Asked[] = []
  const attempt = repeating()
  let told = 0
  for (;;) {
    let count = 0
    // Each render says again what the one before it said.
    const logOnce = (message: string) => {
      if (count++ < told) return
      told++
      log(message)
    }
    try {
      return attempt(() => render(asked, logOnce))
    } catch (signal) {
      if (!(signal instanceof AskSignal)) throw signal
      asked.push({ question: signal.question, answer: await ask(signal.question) })
    }
  }
}

/** Throws `StrataError` for the first error. */
export function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const error = diagnostics.find((diagnostic) => diagnostic.severity === 'error')
  if (error === undefined) return
  throw new StrataError({
    code: error.code,
    message: [
      `${displayLocation(error.location)}: ${error.message}`,
      ...(error.related ?? []).map(({ message, location }) => `${displayLocation(location)}: ${message}`),
    ].join('\n'),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })
}
