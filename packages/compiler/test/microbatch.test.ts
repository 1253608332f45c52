import { describe, expect, it } from 'vitest'
import { buildPlan } from '../src/plan/build-plan.ts'
import { batchSettings, parseMoment } from '../src/resolve/microbatch-config.ts'
import { compileFiles, type Files, testTarget } from '../src/testing/compile-files.ts'

const config = (options: string) =>
  `{{ config(materialized='incremental', unique_key='id', incremental_strategy='microbatch'${options}) }}`
const daily = config(", event_time='At', batch_size='day', begin='2024-01-01'")

const project: Files = {
  'models/sources.yml': `
version: 2
sources:
  - name: app
    schema: raw
    config: { event_time: happened }
    tables: [{ name: visits }]
  - name: clinic
    connector: { kind: odata, auth: { kind: api_key }, instances: [{ id: 1, name: one, base_url: { env: U }, api_key: { env: K } }] }
    tables:
      - name: patients
        config: { event_time: created_at }
        job: { endpoint: /p, key: [id] }
`,
  'models/events.sql': "{{ config(event_time='at') }}select 1 as id, now() as at",
  'models/whole.sql': 'select 1 as id',
}

const compiled = (sql: string, more: Files = {}) => compileFiles({ ...project, ...more, 'models/m.sql': sql })

describe('a model with the strategy microbatch', () => {
  it('reads its parents by their event_time, and others whole', () => {
    const { model, complaints } = compiled(
      `${daily}select * from {{ ref('events') }} e join {{ ref('whole') }} w using (id) join {{ source('app', 'visits') }} v using (id)`,
    )
    expect(complaints).toEqual([])
    expect(model('m').select).toEqual({
      full: 'select * from "public"."events" e join "public"."whole" w using (id) join "raw"."visits" v using (id)',
      increment: [
        'select * from ',
        { windowOf: 'model.shop.events', column: 'at', relation: { schema: 'public', name: 'events' } },
        ' e join "public"."whole" w using (id) join ',
        {
          windowOf: 'source.shop.app.visits',
          column: 'happened',
          relation: { schema: 'raw', name: 'visits' },
        },
        ' v using (id)',
      ],
    })
  })

  it('reads whole what is asked for by render()', () => {
    const { model } = compiled(
      `${daily}select * from {{ ref('events') }} where id in (select id from {{ ref('events').render() }})`,
    )
    expect(model('m').select.increment).toEqual([
      'select * from ',
      { windowOf: 'model.shop.events', column: 'at', relation: { schema: 'public', name: 'events' } },
      ' where id in (select id from "public"."events")',
    ])
  })

  it('keeps the window of a relation that is only printed otherwise', () => {
    const { model } = compiled(`${daily}select * from {{ ref('events').include(database=false) }}`)
    expect(model('m').select.increment).toHaveLength(2)
  })

  it('has an edge from each such parent that records its changes', () => {
    const tracked = {
      'models/log.sql':
        "{{ config(materialized='incremental', unique_key='id', event_time='at') }}select 1 as id, now() as at",
    }
    const sql = `${daily}select * from {{ ref('log') }} join {{ source('clinic', 'patients') }} using (id) join {{ ref('events') }} using (id)`
    const { model, complaints } = compiled(sql, tracked)
    expect(complaints).toEqual([])
    expect(model('m').increments).toEqual([
      { parent: 'model.shop.log', relation: { schema: 'public', name: 'log' }, eventTime: 'at' },
      {
        parent: 'source.shop.clinic.patients',
        relation: { schema: 'bronze', name: 'patients' },
        eventTime: 'created_at',
      },
    ])
    expect(model('log').config).toMatchObject({ track_changes: true })
  })

  it('changes no other table in a project of dbt’s', () => {
    const { model } = compiled(`${daily}select * from {{ ref('log') }}`, {
      'dbt_project.yml': 'name: shop\nversion: "1"\nconfig-version: 2\nprofile: p\n',
      'models/log.sql':
        "{{ config(materialized='incremental', unique_key='id', event_time='at') }}select 1 as id, now() as at",
    })
    expect(model('m').increments).toEqual([])
    expect(model('m').config).toMatchObject({ on_change: 'keep' })
    expect(model('log').config).not.toHaveProperty('track_changes')
  })

  it('is told which batch it is rendered for, at its step', async () => {
    const { model, late } = compiled(
      `${daily}select id, at{% if model.batch %}, '{{ model.batch.id }}' as batch, '{{ model.batch.event_time_start }}' as start, '{{ model.batch.event_time_end.day }}' as day{% endif %} from {{ ref('events') }}`,
    )
    expect(model('m').late).toBe(true)
    const ask = () => Promise.reject(new Error('it asks nothing'))
    const batch = { size: 'hour', from: '2024-01-31 05:00:00', to: '2024-01-31 06:00:00' } as const
    const { increment } = await late.select('model.shop.m', true, ask, batch)
    expect(increment?.[0]).toBe(
      "select id, at, '20240131T05' as batch, '2024-01-31 05:00:00+00:00' as start, '31' as day from ",
    )
    expect((await late.select('model.shop.m', false, ask)).full).toBe('select id, at from "public"."events"')
    expect(compiled(`${daily}select '{{ model.name }}' as n from {{ ref('events') }}`).model('m').late).toBe(
      false,
    )
  })

  it('keeps rows outside of their batch in a project of dbt’s, as they are merged there', () => {
    const sql = `${daily}select * from {{ ref('events') }}`
    const ofDbt = { 'dbt_project.yml': 'name: shop' }
    const settings = (text: string, more: Files = {}) => batchSettings(compiled(text, more).model('m').config)
    expect(settings(sql)).not.toHaveProperty('keepsOutside')
    expect(settings(sql, ofDbt)).toMatchObject({ keepsOutside: true })
    const failing = sql.replace("unique_key='id'", "unique_key='id', outside_of_batch='fail'")
    expect(settings(failing, ofDbt)).not.toHaveProperty('keepsOutside')
    expect(settings(sql.replace("unique_key='id', ", ''), ofDbt)).not.toHaveProperty('keepsOutside')
  })

  it('becomes a step with its batches, and with those that are asked for', () => {
    const { graph, model } = compiled(`${daily}select * from {{ ref('events') }}`)
    const options = { command: 'run', target: testTarget, kinds: ['model'], fullRefresh: false } as const
    const batches = { eventTime: 'at', begin: '2024-01-01T00:00:00.000Z', size: 'day', lookback: 1 }
    expect(buildPlan(graph, [model('m')], options).steps[0]).toMatchObject({ batches })
    const only = { from: '2024-01-02T00:00:00.000Z', to: null }
    const asked = buildPlan(graph, [model('m'), model('events')], { ...options, batches: only })
    expect(asked.steps.find(({ id }) => id === 'model.shop.m')).toMatchObject({
      batches: { ...batches, only },
    })
    expect(asked.steps.find(({ id }) => id === 'model.shop.events')).not.toHaveProperty('batches')
  })

  it('is the same model with another begin or lookback, and another one with another size', () => {
    const fingerprintOf = (options: string) => {
      const { graph, model } = compiled(`${config(options)}select * from {{ ref('events') }}`)
      const plan = buildPlan(graph, [model('m')], {
        command: 'run',
        target: testTarget,
        kinds: ['model'],
        fullRefresh: false,
      })
      const [step] = plan.steps
      return step?.kind === 'model' ? step.fingerprint : null
    }
    const own = fingerprintOf(", event_time='at', batch_size='day', begin='2024-01-01'")
    expect(fingerprintOf(", event_time='at', batch_size='day', begin='2023-01-01', lookback=3")).toBe(own)
    expect(fingerprintOf(", event_time='at', batch_size='hour', begin='2024-01-01'")).not.toBe(own)
  })

  it.each([
    ['', ['INCOMPLETE_MICROBATCH', 'INCOMPLETE_MICROBATCH', 'INCOMPLETE_MICROBATCH']],
    [", event_time='at', batch_size='day'", ['INCOMPLETE_MICROBATCH']],
    [", event_time='at::date', batch_size='day', begin='2024-01-01'", ['BAD_VALUE']],
    [", event_time='at', batch_size='day', begin='soon'", ['BAD_VALUE']],
    [", event_time='at', batch_size='day', begin='2024-02-30'", ['BAD_VALUE']],
    [
      ", event_time='at', batch_size='day', begin='2024-01-01', unknown=1, incremental_predicates=['x']",
      ['USELESS_OPTION'],
    ],
    [", event_time='\"At\"', batch_size='month', begin='2024-01-01T06:00:00+02:00', lookback=0", []],
  ])('says what is missing or makes no sense: %s', (options, codes) => {
    const { diagnostics } = compiled(`\n${config(options)}select * from {{ ref('events') }}`)
    expect(diagnostics.map(({ code }) => code)).toEqual(codes)
    for (const { location, hint } of diagnostics)
      expect([location.line, hint]).toEqual([2, expect.any(String)])
  })

  it('says where a wrong batch_size or lookback stands', () => {
    const { complaints } = compiled(
      `${config(", event_time='at', batch_size='week', begin='2024-01-01', lookback=-1")}select * from {{ ref('events') }}`,
    )
    expect(complaints.length).toBeGreaterThan(1)
    expect(complaints.every((one) => one.startsWith('models/m.sql:1:'))).toBe(true)
  })

  it('warns where no parent has an event_time, and refuses increments', () => {
    expect(compiled(`${daily}select * from {{ ref('whole') }}`).diagnostics).toMatchObject([
      { code: 'NO_EVENT_TIME', severity: 'warning', message: expect.stringContaining('reads them whole') },
    ])
    const refused = compiled(`${daily}select * from {{ increment(source('clinic', 'patients')) }}`)
    const column = `${daily}select * from {{ `.length + 1
    expect(refused.complaints).toEqual([`models/m.sql:1:${column} INCREMENT_IN_MICROBATCH`])
  })
})

it('reads moments as ISO 8601, in UTC unless they say otherwise', () => {
  expect(parseMoment('2024-01-01')).toBe('2024-01-01T00:00:00.000Z')
  expect(parseMoment('2024-01-01 06:30')).toBe('2024-01-01T06:30:00.000Z')
  expect(parseMoment('2024-01-01T06:30:00.123456+02')).toBe('2024-01-01T04:30:00.123Z')
  expect(parseMoment('2024-01-01T06:30:00-0130')).toBe('2024-01-01T08:00:00.000Z')
  expect(['2023-02-29', '2024-13-01', '24-01-01', 'now', '2024-01-01T25:00', 5].map(parseMoment)).toEqual([
    null,
    null,
    null,
    null,
    null,
    null,
  ])
})
