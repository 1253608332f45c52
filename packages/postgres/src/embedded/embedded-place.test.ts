import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { StrataError } from '@strata/core'
import { afterEach, describe, expect, it } from 'vitest'
import { ensureEmbeddedServer } from '../index.ts'
import { spawnEmbeddedUser } from '../testing/spawn-embedded-user.ts'
import { eventually, makeTestProject, type TestProject } from '../testing/test-project.ts'
import { isServerOf } from './postmaster.ts'
import { findBinariesPackage } from './stage-binaries.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65534

/** The checkout may lie below a folder that others cannot enter. */
const nobodyCanRead =
  isRoot &&
  spawnSync('/usr/bin/test', ['-r', import.meta.filename], { uid: nobody, gid: nobody }).status === 0

describe('the place of an embedded server', () => {
  let project: TestProject
  afterEach(() => project.remove())

  const ensure = async () => {
    const server = await ensureEmbeddedServer({ projectDirectory: project.directory })
    await server.release()
    return server
  }
  const errorOf = (promise: Promise<unknown>) =>
    promise.then(
      () => null,
      (error: unknown) => error as StrataError,
    )

  it.runIf(isRoot)('is outside the project where the user of the server cannot enter that', async () => {
    project = makeTestProject(0o700)
    const server = await ensure()
    expect(server.dataDirectory).toMatch(/^\/var\/tmp\/strata-0\//)
    expect(existsSync(join(project.directory, '.strata'))).toBe(false)
    expect(statSync(server.dataDirectory).mode & 0o777).toBe(0o700)
    for (const folder of [project.place.root, dirname(project.place.root)]) {
      expect(lstatSync(folder)).toMatchObject({ uid: 0 })
      expect(statSync(folder).mode & 0o777).toBe(0o711)
    }
    expect(await ensure()).toMatchObject({ started: false, url: server.url })
  })

  it.runIf(isRoot)('is refused outside the project where the folder belongs to somebody else', async () => {
    project = makeTestProject(0o700)
    mkdirSync(dirname(project.place.root), { recursive: true })
    mkdirSync(project.place.root)
    chownSync(project.place.root, nobody, nobody)
    const error = await errorOf(ensure())
    expect(error).toBeInstanceOf(StrataError)
    expect(error).toMatchObject({
      code: 'EMBEDDED_DIRECTORY',
      message: expect.stringContaining(project.place.root),
    })
    expect(error!.hint).toContain('DATABASE_URL')
  })

  it.runIf(isRoot)('works whatever the umask of root is', async () => {
    project = makeTestProject()
    const user = spawnEmbeddedUser('start', { projectDirectory: project.directory }, { umask: '077' })
    expect(await user.report).toMatchObject({ started: true })
  })

  it.runIf(isRoot)('is refused when data of another user lie there, and they stay as they are', async () => {
    project = makeTestProject()
    mkdirSync(project.place.dataDirectory, { recursive: true })
    chownSync(project.place.dataDirectory, nobody, nobody)
    expect(await errorOf(ensure())).toMatchObject({
      code: 'EMBEDDED_DIRECTORY',
      message: expect.stringContaining('another user'),
    })
    expect(lstatSync(project.place.dataDirectory)).toMatchObject({ uid: nobody })
  })

  it('is refused when the folder of the socket is a link, though a server may listen behind it', async () => {
    project = makeTestProject()
    const elsewhere = join(project.directory, 'elsewhere')
    mkdirSync(elsewhere, { mode: 0o700 })
    symlinkSync(elsewhere, project.place.socketDirectory)
    expect(await errorOf(ensure())).toMatchObject({
      code: 'EMBEDDED_DIRECTORY',
      message: expect.stringContaining('/tmp/strata-'),
    })
    rmSync(project.place.socketDirectory)
  })

  it.runIf(isRoot)(
    'is refused when the folder of the socket is another user’s, also for a server that should run',
    async () => {
      project = makeTestProject()
      mkdirSync(project.place.socketDirectory, { mode: 0o700 })
      chownSync(project.place.socketDirectory, nobody, nobody)
      expect(await errorOf(ensure())).toMatchObject({ code: 'EMBEDDED_DIRECTORY' })
      rmSync(project.place.socketDirectory, { recursive: true })
      await ensure()
      const { socketDirectory } = project.place
      chownSync(socketDirectory, nobody, nobody)
      expect(await errorOf(ensure())).toMatchObject({ code: 'EMBEDDED_DIRECTORY' })
      chownSync(socketDirectory, project.place.serverUid, project.place.serverUid)
    },
  )

  it.runIf(nobodyCanRead)('serves an ordinary user in a project of his own', async () => {
    project = makeTestProject()
    chownSync(project.directory, nobody, nobody)
    const options = { projectDirectory: project.directory, idleSeconds: 0.2 }
    const user = spawnEmbeddedUser('start', options, { uid: nobody, gid: nobody })
    const report = await user.report
    expect(report).toMatchObject({ started: true })
    expect(lstatSync(project.place.dataDirectory)).toMatchObject({ uid: nobody })
    await eventually(() => !isServerOf(project.place, report.processId!), 10)
    rmSync(new URL(report.url!).searchParams.get('host')!, { recursive: true })
  })

  it.runIf(nobodyCanRead)('is missed with a remedy where an ordinary user may not write', async () => {
    project = makeTestProject()
    const user = spawnEmbeddedUser(
      'start',
      { projectDirectory: project.directory },
      { uid: nobody, gid: nobody },
    )
    expect(await user.report).toMatchObject({
      code: 'EMBEDDED_DIRECTORY',
      hint: expect.stringContaining('DATABASE_URL'),
    })
    mkdirSync(project.place.root, { recursive: true })
    const again = spawnEmbeddedUser(
      'start',
      { projectDirectory: project.directory },
      { uid: nobody, gid: nobody },
    )
    expect(await again.report).toMatchObject({
      code: 'EMBEDDED_DIRECTORY',
      hint: expect.stringContaining('DATABASE_URL'),
    })
    chmodSync(project.directory, 0o755)
  })

  it('is missed on a platform without binaries, with the way out in the hint', () => {
    project = makeTestProject()
    expect(() => findBinariesPackage('sunos-sparc')).toThrowError(
      expect.objectContaining({
        code: 'EMBEDDED_UNSUPPORTED',
        message: expect.stringContaining('sunos-sparc'),
        hint: expect.stringContaining('DATABASE_URL'),
      }),
    )
    expect(existsSync(project.place.root)).toBe(false)
  })
})
