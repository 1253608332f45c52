import type { BatchSize, TimeWindow } from '@strata/core'
import { datetimeValue, dict, fromJson, hostObject, setEntry, type Value } from '../template/index.ts'
import { AskSignal } from './ask.ts'

/** The batch that a template is rendered for. Bounds are in UTC: `2024-01-31 00:00:00`. */
export interface TemplateBatch extends TimeWindow {
  readonly size: BatchSize
}

/** `model` with its `batch`. `later`: which one is known at the step alone, and a template that asks for it is rendered there. */
export function withBatch(model: Value, batch: TemplateBatch | 'later'): Value {
  if (typeof model !== 'object' || model === null || Array.isArray(model) || model.kind !== 'dict')
    return model
  const copy = dict(model.entries.values())
  setEntry(copy, 'batch', batch === 'later' ? unknown : batchValue(batch))
  return copy
}

function batchValue({ size, from, to }: TemplateBatch): Value {
  const moment = (text: string) => datetimeValue(new Date(`${text.replace(' ', 'T')}Z`))
  const characters = { hour: 13, day: 10, month: 7, year: 4 }[size]
  const id = from.slice(0, characters).replaceAll('-', '').replace(' ', 'T')
  return dict([
    ['id', fromJson(id)],
    ['event_time_start', moment(from)],
    ['event_time_end', moment(to)],
  ])
}

const unknown = hostObject({
  type: 'batch',
  attribute: later,
  item: later,
  text: later,
  truthy: later,
  iterate: later,
})

function later(): never {
  throw new AskSignal({ sql: '' })
}
