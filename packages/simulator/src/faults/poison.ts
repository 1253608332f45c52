import { hashText } from '../content/hash-text.ts'
import { exactDigits, exactNumber, type SimulatedRecord, type Value, writeJson } from '../content/value.ts'
import { type Collection, keyOf } from '../entities/collection.ts'
import { type Reply, refusalReply } from '../http/reply.ts'
import { Refusal } from '../odata/refusal.ts'
import { dressCollection } from './dress-collection.ts'
import type { Effects, SpecOf } from './effect.ts'

const HUGE = 20_000_000

/** Records that spoil each page on which they stand. */
export const poison: Effects<'poison'> = {
  poison(spec) {
    const isPoisoned = chooser(spec)
    if (spec.effect === 'status_500' || spec.effect === 'malformed') {
      return { reply: (reply) => spoil(reply, isPoisoned, spec.effect) }
    }
    const value = poisonValue(spec)
    const { field = 'note' } = spec
    return {
      dress(base: Collection) {
        const key = keyOf(base)
        return dressCollection(base, {
          schema: { ...base.schema, [field]: spec.effect === 'number' ? 'number' : 'string' },
          record(index, now) {
            const record = base.record(index, now)
            return { ...record, [field]: isPoisoned(record[key] ?? null) ? value : null }
          },
        })
      },
    }
  },
}

function chooser({ ids, rate = 1, seed = 1 }: SpecOf<'poison'>): (id: Value) => boolean {
  if (ids === undefined) return (id) => hashText(`${seed} poison ${textOf(id)}`) < rate
  const texts = new Set(ids.map(String))
  return (id) => texts.has(textOf(id))
}

function poisonValue({ effect, bytes = HUGE }: SpecOf<'poison'>): Value {
  if (effect === 'nul') return 'a\u0000b'
  // Beyond what numeric holds: 131072 digits before the point.
  return effect === 'number' ? exactNumber('1e999999') : 'x'.repeat(bytes)
}

function spoil(reply: Reply, isPoisoned: (id: Value) => boolean, effect: SpecOf<'poison'>['effect']): Reply {
  const { page, body } = reply
  const record = page?.records.find((candidate) => isPoisoned(candidate[page.key] ?? null))
  if (record === undefined || typeof body !== 'string') return reply
  if (effect === 'status_500') {
    return refusalReply(new Refusal(500, 'InternalError', 'A record cannot be read.'))
  }
  return { ...reply, body: body.replace(writeJson(record), () => broken(record)) }
}

function broken(record: SimulatedRecord): string {
  return `${writeJson(record).slice(0, -1)},"note":"unfinished}`
}

function textOf(id: Value): string {
  return exactDigits(id) ?? String(id)
}
