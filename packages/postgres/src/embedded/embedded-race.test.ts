import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, ensureEmbeddedServer } from '../index.ts'
import { spawnEmbeddedUser } from '../testing/spawn-embedded-user.ts'
import { eventually, makeTestProject, type TestProject } from '../testing/test-project.ts'
import { findServerProcess } from './postmaster.ts'

const processes = 10
const rounds = 10

describe('an embedded server that many start while its keeper stops it', () => {
  let project: TestProject
  beforeAll(() => {
    project = makeTestProject()
  })
  afterAll(() => project.remove())

  it(`loses nothing in ${processes * rounds} starts and stops`, async () => {
    const projectDirectory = project.directory
    const options = { projectDirectory, idleSeconds: 0.1 }
    const server = await ensureEmbeddedServer(options)
    const database = await connect({ url: server.url, applicationName: 'strata test' })
    await database.query('create table arrivals (who int, round int)')
    await database.close()
    await server.release()

    const users = Array.from({ length: processes }, (_, me) =>
      spawnEmbeddedUser('rounds', { ...options, me, rounds, roundMs: 700 }),
    )
    const reports = await Promise.all(users.map((user) => user.report))
    expect(reports.filter((report) => report.error !== undefined)).toEqual([])
    // The race took place: the server was stopped between most rounds.
    expect(reports.reduce((sum, report) => sum + report.starts!, 0)).toBeGreaterThan(3)

    await eventually(() => findServerProcess(project.place) === null, 10)
    const last = await ensureEmbeddedServer(options)
    const after = await connect({ url: last.url, applicationName: 'strata test' })
    expect((await after.query('select distinct who, round from arrivals')).rowCount).toBe(processes * rounds)
    await after.close()
    await last.release()
  })
})
