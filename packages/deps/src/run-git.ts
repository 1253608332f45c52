import { spawn } from 'node:child_process'
import { ConfigurationError, StrataError } from '@strata/core'

export interface GitSettings {
  readonly environment: { readonly [name: string]: string | undefined }
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface GitResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Nothing of a repository is ever executed: no hooks, no filters, no submodules, no other transports. */
const inert = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.autocrlf=false',
  'submodule.recurse=false',
  'filter.lfs.smudge=',
  'filter.lfs.process=',
  'filter.lfs.required=false',
  'advice.detachedHead=false',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting])

/** Runs git in a folder, without a shell and without asking anybody. Throws when it cannot start, hangs, or is cancelled. */
export function runGit(folder: string, words: readonly string[], settings: GitSettings): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...inert, ...words], {
      cwd: folder,
      env: environmentOf(settings.environment),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: false,
      windowsHide: true,
    })
    const output = { stdout: '', stderr: '' }
    const stop = (error: Error): void => {
      child.kill('SIGKILL')
      settle(() => reject(error))
    }
    const timer = setTimeout(() => {
      const seconds = Math.round(settings.timeoutMs / 1000)
      stop(
        new StrataError({
          code: 'GIT_TIMEOUT',
          message: `git ${words[0]} has not finished after ${seconds} seconds`,
          hint: 'Check that the address of the repository answers, then try again.',
        }),
      )
    }, settings.timeoutMs)
    const onAbort = (): void =>
      stop(new StrataError({ code: 'CANCELLED', message: 'the installation was cancelled' }))
    const settle = (answer: () => void): void => {
      clearTimeout(timer)
      settings.signal?.removeEventListener('abort', onAbort)
      answer()
    }
    settings.signal?.addEventListener('abort', onAbort)
    if (settings.signal?.aborted) onAbort()
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] = (output[stream] + text).slice(-20_000_000)
      })
    }
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const missing = cause.code === 'ENOENT'
      const hint = missing
        ? 'Install git and see that it is on the PATH; packages of the hub and local ones do without.'
        : undefined
      const message = missing ? 'there is no git on this machine' : `git cannot start: ${cause.message}`
      settle(() => reject(new ConfigurationError({ code: 'NO_GIT', message, hint, cause })))
    })
    child.on('close', (code) => settle(() => resolve({ code: code ?? -1, ...output })))
  })
}

function environmentOf(given: GitSettings['environment']): NodeJS.ProcessEnv {
  const kept = Object.entries(given).filter(
    // Inside a git hook these point at the repository of the hook, and git would write there.
    ([name]) =>
      !/^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE|PREFIX|CONFIG.*|TEMPLATE_DIR|EXTERNAL_DIFF)$/.test(
        name,
      ),
  )
  const environment: NodeJS.ProcessEnv = Object.fromEntries(kept)
  const ssh =
    environment['GIT_SSH_COMMAND'] === undefined && environment['GIT_SSH'] === undefined
      ? { GIT_SSH_COMMAND: 'ssh -oBatchMode=yes' }
      : {}
  return {
    ...environment,
    ...ssh,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file',
    GIT_LFS_SKIP_SMUDGE: '1',
    LC_ALL: 'C',
  }
}
