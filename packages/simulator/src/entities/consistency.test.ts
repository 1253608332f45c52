import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { dateText } from '../content/date-text.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { type SimulatedRecord, writeJson } from '../content/value.ts'
import { collectionsOf, createWorld, type World, type WorldEntity } from '../world.ts'
import { entities } from './entities.ts'

type Row = { readonly [field: string]: unknown } & { readonly id: number }
type Tables = { readonly [entity in WorldEntity]: ReadonlyMap<number, Row> }

/** Whom a reference leads to, by the name of its field. */
const targets: { readonly [field: string]: WorldEntity } = {
  study: 'studies',
  patient: 'patients',
  subject: 'subjects',
  visit: 'visits',
  patientVisit: 'patient_visits',
  element: 'elements',
  site: 'sites',
  primarySite: 'sites',
  staff: 'staff',
  performedBy: 'staff',
  assignedTo: 'staff',
  author: 'staff',
}

describe.each([
  [1, 0],
  [1, 33.3],
  [2, 290],
])('all records of instance %i after %d days', (instanceId, days) => {
  const now = EPOCH + Math.floor(days * DAY)
  const world = createWorld({ seed: 1, scale: 0.05, instanceId })
  const tables = read(world, now)

  test('are there, of each entity', () => {
    for (const [entity, rows] of Object.entries(tables)) expect(rows.size, entity).toBeGreaterThan(2)
    expect(tables.patient_visit_elements.size).toBe(entities.patient_visit_elements.total?.(world, now))
  })

  test('refer to records that exist, by the names that these have', () => {
    for (const [entity, rows] of Object.entries(tables)) {
      for (const row of rows.values()) {
        for (const [field, value] of Object.entries(row)) {
          const isReference = typeof value === 'object' && value !== null && 'id' in value
          if (!isReference || field === 'sponsor') continue
          const target = tables[targets[field]!].get(value.id as number)
          expect(target, `${entity} ${row.id} ${field}`).toBeDefined()
          if ('name' in value) expect(value.name).toBe(target!['name'])
        }
      }
    }
  })

  test('that name several others name such as belong together', () => {
    for (const visit of tables.patient_visits.values()) {
      const subject = tables.subjects.get(idIn(visit, 'subject'))!
      expect(idIn(visit, 'patient')).toBe(idIn(subject, 'patient'))
      expect(idIn(visit, 'study')).toBe(idIn(subject, 'study'))
      expect(idIn(tables.visits.get(idIn(visit, 'visit'))!, 'study')).toBe(idIn(subject, 'study'))
      expect(tables.studies.get(idIn(visit, 'study'))!['siteIds']).toContain(idIn(visit, 'site'))
    }
    for (const element of tables.patient_visit_elements.values()) {
      const visit = tables.patient_visits.get(idIn(element, 'patientVisit'))!
      expect(idIn(element, 'patient')).toBe(idIn(visit, 'patient'))
    }
    for (const element of tables.visit_elements.values()) {
      expect(idIn(tables.visits.get(idIn(element, 'visit'))!, 'study')).toBe(idIn(element, 'study'))
    }
    for (const appointment of tables.appointments.values()) {
      const visit = tables.patient_visits.get(idIn(appointment, 'patientVisit'))
      const subject = tables.subjects.get(idIn(appointment, 'subject'))
      const member = tables.staff.get(idIn(appointment, 'staff'))!
      expect(idIn(member, 'primarySite')).toBe(idIn(appointment, 'site'))
      if (subject !== undefined) expect(idIn(appointment, 'patient')).toBe(idIn(subject, 'patient'))
      if (visit === undefined) continue
      for (const field of ['patient', 'subject', 'study', 'site']) {
        expect(idIn(appointment, field)).toBe(idIn(visit, field))
      }
      expect(String(appointment['startDate']).slice(0, 10)).toBe(visit['scheduledDate'])
    }
    for (const query of tables.queries.values()) {
      const visit = tables.patient_visits.get(idIn(query, 'patientVisit'))
      if (visit !== undefined) expect(idIn(visit, 'subject')).toBe(idIn(query, 'subject'))
    }
  })

  test('of a subject are the visits of its study as far as it has come', () => {
    for (const subject of tables.subjects.values()) {
      const schedule = [...tables.visits.values()].filter(
        (visit) => idIn(visit, 'study') === idIn(subject, 'study'),
      )
      const planned = [...tables.patient_visits.values()].filter(
        (visit) => idIn(visit, 'subject') === subject.id,
      )
      const due = schedule.filter(({ visitType }) =>
        visitType === 'Screening' ? subject['screeningDate'] !== null : subject['enrollmentDate'] !== null,
      )
      expect(planned.map((visit) => idIn(visit, 'visit')).toSorted()).toEqual(
        due.map(({ id }) => id).toSorted(),
      )
      for (const visit of planned) {
        const rule = tables.visits.get(idIn(visit, 'visit'))!
        const isScreening = rule['visitType'] === 'Screening'
        const target = isScreening
          ? subject['screeningDate']
          : later(subject['enrollmentDate'], rule['targetDay'])
        expect(visit['targetDate']).toBe(target)
        expect(visit['windowStart']).toBe(later(target, -Number(rule['windowBefore'])))
        expect(visit['windowEnd']).toBe(later(target, rule['windowAfter']))
      }
    }
  })

  test('of a patient visit are the elements that hang on the visit, with results where they were done', () => {
    for (const visit of tables.patient_visits.values()) {
      const planned = [...tables.visit_elements.values()].filter(
        (element) => idIn(element, 'visit') === idIn(visit, 'visit'),
      )
      const done = [...tables.patient_visit_elements.values()].filter(
        (element) => idIn(element, 'patientVisit') === visit.id,
      )
      expect(done.map((element) => idIn(element, 'element'))).toEqual(
        planned.map((element) => idIn(element, 'element')),
      )
      const patient = tables.patients.get(idIn(visit, 'patient'))!
      for (const { status, performedDate, result, performedBy, unit, element } of done) {
        const isDone = status === 'Completed'
        expect([performedDate, result, performedBy].map((value) => value !== null)).toEqual([
          isDone,
          isDone,
          isDone,
        ])
        expect(unit).toBe(tables.elements.get((element as Row).id)!['unit'])
        if (isDone && (element as Row)['name'] === 'Height') {
          expect(Math.abs(Number(result) - Number(patient['heightCm']))).toBeLessThan(1)
        }
        if (isDone) expect(visit['completedDate']).toBe(String(performedDate).slice(0, 10))
        expect(status === 'Pending').toBe(visit['status'] === 'Scheduled')
      }
    }
  })

  test('tell nothing of the time to come, and are closed in time but for some, which are within a month', () => {
    const today = dateText(now)
    let late = 0
    for (const visit of tables.patient_visits.values()) {
      expect(visit['completedDate'] !== null).toBe(visit['status'] === 'Completed')
      if (visit['completedDate'] !== null) expect(String(visit['completedDate']) <= today).toBe(true)
      if (visit['status'] === 'Scheduled') {
        expect(String(visit['scheduledDate']) >= dateText(now - 32 * DAY)).toBe(true)
        if (String(visit['scheduledDate']) < dateText(now - DAY)) late += 1
      }
    }
    expect(late / tables.patient_visits.size).toBeLessThan(0.05)
    for (const appointment of tables.appointments.values()) {
      const isPending = ['Scheduled', 'Confirmed'].includes(String(appointment['status']))
      if (isPending) expect(Date.parse(String(appointment['endDate']))).toBeGreaterThan(now - 32 * DAY)
      if (appointment['status'] === 'Completed') {
        expect(Date.parse(String(appointment['endDate']))).toBeLessThan(now)
      }
    }
    for (const [entity, dates] of [
      ['study_actions', ['completedDate']],
      ['queries', ['openedDate', 'answeredDate', 'closedDate']],
      ['study_milestones', ['actualDate']],
      ['study_documents', ['documentDate']],
    ] as const) {
      for (const row of tables[entity].values()) {
        for (const date of dates) if (row[date] !== null) expect(String(row[date]) <= today).toBe(true)
      }
    }
  })
})

test('a visit goes from scheduled to its outcome, and its elements and its appointment go with it', () => {
  const world = createWorld({ seed: 1, scale: 0.4, instanceId: 1 })
  const [before, after] = [EPOCH + 10 * DAY, EPOCH + 90 * DAY]
  const early = read(world, before)
  const late = read(world, after)
  const outcomes = new Set<unknown>()
  for (const visit of early.patient_visits.values()) {
    const then = late.patient_visits.get(visit.id)!
    if (visit['status'] !== 'Scheduled') expect(then['status']).toBe(visit['status'])
    else outcomes.add(then['status'])
  }
  expect([...outcomes].toSorted()).toEqual(['Cancelled', 'Completed', 'Missed', 'Scheduled'])
  const words = { Completed: 'Completed', Missed: 'No Show', Cancelled: 'Cancelled' }
  for (const appointment of late.appointments.values()) {
    const visit = late.patient_visits.get(idIn(appointment, 'patientVisit'))
    if (visit === undefined) continue
    const word = words[String(visit['status']) as keyof typeof words]
    if (word === undefined) expect(['Scheduled', 'Confirmed', 'No Show']).toContain(appointment['status'])
    else expect(appointment['status']).toBe(word)
  }
})

test('an element changes only when its patient visit does', () => {
  const world = createWorld({ seed: 4, scale: 0.1, instanceId: 1 })
  const visits = read(world, EPOCH + 90 * DAY).patient_visits
  for (const element of read(world, EPOCH + 90 * DAY).patient_visit_elements.values()) {
    const visit = visits.get(idIn(element, 'patientVisit'))!
    expect(String(element['modifiedDate']) <= String(visit['modifiedDate'])).toBe(true)
  }
})

test('sites and patients are what they have been since the first version', () => {
  const world = createWorld({ seed: 1, scale: 0.05, instanceId: 2 })
  const now = EPOCH + 77 * DAY
  const digests = (['sites', 'patients'] as const).map((entity) => {
    const hash = createHash('sha256')
    for (const record of recordsOf(world, entity, now)) hash.update(writeJson(record))
    return hash.digest('hex').slice(0, 16)
  })
  expect(digests).toEqual(['95b1b41536f7e60a', 'ae0b16ac5a68cf60'])
})

function read(world: World, now: number): Tables {
  const table = (entity: WorldEntity) => {
    const rows = [...recordsOf(world, entity, now)].map((record) => JSON.parse(writeJson(record)) as Row)
    expect(new Set(rows.map(({ id }) => id)).size, `ids of ${entity}`).toBe(rows.length)
    return new Map(rows.map((row) => [row.id, row]))
  }
  const names = Object.keys(entities) as WorldEntity[]
  return Object.fromEntries(names.map((entity) => [entity, table(entity)])) as unknown as Tables
}

function* recordsOf(world: World, entity: WorldEntity, now: number): Generator<SimulatedRecord> {
  for (const collection of collectionsOf(world, entity, now)) {
    for (let index = 0; index < collection.count(now); index += 1) yield collection.record(index, now)
  }
}

/** NaN where it refers to nothing. */
function idIn(row: Row, field: string): number {
  return (row[field] as Row | null)?.id ?? Number.NaN
}

function later(date: unknown, days: unknown): string {
  return dateText(Date.parse(String(date)) + Number(days) * DAY)
}
