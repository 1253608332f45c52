import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigurationError, hasErrors, type Json } from '@strata/core'
import { addPackage, type InstallResult, installPackages } from '@strata/deps'
import { createColors } from 'picocolors'
import { parse as parseYaml } from 'yaml'
import { readEnvironment } from '../configuration/environment.ts'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { padEnd, plural } from '../reporters/format.ts'
import { createJsonReporter } from '../reporters/json.ts'
import { renderDiagnostics } from '../reporters/render-diagnostic.ts'

interface DepsOptions extends CommonOptions {
  readonly upgrade?: boolean
  readonly lock?: boolean
  readonly addPackage?: string
  readonly source?: string
}

/** `models deps`: installs what packages.yml lists, as package-lock.yml pins it. */
export async function depsCommand(invocation: Invocation, options: DepsOptions): Promise<number> {
  const { terminal } = invocation
  const directory = resolve(invocation.workingDirectory, options.projectDir ?? '.')
  const environment = readEnvironment(directory, invocation.processEnvironment)
  const hubUrl = environment['DBT_PACKAGE_HUB_URL']
  const say = (text: string): void => {
    if (!options.json && !options.quiet) terminal.out(text)
  }
  if (options.addPackage !== undefined) {
    const added = addPackage(directory, options.addPackage, options.source ?? 'hub')
    if (options.json) terminal.out(JSON.stringify({ kind: 'package_added', ...added }))
    say(`${added.replaced ? 'Changed' : 'Added'} ${added.entry} in ${added.file}`)
  }
  const result = await installPackages({
    directory,
    environment,
    vars: parseVars(options.vars),
    hubUrl,
    upgrade: options.upgrade ?? false,
    lockOnly: options.lock ?? false,
    signal: invocation.signal,
  })
  reportDiagnostics(invocation, options, directory, result)
  if (hasErrors(result.diagnostics)) return exitCodes.failed
  if (options.json) {
    for (const one of result.packages) terminal.out(JSON.stringify({ kind: 'package', ...one }))
    const { file, lock, installPath, removed, kept } = result
    terminal.out(JSON.stringify({ kind: 'packages_finished', file, lock, installPath, removed, kept }))
    return exitCodes.success
  }
  for (const notice of result.notices) terminal.err(notice)
  for (const name of result.kept)
    terminal.err(
      `${result.installPath}/${name} is listed in no packages file, and was not installed by this command: delete it if it is not needed`,
    )
  for (const line of packageLines(result, createColors(terminal.color))) say(line)
  say(closingLine(result, invocation.commandName, options.lock === true))
  return exitCodes.success
}

function reportDiagnostics(
  { terminal }: Invocation,
  options: DepsOptions,
  directory: string,
  { diagnostics }: InstallResult,
): void {
  const shown = options.quiet ? diagnostics.filter(({ severity }) => severity === 'error') : diagnostics
  if (shown.length === 0) return
  if (options.json) {
    createJsonReporter(terminal, Date.now).diagnostics(shown)
    return
  }
  const readFile = (file: string): string | null => {
    try {
      return readFileSync(join(directory, file), 'utf8')
    } catch {
      return null
    }
  }
  terminal.err(renderDiagnostics(shown, readFile, createColors(terminal.color)))
}

const statusWords = { installed: 'installed', present: 'already there', locked: 'locked' } as const

function packageLines(
  { packages, removed }: InstallResult,
  colors: ReturnType<typeof createColors>,
): readonly string[] {
  const names = packages.map(({ name, version, source }) =>
    [name, version, source === 'local' ? 'local' : `from ${source}`].filter((word) => word !== '').join(' '),
  )
  const width = Math.max(0, ...names.map((name) => name.length), ...removed.map((name) => name.length))
  return [
    ...packages.map(({ status }, index) => {
      const word = statusWords[status]
      return `${padEnd(names[index]!, width)}  ${status === 'present' ? colors.dim(word) : colors.green(word)}`
    }),
    ...removed.map((name) => `${padEnd(name, width)}  ${colors.yellow('removed')}`),
  ]
}

function closingLine(result: InstallResult, commandName: string, lockOnly: boolean): string {
  const { file, packages, lock } = result
  if (file === null) {
    return `No packages.yml here, so there is nothing to install. To begin one: ${commandName} deps --add-package dbt-labs/dbt_utils@1.3.0`
  }
  if (lockOnly) {
    return lock === 'kept'
      ? `package-lock.yml is up to date. Newer versions: ${commandName} deps --lock --upgrade`
      : `Wrote package-lock.yml with ${plural(packages.length, 'package')}. To install: ${commandName} deps`
  }
  const fresh = packages.filter(({ status }) => status === 'installed').length
  const counts = `${plural(packages.length, 'package')} in ${result.installPath}, ${fresh} installed now.`
  const next =
    lock === 'written'
      ? 'Commit package-lock.yml, so that others get the same.'
      : `Pinned by package-lock.yml; newer versions: ${commandName} deps --upgrade`
  return packages.length === 0 ? `${file} lists no packages.` : `${counts} ${next}`
}

function parseVars(text: string | undefined): { readonly [name: string]: Json } {
  if (text === undefined) return {}
  let value: unknown = null
  try {
    value = parseYaml(text)
  } catch {
    // Told below.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as { readonly [name: string]: Json }
  throw new ConfigurationError({
    code: 'BAD_VARS',
    message: 'cannot read --vars',
    hint: 'Write it as YAML or JSON: --vars "{start: 2024-01-01, region: north}"',
  })
}
