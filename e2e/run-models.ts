import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { embeddedServerStatus, stopEmbeddedServer } from '../packages/postgres/src/index.ts'
import { bundledCli } from './bundled-cli.ts'

/** How a call of the command line ended, and what it wrote. */
export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly milliseconds: number
}

/** A call that is under way. */
export interface Running {
  readonly process: ChildProcessByStdio<null, Readable, Readable>
  readonly ended: Promise<Outcome>
  /** Both streams up to now. */
  output(): string
}

export interface StartOptions {
  /** Added to the clean environment. */
  readonly environment?: { readonly [name: string]: string }
  /** Runs the process as this user. */
  readonly uid?: number
  /** Start the command line: those of the project by default. */
  readonly nodeOptions?: readonly string[]
  /** Where the process starts; the project's folder by default. */
  readonly directory?: string
}

/** A project in a temporary folder of its own, on which the real command line is run. */
export interface ModelsProject {
  readonly directory: string
  /** `run('show', 'patients')` */
  run(...words: readonly string[]): Promise<Outcome>
  runWith(options: StartOptions, ...words: readonly string[]): Promise<Outcome>
  start(options: StartOptions, ...words: readonly string[]): Running
  /** Runs a line of the shell in which `models` is the command line. */
  shell(line: string): Promise<Outcome>
  exists(file: string): boolean
  read(file: string): string
  write(file: string, text: string): void
  /** Stops the project's embedded server and deletes the folder. */
  remove(): Promise<void>
}

export const repository = fileURLToPath(new URL('..', import.meta.url))

/** As `pnpm models` starts it. */
export function fromSource(): readonly string[] {
  return ['--import', import.meta.resolve('tsx'), join(repository, 'packages', 'cli', 'src', 'main.ts')]
}

/**
 * Copies a project: the one of this repository, or a folder of `e2e/fixtures`, of which `clinic` is a small one of the same
 * sources, so that tests of the tool do not depend on what analysts write. `environment` is added to that of every call,
 * which otherwise holds nothing but PATH, HOME and USER. `nodeOptions` start the command line: the bundle by default.
 */
export function createModelsProject(
  name: 'clinical' | 'clinic' | 'broken' | 'slow' | 'wrong-column' | 'empty',
  environment: { readonly [name: string]: string } = {},
  nodeOptions: readonly string[] = [bundledCli()],
): ModelsProject {
  const directory = mkdtempSync(join(tmpdir(), 'strata-e2e-'))
  chmodSync(directory, 0o755)
  copyProject(name, directory)
  const alive = new Set<Running>()

  function launch(program: string, words: readonly string[], options: StartOptions): Running {
    const running = collect(program, words, {
      cwd: options.directory ?? directory,
      env: { ...cleanEnvironment(directory), ...environment, ...options.environment },
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    })
    alive.add(running)
    void running.ended.finally(() => alive.delete(running))
    return running
  }
  const start = (options: StartOptions, ...words: readonly string[]): Running =>
    launch(process.execPath, [...(options.nodeOptions ?? nodeOptions), ...words], options)

  return {
    directory,
    start,
    run: (...words) => start({}, ...words).ended,
    runWith: (options, ...words) => start(options, ...words).ended,
    shell: (line) => {
      const call = [process.execPath, ...nodeOptions].map((word) => `'${word}'`).join(' ')
      return launch('/bin/sh', ['-c', `models() { ${call} "$@"; }; ${line}`], {}).ended
    },
    exists: (file) => existsSync(join(directory, file)),
    read: (file) => readFileSync(join(directory, file), 'utf8'),
    write: (file, text) => writeFileSync(join(directory, file), text),
    async remove() {
      for (const running of alive) running.process.kill('SIGKILL')
      await Promise.all([...alive].map((running) => running.ended))
      await removeServer(directory)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function copyProject(name: string, directory: string): void {
  if (name === 'empty') return
  if (name === 'clinical') {
    for (const part of ['strata.yml', 'models', 'sources', 'macros', 'tests'])
      cpSync(join(repository, part), join(directory, part), { recursive: true })
    return
  }
  cpSync(join(repository, 'e2e', 'fixtures', name), directory, { recursive: true })
}

function cleanEnvironment(directory: string): { readonly [name: string]: string } {
  return { PATH: process.env['PATH'] ?? '', HOME: directory, USER: 'ada' }
}

function collect(
  program: string,
  words: readonly string[],
  options: {
    readonly cwd: string
    readonly env: { readonly [name: string]: string }
    readonly uid?: number
    readonly gid?: number
  },
): Running {
  const startedAt = performance.now()
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text: string) => {
      written[name] += text
    })
  }
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({ code, signal, ...written, milliseconds: performance.now() - startedAt }),
    )
  })
  return { process: child, ended, output: () => written.stdout + written.stderr }
}

async function removeServer(projectDirectory: string): Promise<void> {
  const status = await embeddedServerStatus({ projectDirectory })
  await stopEmbeddedServer({ projectDirectory, force: true })
  if (!status.running) return
  const socketDirectory = new URL(status.url).searchParams.get('host')
  if (socketDirectory !== null) rmSync(socketDirectory, { recursive: true, force: true })
}
