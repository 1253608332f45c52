import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '@strata/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type EmbeddedServer, ensureEmbeddedServer, stopEmbeddedServer } from '../index.ts'
import { spawnEmbeddedUser } from '../testing/spawn-embedded-user.ts'
import { eventually, makeTestProject, type TestProject } from '../testing/test-project.ts'
import { isServerOf } from './postmaster.ts'

describe('an embedded server whose fellows are killed', () => {
  let project: TestProject
  let projectDirectory: string
  beforeAll(() => {
    project = makeTestProject()
    projectDirectory = project.directory
  })
  afterAll(() => project.remove())

  /** Does something as a user of the server. */
  async function use<T>(work: (database: Database, server: EmbeddedServer) => Promise<T>): Promise<T> {
    const server = await ensureEmbeddedServer({ projectDirectory })
    const database = await connect({ url: server.url, applicationName: 'strata test' })
    try {
      return await work(database, server)
    } finally {
      await database.close()
      await server.release()
    }
  }
  const keepers = async (database: Database) => {
    const { rows } = await database.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'strata keeper'",
    )
    return rows.length
  }

  it('is made by one of two that come at once, though one of them is killed while it makes it', async () => {
    const victim = spawnEmbeddedUser('hold', { projectDirectory })
    await eventually(
      () =>
        existsSync(project.place.root) &&
        readdirSync(project.place.root).some((name) => name.startsWith('init-')),
    )
    const other = spawnEmbeddedUser('hold', { projectDirectory })
    await victim.kill()
    expect(await other.report).toMatchObject({ processId: expect.any(Number) })
    await other.kill()
    expect(existsSync(join(project.place.dataDirectory, 'PG_VERSION'))).toBe(true)
  })

  it('is shared by two that come at once', async () => {
    await stopEmbeddedServer({ projectDirectory, force: true })
    const users = [
      spawnEmbeddedUser('hold', { projectDirectory }),
      spawnEmbeddedUser('hold', { projectDirectory }),
    ]
    const reports = await Promise.all(users.map((user) => user.report))
    expect(reports[0]!.processId).toBe(reports[1]!.processId)
    expect(reports.filter((report) => report.started)).toHaveLength(1)
    await Promise.all(users.map((user) => user.kill()))
  })

  it('has all that was acknowledged, and one keeper, for whoever comes after a killed user', async () => {
    await use((database) => database.query('create table kept (id int)'))
    const user = spawnEmbeddedUser('hold', { projectDirectory })
    await user.report
    await use((database) => database.query('insert into kept values (1)'))
    await user.kill()
    await use(async (database) => {
      expect((await database.query('select id from kept')).rows).toEqual([{ id: 1 }])
      await eventually(async () => (await keepers(database)) === 1)
    })
  })

  it('recovers with all acknowledged rows after a kill of the server itself', async () => {
    const processId = await use(async (database, server) => {
      await database.query('insert into kept select generate_series(2, 1000)')
      return server.processId
    })
    process.kill(processId, 'SIGKILL')
    await use(async (database, server) => {
      expect(server).toMatchObject({ started: true })
      expect(server.processId).not.toBe(processId)
      expect((await database.query('select id from kept')).rowCount).toBe(1000)
    })
  })

  it('recovers when the server is killed under a user at work, who is told so', async () => {
    await use(async (database, server) => {
      const work = database.query('select pg_sleep(30)')
      work.catch(() => {})
      await sleep(100)
      process.kill(server.processId, 'SIGKILL')
      await expect(work).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    })
    await use(async (database) => {
      expect((await database.query('select id from kept')).rowCount).toBe(1000)
    })
  })

  it('starts although postmaster.pid names a living process that is no server of this project', async () => {
    await stopEmbeddedServer({ projectDirectory, force: true })
    // As the server's user, for PostgreSQL itself passes over processes of others. The word is in its command line, too.
    const stranger = spawn('/bin/sleep', ['120'], {
      ...(project.place.user ?? {}),
      argv0: 'postgres',
      cwd: '/',
    })
    const pidFile = join(project.place.dataDirectory, 'postmaster.pid')
    const { place } = project
    writeFileSync(
      pidFile,
      `${stranger.pid}\n${place.dataDirectory}\n1700000000\n5432\n${place.socketDirectory}\n\n  1234  5678\nready   \n`,
    )
    await use(async (database, server) => {
      expect(server.started).toBe(true)
      expect((await database.query('select id from kept')).rowCount).toBe(1000)
      expect(readFileSync(pidFile, 'utf8')).toMatch(new RegExp(`^${server.processId}\n`))
    })
    expect(stranger.exitCode).toBeNull()
    stranger.kill()
  })

  it('gets a keeper again from the next user when the keeper was killed', async () => {
    await use(async (database) => {
      await eventually(async () => (await keepers(database)) === 1)
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'strata keeper'",
      )
      await eventually(async () => (await keepers(database)) === 0)
      await use(() => eventually(async () => (await keepers(database)) === 1))
    })
  })

  it('gives way to a new one when somebody has deleted the data under it', async () => {
    const former = await use(async (_database, server) => server.processId)
    rmSync(project.place.dataDirectory, { recursive: true, force: true })
    await use(async (database, server) => {
      expect(server.processId).not.toBe(former)
      expect((await database.query("select to_regclass('kept') as kept")).rows).toEqual([{ kept: null }])
    })
    expect(isServerOf(project.place, former)).toBe(false)
  })

  it('loses what killed starters left, once it is old', async () => {
    await stopEmbeddedServer({ projectDirectory, force: true })
    const { root } = project.place
    for (const name of ['init-old', 'staging-old', 'init-new']) mkdirSync(join(root, name))
    writeFileSync(join(root, 'staging-old', 'file'), '')
    const long = new Date(Date.now() - 3_600_000)
    for (const name of ['init-old', 'staging-old']) utimesSync(join(root, name), long, long)
    await use(async () => {})
    const left = readdirSync(root)
    expect(left).toContain('init-new')
    expect(left).not.toContain('init-old')
    expect(left).not.toContain('staging-old')
  })

  it('says why when it cannot start, with the last words of its log and a remedy', async () => {
    await stopEmbeddedServer({ projectDirectory, force: true })
    writeFileSync(join(project.place.dataDirectory, 'PG_VERSION'), '9\n')
    const { startServer } = await import('./start-server.ts')
    const { findBinariesPackage, stageBinaries } = await import('./stage-binaries.ts')
    const binaries = stageBinaries(project.place, findBinariesPackage())
    const starting = startServer(project.place, binaries, 'strata test', () => {}, 1_000)
    await expect(starting).rejects.toMatchObject({
      code: 'EMBEDDED_START_FAILED',
      message: expect.stringContaining('database files are incompatible'),
      hint: expect.stringContaining('models db reset'),
    })
  })
})
