import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createPackageFixture,
  type HubServer,
  type PackageFixture,
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

const install: PackageFixture['install'] = (options) => fixture.install({ hubUrl: hub.url, ...options })
const packagesFile = (text: string): void => fixture.write('project/packages.yml', text)
const installed = (): string[] =>
  existsSync(join(fixture.project, 'dbt_packages'))
    ? readdirSync(join(fixture.project, 'dbt_packages')).sort()
    : []

test('a package of the hub is installed in the newest version of its range, with what it asks for itself', async () => {
  hub.publish('acme/base', '0.9.0', { 'macros/base.sql': 'nine' })
  hub.publish('acme/base', '1.10.0', { 'macros/base.sql': 'ten' })
  hub.publish('acme/base', '1.9.0', { 'macros/base.sql': 'old' })
  hub.publish('acme/base', '2.0.0-rc1')
  hub.publish('acme/base', '2.0.0')
  hub.publish('acme/tool', '0.1.0', {}, [{ package: 'acme/base', version: ['>=1.0.0', '<2.0.0'] }])
  packagesFile('packages:\n  - package: acme/tool\n    version: 0.1.0\n')

  const result = await install()
  expect(result.packages).toEqual([
    { name: 'tool', source: 'hub', version: '0.1.0', origin: 'acme/tool', status: 'installed' },
    { name: 'base', source: 'hub', version: '1.10.0', origin: 'acme/base', status: 'installed' },
  ])
  expect(installed()).toEqual(['base', 'tool'])
  expect(fixture.read('project/dbt_packages/base/macros/base.sql')).toBe('ten')
  expect(fixture.read('project/package-lock.yml')).toMatch(
    /^packages:\n {2}- name: tool\n {4}package: acme\/tool\n {4}version: 0\.1\.0\n {2}- name: base\n {4}package: acme\/base\n {4}version: 1\.10\.0\nsha1_hash: \w{40}\n$/,
  )
})

test('a second run needs no network, fetches nothing and leaves every file as it is', async () => {
  hub.publish('acme/base', '1.0.0')
  fixture.commit('repository', { 'dbt_project.yml': 'name: from_git\n' }, 'v1')
  packagesFile(
    `packages:\n  - package: acme/base\n    version: 1.0.0\n  - git: ${fixture.url('repository')}\n    revision: v1\n`,
  )
  await install()
  const before = lstatSync(join(fixture.project, 'dbt_packages/base')).ino
  await hub.close()
  const again = await fixture.install({ environment: { PATH: '/nowhere' } })
  expect(again.packages.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'base present',
    'from_git present',
  ])
  expect(again.lock).toBe('kept')
  expect(lstatSync(join(fixture.project, 'dbt_packages/base')).ino).toBe(before)
})

test('the lock file is honoured when newer versions appear, until --upgrade or a changed list', async () => {
  hub.publish('acme/base', '1.0.0')
  packagesFile('packages:\n  - package: acme/base\n    version: [">=1.0.0", "<2.0.0"]\n')
  await install()
  hub.publish('acme/base', '1.1.0')
  expect((await install()).packages).toMatchObject([{ version: '1.0.0', status: 'present' }])
  expect((await install({ upgrade: true })).packages).toMatchObject([
    { version: '1.1.0', status: 'installed' },
  ])
  packagesFile('packages:\n  - package: acme/base\n    version: 1.0.0 # the old one\n')
  expect((await install()).packages).toMatchObject([{ version: '1.0.0', status: 'installed' }])
  expect(fixture.read('project/dbt_packages/base/dbt_project.yml')).toContain('"1.0.0"')
})

test('a lock file without installed packages brings the locked versions, not the newest', async () => {
  const commit = fixture.commit('repository', { 'dbt_project.yml': 'name: from_git\n', 'a.sql': 'one' })
  hub.publish('acme/base', '1.0.0')
  packagesFile(
    `packages:\n  - package: acme/base\n    version: ">=1.0.0"\n  - git: ${fixture.url('repository')}\n    revision: main\n    warn-unpinned: false\n`,
  )
  const locked = await install({ lockOnly: true })
  expect(locked.packages.map(({ status }) => status)).toEqual(['locked', 'locked'])
  expect(installed()).toEqual([])
  hub.publish('acme/base', '1.1.0')
  fixture.commit('repository', { 'a.sql': 'two' })
  const result = await install()
  expect(result.packages.map(({ version }) => version)).toEqual(['1.0.0', commit.slice(0, 7)])
  expect(fixture.read('project/dbt_packages/from_git/a.sql')).toBe('one')
  expect(existsSync(join(fixture.project, 'dbt_packages/from_git/.git'))).toBe(false)
})

test('git packages come by tag, branch, commit and subdirectory, and an unpinned one is warned of', async () => {
  const first = fixture.commit('repository', { 'one/dbt_project.yml': 'name: one\n', 'one/a.sql': '1' }, 'v1')
  fixture.commit('repository', { 'one/a.sql': '2', 'two/dbt_project.yml': 'name: two\n' }, 'v2')
  fixture.commit('repository', { 'dbt_project.yml': 'name: whole\n' })
  const entry = (lines: string): string => `  - git: ${fixture.url('repository')}\n    ${lines}\n`
  packagesFile(
    `packages:\n${entry(`subdirectory: one\n    revision: ${first}`)}${entry('subdirectory: two\n    revision: v2')}  - git: ${fixture.url('repository')}\n`,
  )
  const result = await install()
  expect(installed()).toEqual(['one', 'two', 'whole'])
  expect(fixture.read('project/dbt_packages/one/a.sql')).toBe('1')
  expect(existsSync(join(fixture.project, 'dbt_packages/two/dbt_project.yml'))).toBe(true)
  expect(result.diagnostics).toMatchObject([
    { code: 'UNPINNED_PACKAGE', severity: 'warning', location: { file: 'packages.yml', line: 8, column: 5 } },
  ])
})

test('a revision that a repository does not have is told with near misses', async () => {
  fixture.commit('repository', { 'dbt_project.yml': 'name: one\n' }, 'v1.2.0')
  packagesFile(`packages:\n  - git: ${fixture.url('repository')}\n    revision: v1.20\n`)
  await expect(install()).rejects.toMatchObject({ code: 'UNKNOWN_REVISION', hint: 'Did you mean "v1.2.0"?' })
  expect(installed()).toEqual([])
})

test('hooks, submodules and filters of a repository and of its user are not run', async () => {
  const trap = join(fixture.folder, 'trap')
  fixture.write(
    '.gitconfig',
    `[filter "lfs"]\n  smudge = touch ${trap}; cat\n  required = true\n[core]\n  hooksPath = ${fixture.folder}/hooks\n`,
  )
  fixture.write('hooks/post-checkout', `#!/bin/sh\ntouch ${trap}\n`)
  const { chmodSync } = await import('node:fs')
  chmodSync(join(fixture.folder, 'hooks/post-checkout'), 0o755)
  fixture.commit(
    'repository',
    {
      'dbt_project.yml': 'name: one\n',
      '.gitattributes': '*.sql filter=lfs\n',
      'a.sql': 'select 1',
      '.gitmodules': '[submodule "x"]\n  path = x\n  url = ext::sh -c "touch /tmp/x"\n',
    },
    'v1',
  )
  packagesFile(`packages:\n  - git: ${fixture.url('repository')}\n    revision: v1\n`)
  await install()
  expect(fixture.read('project/dbt_packages/one/a.sql')).toBe('select 1')
  expect(existsSync(trap)).toBe(false)
})

test('a local package is linked, its own local packages too, relative to the one that declares them', async () => {
  fixture.write('shared/a/dbt_project.yml', 'name: a\n')
  fixture.write('shared/a/packages.yml', 'packages:\n  - local: ../b\n')
  fixture.write('shared/b/dbt_project.yml', 'name: b\n')
  fixture.write('shared/b/packages.yml', 'packages:\n  - local: ../a\n')
  packagesFile('packages:\n  - local: ../shared/a\n')
  expect((await install()).packages.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'a installed',
    'b installed',
  ])
  expect(readlinkSync(join(fixture.project, 'dbt_packages/b'))).toBe('../../shared/b')
  expect((await install()).packages.map(({ status }) => status)).toEqual(['present', 'present'])
})

test('a local package of a repository is another folder of the same commit, never of this machine', async () => {
  const files = {
    'a/dbt_project.yml': 'name: a\n',
    'a/packages.yml': 'packages:\n  - local: ../b\n',
    'b/dbt_project.yml': 'name: b\n',
  }
  fixture.commit('repository', files, 'v1')
  packagesFile(`packages:\n  - git: ${fixture.url('repository')}\n    revision: v1\n    subdirectory: a\n`)
  await install()
  expect(lstatSync(join(fixture.project, 'dbt_packages/b')).isDirectory()).toBe(true)
  fixture.commit('repository', { 'a/packages.yml': 'packages:\n  - local: ../../../../project\n' }, 'v2')
  packagesFile(`packages:\n  - git: ${fixture.url('repository')}\n    revision: v2\n    subdirectory: a\n`)
  expect((await install()).diagnostics).toMatchObject([{ code: 'PACKAGE_REFUSED', location: { line: 2 } }])
})

test('a conflict of versions names who asks for what, and changes nothing', async () => {
  hub.publish('acme/base', '1.0.0')
  hub.publish('acme/base', '2.0.0')
  hub.publish('acme/tool', '3.0.0', {}, [{ package: 'acme/base', version: '>=2.0.0' }])
  packagesFile(
    'packages:\n  - package: acme/base\n    version: "<2.0.0"\n  - package: acme/tool\n    version: 3.0.0\n',
  )
  const { diagnostics } = await install()
  expect(diagnostics).toMatchObject([
    {
      code: 'PACKAGE_CONFLICT',
      message:
        'no one version of acme/base is right for all: packages.yml asks for <2.0.0; tool 3.0.0 asks for >=2.0.0',
      location: { file: 'packages.yml', line: 2 },
      related: [{ location: { line: 4 } }],
    },
  ])
  expect(installed()).toEqual([])
  expect(existsSync(join(fixture.project, 'package-lock.yml'))).toBe(false)
})

test('a range that a later package narrows takes the older version, and drops what only the newer asked for', async () => {
  hub.publish('acme/extra', '1.0.0')
  hub.publish('acme/base', '1.0.0')
  hub.publish('acme/base', '1.5.0', {}, [{ package: 'acme/extra', version: '1.0.0' }])
  hub.publish('acme/tool', '1.0.0', {}, [{ package: 'acme/base', version: '<1.5.0' }])
  packagesFile(
    'packages:\n  - package: acme/base\n    version: ">=1.0.0"\n  - package: acme/tool\n    version: 1.0.0\n',
  )
  const { packages } = await install()
  expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['base 1.0.0', 'tool 1.0.0'])
})

test('two packages of one name are refused, and so is one with the name of the root', async () => {
  hub.publish('acme/base', '1.0.0')
  hub.publish('other/base', '1.0.0')
  packagesFile(
    'packages:\n  - package: acme/base\n    version: 1.0.0\n  - package: other/base\n    version: 1.0.0\n',
  )
  expect((await install()).diagnostics).toMatchObject([{ code: 'DUPLICATE_PACKAGE', location: { line: 4 } }])
  hub.publish('acme/root', '1.0.0')
  packagesFile('packages:\n  - package: acme/root\n    version: 1.0.0\n')
  expect((await install()).diagnostics).toMatchObject([{ code: 'PACKAGE_IS_ROOT' }])
})

test('packages that ask for each other are installed once', async () => {
  hub.publish('acme/a', '1.0.0', {}, [{ package: 'acme/b', version: '1.0.0' }])
  hub.publish('acme/b', '1.0.0', {}, [{ package: 'acme/a', version: '>=1.0.0' }])
  packagesFile('packages:\n  - package: acme/a\n    version: 1.0.0\n')
  expect((await install()).packages.map(({ name }) => name)).toEqual(['a', 'b'])
})

test('packages that are no longer wanted go, what somebody else put there stays', async () => {
  hub.publish('acme/base', '1.0.0')
  fixture.write('local/dbt_project.yml', 'name: mine\n')
  packagesFile('packages:\n  - package: acme/base\n    version: 1.0.0\n  - local: ../local\n')
  await install()
  mkdirSync(join(fixture.project, 'dbt_packages/notes'))
  symlinkSync('/tmp', join(fixture.project, 'dbt_packages/elsewhere'))
  packagesFile('packages: []\n')
  expect(await install()).toMatchObject({ removed: ['base', 'mine'], kept: ['elsewhere', 'notes'] })
  expect(installed()).toEqual(['elsewhere', 'notes'])
  expect(fixture.read('local/dbt_project.yml')).toBe('name: mine\n')
})

test('a folder that is no package is not overwritten', async () => {
  hub.publish('acme/base', '1.0.0')
  fixture.write('project/dbt_packages/base/diary.txt', 'dear diary')
  packagesFile('packages:\n  - package: acme/base\n    version: 1.0.0\n')
  await expect(install()).rejects.toMatchObject({ code: 'FOREIGN_FOLDER' })
  expect(fixture.read('project/dbt_packages/base/diary.txt')).toBe('dear diary')
})

test('an install path that holds the project is refused, one from a variable works', async () => {
  packagesFile('packages: []\n')
  for (const path of ['.', '..', '/']) {
    fixture.write('project/dbt_project.yml', `name: root\npackages-install-path: ${path}\n`)
    await expect(install()).rejects.toMatchObject({ code: 'BAD_INSTALL_PATH' })
  }
  fixture.write(
    'project/dbt_project.yml',
    "name: root\npackages-install-path: \"{{ env_var('DBT_FOLDER', 'vendor') }}\"\n",
  )
  hub.publish('acme/base', '1.0.0')
  packagesFile('packages:\n  - package: acme/base\n    version: 1.0.0\n')
  await install()
  expect(existsSync(join(fixture.project, 'vendor/base/dbt_project.yml'))).toBe(true)
})

test('dependencies.yml lists packages as well, and its projects are told to be unsupported', async () => {
  hub.publish('acme/base', '1.0.0')
  fixture.write(
    'project/dependencies.yml',
    'projects:\n  - name: upstream\npackages:\n  - package: acme/base\n    version: 1.0.0\n',
  )
  const { packages, diagnostics, file } = await install()
  expect({ file, names: packages.map(({ name }) => name) }).toEqual({
    file: 'dependencies.yml',
    names: ['base'],
  })
  expect(diagnostics).toMatchObject([
    { code: 'UNSUPPORTED_PROJECTS', severity: 'warning', location: { line: 1 } },
  ])
  packagesFile('packages:\n  - package: acme/base\n    version: 1.0.0\n')
  expect((await install()).diagnostics).toContainEqual(
    expect.objectContaining({
      code: 'PACKAGES_DECLARED_TWICE',
      location: { file: 'dependencies.yml', line: 4, column: 5 },
    }),
  )
})

test('a broken lock file is an error with a way out, not a reason to take other versions', async () => {
  hub.publish('acme/base', '1.0.0')
  packagesFile('packages:\n  - package: acme/base\n    version: 1.0.0\n')
  fixture.write('project/package-lock.yml', 'packages:\n<<<<<<< HEAD\n  - package: acme/base\n=======\n')
  const { diagnostics } = await install()
  expect(diagnostics[0]).toMatchObject({
    hint: expect.stringContaining('--upgrade'),
    location: { file: 'package-lock.yml' },
  })
  expect((await install({ upgrade: true })).packages).toMatchObject([{ status: 'installed' }])
})
