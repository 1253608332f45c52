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
