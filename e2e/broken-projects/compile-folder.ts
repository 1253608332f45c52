import { resolve } from 'node:path'
import { templateVariable } from '../../packages/cli/src/configuration/environment.ts'
import { resolveTarget } from '../../packages/cli/src/configuration/resolve-target.ts'
import { compile, readProject, selectWithWarnings } from '../../packages/compiler/src/index.ts'
import {
  type Diagnostic,
  type ErrorDetails,
  hasErrors,
  type Json,
  StrataError,
} from '../../packages/core/src/index.ts'

/** What goes along with a project on the command line. */
export interface CommandLine {
  readonly target?: string
  readonly vars?: { readonly [name: string]: Json }
  readonly select?: string
  readonly exclude?: string
  readonly selector?: string
  readonly inline?: string
}

export interface Outcome {
  readonly diagnostics: readonly Diagnostic[]
  /** What was thrown for the user, as data; null: nothing was. */
  readonly refusal: ErrorDetails | null
  /** Names of the nodes that were selected, where the command line selects. */
  readonly selected: readonly string[] | null
  /** Milliseconds that reading and compiling took. */
  readonly elapsed: number
}

/** The environment of every broken project: nothing of the machine shows in what is expected. */
const environment = {
  USER: 'ada',
  DBT_REGION: 'north',
  STRATA_CI_ID: '7',
  SHOP_CURRENCY: 'EUR',
  HOME: '/home/ada',
  DATABASE_URL: 'postgresql://ada:s3cret-password@db.invalid/shop',
}

/** Reads, compiles and selects as the commands do. Throws what is no `StrataError`, for that is a bug. */
export async function compileFolder(directory: string, line: CommandLine): Promise<Outcome> {
  const started = performance.now()
  const elapsed = () => performance.now() - started
  const diagnostics: Diagnostic[] = []
  try {
    const sources = await readProject(resolve(directory))
    const { target } = resolveTarget(sources.project, line.target ?? 'default', environment, undefined)
    const compilation = compile(sources, {
      target,
      vars: line.vars ?? {},
      environmentVariable: (name) => templateVariable(environment, sources.project.environment, name),
      runStartedAt: new Date('2024-03-01T00:00:00Z'),
      invocationId: '00000000-0000-4000-8000-000000000000',
      fullRefresh: false,
      command: 'run',
      log: () => undefined,
      ...(line.inline === undefined ? {} : { inline: line.inline }),
    })
    diagnostics.push(...compilation.diagnostics)
    const selects = [line.select, line.exclude, line.selector].some((words) => words !== undefined)
    if (!selects || hasErrors(diagnostics))
      return { diagnostics, refusal: null, selected: null, elapsed: elapsed() }
    const { nodes } = selectWithWarnings(compilation.graph, {
      select: line.select === undefined ? [] : [line.select],
      exclude: line.exclude === undefined ? [] : [line.exclude],
      selector: line.selector,
      selectors: compilation.selectors,
    })
    return { diagnostics, refusal: null, selected: nodes.map(({ name }) => name), elapsed: elapsed() }
  } catch (cause) {
    if (!(cause instanceof StrataError)) throw cause
    const { code, message, hint } = cause
    return { diagnostics, refusal: { code, message, hint }, selected: null, elapsed: elapsed() }
  }
}
