import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Compilation, compile, type ProjectFile, readProject } from '@strata/compiler'
import { type ArtifactMetadata, ConfigurationError, hasErrors, type Json } from '@strata/core'
import { parse as parseYaml } from 'yaml'
import { readCompileCache, writeCompileCache } from './compile-cache-file.ts'
import { type Environment, readEnvironment, templateVariable } from './configuration/environment.ts'
import { type ResolvedTarget, resolveTarget } from './configuration/resolve-target.ts'
import type { CommonOptions, Invocation } from './invocation.ts'
import { createJsonReporter } from './reporters/json.ts'
import { createLiveReporter } from './reporters/live.ts'
import { createPlainReporter } from './reporters/plain.ts'
import type { Reporter } from './reporters/reporter.ts'

/** A project read and compiled for one target: what every command starts from. */
export interface Workspace extends ResolvedTarget {
  readonly directory: string
  readonly project: ProjectFile
  readonly environment: Environment
  readonly compilation: Compilation
  readonly metadata: ArtifactMetadata
  readonly reporter: Reporter
  /** Ids of the nodes that the command works on, for templates that ask; empty until they are known. */
  readonly selected: string[]
}

/**
 * Reads and compiles the project and reports its diagnostics; null when there is an error among them, for a typo must
 * never cost an extraction.
 */
export async function openWorkspace(
  invocation: Invocation,
  options: CommonOptions,
  settings: { readonly command?: string; readonly fullRefresh?: boolean; readonly inline?: string } = {},
): Promise<Workspace | null> {
  const directory = resolve(invocation.workingDirectory, options.projectDir ?? '.')
  const sources = await readProject(directory)
  const environment = readEnvironment(directory, invocation.processEnvironment)
  const resolved = resolveTarget(sources.project, options.target, environment, options.threads)
  const reporter = createReporter(invocation, options, directory)
  const startedAt = invocation.clock()
  const metadata: ArtifactMetadata = {
    generatedAt: startedAt.toISOString(),
    invocationId: randomUUID(),
    strataVersion: invocation.version,
    database: resolved.target.database,
  }
  const selected: string[] = []
  const cacheName = `${resolved.target.name}-${resolved.target.prefix}`
  const compilation = compile(sources, {
    cache: readCompileCache(directory, cacheName),
    target: resolved.target,
    vars: parseVars(options.vars),
    environmentVariable: (name) => templateVariable(environment, sources.project.environment, name),
    runStartedAt: startedAt,
    invocationId: metadata.invocationId,
    fullRefresh: settings.fullRefresh ?? false,
    ...(resolved.databaseUrl === null ? {} : { connection: connectionOf(resolved.databaseUrl) }),
    version: invocation.version,
    command: settings.command ?? 'run',
    selectedResources: () => selected,
    log: (message) => invocation.terminal.err(message),
    ...(settings.inline === undefined ? {} : { inline: settings.inline }),
  })
  writeCompileCache(directory, cacheName, compilation.cache())
  if (compilation.diagnostics.length > 0) reporter.diagnostics(compilation.diagnostics)
  if (hasErrors(compilation.diagnostics)) return null
  return {
    ...resolved,
    directory,
    project: sources.project,
    environment,
    compilation,
    metadata,
    reporter,
    selected,
  }
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

function createReporter(invocation: Invocation, options: CommonOptions, directory: string): Reporter {
  const readFile = (file: string): string | null => {
    try {
      return readFileSync(join(directory, file), 'utf8')
    } catch {
      return null
    }
  }
  const { terminal } = invocation
  if (options.json) return createJsonReporter(terminal)
  if (options.quiet) return quiet(createPlainReporter(terminal, readFile))
  if (terminal.interactive) {
    return createLiveReporter(terminal, invocation.stderr, readFile, () => invocation.clock().getTime())
  }
  return createPlainReporter(terminal, readFile)
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
