import { describe, expect, test } from 'vitest'
import { DAY, EPOCH } from './content/epoch.ts'
import { type SimulatedRecord, writeJson } from './content/value.ts'
import { createHoldings } from './edits/holdings.ts'
import { entities } from './entities/entities.ts'
import { type Changes, collectionsOf, createWorld, type World, type WorldEntity } from './world.ts'

const names = Object.keys(entities) as WorldEntity[]
const at = (days: number): number => EPOCH + Math.floor(days * DAY)

describe('a world', () => {
  const north = createWorld({ seed: 1, scale: 1, instanceId: 1 })
  const south = createWorld({ seed: 1, scale: 1, instanceId: 2 })
  const small = createWorld({ seed: 1, scale: 0.1, instanceId: 1 })

  test('holds a thousand patients at scale 1, twenty studies, and subjects of most', () => {
    for (const world of [north, south]) {
      expect(world.patients.count(EPOCH)).toBe(1000)
      expect(world.studies.count(EPOCH)).toBe(20)
      expect(recordsOf(world, 'subjects', EPOCH).size).toBeGreaterThan(200)
    }
  })

  test('is the same for the same seed and instance, and another for another', () => {
    const again = createWorld({ seed: 1, scale: 0.1, instanceId: 1 })
    const other = createWorld({ seed: 2, scale: 0.1, instanceId: 1 })
    // What was asked for before makes no difference.
    recordsOf(again, 'patient_visits', at(200))
    for (const entity of names) {
      const records = recordsOf(small, entity, at(3))
      expect(recordsOf(again, entity, at(3)), entity).toEqual(records)
      expect(recordsOf(other, entity, at(3)), entity).not.toEqual(records)
    }
  })

  test('shares patient ids between instances, but not people', () => {
    expect([...recordsOf(north, 'patients', EPOCH).keys()]).toEqual([
      ...recordsOf(south, 'patients', EPOCH).keys(),
    ])
    let same = 0
    for (let index = 0; index < 1000; index += 1) {
      const [left, right] = [north, south].map((world) => world.patients.record(index, EPOCH))
      if (left!.lastName === right!.lastName && left!.dateOfBirth === right!.dateOfBirth) same += 1
    }
    expect(same).toBeLessThan(10)
  })

  test('gives a record by its index alone as it gives it in sequence', () => {
    for (const entity of names) {
      for (const collection of collectionsOf(small, entity, at(40))) {
        const walked = Array.from({ length: collection.count(at(40)) }, (_, index) =>
          collection.record(index, at(40)),
        )
        if (walked.length === 0) continue
        const fresh = createWorld({ seed: 1, scale: 0.1, instanceId: 1 })
        const same = fresh.open(entity, parentsOf(entity, walked[0]!), at(40))!
        for (const index of [walked.length - 1, 0, walked.length >> 1]) {
          expect(same.record(index, at(40))).toEqual(walked[index])
        }
      }
    }
  })

  test('says in a stamp what stands in the record', () => {
    for (const entity of names) {
      for (const collection of collectionsOf(small, entity, at(12.3))) {
        for (let index = 0; index < collection.count(at(12.3)); index += 1) {
          const stamp = collection.stamp(index, at(12.3))
          const record = collection.record(index, at(12.3))
          expect(record.id).toBe(stamp.id)
          expect(record.createdDate).toBe(new Date(stamp.createdDate).toISOString())
          expect(record.modifiedDate).toBe(new Date(stamp.modifiedDate).toISOString())
          expect(stamp.createdDate).toBeLessThanOrEqual(stamp.modifiedDate)
          expect(stamp.modifiedDate).toBeLessThanOrEqual(at(12.3))
        }
      }
    }
  })

  test('writes the fields of its schema, in order, and no others', () => {
    for (const entity of names) {
      // Those of the first entities stand in an order of their own.
      const isSorted = ['sites', 'studies', 'patients', 'subjects'].includes(entity)
      const inOrder = (fields: object) => (isSorted ? Object.keys(fields).toSorted() : Object.keys(fields))
      for (const collection of collectionsOf(small, entity, EPOCH)) {
        if (collection.count(EPOCH) > 0) {
          expect(inOrder(collection.record(0, EPOCH)), entity).toEqual(inOrder(collection.schema))
        }
      }
    }
  })

  const spans = [
    [0, 1],
    [1, 2],
    [5.5, 5.5],
    [0.25, 9.75],
    [30, 90],
    [0, 400],
  ] as const
  test.each([
    [1, 1, names.slice(0, 4), spans],
    [2, 1, names.slice(0, 4), spans],
    [2, 0.05, names.slice(4), spans.slice(2)],
  ])(
    'changes exactly as changesBetween says, in instance %i at scale %d',
    (instanceId, scale, own, within) => {
      const world = createWorld({ seed: 7, scale, instanceId })
      for (const [from, to] of within) {
        for (const entity of own) {
          const before = recordsOf(world, entity, at(from))
          const after = recordsOf(world, entity, at(to))
          const changes = changesBetween(world, entity, at(from), at(to))
          expect({ entity, from, to, ...compare(before, after, at(from), at(to)) }).toEqual({
            entity,
            from,
            to,
            ...changes,
          })
        }
      }
    },
  )

  test('changes about one patient in a hundred and three subjects in a hundred a day, and few studies', () => {
    let patients = 0
    let subjects = 0
    const days = 60
    for (let day = 0; day < days; day += 1) {
      patients += changesBetween(north, 'patients', at(day), at(day + 1)).changed
      subjects += changesBetween(north, 'subjects', at(day), at(day + 1)).changed
      expect(changesBetween(north, 'studies', at(day), at(day + 1)).changed).toBeLessThanOrEqual(4)
    }
    expect(patients / days / 1000).toBeCloseTo(0.01, 2)
    expect(subjects / days / recordsOf(north, 'subjects', at(30)).size).toBeCloseTo(0.033, 2)
    expect(changesBetween(north, 'patients', at(0), at(days)).inserted).toBeGreaterThan(100)
    expect(changesBetween(north, 'subjects', at(0), at(days)).inserted).toBeGreaterThan(30)
    expect(changesBetween(north, 'studies', at(0), at(days)).inserted).toBeGreaterThan(3)
  })

  test.each([0.01, 1, 4])(
    'refers from each subject to a patient and study that exist, at scale %d',
    (scale) => {
      const world = createWorld({ seed: 3, scale, instanceId: 1 })
      const now = at(250)
      const patients = recordsOf(world, 'patients', now)
      const studies = recordsOf(world, 'studies', now)
      const subjects = recordsOf(world, 'subjects', now)
      const pairs = new Set<string>()
      for (const subject of subjects.values()) {
        const patient = patients.get((subject.patient as { id: number }).id)!
        const study = studies.get((subject.study as { id: number }).id)!
        expect(subject.study).toEqual({ id: study.id, name: study.name })
        expect(String(patient.createdDate) <= String(subject.createdDate)).toBe(true)
        pairs.add(`${patient.id} ${study.id}`)
      }
      expect(pairs.size).toBe(subjects.size)
    },
  )

  test('touches few records without changing more than their time', () => {
    const before = recordsOf(north, 'patients', at(0))
    const after = recordsOf(north, 'patients', at(30))
    const touched = [...before].filter(([id, old]) => old.modifiedDate !== after.get(id)!.modifiedDate)
    const same = touched.filter(
      ([id, old]) =>
        writeJson({ ...old, modifiedDate: after.get(id)!.modifiedDate! }) === writeJson(after.get(id)!),
    )
    expect(touched.length).toBeGreaterThan(200)
    expect(same.length).toBeLessThan(touched.length / 20)
  })

  test('lets a million patients be reached at once', () => {
    const world = createWorld({ seed: 1, scale: 1000, instanceId: 1 })
    expect(world.patients.count(EPOCH)).toBe(1_000_000)
    expect(world.patients.record(999_999, EPOCH).id).toBe(1_100_000)
  })
})

function changesBetween(world: World, entity: WorldEntity, from: number, to: number): Changes {
  const sum = { inserted: 0, changed: 0 }
  for (const { collection } of createHoldings(world, {}).places(entity, to)) {
    const { inserted, changed, deleted } = collection.changesBetween(from, to)
    expect(deleted).toBe(0)
    sum.inserted += inserted
    sum.changed += changed
  }
  return sum
}

/** The ids of the parents that a record names, as its path takes them. */
function parentsOf(entity: WorldEntity, record: SimulatedRecord): readonly number[] {
  const parameters = entities[entity].path.match(/(?<=\{)\w+(?=Id\})/g) ?? []
  return parameters.map((name) => (record[name] as { id: number }).id)
}

/** Every record of an entity by its id, which no two may share. */
function recordsOf(world: World, entity: WorldEntity, now: number): Map<number, SimulatedRecord> {
  const records = new Map<number, SimulatedRecord>()
  for (const collection of collectionsOf(world, entity, now)) {
    for (let index = 0; index < collection.count(now); index += 1) {
      const record = collection.record(index, now)
      expect(records.has(record.id as number)).toBe(false)
      records.set(record.id as number, record)
    }
  }
  return records
}

function compare(
  before: Map<number, SimulatedRecord>,
  after: Map<number, SimulatedRecord>,
  from: number,
  to: number,
) {
  let inserted = 0
  let changed = 0
  for (const [id, record] of after) {
    const old = before.get(id)
    const modified = Date.parse(String(record.modifiedDate))
    if (old === undefined) {
      inserted += 1
      expect(Date.parse(String(record.createdDate))).toBeGreaterThan(from)
      expect(modified).toBeLessThanOrEqual(to)
    } else {
      const isChanged = old.modifiedDate !== record.modifiedDate
      // A record that is touched may look as before, but none changes untouched.
      if (!isChanged) expect(writeJson(old)).toBe(writeJson(record))
      if (isChanged) {
        changed += 1
        expect(modified).toBeGreaterThan(from)
        expect(modified).toBeLessThanOrEqual(to)
      }
    }
  }
  for (const id of before.keys()) expect(after.has(id)).toBe(true)
  return { inserted, changed }
}
