import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connector, Database, Instance, Job } from '@strata/core'
import { ensureLanding, extractorMigrations } from '@strata/extractor'
import { connect, ensureEmbeddedServer, migrate, stopEmbeddedServer } from '@strata/postgres'
import { urlOf } from './bench-server.ts'
import type { Landed, LandingOrder } from './land-job.ts'
import type { Observed, SimulatorOrder } from './serve-simulator.ts'

/** A database that a bench lands in. */
export interface LandingPlace {
  readonly url: string
  readonly database: Database
  /** Empties it, and declares these jobs. */
  reset(jobs: readonly Job[], connector: Connector, instances: readonly Instance[]): Promise<void>
  /** Nothing is left of it. */
  drop(): Promise<void>
}

/** A new database on the server of BENCH_DATABASE_URL; without one, on an embedded server of its own. */
export async function openLandingPlace(): Promise<LandingPlace> {
  const { url, drop } = await (process.env['BENCH_DATABASE_URL'] === undefined
    ? startEmbedded()
    : createDatabase(process.env['BENCH_DATABASE_URL']))
  const database = await connect({ url, applicationName: 'bench', maxConnections: 20 })
  return {
    url,
    database,
    async reset(jobs, connector, instances) {
      await database.query('drop schema if exists bronze cascade')
      await database.query('drop schema if exists strata cascade')
      await migrate(database, 'extractor', extractorMigrations)
      await ensureLanding(database, {
        landingSchema: 'bronze',
        connectors: [connector],
        jobs,
        instancesOf: () => instances,
      })
      await database.query('checkpoint')
    },
    async drop() {
      await database.close()
      await drop()
    },
  }
}

async function startEmbedded() {
  const projectDirectory = mkdtempSync(join(tmpdir(), 'strata-bench-'))
  const embedded = await ensureEmbeddedServer({ projectDirectory })
  return {
    url: embedded.url,
    async drop() {
      await embedded.release()
      await stopEmbeddedServer({ projectDirectory, force: true })
      rmSync(projectDirectory, { recursive: true, force: true })
    },
  }
}

async function createDatabase(server: string) {
  const name = `bench_landing_${process.pid}`
  const admin = await connect({ url: server, applicationName: 'bench', maxConnections: 1 })
  await admin.query(`create database ${name}`)
  return {
    url: urlOf(server, name),
    async drop() {
      await admin.query(`drop database ${name} with (force)`)
      await admin.close()
    },
  }
}

export interface ServedSimulator {
  readonly instances: readonly Instance[]
  /** What it saw since this was last called. */
  observe(): Promise<Observed>
  stop(): void
}

/** The simulator in a process of its own. */
export async function serveSimulator(order: SimulatorOrder): Promise<ServedSimulator> {
  const child = fork(join(import.meta.dirname, 'serve-simulator.ts'), [JSON.stringify(order)])
  const instances = await messageOf<readonly Instance[]>(child)
  return {
    instances,
    async observe() {
      const observed = messageOf<Observed>(child)
      child.send('observe')
      return await observed
    },
    stop: () => void child.kill(),
  }
}

/** Lands a job in a process of its own, which does nothing else. */
export async function landInProcess(order: LandingOrder): Promise<Landed> {
  const child = fork(join(import.meta.dirname, 'land-job.ts'))
  const landed = messageOf<Landed>(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.send(order)
  const result = await landed
  await ended
  return result
}

function messageOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (code: number | null): void => reject(new Error(`A process of the bench ended with ${code}`))
    child.once('exit', fail)
    child.once('message', (message) => {
      child.off('exit', fail)
      resolve(message as T)
    })
  })
}
