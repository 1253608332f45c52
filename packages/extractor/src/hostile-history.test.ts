import type { EndpointJob, Instance } from '@strata/core'
import { migrate } from '@strata/postgres'
import {
  createTestDatabase,
  describeOldestServer,
  settled,
  type TestDatabase,
} from '@strata/postgres/testing'
import type { FaultSpec } from '@strata/simulator'
import sql, { raw } from 'sql-template-tag'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { extractorMigrations } from './index.ts'
import { type HostileWorld, instanceIds, openHostileWorld, thingsPath } from './testing/hostile-world.ts'
import { killedLanding } from './testing/killed-landing.ts'
import {
  connector,
  instance,
  type Landing,
  type LandOptions,
  prepareLanding,
} from './testing/landing-fixture.ts'
import { type Random, seededRandom } from './testing/seeded-random.ts'

const isSoak = process.env['STRATA_SOAK'] === '1'
/** `1000-1999`: these and no others. */
const [firstSeed, lastSeed] = (process.env['STRATA_SEEDS'] ?? (isSoak ? '1-100' : '1-2'))
  .split('-')
  .map(Number)

/** What an instance's part of a landing said, and how bronze differs from the source. */
interface Finding {
  readonly green: boolean
  readonly missing: number
  readonly surplus: number
  /** Rows beyond the first of a record. */
  readonly copies: number
}

describeOldestServer('after any history of changes, faults and ends of processes', (server) => {
  let own: TestDatabase
  let world: HostileWorld
  const sights = new Map<string, readonly (readonly string[])[]>()
  beforeAll(async () => {
    own = await createTestDatabase(server)
    await migrate(own.database, 'extractor', extractorMigrations)
  })
  afterAll(() => own.drop())
  afterEach(() => world.simulator.close())

  async function prepare(name: string, random: Random) {
    world = await openHostileWorld(name, random)
    const { simulator, things, parts } = world
    const instances: readonly Instance[] = instanceIds.map((id) =>
      instance({
        id,
        name: ['north', 'south'][id - 1]!,
        address: simulator.url(id),
        credentials: { api_key: simulator.apiKey(id) },
      }),
    )
    const reached = connector({ timeoutSeconds: 2, concurrency: random.pick([1, 4]) })
    const landing = await prepareLanding(own.database, [things, parts], instances, reached)
    return { landing, instances, reached }
  }

  for (let seed = firstSeed!; seed <= lastSeed!; seed += 1)
    test(`${seed}: a green run has all that there is, and when the faults have gone bronze equals the source`, async () => {
      const random = seededRandom(seed)
      const story: string[] = []
      try {
        await live(await prepare(`history${seed}`, random), random, story)
      } catch (error) {
        throw new Error(`${String(error)}\n${world.describe()}\n${story.join('\n')}`, { cause: error })
      }
    })

  interface Setting {
    readonly landing: Landing
    readonly instances: readonly Instance[]
    readonly reached: ReturnType<typeof connector>
  }

  async function live(setting: Setting, random: Random, story: string[]): Promise<void> {
    const { simulator, faults, lasting, things, parts } = world
    simulator.setFaults(faults)
    for (let round = 1; round <= 3; round += 1) {
      if (round > 1) world.change()
      await makeDue(random.chance(0.4))
      await landBoth(setting, random, story, `${round}`)
    }
    simulator.setFaults(lasting)
    // With such a fault goes a field of each record, and no change time tells of it.
    const unseen =
      faults.some((fault) => fault.kind === 'poison' && !/status|malformed/.test(fault.effect)) ||
      hasUntold(faults)
    for (const fullRefresh of unseen ? [true, true] : [false, false, true, true]) {
      await makeDue(true)
      story.push(fullRefresh ? 'healing, fully' : 'healing')
      await landBoth(setting, null, story, 'healing', { fullRefresh })
      if (await isHealed()) break
    }
    expect(await isHealed(), 'bronze equals the source').toBe(true)
    await settled(own.database)
    const rest: unknown[] = []
    for (const job of [things, parts]) {
      const { counts = {} } = await setting.landing.land(job)
      rest.push([counts['inserted'] ?? 0, counts['changed'] ?? 0, counts['deleted'] ?? 0])
    }
    expect(rest, 'nothing has changed, and nothing is written').toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
  }

  /** Whether the last runs were green, and bronze equals the source, with nothing that is still open. */
  async function isHealed(): Promise<boolean> {
    const findings: Finding[] = []
    for (const job of [world.things, world.parts])
      for (const id of instanceIds) findings.push(await examine(job, id, null, 0))
    return (
      findings.every(({ green, missing, surplus, copies }) => green && missing + surplus + copies === 0) &&
      (await openRequests(world.things, world.parts)).length === 0
    )
  }

  /** One landing of things and one of their parts, each looked at. Null: nothing ends it. */
  async function landBoth(
    setting: Setting,
    random: Random | null,
    story: string[],
    round: string,
    over: LandOptions = {},
  ): Promise<void> {
    const greenThings = new Map<number, boolean>()
    await settled(own.database)
    for (const job of [world.things, world.parts]) {
      for (const id of instanceIds) await lookAt(job, id)
      const lastRun = await lastRunId()
      const said = await landOnce(setting, job, random, over)
      story.push(`${round} ${job.table}: ${said}`)
      for (const id of instanceIds) {
        const finding = await examine(job, id, said, lastRun)
        const { green, missing, surplus, copies } = finding
        expect(copies, `${job.table} of ${id} has each record once`).toBe(0)
        story.push(`   ${id}: ${green ? 'green' : 'not green'}, ${missing} missing, ${surplus} more`)
        if (job === world.things) greenThings.set(id, green)
        // What follows its parents can know no more than they do.
        else if (greenThings.get(id) !== true) continue
        // A backfill goes on with nothing, and nothing goes on with it.
        if (said.startsWith('a window')) forgetLast(job, id)
        if (!green) continue
        sights.delete(`${job.table} ${id}`)
        if (!hasUntold(world.faults) || seesDeletes(job, said, over))
          expect(missing, `${job.table} of ${id} is green`).toBe(0)
        if (!/gone if the next/.test(said) && seesDeletes(job, said, over))
          expect(surplus, `${job.table} of ${id} has no more than the source`).toBe(0)
      }
    }
  }

  async function landOnce(
    { landing, instances, reached }: Setting,
    job: EndpointJob,
    random: Random | null,
    over: LandOptions,
  ): Promise<string> {
    const end = random === null ? 'well' : random.pick(ends)
    const pages = 1 + (random?.below(8) ?? 0)
    if (end === 'killed') {
      const records = 1 + (pages - 1) * job.pageSize
      return `killed at record ${records}: ${await killedLanding({ url: own.url, job, instances, records, connector: reached })}`
    }
    const abort = new AbortController()
    let landed = 0
    const onEvent = () => {
      landed += 1
      if (landed !== pages) return
      if (end === 'stopped') abort.abort()
      if (end === 'cut off')
        own.database.query(sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where application_name like ${'strata run=%'} and datname = current_database()`)
    }
    const asked: LandOptions =
      end === 'afresh'
        ? { fullRefresh: true }
        : end === 'a window'
          ? { window: { since: '2024-05-01T00:00:00Z', until: null } }
          : over
    try {
      if (end === 'twice') {
        const both = await Promise.all([landing.land(job, asked), landing.land(job, asked)])
        return `${end}: ${both.map(({ status, message }) => `${status} ${message}`).join('; then ')}`
      }
      const events = landing.events.length
      const timer = setInterval(() => {
        const pagesNow = landing.events.slice(events).filter(({ kind }) => kind === 'step_progress').length
        while (landed < pagesNow) onEvent()
      }, 1)
      try {
        const { status, message } = await landing.land(job, { ...asked, signal: abort.signal })
        return `${end}: ${status} ${message}`
      } finally {
        clearInterval(timer)
      }
    } catch (error) {
      return `${end}: ${String(error)}`
    }
  }

  /** Whether the run has looked at everything there is. */
  function seesDeletes(job: EndpointJob, said: string, { fullRefresh }: LandOptions): boolean {
    // What a step that was thrown off had to say of a first miss is not known.
    if (/not asked for|: \w*Error: |^killed/.test(said)) return false
    return job.cursor === null || fullRefresh === true || /full (walk|load|refresh)/.test(said)
  }

  /**
   * What the source held when a run began, and the runs before it that were not green: a walk that was cut off is gone on with, and knows
   * nothing of what has changed behind it. The next one does.
   */
  async function lookAt(job: EndpointJob, id: number): Promise<void> {
    const name = `${job.table} ${id}`
    sights.set(name, [...(sights.get(name) ?? []), await truthOf(job, id)])
  }

  function forgetLast(job: EndpointJob, id: number): void {
    const name = `${job.table} ${id}`
    sights.set(name, sights.get(name)!.slice(0, -1))
  }

  /** The records that are there as the jobs can know of them. */
  async function truthOf(job: EndpointJob, id: number): Promise<readonly string[]> {
    if (job === world.things) return world.simulator.records(thingsPath, id)
    const { rows } = await own.database.query<{ thing: string }>(sql`
      select distinct data->>'id' as thing from ${tableOf(world.things)}
      where deleted_at is null and source_instance_id = ${id}`)
    return rows.flatMap(({ thing }) => world.partsOf(id, /\d+$/.exec(thing)![0]))
  }

  async function examine(
    job: EndpointJob,
    id: number,
    said: string | null,
    lastRun: number,
  ): Promise<Finding> {
    const after = await truthOf(job, id)
    const before = said === null ? [after] : sights.get(`${job.table} ${id}`)!
    const lasting = after.filter((text) => before.every((records) => records.includes(text)))
    const json = (records: readonly string[]) =>
      `[${records.join(',')}]`.replaceAll('\\u0000', '').replace(/1e\d{4,}/g, 'null')
    const gone = sql`
      select from strata.job_watermarks w where w.job = ${`clinic.${job.table}`}
        and w.instance_id = ${id}::integer and w.status = 'gone' and w.slice::jsonb = jsonb_build_object('thing', data->'thing'->>'id')`
    const { rows } = await own.database.query<Finding>(sql`
      with lasting as materialized (select data from jsonb_array_elements(${json(lasting)}::jsonb) as t (data)),
        known as materialized (select data from jsonb_array_elements(${json([...before.flat(), ...after])}::jsonb) as t (data)),
        held as materialized (
          select data from ${tableOf(job)} where deleted_at is null and source_instance_id = ${id}::integer)
      select (select count(*)::int from lasting
          where data not in (select data from held) and not exists (${gone}))
          - (select count(*)::int from strata.dead_letters l where l.job = ${`clinic.${job.table}`}
             and l.instance_id = ${id}::integer and l.resolved_at is null and l.reason = 'unstorable_text') as missing,
        (select count(*)::int from held where data not in (select data from known)) as surplus,
        (select (count(*) - count(distinct concat(data->>'id', ' ', data->'thing'->>'id')))::int from held) as copies,
        coalesce((
          select r.run_status = 'success' and j.last_run_status = 'success' and r.run_context is null
            and (${said === null} or r.run_id > ${lastRun}::integer)
          from bronze.dw_etl_runs r join bronze.dw_etl_jobs j on j.id = r.job_id
          where j.name = ${job.name} and j.source_instance_id = ${id}::integer
          order by r.run_id desc limit 1), false) as green`)
    const [found] = rows
    return { ...found!, missing: Math.max(0, found!.missing) }
  }

  async function makeDue(isDue: boolean): Promise<void> {
    if (isDue)
      await own.database.query(
        sql`update strata.job_watermarks set swept_at = swept_at - interval '2 hours' where swept_at is not null`,
      )
  }

  async function lastRunId(): Promise<number> {
    const { rows } = await own.database.query<{ id: number }>(
      'select coalesce(max(run_id), 0) as id from bronze.dw_etl_runs',
    )
    return rows[0]!.id
  }

  async function openRequests(...jobs: readonly EndpointJob[]): Promise<readonly unknown[]> {
    const { rows } = await own.database.query(sql`
      select job, reason, count(*)::int from strata.dead_letters
      where job = any (${jobs.map(({ table }) => `clinic.${table}`)}::text[])
        and resolved_at is null and reason <> 'unstorable_text' group by 1, 2`)
    return rows
  }
})

const ends = ['well', 'well', 'well', 'stopped', 'cut off', 'killed', 'afresh', 'a window', 'twice'] as const

/** The first record of a kind that no increment can ask for is found by the next walk over everything alone, as the documentation says. */
function hasUntold(faults: readonly FaultSpec[]): boolean {
  return faults.some(
    (fault) => fault.kind === 'cursor_values' && fault.values.some((value) => /null|0001|1753/.test(value)),
  )
}

function tableOf({ target }: EndpointJob) {
  return raw(`${target.schema}.${target.name}`)
}
