import type { EndpointJob } from '@strata/core'
import {
  createClock,
  type FaultSpec,
  type GivenRecord,
  type Simulator,
  startSimulator,
} from '@strata/simulator'
import { hostileFaults, isLasting, tellable } from './hostile-faults.ts'
import { cursor, job } from './landing-fixture.ts'
import type { Random } from './seeded-random.ts'

/** A source of things and of their parts, in two instances, what is wrong with it, and the jobs that read it. */
export interface HostileWorld {
  readonly simulator: Simulator
  readonly things: EndpointJob
  /** A slice a thing. */
  readonly parts: EndpointJob
  readonly faults: readonly FaultSpec[]
  /** The faults that stay when the others have gone. */
  readonly lasting: readonly FaultSpec[]
  /** Some hours pass, in which records come, change, move and go. */
  change(): void
  /** All parts of a thing, as the API writes them. */
  partsOf(instance: number, thing: string): readonly string[]
  describe(): string
}

export const instanceIds = [1, 2]
export const thingsPath = '/api/v1/things/odata'
const partsPath = '/api/v1/things/{thing}/parts/odata'
const mostThings = 60
const hour = 3_600_000

/** Everything is drawn: shapes of the jobs, faults, and what changes. `name` begins the names of its tables. */
export async function openHostileWorld(name: string, random: Random): Promise<HostileWorld> {
  const clock = createClock(new Date('2024-06-01T00:00:00Z'))
  const stampAt = (index: number) => new Date(Date.UTC(2024, 4, 1, 0, index)).toISOString()
  const atFirst = 8 + random.below(20)
  const thingRecords = Array.from({ length: atFirst }, (_, index) => ({
    id: index + 1,
    name: `thing ${index + 1}`,
    startDate: random.chance(0.1) ? null : `2024-0${1 + (index % 5)}-1${index % 9}T00:00:00Z`,
    modifiedDate: stampAt(index),
  }))
  let lastPart = 0
  const newPart = (thing: number): GivenRecord => ({ id: ++lastPart, thing: { id: thing }, size: lastPart })
  const partRecords: { [thing: string]: readonly GivenRecord[] } = {}
  for (let thing = 1; thing <= mostThings; thing += 1)
    partRecords[thing] = Array.from({ length: thing <= atFirst ? random.below(9) : 0 }, () => ({
      ...newPart(thing),
      modifiedDate: stampAt(lastPart),
    }))
  const simulator = await startSimulator({
    clock,
    instances: [
      { id: 1, name: 'north', apiKey: 'key-of-north' },
      { id: 2, name: 'south', apiKey: 'key-of-south' },
    ],
    collections: { [thingsPath]: { records: thingRecords }, [partsPath]: { records: partRecords } },
  })

  const { things, parts } = drawJobs(name, random)
  const followsParents = parts.slices[0]?.refresh === 'on_change'
  const faults = drawFaults(random)
  const log: string[] = []

  const thingIds = (instance: number): readonly number[] => numbersOf(simulator, thingsPath, instance)
  const partsBelow = (thing: number) => `/api/v1/things/${thing}/parts/odata`
  const said = (what: string, work: () => void): void => {
    log.push(what)
    work()
  }

  /** What follows its parents is told by them. */
  function tell(instance: number, thing: number): void {
    if (followsParents && thingIds(instance).includes(thing))
      simulator.edit(thingsPath, instance, thing, { name: `told ${random.below(1e6)}` })
  }

  function changeParts(instance: number): void {
    const thing = random.pick(thingIds(instance))
    const held = numbersOf(simulator, partsBelow(thing), instance)
    const kind = held.length === 0 ? 0 : random.below(4)
    const id = kind === 0 ? lastPart + 1 : random.pick(held)
    said(`${instance}: part ${['new', 'changed', 'gone', 'moved'][kind]} ${id} of ${thing}`, () => {
      if (kind === 0) simulator.insert(partsBelow(thing), instance, newPart(thing))
      if (kind === 1) simulator.edit(partsBelow(thing), instance, id, { size: random.below(1e6) })
      if (kind >= 2) simulator.delete(partsBelow(thing), instance, id)
      if (kind === 3) {
        const other = random.pick(thingIds(instance))
        simulator.insert(partsBelow(other), instance, { id, thing: { id: other }, size: 0 })
        tell(instance, other)
      }
    })
    tell(instance, thing)
  }

  function changeThings(instance: number): void {
    const held = thingIds(instance)
    const kind = held.length < 5 ? 0 : random.below(4)
    const id = kind === 0 ? Math.max(...held) + 1 : kind === 3 ? held.at(-1)! : random.pick(held)
    if (id > mostThings) return
    said(`${instance}: thing ${['new', 'changed', 'gone', 'changed'][kind]} ${id}`, () => {
      if (kind === 0)
        simulator.insert(thingsPath, instance, { id, name: 'new', startDate: '2024-03-01T00:00:00Z' })
      else if (kind === 2) simulator.delete(thingsPath, instance, id)
      else simulator.edit(thingsPath, instance, id, { name: `changed ${random.below(1e6)}` })
    })
  }

  return {
    simulator,
    things,
    parts,
    faults,
    lasting: faults.filter(isLasting),
    change() {
      clock.advance(hour * (1 + random.below(5)))
      log.push('---')
      for (const instance of instanceIds) {
        for (let count = random.below(4); count > 0; count -= 1) changeThings(instance)
        for (let count = random.below(4); count > 0; count -= 1) changeParts(instance)
      }
    },
    partsOf: (instance, thing) => simulator.records(`/api/v1/things/${thing}/parts/odata`, instance),
    describe: () =>
      [
        `things: ${shapeOf(things)}`,
        `parts: ${shapeOf(parts)}`,
        ...faults.map((fault) => JSON.stringify(fault)),
        ...log,
      ].join('\n'),
  }
}

function shapeOf(one: EndpointJob): string {
  const { cursor: by, sweep, window, pageSize, key, slices, paging } = one
  return JSON.stringify({ cursor: by?.field ?? null, sweep, window, pageSize, key, slices, paging })
}

function drawJobs(name: string, random: Random): Pick<HostileWorld, 'things' | 'parts'> {
  const shared = () => ({
    pageSize: random.pick([1, 2, 3, 5, 10, 1000]),
    cursor: random.chance(0.6) ? cursor({ lookbackSeconds: 60 }) : null,
    sweep: random.chance(0.5) ? { everySeconds: hour / 1000 } : null,
    maxDeletedShare: 1,
  })
  const things = job(`${name}_things`, {
    ...shared(),
    endpoint: thingsPath,
    window: random.chance(0.2) ? { field: 'startDate', from: '2024-01-01', days: 60, ahead: 100 } : null,
    paging: random.chance(0.2) ? { kind: 'keyset' } : { kind: 'auto' },
  })
  const parts = job(`${name}_parts`, {
    ...shared(),
    endpoint: partsPath,
    key: random.chance(0.3) ? [{ field: ['id'] }, { parameter: 'thing' }] : [{ field: ['id'] }],
    slices: [
      {
        parameter: 'thing',
        from: things.target,
        path: ['id'],
        match: {},
        ...(random.chance(0.6) && { refresh: 'on_change' as const }),
      },
    ],
  })
  return { things, parts }
}

/** None to three, each of one endpoint or of both, of one instance or of both. */
function drawFaults(random: Random): readonly FaultSpec[] {
  const drawn = tellable(random.some([...hostileFaults, ...otherFaults], random.pick([0, 1, 1, 2, 2, 3])))
  return drawn.map((fault) => {
    const ofIds = fault.kind === 'hostile_ids' || (fault.kind === 'big_numbers' && fault.field === 'id')
    const path =
      fault.kind === 'mutate' || fault.kind === 'hostile_ids'
        ? thingsPath
        : ofIds
          ? '/api/v1/things/*/parts/odata'
          : random.pick([thingsPath, '/api/v1/things/*/parts/odata', '**'])
    return {
      ...fault,
      path,
      ...(random.chance(0.3) && { instance: random.pick(['north', 'south']) }),
      ...('rate' in fault && { seed: random.below(1000) }),
    }
  })
}

const otherFaults: readonly FaultSpec[] = [
  { kind: 'mutate', from: 2, first: 2, edits: [{ kind: 'edit', count: 1 }] },
  { kind: 'mutate', from: 2, first: 2, edits: [{ kind: 'delete', count: 1 }] },
  {
    kind: 'mutate',
    from: 3,
    first: 1,
    edits: [
      { kind: 'edit', count: 2 },
      { kind: 'delete', count: 2 },
    ],
  },
  { kind: 'slow_drip', bytes: 200, pauseMs: 2, rate: 0.3 },
  { kind: 'timeout', rate: 0.1, first: 2 },
  { kind: 'redirect', rate: 0.3 },
  { kind: 'redirect', origin: 'http://127.0.0.1:9', rate: 0.1 },
  { kind: 'status', status: 404, rate: 0.2 },
  { kind: 'status', status: 501, rate: 0.1 },
  { kind: 'status', status: 408, rate: 0.3 },
  { kind: 'status', status: 403, from: 4, first: 1 },
  { kind: 'cap_top', top: 1 },
  { kind: 'cap_top', top: 2 },
  { kind: 'single_object' },
  { kind: 'next_link', size: 2, by: 'offset' },
  { kind: 'cursor_values', values: ['null', '1753-01-01', 'ahead', 'naive'], rate: 0.3 },
  { kind: 'cursor_name', name: 'changedOn' },
  { kind: 'poison', effect: 'huge', bytes: 300_000, rate: 0.1 },
  { kind: 'big_numbers' },
]

function numbersOf(simulator: Simulator, path: string, instance: number): readonly number[] {
  return idsOf(simulator.records(path, instance))
}

/** The numbers that the ids were, before faults made hostile texts or large numbers of them. */
function idsOf(records: readonly string[]): readonly number[] {
  return records.map((text) => {
    const [, ofText, ofNumber] = /^\{"id":(?:"(?:[^"\\]|\\.)*?(\d+)"|(\d+))/.exec(text) ?? []
    const id = BigInt(ofText ?? ofNumber ?? 0)
    return Number(id > firstLarge ? id - firstLarge : id)
  })
}

const firstLarge = 9_007_199_254_740_993n
