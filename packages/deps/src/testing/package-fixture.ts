import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { create } from 'tar'
import { type InstallOptions, type InstallResult, installPackages } from '../install-packages.ts'

/** Texts by path. */
export type Files = { readonly [path: string]: string }

/** A folder of its own with a root project, repositories and a hub, all real. */
export interface PackageFixture {
  readonly folder: string
  /** Of the root project, called `root`. */
  readonly project: string
  readonly environment: { [name: string]: string | undefined }
  write(path: string, text: string): void
  read(path: string): string
  /** Installs into the root project, from the hub of this fixture. */
  install(options?: Partial<InstallOptions>): Promise<InstallResult>
  /** Commits the files to a repository, makes it where it is not there, and tags the commit; returns the commit. */
  commit(repository: string, files: Files, tag?: string): string
  url(repository: string): string
  remove(): Promise<void>
}

export function createPackageFixture(): PackageFixture {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'strata-deps-test-')))
  const project = join(folder, 'project')
  const environment: PackageFixture['environment'] = {
    PATH: process.env['PATH'],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write('project/dbt_project.yml', 'name: root\n')
  const git = (repository: string, ...words: string[]): string =>
    execFileSync('git', ['-C', join(folder, repository), ...words], {
      env: { ...environment, GIT_CONFIG_GLOBAL: '/dev/null' } as NodeJS.ProcessEnv,
      encoding: 'utf8',
    }).trim()
  const made = new Set<string>()
  return {
    folder,
    project,
    environment,
    write,
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    install: (options) =>
      installPackages({
        directory: project,
        environment,
        hubUrl: 'http://127.0.0.1:1',
        retryDelayMs: 1,
        ...options,
      }),
    commit(repository, files, tag) {
      for (const [path, text] of Object.entries(files)) write(`${repository}/${path}`, text)
      if (!made.has(repository)) {
        mkdirSync(join(folder, repository), { recursive: true })
        git(repository, 'init', '-q', '-b', 'main')
        made.add(repository)
      }
      git(repository, 'add', '-A')
      const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.org']
      git(repository, ...author, 'commit', '-q', '--allow-empty', '-m', 'change')
      if (tag !== undefined) git(repository, 'tag', tag)
      return git(repository, 'rev-parse', 'HEAD')
    },
    url: (repository) => `file://${join(folder, repository)}`,
    async remove() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A package hub on a real socket, and the tarballs that it names. */
export interface HubServer {
  readonly url: string
  /** Paths asked for, in order. */
  readonly requests: string[]
  /** Statuses to answer with before the next good answers. */
  readonly failures: number[]
  /** Publishes one version; `packages` is what it asks for itself. */
  publish(
    name: string,
    version: string,
    files?: Files,
    packages?: readonly { readonly [key: string]: unknown }[],
  ): void
  /** Serves these bytes, where the request carries `authorization` if it is given. */
  serve(path: string, body: Buffer | string, authorization?: string): void
  close(): Promise<void>
}

export async function startHub(): Promise<HubServer> {
  const packages = new Map<string, { [version: string]: unknown }>()
  const files = new Map<
    string,
    { readonly body: Buffer | string; readonly authorization: string | undefined }
  >()
  const requests: string[] = []
  const failures: number[] = []
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '/'
    requests.push(path)
    const failure = failures.shift()
    if (failure !== undefined) return void response.writeHead(failure).end('trouble')
    const name = /^\/api\/v1\/(.+)\.json$/.exec(path)?.[1]
    const versions = name === undefined ? undefined : packages.get(name)
    if (versions !== undefined) {
      const [namespace, own] = name!.split('/')
      return void response.end(JSON.stringify({ name: own, namespace, versions }))
    }
    const file = files.get(path)
    if (file === undefined) return void response.writeHead(404).end()
    if (file.authorization !== undefined && request.headers.authorization !== file.authorization)
      return void response.writeHead(401).end()
    response.end(file.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    requests,
    failures,
    publish(name, version, content = {}, asked = []) {
      const own = name.split('/')[1]!
      const tarball = `/tarballs/${name}/${version}.tar.gz`
      const project = { 'dbt_project.yml': `name: ${own}\nversion: "${version}"\n` }
      files.set(tarball, {
        body: packFiles(`${own}-${version}`, { ...project, ...content }),
        authorization: undefined,
      })
      const known = packages.get(name) ?? {}
      known[version] = {
        id: `${name}/${version}`,
        name: own,
        version,
        packages: asked,
        downloads: { tarball: `${url}${tarball}` },
      }
      packages.set(name, known)
    },
    serve: (path, body, authorization) => void files.set(path, { body, authorization }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** A .tar.gz with one top folder. */
export function packFiles(top: string, files: Files): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'strata-deps-pack-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, top, path)), { recursive: true })
      writeFileSync(join(folder, top, path), text)
    }
    const file = join(folder, 'package.tgz')
    create({ file, cwd: folder, gzip: true, sync: true }, [top])
    return readFileSync(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
