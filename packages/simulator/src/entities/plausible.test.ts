import { describe, expect, test } from 'vitest'
import { DAY, EPOCH, isOfWeekend } from '../content/epoch.ts'
import { createContacts } from '../gohighlevel/contacts.ts'
import { collectionsOf, createWorld, type World, type WorldEntity } from '../world.ts'

interface Row {
  readonly [field: string]: unknown
  readonly id: number
}

const ended = ['Completed', 'Withdrawn', 'Screen Failed']

describe.each([
  [1, 0],
  [2, 0],
  [1, 45],
])('the clinics of instance %i after %d days', (instanceId, days) => {
  const now = EPOCH + days * DAY
  const world = createWorld({ seed: 1, scale: 1, instanceId })
  const studies = rowsOf(world, 'studies', now)
  const subjects = rowsOf(world, 'subjects', now)
  const isOf = (study: Row) => (subject: Row) => (subject['study'] as Row).id === study.id

  test('hold studies in every part of their life, and some of most', () => {
    const stages = share(studies, ({ status }) => /^0[124]/.test(String(status)))
    expect(stages).toBeGreaterThan(0.05)
    expect(stages).toBeLessThan(0.35)
    expect(share(studies, ({ status }) => status === '07. Enrollment')).toBeGreaterThan(0.25)
    expect(share(studies, ({ status }) => /^1/.test(String(status)))).toBeGreaterThan(0.05)
  })

  test('enrol 40 to 110 % of their targets in studies that take no more subjects, and have none open where they are closed', () => {
    const over = studies.filter(({ status }) => /^(08|09|1)/.test(String(status)))
    const enrolled = over.map((study) => subjects.filter(isOf(study)).filter(isEnrolled).length)
    const targets = over.map(({ targetEnrollment }) => Number(targetEnrollment))
    expectBetween(sum(enrolled) / sum(targets), 0.6, 1.05)
    for (const [index, count] of enrolled.entries())
      if (targets[index]! >= 15) expectBetween(count / targets[index]!, 0.4, 1.1)
    for (const study of over.filter(({ endDate }) => endDate !== null))
      for (const { status } of subjects.filter(isOf(study))) expect(ended).toContain(status)
    for (const study of studies.filter(({ startDate }) => startDate === null))
      expect(subjects.filter(isOf(study))).toEqual([])
  })

  test('take 60 to 200 days to start a study up, and some more to enrol the first subject', () => {
    const milestones = rowsOf(world, 'study_milestones', now)
    const firsts: number[] = []
    for (const study of studies) {
      const day = (name: string) => {
        const found = milestones.find((one) => isOf(study)(one) && one['name'] === name)?.['actualDate']
        return typeof found === 'string' ? Date.parse(found) / DAY : Number.NaN
      }
      const [selected, initiated, first] = [
        day('Site Selected'),
        day('Site Initiation'),
        day('First Subject In'),
      ]
      if (Number.isFinite(initiated)) expectBetween(initiated - selected, 60, 200)
      if (Number.isFinite(first)) firsts.push(first - initiated)
    }
    expectBetween(sum(firsts) / firsts.length, 20, 150)
  })

  test('fail a fifth to two fifths of the screened, and lose fewer of the enrolled', () => {
    const screened = subjects.filter(({ screeningDate }) => screeningDate !== null)
    expectBetween(
      share(screened, ({ status }) => status === 'Screen Failed'),
      0.2,
      0.4,
    )
    expectBetween(
      share(subjects.filter(isEnrolled), ({ status }) => status === 'Withdrawn'),
      0.03,
      0.25,
    )
  })

  test('hardly see anybody at weekends, and 5 to 15 % do not come', () => {
    const visits = rowsOf(world, 'patient_visits', now)
    const weekend = share(visits, (visit) => isOfWeekend(Date.parse(String(visit['scheduledDate']))))
    expectBetween(weekend, 0.001, 0.04)
    const over = rowsOf(world, 'appointments', now).filter(({ status }) =>
      ['Completed', 'No Show'].includes(String(status)),
    )
    expectBetween(
      share(over, ({ status }) => status === 'No Show'),
      0.05,
      0.15,
    )
    expectBetween(
      share(visits, ({ status }) => status === 'Completed'),
      0.5,
      0.9,
    )
  })
})

describe.each([
  [1, 0],
  [2, 30],
])('the many clinics of instance %i after %d days', (instanceId, days) => {
  const now = EPOCH + days * DAY
  const world = createWorld({ seed: 1, scale: 8, instanceId })
  const studies = rowsOf(world, 'studies', now)
  const subjects = rowsOf(world, 'subjects', now)
  const enrolledIn = (status: string) => {
    const ids = new Set(studies.filter((study) => study['status'] === status).map(({ id }) => id))
    return subjects.filter((subject) => isEnrolled(subject) && ids.has((subject['study'] as Row).id))
  }
  const isInStudy = ({ status }: Row) => !ended.includes(String(status))

  test('have a site selected from the start-up of a study on, and not before', () => {
    const selected = rowsOf(world, 'study_milestones', now).filter(({ name }) => name === 'Site Selected')
    const statusOf = new Map(studies.map(({ id, status }) => [id, String(status)]))
    const seen = new Set<string>()
    for (const milestone of selected) {
      const status = statusOf.get((milestone['study'] as Row).id)!
      seen.add(status)
      expect(milestone['actualDate'] !== null, status).toBe(!/^0[12]/.test(status))
    }
    expect([...seen].toSorted().slice(0, 3)).toEqual(['01. Prospect', '02. Feasibility', '04. Start-Up'])
  })

  test('hold many subjects in studies that are closed to others, fewer in the follow-up, and none later', () => {
    expectBetween(share(enrolledIn('08. Enrollment Closed'), isInStudy), 0.4, 0.85)
    expectBetween(share(enrolledIn('09. Follow-Up'), isInStudy), 0.15, 0.5)
    expect(enrolledIn('10. Close-Out').filter(isInStudy)).toEqual([])
    for (const { status } of enrolledIn('09. Follow-Up'))
      expect(['Prescreened', 'Screened']).not.toContain(status)
  })

  test('wait some days for whom nobody saw before they give a visit up', () => {
    const missed = new Map(
      rowsOf(world, 'appointments', now)
        .filter(({ status }) => status === 'No Show')
        .map(({ patientVisit, modifiedDate }) => [(patientVisit as Row | null)?.id, String(modifiedDate)]),
    )
    const today = new Date(now).toISOString()
    const visits = rowsOf(world, 'patient_visits', now)
    const overdue = visits.filter(
      ({ status, windowEnd }) => status === 'Scheduled' && String(windowEnd) < today.slice(0, 10),
    )
    expectBetween(
      share(overdue, ({ id }) => missed.has(id)),
      0.2,
      0.7,
    )
    for (const visit of visits.filter(({ status }) => status === 'Missed'))
      expect(String(visit['modifiedDate']) >= missed.get(visit.id)!).toBe(true)
  })
})

test('more of those who come by an advertisement fail the screening than of those whom somebody sent', () => {
  const world = createWorld({ seed: 1, scale: 12, instanceId: 1 })
  const contacts = createContacts(7, 5_000, 'location', [world.patients])
  const rows = Array.from({ length: contacts.count(EPOCH) }, (_, index) => contacts.record(index, EPOCH))
  const patients = new Map(rowsOf(world, 'patients', EPOCH).map(({ email, id }) => [email, id]))
  const subjects = rowsOf(world, 'subjects', EPOCH).filter(({ screeningDate }) => screeningDate !== null)
  const of = (source: string) => {
    const came = rows.filter((contact) => contact['source'] === source && contact['email'] !== null)
    const ids = new Set(came.map(({ email }) => patients.get(email)).filter((id) => id !== undefined))
    const screened = subjects.filter(({ patient }) => ids.has((patient as Row).id))
    return {
      patients: ids.size / came.length,
      failed: share(screened, ({ status }) => status === 'Screen Failed'),
    }
  }
  const [facebook, referral] = [of('facebook'), of('referral')]
  expectBetween(facebook.failed, 0.33, 0.55)
  expectBetween(referral.failed, 0.08, 0.28)
  expect(facebook.patients).toBeLessThan(referral.patients - 0.1)
})

test('most contacts of a CRM have the address of a patient who came after them', () => {
  const worlds = [1, 2].map((instanceId) => createWorld({ seed: 1, scale: 1, instanceId }))
  const contacts = createContacts(
    7,
    400,
    'location',
    worlds.map(({ patients }) => patients),
  )
  for (const now of [EPOCH, EPOCH + 60 * DAY]) {
    const patients = new Map(
      worlds.flatMap((world) => rowsOf(world, 'patients', now)).map((row) => [row['email'], row]),
    )
    const known = Array.from({ length: contacts.count(now) }, (_, index) =>
      contacts.record(index, now),
    ).filter(({ email }) => email !== null)
    const matched = known.filter(({ email }) => patients.has(email))
    expectBetween(matched.length / known.length, 0.5, 0.85)
    for (const { email, lastName, createdDate } of matched) {
      const patient = patients.get(email)!
      expect(patient['lastName']).toBe(lastName)
      expect(String(patient['createdDate']) > String(createdDate)).toBe(true)
    }
  }
})

function rowsOf(world: World, entity: WorldEntity, now: number): readonly Row[] {
  return [...collectionsOf(world, entity, now)].flatMap((collection) =>
    Array.from(
      { length: collection.count(now) },
      (_, index) => collection.record(index, now) as unknown as Row,
    ),
  )
}

function isEnrolled({ enrollmentDate }: Row): boolean {
  return enrollmentDate !== null
}

function share<T>(items: readonly T[], is: (item: T) => boolean): number {
  return items.filter(is).length / items.length
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function expectBetween(value: number, low: number, high: number): void {
  expect(value).toBeGreaterThanOrEqual(low)
  expect(value).toBeLessThanOrEqual(high)
}
