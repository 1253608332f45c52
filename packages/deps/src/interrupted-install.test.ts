import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
const wish = (version: string): void =>
  fixture.write('project/packages.yml', `packages:\n  - package: acme/base\n    version: ${version}\n`)
const folders = (): string[] => readdirSync(join(fixture.project, 'dbt_packages'))
const version = (): string => fixture.read('project/dbt_packages/base/dbt_project.yml')

function start(mode: 'install' | 'swap', detail: string) {
  const main = fileURLToPath(new URL('./testing/killed-install.ts', import.meta.url))
  const tsx = import.meta.resolve('tsx')
  return spawn(process.execPath, ['--import', tsx, main, mode, fixture.project, detail], { stdio: 'inherit' })
}

test('an installation killed while it fetches leaves the old packages, and the next one finishes', async () => {
  hub.publish('acme/base', '1.0.0')
  hub.publish('acme/base', '2.0.0')
  wish('1.0.0')
  await install()
  wish('2.0.0')
  // Passes the index on, and keeps the tarball to itself.
  let asked: () => void
  const tarballAsked = new Promise<void>((resolve) => {
    asked = resolve
  })
  const slow = createServer(async (request, response) => {
    if (request.url?.startsWith('/tarballs/')) return asked()
    const answer = await (await fetch(`${hub.url}${request.url}`)).text()
    response.end(answer.replaceAll(hub.url, `http://${request.headers.host}`))
  })
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
  const child = start('install', `http://127.0.0.1:${(slow.address() as AddressInfo).port}`)
  await tarballAsked
  child.kill('SIGKILL')
  await once(child, 'exit')
  slow.closeAllConnections()
  slow.close()
  expect(version()).toContain('1.0.0')
  expect(folders().some((name) => name.startsWith('__strata-'))).toBe(true)
  expect((await install()).packages).toMatchObject([{ version: '2.0.0', status: 'installed' }])
  expect(folders()).toEqual(['base'])
})

test('an installation killed between the two renames gives the old package back, without network', async () => {
  hub.publish('acme/base', '1.0.0')
  wish('1.0.0')
  await install()
  await once(start('swap', 'base'), 'exit')
  expect(existsSync(join(fixture.project, 'dbt_packages/base'))).toBe(false)
  await hub.close()
  expect((await fixture.install()).packages).toMatchObject([{ status: 'present' }])
  expect(folders()).toEqual(['base'])
})

test('installations at once all end well', async () => {
  for (const name of ['a', 'b', 'c']) hub.publish(`acme/${name}`, '1.0.0')
  fixture.write(
    'project/packages.yml',
    `packages:\n${['a', 'b', 'c'].map((name) => `  - package: acme/${name}\n    version: 1.0.0\n`).join('')}`,
  )
  const exits = await Promise.all([1, 2, 3].map(() => once(start('install', hub.url), 'exit')))
  expect(exits.map(([code]) => code)).toEqual([0, 0, 0])
  expect(folders()).toEqual(['a', 'b', 'c'])
})

test('a hub in trouble is asked again, a few times', async () => {
  hub.publish('acme/base', '1.0.0')
  wish('1.0.0')
  hub.failures.push(503, 500)
  expect((await install()).packages).toMatchObject([{ status: 'installed' }])
  wish('1.0.0 # again')
  hub.failures.push(503, 503, 503, 503, 503)
  await expect(install({ upgrade: true })).rejects.toMatchObject({ code: 'HTTP_REFUSED', status: 503 })
})

test('without network the error says what cannot be reached and what to do', async () => {
  wish('1.0.0')
  const error = await fixture.install({ hubUrl: 'http://127.0.0.1:1' }).catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'UNREACHABLE', hint: expect.stringContaining('DBT_PACKAGE_HUB_URL') })
  expect(error.message).toMatch(/^cannot reach http:\/\/127\.0\.0\.1:1\/api\/v1\/acme\/base\.json: /)
})

test('packages and versions that the hub does not have are told', async () => {
  wish('1.0.0')
  await expect(install()).rejects.toMatchObject({ code: 'UNKNOWN_PACKAGE' })
  hub.publish('acme/base', '0.9.0')
  expect((await install()).diagnostics).toMatchObject([
    { code: 'UNKNOWN_VERSION', hint: expect.stringContaining('0.9.0'), location: { line: 2 } },
  ])
})

test('a git server that does not answer is given up', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/a.git`
  fixture.write('project/packages.yml', `packages:\n  - git: ${url}\n    revision: v1\n`)
  await expect(install({ timeouts: { httpMs: 300, gitMs: 300 } })).rejects.toMatchObject({
    code: 'GIT_TIMEOUT',
  })
  const cancelled = install({ signal: AbortSignal.timeout(200) })
  await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' })
  silent.closeAllConnections()
  silent.close()
  expect(folders()).toEqual([])
})
