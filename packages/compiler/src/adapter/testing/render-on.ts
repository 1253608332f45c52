import type { Answer, Queryable, Target } from '@strata/core'
import type { SourceText } from '../../project/project-file.ts'
import { readBuiltinMacros } from '../../read-project.ts'
import {
  collectMacros,
  hostFunction,
  hostObject,
  type Macro,
  macroValue,
  parseTemplate,
  renderTemplate,
  TemplateError,
  type Value,
} from '../../template/index.ts'
import type { AdapterHost } from '../adapter-host.ts'
import { adapterValue } from '../adapter-value.ts'
import { apiValue } from '../api-value.ts'
import { exceptionsValue, tryOrCompilerError } from '../exceptions.ts'
import { flagsValue } from '../flags.ts'
import { statementFunctions } from '../statement-functions.ts'

export interface RenderOnOptions {
  readonly execute?: boolean
  readonly names?: { readonly [name: string]: Value }
  readonly config?: { readonly [option: string]: Value }
  readonly target?: Partial<Target>
  readonly behavior?: readonly string[]
}

export interface Rendered {
  readonly text: string
  /** The SQL that was asked, in order. */
  readonly asked: readonly string[]
  readonly printed: readonly string[]
  readonly warned: readonly string[]
}

const target: Target = {
  name: 'dev',
  database: '',
  prefix: 'dev_',
  defaultSchema: 'silver',
  landingSchema: 'bronze',
  extract: false,
  threads: 1,
}

/** Thrown through a render for what is not answered yet. */
class Unanswered {
  readonly sql: string

  constructor(sql: string) {
    this.sql = sql
  }
}

/** Renders a template with the built-in macros, anew for each question that it asks; throws its first diagnostic. */
export async function renderOn(
  database: Queryable,
  text: string,
  options: RenderOnOptions = {},
): Promise<Rendered> {
  const answers: { readonly sql: string; readonly answer: Answer }[] = []
  for (;;) {
    try {
      return { ...renderOnce(text, options, answers), asked: answers.map(({ sql }) => sql) }
    } catch (thrown) {
      if (!(thrown instanceof Unanswered)) throw thrown
      const { rows, rowCount, fields } = await database.query<Record<string, unknown>>(thrown.sql)
      const answer = {
        columns: fields,
        rows: rows.map((row) => fields.map(({ name }) => row[name])),
        rowCount,
      }
      answers.push({ sql: thrown.sql, answer })
    }
  }
}

/** The same without a database: a question is an error. */
export function renderAlone(text: string, options: RenderOnOptions = {}): Omit<Rendered, 'asked'> {
  return renderOnce(text, options, [])
}

function renderOnce(
  text: string,
  options: RenderOnOptions,
  answers: readonly { readonly sql: string; readonly answer: Answer }[],
): Omit<Rendered, 'asked'> {
  const printed: string[] = []
  const warned: string[] = []
  let next = 0
  const host: AdapterHost = {
    execute: options.execute ?? true,
    target: { ...target, ...options.target },
    ask(sql) {
      const known = answers[next++]
      if (known === undefined) throw new Unanswered(sql)
      return known.answer
    },
    dispatch: (name) => {
      const macro = macros.get(`postgres__${name}`) ?? macros.get(`default__${name}`)
      if (macro === undefined) throw new TemplateError(`nothing to dispatch ${name} to`)
      return macro
    },
    behavior: (name) => options.behavior?.includes(name) ?? false,
    print: (line) => void printed.push(line),
  }
  const context = new Map<string, Value>([
    ...macros,
    ['dbt', hostObject({ type: 'package', attribute: (name) => macros.get(name) })],
    ...statementFunctions(host),
    ['adapter', adapterValue(host)],
    ['api', apiValue()],
    ['exceptions', exceptionsValue({ warn: (message) => void warned.push(message) })],
    ['try_or_compiler_error', tryOrCompilerError],
    ['flags', flagsValue({ fullRefresh: false, which: 'run' })],
    ['config', configOf(options.config ?? {})],
    ['execute', host.execute],
    ['strata_tally', hostFunction('strata_tally', ({ positional }) => positional[0] ?? '')],
    [
      'target',
      hostObject({
        type: 'target',
        attributes: { name: 'dev', schema: 'dev_silver', prefix: 'dev_', database: 'lake' },
      }),
    ],
    ...Object.entries(options.names ?? {}),
  ])
  const parsed = parseTemplate(text, 'models/m.sql')
  const complaint = parsed.diagnostics[0]
  if (parsed.template === null) throw new TemplateError(complaint?.message ?? 'no template')
  const rendered = renderTemplate(parsed.template, context, { undefinedIs: 'warning' })
  if (rendered.text === null) {
    const { code, message, hint } = rendered.diagnostics.at(-1)!
    throw new TemplateError(message, { code, hint })
  }
  return { text: rendered.text.trim(), printed, warned }
}

function configOf(options: { readonly [option: string]: Value }): Value {
  return hostObject({
    type: 'config',
    attributes: {
      get: hostFunction(
        'get',
        (args) =>
          options[String(args.positional[0])] ?? args.positional[1] ?? args.keyword.get('default') ?? null,
      ),
    },
  })
}

const macros: ReadonlyMap<string, Macro> = parseMacros(await readBuiltinMacros())

function parseMacros(files: readonly SourceText[]): Map<string, Macro> {
  const found = new Map<string, Macro>()
  for (const { path, text } of files) {
    const { template, diagnostics } = parseTemplate(text, path)
    if (template === null)
      throw new Error(`${path}: ${diagnostics[0]?.message} line ${diagnostics[0]?.location.line}`)
    for (const block of collectMacros(template)) {
      found.set(block.tag === 'test' ? `test_${block.name}` : block.name, macroValue(template, block))
    }
  }
  return found
}
