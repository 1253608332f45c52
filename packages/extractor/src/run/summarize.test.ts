import { cursorDefaults, type EndpointJob, jobDefaults, SourceError } from '@strata/core'
import { expect, test } from 'vitest'
import type { InstanceOutcome } from './land-instance.ts'
import { summarize } from './summarize.ts'
import { emptyTally } from './tally.ts'

const job: EndpointJob = {
  ...jobDefaults,
  source: 'crm',
  table: 'people',
  name: 'People',
  endpoint: '/people',
  target: { schema: 'bronze', name: 'people' },
  cursor: { ...cursorDefaults, field: 'changed' },
}
const swept = { live: 9, missing: 0, marked: 0, awaiting: 0, moved: 0, refused: false }
const normal = { fullRefresh: false, window: null }

function outcome(over: Partial<InstanceOutcome> & { readonly name?: string } = {}): InstanceOutcome {
  const { name = 'north', ...rest } = over
  return {
    instance: { id: 1, name, address: '', credentials: {}, parameters: {}, simulated: false },
    status: 'success',
    tally: emptyTally,
    slices: { landed: 1, gone: 0, failed: 0 },
    incremental: false,
    unfiltered: false,
    sweep: null,
    open: { unreadable: 0, refused: 0 },
    error: null,
    ...rest,
  }
}

test('a full walk because its sweep is due is no first load', () => {
  const sweeping = { ...job, sweep: { everySeconds: 86_400 } }
  expect(summarize(sweeping, [outcome()], normal)).toBe('first load')
  expect(summarize(sweeping, [outcome({ sweep: swept })], normal)).toBe('full walk, for its sweep is due')
  expect(summarize(sweeping, [outcome({ incremental: true, sweep: swept })], normal)).toBe('incremental')
  expect(summarize(job, [outcome({ sweep: swept })], normal)).toBe('first load')
})

test('what can be done about a part stands behind an arrow, and within it nothing looks like a further part', () => {
  const error = new SourceError({ code: 'SOURCE_FAILING', message: 'it fails', hint: 'wait; then run again' })
  const outcomes = [outcome(), outcome({ name: 'south', status: 'failed', error })]
  expect(summarize(job, outcomes, normal)).toBe('north: first load; south: it fails → wait, then run again')
  expect(summarize(job, [outcome({ status: 'unsupported', error })], normal)).toMatch(
    /^endpoint not supported: \/people \(\S+\) → check the endpoint and the base URL/,
  )
  const open = { unreadable: 0, refused: 3 }
  expect(summarize(job, [outcome({ open })], normal)).toMatch(
    /; 3 in all in strata\.dead_letters → `models source replay crm\.people` lands/,
  )
})
