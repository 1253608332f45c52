import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  connect,
  type EmbeddedServer,
  embeddedServerStatus,
  ensureEmbeddedServer,
  resetEmbeddedServer,
  stopEmbeddedServer,
} from '../index.ts'
import { spawnEmbeddedUser } from '../testing/spawn-embedded-user.ts'
import { eventually, makeTestProject, type TestProject } from '../testing/test-project.ts'
import { findServerProcess, isServerOf } from './postmaster.ts'

describe('the embedded server of a project', () => {
  let project: TestProject
  let projectDirectory: string
  beforeAll(() => {
    project = makeTestProject()
    projectDirectory = project.directory
  })
  afterAll(() => project.remove())

  const isRunning = () => findServerProcess(project.place) !== null

  /** One that is stopped before its keeper has come leaves the keeper waiting for the next. */
  const untilKept = async (server: EmbeddedServer) => {
    const database = await connect({ url: server.url, applicationName: 'strata test', maxConnections: 1 })
    await eventually(async () => {
      const { rowCount } = await database.query(
        "select from pg_stat_activity where application_name = 'strata keeper'",
      )
      return rowCount === 1
    })
    await database.close()
  }

  it('does not run in a fresh project, where stopping is no error and status starts nothing', async () => {
    expect(await embeddedServerStatus({ projectDirectory })).toEqual({ running: false })
    expect(await stopEmbeddedServer({ projectDirectory })).toBe(false)
    expect(existsSync(project.place.root)).toBe(false)
  })

  it('is made and started by the first use, and shared by the second', async () => {
    const first = await ensureEmbeddedServer({ projectDirectory })
    const second = await ensureEmbeddedServer({ projectDirectory })
    expect(first.started).toBe(true)
    expect(second).toMatchObject({
      started: false,
      url: first.url,
      processId: first.processId,
      version: expect.stringMatching(/^18\./),
    })
    expect(isServerOf(project.place, first.processId)).toBe(true)
    const database = await connect({ url: first.url, applicationName: 'strata test' })
    const { rows } = await database.query(
      "select current_database() as name, current_setting('listen_addresses') as addresses",
    )
    expect(rows).toEqual([{ name: 'strata', addresses: '' }])
    await database.close()
    await first.release()
    await first.release()
    expect(await embeddedServerStatus({ projectDirectory })).toMatchObject({
      running: true,
      users: 1,
      names: ['strata presence'],
    })
    await second.release()
  })

  it('keeps its data and its socket to its own user', () => {
    expect(lstatSync(project.place.dataDirectory)).toMatchObject({ uid: project.place.serverUid })
    expect(statSync(project.place.dataDirectory).mode & 0o777).toBe(0o700)
    expect(lstatSync(project.place.socketDirectory)).toMatchObject({ uid: project.place.serverUid })
    expect(lstatSync(project.place.socketDirectory).mode & 0o777).toBe(0o700)
    const rules = readFileSync(join(project.place.dataDirectory, 'pg_hba.conf'), 'utf8')
    expect(rules).toBe('local all all trust\n')
    expect(readFileSync(join(project.directory, '.strata', '.gitignore'), 'utf8')).toBe('*\n')
  })

  it('is stopped on request, but not while somebody uses it, unless forced', async () => {
    const user = await ensureEmbeddedServer({ projectDirectory })
    await untilKept(user)
    await expect(stopEmbeddedServer({ projectDirectory })).rejects.toMatchObject({
      code: 'EMBEDDED_IN_USE',
      message: expect.stringContaining('strata presence'),
      hint: expect.stringContaining('--force'),
    })
    const { processId } = user
    expect(await stopEmbeddedServer({ projectDirectory, force: true })).toBe(true)
    expect(isServerOf(project.place, processId)).toBe(false)
    expect(await stopEmbeddedServer({ projectDirectory })).toBe(false)
    await user.release()
  })

  it('is stopped while nobody uses it', async () => {
    const user = await ensureEmbeddedServer({ projectDirectory })
    await untilKept(user)
    await user.release()
    await eventually(async () => {
      const status = await embeddedServerStatus({ projectDirectory })
      return status.running && status.users === 0
    })
    expect(await stopEmbeddedServer({ projectDirectory })).toBe(true)
    expect(isRunning()).toBe(false)
  })

  it('stops by itself a while after its last user has gone, also for parts of a second', async () => {
    const user = await ensureEmbeddedServer({ projectDirectory, idleSeconds: 0.6 })
    await sleep(1_500)
    expect(isRunning()).toBe(true)
    await user.release()
    await eventually(() => !isRunning(), 10)
  })

  it('stops by itself also when its last user was killed', async () => {
    const user = spawnEmbeddedUser('hold', { projectDirectory, idleSeconds: 0.3 })
    expect(await user.report).toMatchObject({ started: true })
    expect(isRunning()).toBe(true)
    await user.kill()
    await eventually(() => !isRunning(), 10)
  })

  it('does not keep a process alive that forgets to release it', async () => {
    const user = spawnEmbeddedUser('start', { projectDirectory, idleSeconds: 0.3 })
    await user.report
    await user.ended
    expect(user.child.exitCode).toBe(0)
    await eventually(() => !isRunning(), 10)
  })

  it.runIf(process.platform === 'linux')(
    'inherits no open file of whoever started it, nor does its keeper',
    async () => {
      const inherited = join(project.directory, 'lock')
      const user = spawnEmbeddedUser('hold', { projectDirectory, idleSeconds: 0.3 }, { inherited })
      const { processId } = await user.report
      const holders = (id: number) =>
        readdirSync(`/proc/${id}/fd`).filter((fd) => linkOf(`/proc/${id}/fd/${fd}`) === inherited)
      const keeper = () => readdirSync('/proc').find((id) => isKeeperOf(project, id))
      await eventually(() => keeper() !== undefined)
      expect(holders(user.child.pid!)).toHaveLength(1)
      expect([...holders(processId!), ...holders(Number(keeper()))]).toEqual([])
      await user.kill()
      await eventually(() => !isRunning(), 10)
    },
  )

  it('counts any client as a user, such as a psql that was left open', async () => {
    const user = await ensureEmbeddedServer({ projectDirectory, idleSeconds: 0.2 })
    const client = await connect({ url: user.url, applicationName: 'psql' })
    await client.query('select 1')
    await user.release()
    await sleep(800)
    expect(isRunning()).toBe(true)
    await client.close()
    await eventually(() => !isRunning(), 10)
  })

  it('runs on when it is to be kept, until it is stopped, and is kept no more afterwards', async () => {
    const kept = await ensureEmbeddedServer({ projectDirectory, idleSeconds: 0.2, keep: true })
    await untilKept(kept)
    await kept.release()
    await sleep(1_000)
    expect(isRunning()).toBe(true)
    expect(await stopEmbeddedServer({ projectDirectory })).toBe(true)
    await (await ensureEmbeddedServer({ projectDirectory, idleSeconds: 0.2 })).release()
    await eventually(() => !isRunning(), 10)
  })

  it('begins its log anew when it has grown large', async () => {
    truncateSync(project.place.logFile, 6_000_000)
    await (await ensureEmbeddedServer({ projectDirectory, idleSeconds: 0.2 })).release()
    expect(statSync(project.place.logFile).size).toBeLessThan(100_000)
    // The server before may have said good-bye meanwhile.
    expect(statSync(`${project.place.logFile}.1`).size).toBeGreaterThanOrEqual(6_000_000)
  })

  it('writes no statement and no row to its log', async () => {
    const server = await ensureEmbeddedServer({ projectDirectory })
    const database = await connect({ url: server.url, applicationName: 'strata test' })
    await database.query("select 'Ada Lovelace'::int").catch(() => {})
    await database.query('create table once (name text primary key, age int check (age > 0))')
    await database.query("insert into once values ('Grace Hopper', -1)").catch(() => {})
    await database.close()
    await server.release()
    expect(readFileSync(project.place.logFile, 'utf8')).not.toMatch(/Lovelace|Hopper/)
  })

  it('is deleted with its data, also while it runs, and made anew by the next use', async () => {
    const before = await ensureEmbeddedServer({ projectDirectory })
    await untilKept(before)
    await resetEmbeddedServer({ projectDirectory })
    await resetEmbeddedServer({ projectDirectory })
    expect(isRunning()).toBe(false)
    expect(existsSync(project.place.dataDirectory)).toBe(false)
    expect(existsSync(project.place.socketDirectory)).toBe(false)
    await before.release()
    const after = await ensureEmbeddedServer({ projectDirectory })
    const database = await connect({ url: after.url, applicationName: 'strata test' })
    expect((await database.query("select to_regclass('once') as once")).rows).toEqual([{ once: null }])
    await database.close()
    await after.release()
  })
})

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

function isKeeperOf(project: TestProject, processId: string): boolean {
  try {
    const command = readFileSync(`/proc/${processId}/cmdline`, 'utf8')
    return command.includes('keeper.mjs') && command.includes(project.place.dataDirectory)
  } catch {
    return false
  }
}
