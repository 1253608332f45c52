import { describe, expect, it } from 'vitest'
import { readInstead } from './read-instead.ts'

const patients = { schema: 'silver', name: 'patients' }
const standIn = { schema: 'silver', name: 'patients__new' }
const read = (sql: string) => readInstead(sql, patients, standIn)

describe('readInstead', () => {
  it.each([
    ['select * from "silver"."patients"', 'select * from "silver"."patients__new"'],
    ['select * from Silver . patients p', 'select * from "silver"."patients__new" p'],
    ['select * from "db"."silver"."patients"', 'select * from "silver"."patients__new"'],
    [
      'select silver.patients.id from silver.patients',
      'select "silver"."patients__new".id from "silver"."patients__new"',
    ],
    [
      'select * from silver.patients a join silver.patients b using (id)',
      'select * from "silver"."patients__new" a join "silver"."patients__new" b using (id)',
    ],
  ])('reads the stand-in in %s', (sql, expected) => {
    expect(read(sql)).toBe(expected)
  })

  it.each([
    `select 'silver.patients' from x`,
    'select * from x -- silver.patients',
    'select $$ "silver"."patients" $$',
    'select * from "Silver"."patients"',
    'select * from silver.patients_old',
    'select * from gold.patients',
    'select patients from patients',
    'select * from a.b.silver.patients',
  ])('leaves %s as it is', (sql) => {
    expect(read(sql)).toBe(sql)
  })
})
