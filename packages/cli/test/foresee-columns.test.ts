import type { Change, ModelStep, Plan } from '@strata/core'
import { describeOldestServer } from '@strata/postgres/testing'
import { foreseeColumns } from '@strata/runner'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  incrementalPatients,
  model,
  openPublishFixture,
  type PublishFixture,
  target,
} from './publish-fixture.ts'

const sql: Change = { kind: 'sql', diff: null }

describeOldestServer('a plan of models whose SQL changed', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
    await fixture.publish(incrementalPatients({ config: { track_changes: true } }))
  })
  afterEach(() => fixture.drop())

  const patients = (full: string, changes: readonly Change[] = [sql]): ModelStep => {
    const step = incrementalPatients({ config: { track_changes: true } })
    return { ...step, select: { ...step.select, full }, intent: 'alter', changes }
  }
  const foresee = async (step: ModelStep) => {
    const plan: Plan = { version: 1, command: 'run', target, steps: [step] }
    const [foreseen] = (await foreseeColumns(fixture.database, plan)).steps
    return { intent: foreseen!.intent, changes: foreseen!.changes!.filter(({ kind }) => kind === 'columns') }
  }

  it('says which columns come, go and get another type, and what is built anew for that', async () => {
    const added = await foresee(patients('select id, name, 1 as one from bronze.patients'))
    expect(added).toEqual({
      intent: 'alter',
      changes: [{ kind: 'columns', adds: ['one'], drops: [], retypes: [] }],
    })
    const others = await foresee(patients('select id::bigint from bronze.patients'))
    expect(others).toEqual({
      intent: 'rebuild',
      changes: [
        {
          kind: 'columns',
          adds: [],
          drops: ['name'],
          retypes: [{ column: 'id', before: 'text', after: 'bigint' }],
        },
      ],
    })
    expect(await foresee(patients('select id, name from bronze.patients'))).toEqual({
      intent: 'alter',
      changes: [],
    })
  })

  it('says nothing where a parent changes before, or where the server refuses the SELECT', async () => {
    const nothing = { intent: 'alter', changes: [] }
    const behind: Change = { kind: 'parent', parent: 'silver.other' }
    expect(await foresee(patients('select 1 as one', [sql, behind]))).toEqual(nothing)
    expect(await foresee(patients('select nosuch from bronze.patients'))).toEqual(nothing)
    expect(await foresee(patients('select 1 as one', []))).toEqual(nothing)
  })

  it('executes nothing of a SELECT', async () => {
    await fixture.execute('create sequence bronze.counter')
    const counts = `select nextval('bronze.counter')::text as id`
    expect(await foresee({ ...model('patients', counts), intent: 'rebuild', changes: [sql] })).toMatchObject({
      changes: [{ drops: ['name'] }],
    })
    expect(await fixture.rows('select is_called from bronze.counter')).toEqual([{ is_called: false }])
  })
})
