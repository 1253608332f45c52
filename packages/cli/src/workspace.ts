import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  type ProjectFile,
  type ProjectSources,
  type Recompilation,
  readProject,
  recompile,
} from '@strata/compiler'
import {
  type ArtifactMetadata,
  ConfigurationError,
  type Diagnostic,
  hasErrors,
  type Json,
  type NodeId,
  type RelationName,
} from '@strata/core'
import { parse as parseYaml } from 'yaml'
import { readCompileCache, writeCompileCache } from './compile-cache-file.ts'
import { artifactEnvironment } from './configuration/artifact-environment.ts'
import { type Environment, readEnvironment, templateVariable } from './configuration/environment.ts'
import { profilesNote } from './configuration/profiles-note.ts'
import { type ResolvedTarget, resolveTarget } from './configuration/resolve-target.ts'
import type { CommonOptions, Invocation } from './invocation.ts'
import { isAnyReal, isSimulatedUnasked } from './job-sources.ts'
import { createJsonReporter } from './reporters/json.ts'
import { createPlainReporter } from './reporters/plain.ts'
import type { Reporter } from './reporters/reporter.ts'
import { holdsSimulated, simulatedDay } from './simulated-day.ts'

/** A project read and compiled for one target: what every command starts from. */
export interface Workspace extends ResolvedTarget {
  readonly directory: string
  readonly project: ProjectFile
  readonly sources: ProjectSources
  readonly environment: Environment
  readonly compilation: Recompilation
  readonly metadata: ArtifactMetadata
  readonly reporter: Reporter
  /** What a person should know of the configuration before a run; none for machines. */
  readonly notes: readonly string[]
  /** Ids of the nodes that the command works on, for templates that ask; empty until they are known. */
  readonly selected: string[]
  /** Warnings that wait for the selection: see `tellWarnings`. */
  readonly untold: Diagnostic[]
  /** Compiles the project once more; nothing of that is kept, and what it complains of has been told. */
  compileAgain(change: CompileChange): Recompilation
}

export interface CompileChange {
  readonly target?: ResolvedTarget
  /** Relations that references to these nodes lead to, in the place of their own. */
  readonly deferred?: ReadonlyMap<NodeId, RelationName>
}

/**
 * Reads and compiles the project and reports its diagnostics; null when there is an error among them, for a typo must
 * never cost an extraction.
 */
export async function openWorkspace(
  invocation: Invocation,
  options: CommonOptions & { readonly simulate?: readonly string[] },
  settings: {
    readonly command?: string
    readonly fullRefresh?: boolean
    /** Data tests keep their failing rows unless they say otherwise. */
    readonly storeFailures?: boolean
    readonly inline?: string
    /** The selection is known later, and `tellWarnings` is called then. Default: false. */
    readonly keepsWarnings?: boolean
  } = {},
): Promise<Workspace | null> {
  const directory = resolve(invocation.workingDirectory, options.projectDir ?? '.')
  const sources = await readProject(directory)
  const environment = readEnvironment(directory, invocation.processEnvironment)
  const resolved = resolveTarget(sources.project, options.target, environment, options.threads)
  const reporter = await createReporter(invocation, options, directory)
  const startedAt = invocation.clock()
  const metadata: ArtifactMetadata = {
    generatedAt: startedAt.toISOString(),
    invocationId: randomUUID(),
    strataVersion: invocation.version,
    database: resolved.target.database,
    environment: artifactEnvironment(environment),
  }
  const selected: string[] = []
  const cacheName = `${resolved.target.name}-${resolved.target.prefix}`
  const given = parseVars(options.vars)
  const simulatedVars = async () => ({ simulated_at: await simulatedDay(directory) })
  let simulated: Awaited<ReturnType<typeof simulatedVars>> | null = null
  const optionsFor = ({ target, databaseUrl }: ResolvedTarget) => ({
    target,
    vars: { ...(simulated !== null && undeclared(simulated, sources.project)), ...given },
    environmentVariable: (name: string) => templateVariable(environment, sources.project.environment, name),
    runStartedAt: startedAt,
    invocationId: metadata.invocationId,
    fullRefresh: settings.fullRefresh ?? false,
    storeFailures: settings.storeFailures ?? false,
    ...(databaseUrl === null ? {} : { connection: connectionOf(databaseUrl) }),
    version: invocation.version,
    command: settings.command ?? 'run',
    selectedResources: () => selected,
    log: (message: string) => invocation.terminal.err(message),
    ...(settings.inline === undefined ? {} : { inline: settings.inline }),
  })
  const compileKept = () =>
    recompile(sources, { ...optionsFor(resolved), kept: readCompileCache(directory, cacheName) })
  const isNamed = (options.simulate ?? []).length > 0
  if (isNamed || (await holdsSimulated(directory, resolved))) simulated = await simulatedVars()
  let compilation = compileKept()
  // What is simulated without being asked for is known from the sources alone; before the first landing that is news.
  const isSimulated =
    isNamed ||
    isSimulatedUnasked(compilation.graph, environment, resolved) ||
    (simulated !== null && !isAnyReal(compilation.graph, environment))
  if (isSimulated !== (simulated !== null)) {
    simulated = isSimulated ? await simulatedVars() : null
    compilation = compileKept()
  }
  writeCompileCache(directory, cacheName, compilation.keep())
  const { diagnostics } = compilation
  // A machine sorts them itself.
  const keepsWarnings = settings.keepsWarnings === true && !hasErrors(diagnostics) && !options.json
  if (diagnostics.length > 0 && !keepsWarnings) reporter.diagnostics(diagnostics)
  if (hasErrors(diagnostics)) return null
  const note = options.json || options.quiet ? null : profilesNote(directory, sources.project, resolved)
  return {
    ...resolved,
    notes: note === null ? [] : [note],
    directory,
    project: sources.project,
    sources,
    environment,
    compilation,
    metadata,
    reporter,
    selected,
    untold: keepsWarnings ? [...diagnostics] : [],
    compileAgain: ({ target = resolved, deferred }) =>
      recompile(sources, {
        ...optionsFor(target),
        log: () => {},
        ...(deferred === undefined ? {} : { deferred }),
        kept: { results: null, graph: null },
      }),
  }
}

/** The project's own variables come before those that Strata gives. */
function undeclared<T extends object>(vars: T, { vars: declared }: ProjectFile): Partial<T> {
  return Object.fromEntries(
    Object.entries(vars).filter(([name]) => !Object.hasOwn(declared, name)),
  ) as Partial<T>
}

/** What of the address templates may know. */
function connectionOf(url: string): { host: string; port: number; user: string } {
  try {
    const { hostname, port, username } = new URL(url)
    return { host: hostname, port: Number(port) || 5432, user: decodeURIComponent(username) }
  } catch {
    return { host: '', port: 5432, user: '' }
  }
}

async function createReporter(
  invocation: Invocation,
  options: CommonOptions,
  directory: string,
): Promise<Reporter> {
  const readFile = (file: string): string | null => {
    try {
      return readFileSync(join(directory, file), 'utf8')
    } catch {
      return null
    }
  }
  const { terminal } = invocation
  const now = () => invocation.clock().getTime()
  if (options.json) return createJsonReporter(terminal, now)
  if (options.quiet) return quiet(createPlainReporter(terminal, readFile, now))
  if (terminal.interactive) {
    const { createLiveReporter } = await import('./reporters/live.ts')
    return createLiveReporter(terminal, invocation.stderr, readFile, now)
  }
  return createPlainReporter(terminal, readFile, now)
}

/** Failures only. */
function quiet(reporter: Reporter): Reporter {
  return {
    start() {},
    emit(event) {
      if (event.kind === 'step_finished' && event.result.status === 'failed') reporter.emit(event)
    },
    finish(result) {
      if (result.status !== 'success') reporter.finish(result, [])
    },
    diagnostics(diagnostics) {
      reporter.diagnostics(diagnostics.filter((diagnostic) => diagnostic.severity === 'error'))
    },
  }
}

function parseVars(text: string | undefined): { readonly [name: string]: Json } {
  if (text === undefined) return {}
  let value: unknown
  try {
    value = parseYaml(text)
  } catch (cause) {
    throw badVars((cause as Error).message.split('\n')[0]!.replace(/:$/, ''), cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badVars('it is not a mapping')
  return value as { readonly [name: string]: Json }
}

function badVars(reason: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'BAD_VARS',
    message: `cannot read --vars: ${reason}`,
    hint: 'Write it as YAML or JSON: --vars "{start: 2024-01-01, region: north}"',
    cause,
  })
}
