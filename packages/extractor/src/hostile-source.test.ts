import { createClock, type FaultSpec, type Simulator, startSimulator } from '@strata/simulator'
import sql, { raw } from 'sql-template-tag'
import { afterEach, expect, test } from 'vitest'
import { describeOldestDatabase } from './testing/describe-databases.ts'
import { hostileFaults, isLasting, tellable } from './testing/hostile-faults.ts'
import { cursor, instance, job, type Landing, prepareLanding } from './testing/landing-fixture.ts'

const path = '/api/v1/things/odata'

const isSoak = process.env['STRATA_SOAK'] === '1'

describeOldestDatabase('a hostile source', (database, server) => {
  let simulator: Simulator
  afterEach(() => simulator.close())

  async function open(name: string, isIncremental: boolean) {
    const clock = createClock(new Date('2024-06-01T00:00:00Z'))
    const records = Array.from({ length: 60 }, (_, index) => ({
      id: index + 1,
      name: `thing ${index + 1}`,
      modifiedDate: new Date(Date.UTC(2024, 4, 1, 0, index)).toISOString(),
    }))
    simulator = await startSimulator({
      clock,
      instances: [{ id: 1, name: 'north', apiKey: 'key-of-north' }],
      collections: { [path]: { records } },
    })
    const things = job(name, {
      endpoint: path,
      pageSize: 10,
      cursor: isIncremental ? cursor({ lookbackSeconds: 60 }) : null,
      maxDeletedShare: 1,
    })
    const landing = await prepareLanding(
      database(),
      [things],
      [instance({ address: simulator.url(1), credentials: { api_key: simulator.apiKey(1) } })],
    )
    return { landing, things, clock }
  }

  /** The source as it is now, and how bronze differs from it. */
  async function differences(name: string): Promise<{ missing: number; surplus: number }> {
    const truth = `[${simulator.records(path, 1).join(',')}]`
      .replaceAll('\\u0000', '')
      .replace(/1e\d{4,}/g, 'null')
    const table = raw(`bronze.dim_${name}_staging`)
    const { rows } = await database().query<{ missing: number; surplus: number }>(sql`
      with truth as materialized (select data from jsonb_array_elements(${truth}::jsonb) as t (data)),
        held as materialized (select data from ${table} where deleted_at is null)
      select (select count(*)::int from truth where data not in (select data from held)) as missing,
        (select count(*)::int from held where data not in (select data from truth)) as surplus`)
    return rows[0]!
  }

  /** Green, or what the run says is wrong. */
  async function land(
    landing: Landing,
    things: ReturnType<typeof job>,
    fullRefresh = false,
  ): Promise<string | null> {
    try {
      const { status, message } = await landing.land(things, { fullRefresh })
      // What one walk without a proven order has missed is said, and gone when the next misses it as well.
      return status === 'success' && !/gone if the next/.test(message) ? null : `${status}: ${message}`
    } catch (error) {
      return String(error)
    }
  }

  function change(round: number): void {
    simulator.clock.advance(3_600_000)
    const entity = path
    simulator.insert(entity, 1, { name: `new in round ${round}` })
    simulator.edit(entity, 1, 10 + round, { name: `changed in round ${round}` })
    simulator.edit(entity, 1, 60, { name: `last, changed in round ${round}` })
    simulator.delete(entity, 1, 20 + round)
  }

  let number = 0
  async function prove(specs: readonly FaultSpec[], isIncremental: boolean): Promise<void> {
    const name = `hostile${++number}`
    const { landing, things } = await open(name, isIncremental)
    const story: string[] = []
    simulator.setFaults(specs)
    for (let round = 1; round <= 3; round += 1) {
      const complaint = await land(landing, things)
      const { missing, surplus } = await differences(name)
      story.push(`${round}: ${complaint ?? 'green'}, ${missing} missing, ${surplus} more`)
      // An increment knows nothing of what is gone; but for that a green run has all, as it is.
      if (complaint === null)
        expect({ missing, surplus: isIncremental ? 0 : surplus }, story.join('\n')).toEqual({
          missing: 0,
          surplus: 0,
        })
      change(round)
    }
    simulator.setFaults(specs.filter(isLasting))
    for (let round = 4; round <= 6; round += 1) {
      const complaint = await land(landing, things, isIncremental)
      const { missing, surplus } = await differences(name)
      story.push(`${round}: ${complaint ?? 'green'}, ${missing} missing, ${surplus} more`)
      if (complaint === null && missing + surplus === 0) return
    }
    expect(story.join('\n')).toBe('healed within three runs after the faults have gone')
  }

  // The faults are the source's, and the server matters little to them: both see the mixed ones.
  for (const spec of server === 'embedded' || isSoak ? hostileFaults : []) {
    const title = Object.entries(spec)
      .map(([key, value]) => (key === 'kind' ? value : `${key} ${value}`))
      .join(', ')
    for (const isIncremental of [false, true])
      test(`${isIncremental ? 'read by increments' : 'walked over'}, with ${title}: nothing is missing from a green run, and all is healed`, async () => {
        await prove([spec], isIncremental)
      })
  }

  for (let seed = 1; seed <= (isSoak ? 100 : 3); seed += 1)
    test(`with three faults at once (${seed}): nothing is missing from a green run, and all is healed`, async () => {
      const picked = [11, 17, 29].map((step) => hostileFaults[(seed * step) % hostileFaults.length]!)
      await prove(tellable([...new Set(picked)]), seed % 2 === 0)
    })
})
