import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { StrataError } from '@strata/core'
import { didYouMean } from './near-misses.ts'
import type { RenderedUrl } from './package-request.ts'
import { type GitResult, type GitSettings, runGit } from './run-git.ts'

/** Why git is not given this address, or null. Allowed: https, http, ssh, git, file, `user@host:path`, and a path. */
export function problemOfGitUrl(url: string): string | null {
  if (url.startsWith('-')) return 'it begins with a dash'
  if (/[\u0000-\u0020\u007f]/.test(url)) return 'it holds a blank or a control character'
  const scheme = /^([a-z][a-z0-9+.-]*):(:|\/\/)/i.exec(url)
  if (scheme !== null && (scheme[2] === ':' || !/^(https?|ssh|git|file)$/i.test(scheme[1]!)))
    return `${scheme[1]} is not a transport that packages come by (https, http, ssh, git, file)`
  if (/^[a-z]+:\/\/(?:[^/@]*@)?-/i.test(url) || /^[^/:]*@-/.test(url)) return 'its host begins with a dash'
  return null
}

export interface GitTree {
  /** Root of the checkout, without `.git`. */
  readonly folder: string
  readonly commit: string
}

/** Checks one revision out below `folder` (which must be new); null is the default branch. Fetches no more than it must. */
export async function fetchGit(
  url: RenderedUrl,
  revision: string | null,
  folder: string,
  settings: GitSettings,
): Promise<GitTree> {
  mkdirSync(folder, { recursive: true })
  const git = (...words: string[]): Promise<GitResult> => runGit(folder, words, settings)
  const orFail = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await git(...words)
    if (code !== 0) throw gitFailed(url, stderr)
    return stdout.trim()
  }
  await orFail('init', '-q', '--template=')
  const found = await findRevision(url, revision, orFail)
  let commit = found
  const shallow = await git(...fetchWords('--depth', '1'), '--', url.value, found)
  if (shallow.code === 0) commit = await orFail('rev-parse', '--verify', '-q', 'FETCH_HEAD^{commit}')
  else {
    // Some servers give branches and tags only, never a bare commit.
    const all = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
    await orFail(...fetchWords(), '--', url.value, ...all)
    const parsed = await git('rev-parse', '--verify', '-q', '--end-of-options', `${found}^{commit}`)
    if (parsed.code !== 0) throw unknownRevision(url, found, [])
    commit = parsed.stdout.trim()
  }
  await orFail('checkout', '-q', '--detach', commit)
  rmSync(join(folder, '.git'), { recursive: true, force: true })
  return { folder, commit }
}

function fetchWords(...depth: string[]): string[] {
  return ['fetch', '-q', ...depth, '--no-tags', '--no-recurse-submodules']
}

/** The ref or commit to fetch. A tag goes before a branch of the same name. */
async function findRevision(
  url: RenderedUrl,
  revision: string | null,
  git: (...words: string[]) => Promise<string>,
): Promise<string> {
  if (revision !== null && /^[0-9a-f]{40}$/.test(revision)) return revision
  const listed = await git('ls-remote', '--', url.value, 'HEAD', 'refs/heads/*', 'refs/tags/*')
  const refs = new Set(listed.split('\n').map((line) => line.split('\t')[1] ?? ''))
  if (revision === null || revision === 'HEAD') {
    if (refs.has('HEAD')) return 'HEAD'
    throw unknownRevision(url, 'HEAD', [...refs])
  }
  for (const ref of [`refs/tags/${revision}`, `refs/heads/${revision}`]) if (refs.has(ref)) return ref
  if (/^[0-9a-f]{7,39}$/.test(revision)) return revision
  throw unknownRevision(url, revision, [...refs])
}

function unknownRevision(url: RenderedUrl, revision: string, refs: readonly string[]): StrataError {
  const names = refs.map((ref) => ref.replace(/^refs\/(heads|tags)\/|\^\{\}$/g, '')).filter(Boolean)
  return new StrataError({
    code: 'UNKNOWN_REVISION',
    message: `${url.written} has no tag, branch or commit "${revision}"`,
    hint: didYouMean(revision, names) ?? 'Look at the tags of the repository.',
  })
}

function gitFailed(url: RenderedUrl, stderr: string): StrataError {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(hint:|Please make sure|and the repository exists)/.test(line))
  const reason = (lines.find((line) => /^(fatal|error):/.test(line)) ?? lines[0] ?? 'git gave no reason')
    .replaceAll(url.value, url.written)
    .replace(/^(fatal|error): /, '')
  return new StrataError({
    code: 'GIT_FAILED',
    message: `cannot read ${url.written}: ${reason}`,
    hint: hintFor(stderr),
  })
}

function hintFor(stderr: string): string {
  if (
    /could not read (Username|Password)|Authentication failed|Permission denied|terminal prompts/i.test(
      stderr,
    )
  )
    return "Nobody is asked for a password here: use ssh, a credential helper, or https://{{ env_var('DBT_ENV_SECRET_TOKEN') }}@…"
  if (/resolve host|unable to access|Connection|timed out/i.test(stderr))
    return 'Check the network and the address; packages that are installed already need none.'
  return 'Check the address, and that you may read the repository: git ls-remote ADDRESS.'
}
