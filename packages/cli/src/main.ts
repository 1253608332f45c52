#!/usr/bin/env node
import { setMaxListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import { ConfigurationError, redact, StrataError } from '@strata/core'
import { CommanderError } from 'commander'
import { createColors } from 'picocolors'
import { commandNameOf } from './command-name.ts'
import { createInterrupt } from './interrupt.ts'
import { exitCodes, type Invocation } from './invocation.ts'
import { createProgram } from './program.ts'
import { renderError } from './reporters/render-error.ts'
import type { Terminal } from './reporters/reporter.ts'

const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version

await main()

async function main(): Promise<void> {
  const interrupt = new AbortController()
  // Every running statement listens to it.
  setMaxListeners(0, interrupt.signal)
  const onSignal = createInterrupt({
    cancel() {
      process.stderr.write('\nCancelling… (once more to stop at once)\n')
      interrupt.abort()
    },
    stop: () => process.exit(exitCodes.interrupted),
    now: () => performance.now(),
  })
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // A reader that closes the pipe early (`| head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

  const commandName = commandNameOf(process.env)
  const terminal = processTerminal(commandName)
  const invocation: Invocation = {
    terminal,
    stderr: process.stderr,
    workingDirectory: process.cwd(),
    processEnvironment: process.env,
    clock: () => new Date(),
    signal: interrupt.signal,
    version,
    commandName,
  }
  let code: number = exitCodes.success
  try {
    const program = createProgram(invocation, (exitCode) => {
      code = exitCode
    })
    if (process.argv.length <= 2) program.outputHelp()
    else await program.parseAsync(process.argv)
  } catch (error) {
    code = report(error, terminal, commandName)
  }
  if (interrupt.signal.aborted) code = exitCodes.interrupted
  process.exitCode = code
  await flushed(process.stdout)
  await flushed(process.stderr)
  process.exit(code)
}

function report(error: unknown, terminal: Terminal, commandName: string): number {
  const colors = createColors(terminal.color)
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.unusable
  if (error instanceof StrataError) {
    const label = error instanceof ConfigurationError ? 'Cannot start' : 'Failed'
    const columns = terminal.outIsTerminal ? terminal.columns : null
    terminal.err(renderError(label, error, { colors, columns, commandName }))
    return exitCodes.unusable
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  terminal.err(
    `${colors.red(colors.bold('This is a bug in Strata'))}, please report it with the lines below.\n${redact(text)}`,
  )
  return exitCodes.unusable
}

function processTerminal(commandName: string): Terminal {
  const noColor = process.argv.includes('--no-color') || (process.env['NO_COLOR'] ?? '') !== ''
  const interactive =
    process.stdout.isTTY === true && process.stderr.isTTY === true && process.env['CI'] === undefined
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    interactive,
    outIsTerminal: process.stdout.isTTY === true,
    color: !noColor && (process.stdout.isTTY === true || (process.env['FORCE_COLOR'] ?? '') !== ''),
    columns: process.stdout.columns ?? 80,
    commandName,
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}
